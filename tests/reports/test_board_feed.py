"""What the boards count follows the rows, tells of no person, and nothing depends on it."""

import json
import socket
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.core.management.base import CommandError
from elasticsearch import Elasticsearch
from pytest_django.fixtures import Settings

from alerts.models import Alert, Clock, Delivery, Notice, Rung
from analysis.models import SearchNode
from analysis.search import node
from crawlers.models import Run, Source, SourceGap
from reports import board_triggers
from reports.boards.fields import FIELDS, KINDS
from reports.boards.tasks import follow as follow_boards
from reports.models import BoardChange, BoardFeed
from reports.queries import board_rows
from reports.queries.cases import count_cases, read_cases
from reports.services import board_feed
from reports.services.board_feed import alias, follow
from tests.people import Office
from tests.people import clock as time_of
from tests.reports.world import World
from tests.search_fixtures import Index

pytestmark = pytest.mark.django_db
AT = time_of("09:00")
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def raw() -> Elasticsearch:
    return node.client()


def held(kind: str) -> dict[str, dict[str, Any]]:
    """What the node holds of a kind, by id, without the fields that are empty."""
    raw().indices.refresh(index=alias(kind))
    hits = raw().search(index=alias(kind), size=1000).body["hits"]["hits"]
    return {hit["_id"]: {k: v for k, v in hit["_source"].items() if v is not None} for hit in hits}


def lead(world: World, at: datetime = AT - 10 * HOUR) -> tuple[Clock, Notice]:
    """A lead from a post: seen after three minutes, read, flagged and told of; with its clock and one notice."""
    topic = world.topic("建国路停水", at, streets=["槐树街道"])
    post = world.post(
        at, "建国路又停水了", who="handle-of-a-person", title="停水的标题", topic=topic, fetched_at=at + 3 * MINUTE
    )
    post.reading.at = at + 3 * MINUTE + 4 * SECOND
    post.reading.save()
    Alert.objects.create(
        topic=topic, rule="burst", episode=1, level=3, reason="九人说停水", met_at=at, met_by=post, raised_at=at,
        updated_at=at,
    )  # fmt: skip
    issue = world.issue(
        "建国路停水", at + 3 * MINUTE + 10 * SECOND, level=3, decided=3, state="responding", topic=topic
    )
    clock = world.clock(issue, at)
    notice = told_of(clock, at + 3 * MINUTE + 11 * SECOND, sent=at + 3 * MINUTE + 14 * SECOND)
    return clock, notice


def told_of(clock: Clock, at: datetime, *, sent: datetime | None = None, person: Any = None) -> Notice:
    rung = Rung.objects.create(
        clock=clock, matter=clock.matter, key=f"r{Rung.objects.count()}", name="线索", due_at=at, fired_at=at,
        sentence="王敏要知道的话",
    )  # fmt: skip
    notice = Notice.objects.create(
        person=person, role="monitor", event=f"e{Notice.objects.count()}", rung=rung, matter=clock.matter, clock=clock,
        title="通知的标题", body="通知的正文", due_at=at, created_at=at,
    )  # fmt: skip
    state = Notice.State.SENT if sent else Notice.State.QUEUED
    Delivery.objects.create(notice=notice, channel="mail", state=state, sent_at=sent)
    return notice


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


# --- nothing depends on it -----------------------------------------------------------------------------------------


def test_without_a_node_the_sweep_does_nothing_and_nothing_is_noted(world: World) -> None:
    with pytest.raises(CommandError, match="HUIYING_SEARCH_URL"):
        call_command("kibana", "refill")
    clock, _ = lead(world)
    Clock.objects.filter(pk=clock.pk).update(status="overdue")
    assert follow(at=AT) == 0 and follow_boards() == ""
    assert not BoardFeed.objects.exists() and not BoardChange.objects.exists()


def test_a_node_that_is_named_no_more_is_told_nothing_more(
    world: World, search_node: Index, settings: Settings
) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    settings.SEARCH_URLS = ()
    follow(at=AT)
    Clock.objects.filter(pk=clock.pk).update(status="overdue")
    assert not BoardFeed.objects.exists() and not BoardChange.objects.exists()


def test_while_the_node_is_away_the_notes_wait_and_the_sweep_says_so(
    world: World, search_node: Index, settings: Settings
) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    there = settings.SEARCH_URLS
    settings.SEARCH_URLS = (closed_port(),)
    Clock.objects.filter(pk=clock.pk).update(status="overdue")
    assert "没有送到" in follow_boards()
    SearchNode.objects.create(pk=1, failures=3)
    assert follow_boards() == ""  # the posts' sweep knows already
    SearchNode.objects.update(failures=0)
    settings.SEARCH_URLS = there
    follow(at=AT)
    assert held("clocks")[str(clock.pk)]["status"] == "超时"


# --- what is sent --------------------------------------------------------------------------------------------------

CLOSED = {
    "clocks": "anchor anchor_at breached_at clock closed_at decided due_at emergency kind late_minutes level "
    "limit_minutes matter met_at on_time open overdue provisional round started_at status streets unit used_minutes "
    "used_percent",
    "runs": "class ended_at good items run seconds source started_at status verdict voice",
    "gaps": "class gap hours items open since source until",
    "notices": "acknowledge_minutes acknowledged acknowledged_at clock created_at due_at matter notice number read_at "
    "rung send_seconds sent sent_at states",
    "leads": "confirmed fetch_minutes fetched_at flag_seconds flagged_at level matter notified_at notify_seconds "
    "posted_at read_at read_seconds streets unit whole_minutes",
    "ways": "class fetch_minutes fetched_at history platform post published_at read_at read_seconds source "
    "store_seconds stored_at voice whole_minutes",
}


def test_no_field_beside_the_closed_list_is_sent_and_nothing_a_person_said_or_is_called(
    world: World, office: Office, search_node: Index
) -> None:
    clock, _ = lead(world)
    told_of(clock, AT, person=office.wang)
    source = Source.objects.get()
    Run.objects.create(source=source, started_at=AT, ended_at=AT + SECOND, verdict="ok", note="一句话", items=1)
    SourceGap.objects.create(source=source, since=AT, reason="对方说的话")
    follow(at=AT)
    for kind in KINDS:
        assert sorted(FIELDS[kind]) == CLOSED[kind].split()
        rows = board_rows.documents(kind, list(board_rows.rows(kind).values_list("pk", flat=True)))
        assert rows or kind == "ways"
        for row in rows.values():
            assert sorted(row) == CLOSED[kind].split()
    said = json.dumps([held(kind) for kind in KINDS], ensure_ascii=False)
    for word in ("王敏", "wangmin", "monitor", "handle", "停水", "标题", "正文", "的话", "一句话", "九人"):
        assert word not in said


def test_a_clock_tells_its_state_the_time_used_and_whether_it_was_in_time(world: World, search_node: Index) -> None:
    issue = world.issue("甲", AT, decided=3, state="responding")
    begun = AT - 60 * HOUR
    met = world.clock(issue, begun, status="met", met_at=begun + 24 * HOUR, closed_at=AT)
    late = world.clock(issue, begun, round=2, status="met_late", met_at=begun + 50 * HOUR, closed_at=AT, breached_at=AT)
    over = world.clock(issue, begun, round=3, status="overdue", breached_at=AT - 12 * HOUR)
    runs = world.clock(issue, AT, round=4)
    of_lead = world.clock(issue, begun, round=5, status="overdue", breached_at=AT, breached_provisional=True)
    taken_back = world.clock(issue, begun, round=6, breached_at=AT, breach_withdrawn_at=AT)
    void = world.clock(issue, begun, round=7, status="void", closed_at=AT)
    follow(at=AT)
    rows = {int(key): row for key, row in held("clocks").items()}
    assert {key: row.get("on_time") for key, row in rows.items()} == {
        met.pk: 1, late.pk: 0, over.pk: 0, runs.pk: None, of_lead.pk: None, taken_back.pk: None, void.pk: None,
    }  # fmt: skip
    assert (rows[met.pk]["used_percent"], rows[met.pk]["used_minutes"]) == (50, 1440)
    assert rows[late.pk]["late_minutes"] == 120 and not rows[late.pk]["overdue"]
    assert rows[over.pk]["overdue"] and rows[over.pk]["kind"] == "48 小时回应"
    counted = count_cases(read_cases(AT - HOUR, AT + HOUR, planned_until=AT), AT - HOUR, AT + HOUR, due_until=AT)
    brief = len(counted["met"]) / sum(len(counted[name]) for name in ("met", "met_late", "overdue_open"))
    share = raw().search(index=alias("clocks"), size=0, aggs={"share": {"avg": {"field": "on_time"}}}).body
    assert share["aggregations"]["share"]["value"] == pytest.approx(brief) == pytest.approx(1 / 3)


def test_a_lead_tells_each_stage_from_the_post_to_the_first_notice(world: World, search_node: Index) -> None:
    clock, _ = lead(world)
    told_of(clock, AT, sent=AT + SECOND)
    follow(at=AT)
    row = held("leads")[str(clock.matter_id)]
    assert [row[name] for name in FIELDS["leads"] if name.endswith(("_minutes", "_seconds"))] == [3, 4, 6, 4, 3.23]
    assert row["streets"] == ["槐树街道"] and row["confirmed"]


def test_a_post_whose_minute_nobody_knows_or_of_history_measures_nothing(world: World, search_node: Index) -> None:
    known, day, old = world.post(AT), world.post(AT), world.post(AT, history=True)
    type(day).objects.filter(pk=day.pk).update(precision="day")
    follow(at=AT)
    rows = held("ways")
    assert rows[str(known.pk)]["fetch_minutes"] == 3
    assert "fetch_minutes" not in rows[str(day.pk)] and "read_seconds" not in rows[str(old.pk)]


# --- following -----------------------------------------------------------------------------------------------------


def test_rows_that_come_change_or_go_are_followed(world: World, search_node: Index) -> None:
    follow(at=AT)
    clock, notice = lead(world)
    source = Source.objects.get()
    run = Run.objects.create(source=source, started_at=AT)
    gap = SourceGap.objects.create(source=source, since=AT)
    follow(at=AT)
    assert [sorted(held(kind)) for kind in ("clocks", "runs", "gaps")] == [[str(clock.pk)], [], [str(gap.pk)]]
    assert "acknowledged_at" not in held("notices")[str(notice.pk)]
    Run.objects.filter(pk=run.pk).update(ended_at=AT + SECOND, verdict="ok", items=4)
    SourceGap.objects.filter(pk=gap.pk).update(until=AT + HOUR)
    Notice.objects.filter(pk=notice.pk).update(acknowledged_at=AT)
    clock.matter.level_decided = 1
    clock.matter.save()
    world.made[0].delete()
    follow(at=AT + MINUTE)
    assert held("runs")[str(run.pk)]["good"] and held("runs")[str(run.pk)]["items"] == 4
    assert held("gaps")[str(gap.pk)]["hours"] == 1
    assert held("notices")[str(notice.pk)]["acknowledged"]
    assert held("clocks")[str(clock.pk)]["level"] == 1 == held("leads")[str(clock.matter_id)]["level"]
    assert held("ways") == {}
    assert not BoardChange.objects.exists()
    Run.objects.all().delete()
    follow(at=AT + 2 * MINUTE)
    assert held("runs") == {}


def test_what_changed_nothing_the_boards_count_is_not_sent(world: World, search_node: Index) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    clock.next_rung_at = AT
    clock.save()
    clock.matter.save()
    assert not BoardChange.objects.exists()


def test_notes_stand_with_the_change_and_are_sent_once_however_many(world: World, search_node: Index) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    for status in ("overdue", "running", "overdue"):
        Clock.objects.filter(pk=clock.pk).update(status=status)
    assert BoardChange.objects.count() == 3
    assert follow(at=AT) == 3 and not BoardChange.objects.exists()


def test_sending_again_changes_nothing_and_what_comes_late_is_done_again(world: World, search_node: Index) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    before = held("clocks")
    assert board_feed._send("clocks", [clock.pk], at=AT) == set()
    assert held("clocks") == before
    BoardFeed.objects.update(version=0)  # one that lags behind: the node knows newer
    Clock.objects.filter(pk=clock.pk).update(status="overdue")
    follow(at=AT - timedelta(days=1))
    assert held("clocks") == before and BoardChange.objects.count() == 1
    follow(at=AT + MINUTE)
    assert held("clocks")[str(clock.pk)]["status"] == "超时" and not BoardChange.objects.exists()


def test_what_stood_before_the_node_came_is_filled_in_newest_first_in_slices(
    world: World, search_node: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = world.source("区留言板")
    made = [Run.objects.create(source=source, started_at=AT, ended_at=AT, verdict="ok") for _ in range(7)]
    monkeypatch.setattr(board_feed, "BATCH", 2)
    follow(at=AT, limit=3)
    assert sorted(held("runs"), key=int) == [str(run.pk) for run in made[3:]]
    follow(at=AT)
    assert len(held("runs")) == 7
    assert set(BoardFeed.objects.values_list("left_to", flat=True)) == {None}


# --- faults of the node ----------------------------------------------------------------------------------------------


def indices(kind: str) -> list[str]:
    return sorted(raw().indices.get(index=f"{alias(kind)}-*").body)


def test_an_index_that_was_lost_is_said_and_filled_anew(world: World, search_node: Index) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    raw().indices.delete(index=",".join(indices("clocks")))
    Clock.objects.filter(pk=clock.pk).update(status="overdue")
    assert "没有送到" in follow_boards()
    follow(at=AT + MINUTE)
    assert held("clocks")[str(clock.pk)]["status"] == "超时"


def test_another_mapping_makes_a_new_index_and_the_old_one_goes(world: World, search_node: Index) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    before = indices("clocks")
    BoardFeed.objects.filter(pk="clocks").update(rules="of before")
    follow(at=AT + MINUTE)
    assert len(before) == len(indices("clocks")) == 1 and indices("clocks") != before
    assert list(held("clocks")) == [str(clock.pk)]


def test_where_the_node_holds_other_rows_than_we_do_all_are_sent_anew(world: World, search_node: Index) -> None:
    clock, _ = lead(world)
    follow(at=AT)
    raw().delete(index=alias("clocks"), id=str(clock.pk), refresh=True)
    follow(at=AT + MINUTE)
    assert held("clocks") == {}  # counted once an hour
    follow(at=AT + 2 * HOUR)
    follow(at=AT + 2 * HOUR + MINUTE)
    assert list(held("clocks")) == [str(clock.pk)]
    raw().delete(index=alias("clocks"), id=str(clock.pk), refresh=True)
    call_command("kibana", "refill", stdout=StringIO())
    follow(at=AT + 2 * HOUR + 2 * MINUTE)
    assert list(held("clocks")) == [str(clock.pk)]


def test_the_triggers_stand_in_a_fresh_database_and_lost_ones_make_all_be_sent_anew(
    world: World, search_node: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert board_triggers.standing() == board_triggers.TRIGGERS.keys()
    clock, _ = lead(world)
    follow(at=AT)
    board_triggers.take_down()
    Clock.objects.filter(pk=clock.pk).update(status="overdue")
    monkeypatch.setattr(board_feed, "_checked", set())  # a process that starts
    follow(at=AT + MINUTE)
    assert board_triggers.standing() == board_triggers.TRIGGERS.keys()
    assert held("clocks")[str(clock.pk)]["status"] == "超时"


def test_no_index_of_ours_takes_a_field_that_is_not_listed(world: World, search_node: Index) -> None:
    lead(world)
    follow(at=AT)
    told = raw().options(ignore_status=400).index(index=alias("notices"), id="x", document={"person": "王敏"}).body
    assert told["status"] == 400 and "strict_dynamic_mapping_exception" in str(told)
    assert configured.SEARCH_PREFIX in indices("notices")[0]
