"""Levels that go up and down, releases that came before, merges, continuous release (rules.md 5)."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Clock, Rung
from responses.models import Issue
from responses.services.decide import cancel_issue, close_issue, decide_proposal, merge_issue, regrade
from tests.people import Office, clock
from tests.stories.worked import FIRE, GRAVE, Desk, clocks, lead, of, rungs


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.fixture
def grave(desk: Desk) -> Issue:
    """Three dead from 07:30; confirmed at II by the propaganda lead at 09:20."""
    issue = desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))
    return desk.confirm(issue, at=clock("09:20"), level=2, by=desk.office.chen)


@pytest.fixture
def fire(desk: Desk) -> Issue:
    """Somebody hurt from 07:30; confirmed at III at 09:20."""
    issue = desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    return desk.confirm(issue, at=clock("09:20"), level=3)


def raise_to(desk: Desk, issue: Issue, level: int, *, at: str, **words: Any) -> None:
    done = regrade(
        issue=issue, by=desk.office.chen, at=clock(at), level=level, version=None, reason="情况变重", **words
    )
    assert isinstance(done, Issue)


def breaches(issue: Issue, kind: str) -> int:
    rows = Clock.objects.filter(matter_id=issue.matter_id, kind=kind)
    return rows.filter(breached_at__isnull=False, breach_withdrawn_at=None).count()


def test_II_to_III_and_back_before_the_due_moment_is_the_same_clock_running_on(desk: Desk, grave: Issue) -> None:
    mine = of(grave, "first_release").pk
    desk.lower(grave, at=clock("10:00"), level=3)
    raise_to(desk, grave, 2, at="11:00")
    first = of(grave, "first_release")
    assert (first.pk, first.status, first.due_at, first.breached_at) == (mine, "running", clock("12:30"), None)
    assert Clock.objects.filter(matter=grave.matter, kind="first_release").count() == 1
    assert clocks(grave)["response"][0] == "superseded"
    desk.ring(clock("11:05"))
    assert "p60" in rungs(grave, "first_release")  # went by while it was void: told together


def test_II_to_III_to_II_after_the_due_moment_is_one_breach(desk: Desk, grave: Issue) -> None:
    desk.ring_until(clock("12:40"), begun=clock("09:25"))
    desk.lower(grave, at=clock("13:00"), level=3)
    raise_to(desk, grave, 2, at="14:00")
    first = of(grave, "first_release")
    assert (first.status, first.breached_at, first.breached_provisional) == ("overdue", clock("12:30"), False)
    assert breaches(grave, "first_release") == 1
    desk.publish(grave, published=clock("14:20"), entered=clock("14:30"), checked=clock("14:40"))
    assert of(grave, "first_release").status == "met_late"


def test_due_while_the_level_was_lower_the_delay_is_the_grade_s(desk: Desk, grave: Issue) -> None:
    desk.lower(grave, at=clock("10:00"), level=3)
    raise_to(desk, grave, 2, at="14:00")
    first = of(grave, "first_release")
    assert (first.status, first.cause, first.breached_provisional) == ("overdue", "graded_late", False)
    assert breaches(grave, "first_release") == 1


def test_III_to_II_to_III_the_48_hours_come_back_from_their_own_start(desk: Desk, fire: Issue) -> None:
    raise_to(desk, fire, 2, at="10:00")
    desk.lower(fire, at=clock("11:00"), level=3)
    assert clocks(fire) == {
        "response": ("running", clock("07:30", day=19)),
        "first_release": ("void", clock("12:30")),
        "press_conference": ("void", clock("07:30", day=18)),
    }
    assert Clock.objects.filter(matter=fire.matter, kind="response").count() == 1


def test_an_event_grade_at_level_III_brings_5_and_24_hours(desk: Desk, fire: Issue) -> None:
    told = {"grade_body": "区应急局", "grade_reference": "值班电话", "grade_at": clock("09:55")}
    raise_to(desk, fire, 3, at="10:00", event_grade="major", **told)
    assert clocks(fire)["first_release"] == ("running", clock("12:30"))
    assert clocks(fire)["response"][0] == "superseded"


def test_what_was_published_before_the_level_rose_answers_the_5_hours_too(desk: Desk, fire: Issue) -> None:
    desk.publish(fire, published=clock("10:00"), entered=clock("10:10"), checked=clock("10:20"))
    assert of(fire, "response").status == "met"
    raise_to(desk, fire, 2, at="11:00")
    first = of(fire, "first_release")
    assert (first.status, first.met_at, breaches(fire, "first_release")) == ("met", clock("10:00"), 0)
    assert of(fire, "press_conference").status == "running"
    follow = of(fire, "followup_release")
    assert (follow.anchor_at, follow.due_at) == (clock("10:00"), clock("16:00"))
    assert lead().state == "responding"


def test_after_the_first_release_every_six_hours_then_every_day_until_the_outcome(desk: Desk, grave: Issue) -> None:
    desk.publish(grave, published=clock("10:00"), entered=clock("10:05"), checked=clock("10:10"))
    assert of(grave, "followup_release").due_at == clock("16:00")
    desk.publish(grave, published=clock("15:00"), entered=clock("15:05"), checked=clock("15:10"), kind="progress")
    rounds = list(Clock.objects.filter(matter=grave.matter, kind="followup_release").order_by("round"))
    assert [(c.status, c.due_at) for c in rounds] == [("met", clock("16:00")), ("running", clock("21:00"))]
    next_day = clock("11:00", day=18)
    desk.publish(grave, published=next_day, entered=next_day, checked=next_day, kind="progress")
    third = of(grave, "followup_release")
    assert (third.due_at, third.minutes) == (next_day + timedelta(hours=24), 1440)
    assert Clock.objects.get(matter=grave.matter, kind="followup_release", round=2).status == "met_late"
    end = clock("09:00", day=19)
    desk.publish(grave, published=end, entered=end, checked=end, kind="outcome")
    assert not Clock.objects.filter(matter=grave.matter, kind="followup_release", closed_at=None).exists()


def test_merged_the_survivor_takes_the_earlier_start(desk: Desk, fire: Issue) -> None:
    other = desk.told_of_another(at=clock("07:00"))
    merge_issue(issue=other, into=fire, by=desk.office.wang, at=clock("10:00"), reason="同一起", version=None)
    assert clocks(fire)["response"] == ("running", clock("07:00", day=19))
    assert of(fire, "response").history[0]["anchor_at"] == clock("07:30").isoformat()
    assert clocks(other)["response"][0] == "void"


def test_merged_into_an_answered_matter_the_new_lead_s_clock_stays_open_until_it_is_answered(
    desk: Desk, fire: Issue
) -> None:
    desk.publish(fire, published=clock("10:00"), entered=clock("10:05"), checked=clock("10:10"))
    other = desk.told_of_another(at=clock("10:30"))
    merge_issue(issue=other, into=lead_of(fire), by=desk.office.wang, at=clock("11:00"), reason="同一起", version=None)
    taken = of(fire, "response")
    assert (taken.status, taken.due_at) == ("running", clock("10:30", day=19))
    met = Clock.objects.get(matter=fire.matter, kind="response", round=1)
    assert (met.status, met.met_at, met.anchor_at) == ("met", clock("10:00"), clock("07:30"))
    early = desk.publish(fire, published=clock("10:20"), entered=clock("11:10"), checked=clock("11:20"), title="续报一")
    assert early.state == "entered" and of(fire, "response").is_open  # published before anybody told of it
    assert of(fire, "response").evidence_pending_at is None
    assert Rung.objects.filter(clock=taken, name="woken").exists()
    desk.publish(fire, published=clock("11:30"), entered=clock("11:35"), checked=clock("11:40"), title="续报二")
    assert of(fire, "response").status == "met"


def test_a_graver_lead_merged_in_raises_the_proposal_and_its_clocks_run_on(desk: Desk) -> None:
    office = desk.office
    desk.say("什刹海前海西街一家餐馆着火了，有人受伤！", at=clock("08:30"))
    desk.look(clock("08:31"))
    small = desk.confirm(lead(), at=clock("08:40"), level=3)
    desk.say(GRAVE, at=clock("09:00"))
    desk.look(clock("09:06"))
    big = Issue.objects.select_related("matter").exclude(pk=small.pk).get()
    merge_issue(issue=big, into=lead_of(small), by=office.wang, at=clock("09:10"), reason="同一起", version=None)
    both = lead_of(small)
    assert (both.matter.level_proposed, both.matter.level_decided) == (2, 3)
    assert clocks(both)["response"][0] == "superseded"
    assert clocks(both)["first_release"] == ("provisional", clock("12:30"))
    raise_to(desk, both, 2, at="09:30")
    assert clocks(both)["first_release"] == ("running", clock("12:30"))


def test_two_people_name_an_earlier_release_as_the_answer_to_the_merged_lead(desk: Desk, fire: Issue) -> None:
    desk.publish(fire, published=clock("10:00"), entered=clock("10:05"), checked=clock("10:10"))
    other = desk.told_of_another(at=clock("10:30"))
    merge_issue(issue=other, into=lead_of(fire), by=desk.office.wang, at=clock("11:00"), reason="同一起", version=None)
    desk.publish(
        fire,
        published=clock("10:20"),
        entered=clock("11:10"),
        checked=clock("11:20"),
        title="续报一",
        answers_merged=True,
    )
    assert of(fire, "response").status == "met"


def test_cancelled_by_two_the_clocks_are_void_and_the_breach_is_kept(desk: Desk, grave: Issue) -> None:
    desk.ring_until(clock("12:40"), begun=clock("09:25"))
    asked = cancel_issue(issue=grave, by=desk.office.chen, at=clock("13:00"), reason="查无此事", version=None)
    assert not isinstance(asked, Issue)
    decide_proposal(proposal=asked, by=desk.office.sun, at=clock("13:10"), accept=True)
    assert (of(grave, "first_release").status, of(grave, "first_release").breached_at) == ("void", clock("12:30"))
    count = Rung.objects.count()
    desk.ring_until(clock("15:00"), begun=clock("13:15"))
    assert Rung.objects.count() == count


def test_neither_silence_nor_a_unit_nor_deleted_posts_stop_a_clock(desk: Desk, fire: Issue) -> None:
    desk.ring(clock("07:30", day=19))
    assert of(fire, "response").status == "overdue"
    desk.publish(fire, published=clock("08:00", day=19), entered=clock("08:10", day=19), checked=clock("08:20", day=19))
    assert of(fire, "response").status == "met_late"
    close_issue(issue=fire, by=desk.office.wang, at=clock("09:00", day=19), sentence="已答复", version=None)
    assert lead().state == "closed"


def lead_of(issue: Issue) -> Issue:
    return Issue.objects.select_related("matter").get(pk=issue.pk)
