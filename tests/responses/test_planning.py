"""A press conference planned back from its start: steps of the pack, named and ticked; no clock moves by it."""

from datetime import timedelta
from typing import Any

import pytest

from office.errors import Changed, Refused
from office.models import Trail
from responses.models import Conference, ConferenceStep, Issue
from responses.planning import Step, Stop, offered_start, stops
from responses.services import decide
from responses.services.evidence import Plan, change_plan, drop_plan, plan_conference, tick_step
from tests.people import Office, clock
from tests.responses.facts import clock_of, fire_lead

STEPS = [Step("speakers", "主持人、发布人", 420, done_at=clock("09:50")), Step("invitations", "媒体邀请发出", 360)]
STEPS += [Step("answers", "口径与答问初稿", 240, who="区城市管理委"), Step("record", "文字实录上网", -90)]


def line(at: str, **more: Any) -> list[Stop]:
    values: dict[str, Any] = {"planned_at": clock("17:00"), "held_at": None, "place": "", "limit": clock("23:10")}
    return stops(STEPS, at=clock(at), **(values | more))


def test_the_line_runs_by_time_from_the_first_step_to_the_limit() -> None:
    found = line("10:24")
    assert [(s.state, s.name) for s in found] == [
        ("done", "主持人、发布人"), ("next", "媒体邀请发出"), ("ahead", "口径与答问初稿"), ("start", "开始"),
        ("ahead", "文字实录上网"), ("limit", "时限"),
    ]  # fmt: skip
    assert (found[1].left, found[1].soon, found[2].soon) == (36, True, False)
    assert found[-1].left == 370, "from the start to the limit"


def test_a_step_that_is_due_and_not_done_is_late_and_stays_so() -> None:
    assert [s.state for s in line("13:20")] == ["done", "late", "late", "start", "ahead", "limit"]


def test_the_start_counts_as_it_was_once_it_was_held() -> None:
    found = line("18:00", held_at=clock("17:05"))
    assert (found[3].due_at, found[-1].left) == (clock("17:05"), 365)
    assert found[4].state == "next"


@pytest.mark.parametrize(("limit", "start"), [("23:10", "17:00"), ("14:05", None), (None, None)])
def test_a_start_is_offered_so_long_before_the_limit(limit: str | None, start: str | None) -> None:
    got = offered_start(limit=clock(limit) if limit else None, margin_hours=6, at=clock("10:24"))
    assert got == (clock(start) if start else None)


# --- with rows ----------------------------------------------------------------------------------------------------


def running(office: Office) -> Issue:
    lead = fire_lead()
    done = decide.confirm_lead(issue=lead, by=office.chen, at=clock("09:20"), level=2, version=lead.version)
    assert isinstance(done, Issue)
    return done


def planned(office: Office, issue: Issue, **more: Any) -> Conference:
    values: dict[str, Any] = {"title": "火灾发布会", "planned_at": clock("17:00"), "place": "区新闻发布厅"}
    return plan_conference(issue=issue, by=office.zhou, at=clock("10:00"), plan=Plan(**(values | more)))


@pytest.mark.django_db
def test_a_plan_has_the_steps_of_the_pack_and_moves_no_clock(office: Office) -> None:
    issue = running(office)
    before = clock_of(issue, "press_conference")
    row = planned(office, issue, who={"answers": "青川消防"})
    assert row.steps.count() == 7
    assert row.steps.get(key="answers").who == "青川消防"
    assert row.steps.get(key="trial").who == "区融媒体中心", "as the pack offers"
    after = clock_of(issue, "press_conference")
    assert (after.status, after.due_at, after.evidence_pending_at) == (before.status, before.due_at, None)


@pytest.mark.django_db
def test_one_plan_a_case_and_none_in_the_past(office: Office) -> None:
    issue = running(office)
    with pytest.raises(Refused, match="已经过去"):
        planned(office, issue, planned_at=clock("10:00"))
    planned(office, issue)
    with pytest.raises(Refused, match="已经排了一场"):
        planned(office, issue)


@pytest.mark.django_db
def test_only_those_of_the_table_plan(office: Office) -> None:
    issue = running(office)
    with pytest.raises(Refused, match="没有“排发布会”的权限"):
        plan_conference(issue=issue, by=office.han, at=clock("10:00"), plan=Plan("发布会", clock("17:00")))


@pytest.mark.django_db
def test_steps_move_with_the_start_and_ticks_stay(office: Office) -> None:
    row = planned(office, running(office))
    step = row.steps.get(key="speakers")
    tick_step(step=step, by=office.wu, at=clock("10:02"), done=True)
    later = Plan("火灾发布会", clock("18:00"), "区新闻发布厅", who={"invitations": "林静"})
    moved = change_plan(conference=row, by=office.zhou, at=clock("10:10"), plan=later, version=0)
    assert moved.planned_at == clock("18:00")
    assert moved.steps.get(key="invitations").who == "林静"
    step.refresh_from_db()
    assert step.done_at == clock("10:02")
    with pytest.raises(Changed, match="周芸 刚刚改了发布会的安排"):
        change_plan(conference=row, by=office.wu, at=clock("10:11"), plan=later, version=0)
    kinds = Trail.objects.filter(kind__startswith="conference.").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["conference.plan", "conference.step", "conference.replan"]


@pytest.mark.django_db
def test_of_two_who_tick_a_step_the_second_hears_of_the_first(office: Office) -> None:
    step = planned(office, running(office)).steps.get(key="speakers")
    tick_step(step=step, by=office.wu, at=clock("10:02"), done=True)
    with pytest.raises(Refused, match="吴桐 11-17 10:02 已办"):
        tick_step(step=step, by=office.zhou, at=clock("10:03"), done=True)
    tick_step(step=step, by=office.zhou, at=clock("10:04"), done=False)
    with pytest.raises(Refused, match="已改回未办"):
        tick_step(step=step, by=office.wu, at=clock("10:05"), done=False)


@pytest.mark.django_db
def test_a_dropped_plan_makes_room_for_another_and_the_clock_goes_on(office: Office) -> None:
    issue = running(office)
    row = planned(office, issue)
    with pytest.raises(Refused, match="取消的理由"):
        drop_plan(conference=row, by=office.zhou, at=clock("10:05"), version=0, sentence=" ")
    drop_plan(conference=row, by=office.zhou, at=clock("10:05"), version=0, sentence="改为媒体通气会")
    with pytest.raises(Refused, match="已经取消"):
        tick_step(step=ConferenceStep.objects.filter(conference=row)[0], by=office.zhou, at=clock("10:06"), done=True)
    assert clock_of(issue, "press_conference").status == "running"
    assert planned(office, issue, planned_at=clock("17:00") + timedelta(hours=1)).state == "planned"
