"""Sweeps: which are due, and that one that fails stops no other."""

import json
import logging
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from console.journal import JsonLines
from console.sweeps import Outcome, Round, Sweep, UnknownSweep, choose, due_by_rows, note, schedule
from office import clock
from office.models import SweepState

AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LINES = [
    {"name": "ingest", "task": "tests.running.chores.work", "every": 1, "family": "reading"},
    {"name": "fails", "task": "tests.running.chores.fail", "every": 1, "family": "reading"},
    {"name": "clocks", "task": "tests.running.chores.rest", "every": 10, "family": "clock"},
]


class Watch:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.moment = 1000.0

    def __call__(self) -> float:
        return self.moment


def test_only_takes_names_and_families_and_refuses_others() -> None:
    sweeps = schedule(LINES)
    assert [sweep.name for sweep in choose(sweeps, "reading")] == ["ingest", "fails"]
    assert [sweep.name for sweep in choose(sweeps, "clocks, ingest")] == ["ingest", "clocks"]
    assert choose(sweeps, "") == sweeps
    with pytest.raises(UnknownSweep, match="clok"):
        choose(sweeps, "clok")


@pytest.mark.django_db
def test_a_sweep_that_raises_stops_no_other_and_is_tried_again_later() -> None:
    watch, rhythm = Watch(), Round(schedule(LINES))
    outcomes = rhythm.run_due(moment=watch, before=lambda name: True)
    assert [(outcome.name, bool(outcome.error)) for outcome in outcomes] == [
        ("ingest", False),
        ("fails", True),
        ("clocks", False),
    ]
    watch.moment += 1
    assert "fails" not in [outcome.name for outcome in rhythm.run_due(moment=watch, before=lambda name: True)]
    watch.moment += 1
    assert "fails" in [outcome.name for outcome in rhythm.run_due(moment=watch, before=lambda name: True)]


def test_a_sweep_that_was_busy_looks_again_at_once_and_one_that_found_none_keeps_its_rhythm() -> None:
    watch, rhythm = Watch(), Round(schedule([{**LINES[0], "task": "tests.running.chores.toil"}, LINES[2]]))
    rhythm.run_due(moment=watch, before=lambda name: True)
    assert rhythm.pause(moment=watch.moment) < 0.1
    watch.moment += 0.05
    assert [outcome.name for outcome in rhythm.run_due(moment=watch, before=lambda name: True)] == ["ingest"]
    quiet = Round(schedule([LINES[2]]))
    quiet.run_due(moment=watch, before=lambda name: True)
    assert quiet.pause(moment=watch.moment) == 10


def test_the_bell_between_two_sweeps_ends_the_round() -> None:
    ran = Round(schedule(LINES)).run_due(moment=Watch(), before=lambda name: name == "ingest")
    assert [outcome.name for outcome in ran] == ["ingest"]


def test_a_rehearsal_puts_every_sweep_on_one_rhythm() -> None:
    assert {sweep.every for sweep in schedule(LINES, every=0.4)} == {0.4}


@pytest.mark.django_db
def test_what_a_sweep_left_is_kept_and_a_quiet_run_does_not_wipe_it() -> None:
    note([Outcome("ingest", "收进 3 帖", "", 0.5), Outcome("read", "", "ValueError: x", 0.1)], at=AT)
    note([Outcome("ingest", "", "", 0.1), Outcome("read", "", "", 0.1)], at=AT + timedelta(seconds=10))
    ingest, read = SweepState.objects.get(name="ingest"), SweepState.objects.get(name="read")
    assert (ingest.line, ingest.error, ingest.ended_at) == ("收进 3 帖", "", AT + timedelta(seconds=10))
    assert (read.error, read.error_at) == ("ValueError: x", AT)


@pytest.mark.django_db
def test_one_tick_runs_what_the_database_says_is_due() -> None:
    sweeps = [Sweep("fast", "x", 1, "reading"), Sweep("slow", "x", 60, "reading"), Sweep("new", "x", 60, "reading")]
    note([Outcome("fast", "", "", 0), Outcome("slow", "", "", 0)], at=AT)
    assert [sweep.name for sweep in due_by_rows(sweeps, at=AT + timedelta(seconds=5))] == ["fast", "new"]
    # The wall clock went back: a start that lies in the future counts as due.
    assert [sweep.name for sweep in due_by_rows(sweeps, at=AT - timedelta(hours=1))] == ["fast", "slow", "new"]


@pytest.mark.django_db
def test_tick_by_hand_says_what_each_sweep_did_and_fails_when_one_failed(settings: Settings) -> None:
    settings.SCHEDULE = LINES
    out = StringIO()
    call_command("tick", "--only", "ingest,clocks", stdout=out)
    assert out.getvalue().splitlines() == ["ingest: 做了 1 件", "clocks: 无事可做"]
    with pytest.raises(CommandError, match="fails"):
        call_command("tick", "--only", "fails", stdout=StringIO())
    with pytest.raises(CommandError, match="nothing"):
        call_command("tick", "--only", "nothing")


def test_a_line_of_the_log_is_one_json_object_even_with_a_trace() -> None:
    try:
        raise ValueError("两\n行")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord("huiying", logging.ERROR, "", 0, "sweep_failed", None, trace)
    record.event, record.facts = "sweep_failed", {"sweep": "read"}
    line = JsonLines("reading").format(record)
    assert "\n" not in line
    fields = json.loads(line)
    assert (fields["process"], fields["event"], fields["sweep"]) == ("reading", "sweep_failed", "read")
    assert "ValueError" in fields["trace"]


@pytest.mark.django_db
@pytest.mark.parametrize("line", settings.SCHEDULE, ids=lambda line: str(line["name"]))
def test_a_sweep_with_nothing_to_do_says_nothing_so_that_the_log_stays_quiet(line: dict[str, object]) -> None:
    (sweep,) = schedule([line])
    sweep.load()()  # the first run may have something to tell
    assert not sweep.load()()


@pytest.mark.django_db
def test_machines_are_told_when_a_family_stands_still_whatever_a_wrong_clock_left_behind(client: Client) -> None:
    at = clock.now()
    for sweep in settings.SCHEDULE:
        SweepState.objects.create(name=str(sweep["name"]), started_at=at, ended_at=at - timedelta(seconds=20))
    answer = client.get("/healthz")
    told = answer.json()
    assert answer.status_code == 200 and list(told) == ["ok", "at", "web", "ticks", "sources", "notices", "backup"]
    assert 19 < told["ticks"]["clock"]["last_tick_age"] < 60 and told["ticks"]["reading"]["ok"]
    assert told["notices"] == {"waiting": 0, "oldest_age": None, "failed": 0}
    SweepState.objects.filter(name="clocks").update(ended_at=at + timedelta(days=1))  # by a clock a day ahead
    others = [str(s["name"]) for s in settings.SCHEDULE if s["family"] == "clock" and s["name"] != "clocks"]
    SweepState.objects.filter(name__in=others).update(ended_at=at - timedelta(minutes=5))
    answer = client.get("/healthz")
    told = answer.json()
    assert answer.status_code == 503 and told["ok"] is False
    assert told["ticks"]["clock"]["last_tick_age"] > 299 and told["ticks"]["reading"]["ok"] is True


def test_no_promise_waits_for_the_queue_of_workers() -> None:
    """`tick --only clocks,notices` runs beside Celery: with Redis lost, whatever rings or falls due goes on by it."""
    lines = schedule(settings.SCHEDULE)
    chosen = {sweep.name for sweep in choose(lines, "clocks,notices")}
    promises = {sweep.name for sweep in lines if sweep.family == "clock"} - {"samples", "backup"}
    assert chosen == promises >= {"clocks", "notify", "briefs", "send_briefs", "time"}
