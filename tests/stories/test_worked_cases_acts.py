"""The worked cases of the rules, second half: what people do, and what becomes of the clocks (rules.md 8)."""

from datetime import timedelta

import pytest

from alerts.models import Clock, Notice, Rung
from crawlers.models import Run
from office.errors import Refused
from responses.models import Issue, Proposal
from responses.services.decide import decide_level, decide_proposal, set_event_time
from tests.people import Office, clock
from tests.stories.worked import GRAVE, Desk, clocks, lead, of, place


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.fixture
def grave(desk: Desk) -> Issue:
    """三人死亡 from 07:30, found 09:06."""
    return desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))


@pytest.fixture
def confirmed(desk: Desk, grave: Issue) -> Issue:
    """Confirmed at II by the monitor at 10:00; the propaganda lead is silent."""
    return desk.confirm(grave, at=clock("10:00"), level=2)


def test_a_monitor_confirms_II_and_the_clocks_are_firm_while_the_level_waits(desk: Desk, confirmed: Issue) -> None:
    assert confirmed.matter.level_pending and confirmed.state == "responding"
    first = of(confirmed, "first_release")
    assert (first.status, first.firm_at, first.due_at) == ("running", clock("10:00"), clock("12:30"))
    desk.ring_until(clock("12:30"), begun=clock("10:05"))
    assert of(confirmed, "first_release").status == "overdue"
    assert lead().matter.level_pending


def test_lowered_to_III_by_two_at_11_the_5_and_24_hours_are_void_and_48_run_from_the_event(
    desk: Desk, confirmed: Issue
) -> None:
    desk.lower(confirmed, at=clock("11:00"), level=3)
    assert clocks(confirmed)["first_release"][0] == clocks(confirmed)["press_conference"][0] == "void"
    assert of(confirmed, "first_release").breached_at is None
    response = of(confirmed, "response")
    assert (response.status, response.anchor_kind, response.due_at) == (
        "running",
        "event",
        clock("07:30", day=19),
    )


def test_lowered_at_13_the_5_hours_keep_their_breach_and_ring_no_more(desk: Desk, confirmed: Issue) -> None:
    desk.ring_until(clock("12:55"), begun=clock("10:05"))
    desk.lower(confirmed, at=clock("13:00"), level=3)
    first = of(confirmed, "first_release")
    assert (first.status, first.breached_at, first.breach_withdrawn_at) == ("void", clock("12:30"), None)
    rung = Rung.objects.filter(clock=first).count()
    told = Notice.objects.filter(clock=first).count()
    desk.ring_until(clock("15:00"), begun=clock("13:05"))
    assert (Rung.objects.filter(clock=first).count(), Notice.objects.filter(clock=first).count()) == (rung, told)
    assert clocks(confirmed)["press_conference"][0] == "void"
    assert clocks(confirmed)["response"] == ("running", clock("07:30", day=19))


def test_published_in_time_and_entered_late_the_breach_is_withdrawn(desk: Desk, confirmed: Issue) -> None:
    desk.ring_until(clock("13:55"), begun=clock("10:05"))
    assert of(confirmed, "first_release").status == "overdue"
    desk.publish(confirmed, published=clock("12:10"), entered=clock("14:00"), checked=clock("14:20"))
    first = of(confirmed, "first_release")
    assert (first.status, first.met_at, first.entered_late) == ("met", clock("12:10"), True)
    assert (first.breached_at, first.breach_withdrawn_at) == (clock("12:30"), clock("14:20"))
    assert first.due_at - clock("12:10") == timedelta(minutes=20)


def test_a_release_dated_before_the_event_is_refused(desk: Desk, confirmed: Issue) -> None:
    with pytest.raises(Refused, match="早于事发时间"):
        desk.publish(confirmed, published=clock("06:00"), entered=clock("11:00"))
    with pytest.raises(Refused, match="将来"):
        desk.publish(confirmed, published=clock("11:30"), entered=clock("11:00"))


def test_an_earlier_event_time_told_after_confirmation_is_suggested_and_taken_by_one_click(
    desk: Desk, confirmed: Issue
) -> None:
    for minute in ("10:10", "10:20"):
        desk.say("白纸坊东街那栋楼凌晨5点就起火了，3人死亡，我就住对面。", at=clock(minute))
        desk.look(clock(minute) + timedelta(minutes=1))
    suggested = confirmed.matter.anchors.get(suggested=True)
    assert suggested.at == clock("05:00")
    assert of(confirmed, "first_release").due_at == clock("12:30")  # nothing moves by itself
    set_event_time(
        issue=lead(), by=desk.office.wang, at=clock("10:30"), occurred_at=suggested.at, source="帖文所述，已电话核实"
    )
    first = of(confirmed, "first_release")
    assert (first.status, first.cause, first.due_at) == ("overdue", "anchor_corrected", clock("10:00"))
    assert first.history[0]["anchor_at"] == clock("07:30").isoformat()


def test_an_earlier_event_time_that_leaves_time_is_due_earlier(desk: Desk, confirmed: Issue) -> None:
    set_event_time(issue=confirmed, by=desk.office.wang, at=clock("10:30"), occurred_at=clock("06:30"), source="119")
    first = of(confirmed, "first_release")
    assert (first.status, first.cause, first.due_at) == ("running", "", clock("11:30"))


def test_a_later_event_time_needs_the_second_person_and_both_stay(desk: Desk, confirmed: Issue) -> None:
    asked = set_event_time(
        issue=confirmed, by=desk.office.wang, at=clock("11:00"), occurred_at=clock("09:00"), source="119接警记录"
    )
    assert isinstance(asked, Proposal)
    assert of(confirmed, "first_release").due_at == clock("12:30")
    decide_proposal(proposal=asked, by=desk.office.zhao, at=clock("11:10"), accept=True)
    first = of(confirmed, "first_release")
    assert (first.status, first.due_at) == ("running", clock("14:00"))
    assert first.history[0]["due_at"] == clock("12:30").isoformat()
    assert {a.at for a in confirmed.matter.anchors.filter(kind="event")} == {clock("07:30"), clock("09:00")}


def test_dismissed_with_two_voices_it_opens_again_at_four_with_its_old_clocks(desk: Desk) -> None:
    issue = desk.told(text="今早7点半白纸坊东街一栋居民楼起火，有人受伤。", at=clock("09:00"), found=clock("09:06"))
    desk.say("白纸坊东街居民楼起火了，有人受伤，烟好大。", at=clock("09:20"))
    desk.look(clock("09:21"))
    assert desk.topic().voices == 2
    desk.dismiss(issue, at=clock("10:00"))
    assert clocks(issue)["response"][0] == "void"
    desk.say("白纸坊东街居民楼起火，听说有人受伤送医院。", at=clock("14:00"))
    desk.look(clock("14:01"))
    assert lead().state == "dismissed"  # three is not yet twice two
    desk.say("白纸坊东街居民楼起火，受伤的人怎么样了？", at=clock("15:00"))
    desk.look(clock("15:00"))
    again = lead()
    assert again.state == "lead"
    assert clocks(again) == {"response": ("provisional", clock("07:30", day=19))}
    assert Notice.objects.filter(person=desk.office.wang, event__startswith="reopen:").count() == 1


def test_a_post_of_0810_found_at_1305_because_the_service_stood_still_says_so(desk: Desk) -> None:
    board = place("居民论坛")
    board.enabled = True
    board.save()
    for moment in ("07:40", "07:50", "08:00", "13:05"):
        Run.objects.create(source=board, started_at=clock(moment), ended_at=clock(moment), verdict="ok", items=1)
    issue = desk.told(text="白纸坊东街一栋居民楼着火了，有人受伤！", at=clock("08:10"), found=clock("13:05"))
    assert of(issue, "response").anchor_at == clock("08:10")
    detected = issue.matter.anchors.get(kind="detected")
    assert "13:05 发现，此前停机" in detected.source
    body = Notice.objects.filter(person=desk.office.wang, matter=issue.matter).earliest("pk").body
    assert "13:05 发现，此前停机" in body


def test_the_propaganda_lead_decides_and_nothing_waits_any_more(desk: Desk, confirmed: Issue) -> None:
    decide_level(issue=confirmed, by=desk.office.chen, at=clock("10:20"), level=2, version=None)
    assert not lead().matter.level_pending
    assert Clock.objects.filter(matter=confirmed.matter).count() == 2
