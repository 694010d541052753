"""Killed with SIGKILL anywhere, the service goes on where it stood: nothing lost, nothing twice."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.mail import MailServer
from tests.people import clock
from tests.stories.home import Stepper, contents, drop_lines, keep, rows
from tests.stories.made import made_posts

NINE, NOON, MORNING, SIGNED = clock("09:06"), clock("12:40"), clock("08:01", day=18), clock("08:31", day=18)
STEPS: list[tuple[str, str, datetime]] = [
    ("ingest", "ingest", NINE),
    ("read", "read", NINE),
    ("file", "file", NINE),
    ("warn", "warn", NINE),
    ("lead", "lead", NINE),
    ("notify", "notify", NINE),
    ("clocks", "clocks", NOON),
    ("briefs", "briefs", MORNING),
    ("send_briefs", "send_briefs", SIGNED),
]
# When a mail left, and who holds a lease on it, may differ after a kill; that it left may not.
MAIL_TIMES = (
    "alerts_delivery.sent_at",
    "alerts_delivery.claimed_until",
    "alerts_delivery.tries",
    "reports_receipt.sent_at",
    "reports_receipt.tries",
)


@dataclass
class Undisturbed:
    """The same day without a kill: the home before each step, and all it held after it."""

    steps: Stepper
    before: dict[str, Path]
    after: dict[str, dict[str, Any]]
    statements: dict[str, list[str]]
    post_office: MailServer


def day(steps: Stepper) -> None:
    """An office at 08:30 with forty lines in its inbox: a fire, matters of several voices, repeats, two bad lines."""
    lines: list[Any] = list(made_posts(40, seed=3, begin=clock("00:00", day=14), days=3))
    fire = "今早7点半白纸坊东街一栋居民楼着火，3人遇难，楼下围了很多人"
    lines.insert(9, {"id": "fire", "source": "board", "text": fire, "author": "乙", "published_at": "2026-11-17 09:00"})
    lines.insert(20, '{"id": "broken", "text": "断在半')
    lines += ['{"id": "nobody", "source": "no-such-source", "text": "没有登记的来源说了一句话"}', lines[0]]
    drop_lines(steps.home, lines)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, prepared_office: Path) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("killed")
    keep(prepared_office, folder / "home")
    with MailServer() as post_office, Stepper(folder / "home", HUIYING_SMTP=f"127.0.0.1:{post_office.port}") as steps:
        day(steps)
        line = Undisturbed(steps, {}, {}, {}, post_office)
        for step, sweep, at in STEPS:
            if step == "send_briefs":
                steps.run(at=at, call="tests.stories.prepared.sign")
            line.before[step] = keep(steps.home, folder / f"before {step}")
            line.statements[step] = steps.run(sweep, at=at)["statements"]
            line.after[step] = contents(steps.home, without=MAIL_TIMES)
        yield line


def points(statements: list[str], most: int) -> list[int]:
    """Where to kill: before and after every COMMIT, and a few places between; at most `most`, spread over all."""
    edges = [n for n, kind in enumerate(statements, 1) if kind == "COMMIT"]
    chosen = sorted({1, *edges, *(n + 1 for n in edges), *range(2, len(statements), max(1, len(statements) // 5))})
    chosen = [n for n in chosen if n <= len(statements)]
    stride = max(1, -(-len(chosen) // most))
    return chosen[::stride]


def test_the_undisturbed_day_has_something_to_lose(undisturbed: Undisturbed) -> None:
    after = undisturbed.after["send_briefs"]
    assert len(after["crawlers_post"]) > 35 and len(after["crawlers_quarantine"]) == 2
    assert after["crawlers_repeat"] and len(after["responses_issue"]) >= 2
    assert {row["kind"] for row in after["alerts_clock"]} >= {"first_release", "response"}
    assert any(row["breached_at"] for row in after["alerts_clock"])
    assert [row["state"] for row in after["reports_brief"]] == ["sent"]
    assert {row["state"] for row in after["alerts_delivery"]} >= {"sent"}
    assert len(undisturbed.post_office.to("fengyuan@example.test")) >= 1


@pytest.mark.parametrize(("step", "sweep", "at"), STEPS, ids=[step for step, _, _ in STEPS])
def test_killed_at_a_step_and_run_again_the_database_is_that_of_an_undisturbed_day(
    undisturbed: Undisturbed, step: str, sweep: str, at: datetime
) -> None:
    steps, killed = undisturbed.steps, 0
    for point in points(undisturbed.statements[step], most=4 if step == "send_briefs" else 24):
        keep(undisturbed.before[step], steps.home)
        killed += steps.run(sweep, at=at, kill_at=point)["killed"]
        steps.run(sweep, at=at)
        if step in ("notify", "send_briefs"):  # what a dead process had claimed is free once its lease is over
            steps.run(sweep, at=at + timedelta(minutes=3))
        assert contents(steps.home, without=MAIL_TIMES) == undisturbed.after[step], f"killed before statement {point}"
    assert killed >= 3


def test_a_message_that_left_just_before_the_kill_may_come_again_but_as_the_same_message(
    undisturbed: Undisturbed,
) -> None:
    by_person: dict[tuple[str, str], set[str]] = {}
    for mail in undisturbed.post_office.mails:
        person = (mail.recipients[0], str(mail.message["Subject"]))
        by_person.setdefault(person, set()).add(str(mail.message["Message-ID"]))
    assert by_person and all(len(ids) == 1 for ids in by_person.values())


def test_killed_again_and_again_after_random_delays_the_day_ends_as_it_should(undisturbed: Undisturbed) -> None:
    steps, dice = undisturbed.steps, random.Random(11)
    names = ["ingest", "read", "file", "warn", "lead", "clocks"]
    keep(undisturbed.before["ingest"], steps.home)
    steps.run(*names, at=NINE)
    steps.run("clocks", at=NOON)
    calm = contents(steps.home)
    keep(undisturbed.before["ingest"], steps.home)
    deaths = 0
    for _ in range(25):
        deaths += steps.run(*names, at=NINE, kill_after=dice.uniform(0.005, 0.25))["killed"]
    assert deaths >= 5
    steps.run(*names, at=NINE)
    steps.run("clocks", at=NOON)
    now = contents(steps.home)
    for table in ("crawlers_post", "crawlers_repeat", "analysis_reading", "analysis_membership"):
        assert now[table] == calm[table], table
    for table, columns in {
        "analysis_topic": ("id", "title", "voices", "posts_count", "heat"),
        "analysis_topicday": ("topic_id", "day", "posts", "voices", "heat"),
        "responses_issue": ("number", "topic_id", "state", "opened_at"),
        "alerts_alert": ("topic_id", "rule", "level", "met_at"),
        "alerts_clock": ("matter_id", "kind", "anchor_at", "due_at", "status", "breached_at"),
        "alerts_rung": ("key", "name", "due_at"),
        "alerts_notice": ("person_id", "event"),
    }.items():
        assert picked(now[table], columns) == picked(calm[table], columns), table


def picked(table: list[dict[str, Any]], columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[name] for name in columns) for row in table)


def test_rungs_and_notices_stay_single_in_every_home_that_was_killed(undisturbed: Undisturbed) -> None:
    home = undisturbed.steps.home
    assert rows(home, "SELECT key FROM alerts_rung GROUP BY key HAVING count(*) > 1") == []
    assert rows(home, "SELECT person_id, event FROM alerts_notice GROUP BY 1, 2 HAVING count(*) > 1") == []
