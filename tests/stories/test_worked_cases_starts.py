"""Where clocks start, beyond the table: days without an hour, times that disagree, learnt later (rules.md 4)."""

from datetime import timedelta

import pytest

from responses.models import Issue, Proposal
from responses.services.decide import confirm_lead, decide_proposal
from tests.people import Office, clock
from tests.stories.worked import FIRE, GRAVE, Desk, clocks, lead, of, place


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def test_before_confirmation_an_earlier_event_time_told_by_two_moves_the_due_times_at_once(desk: Desk) -> None:
    issue = desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))
    desk.say("白纸坊东街那栋楼清晨6点10分就起火了，3人死亡，我亲眼看见。", at=clock("09:20"))
    desk.look(clock("09:21"))
    assert of(issue, "first_release").due_at == clock("12:30")  # one voice against another: to be checked
    assert issue.matter.anchors.filter(kind="event", pending=True, at=clock("06:10")).exists()
    desk.say("我家对面，白纸坊东街那栋楼早上6点15分着的火，3人死亡。", at=clock("09:30"))
    desk.look(clock("09:31"))
    first = of(issue, "first_release")
    assert (first.due_at, first.history[0]["due_at"]) == (clock("11:10"), clock("12:30").isoformat())
    assert of(issue, "press_conference").due_at == clock("06:10", day=18)


def test_an_official_notice_alone_settles_when_it_happened(desk: Desk) -> None:
    issue = desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))
    police = place("平安西城", voice="official")
    desk.say("今日6时40分，白纸坊东街一居民楼发生火灾，造成3人死亡。", at=clock("09:30"), source=police)
    desk.look(clock("09:31"))
    assert of(issue, "first_release").due_at == clock("11:40")


def test_a_post_dated_by_its_day_alone_counts_from_the_last_visit_without_it(desk: Desk) -> None:
    text = "白纸坊东街一栋居民楼着火了，有人受伤！"
    issue = desk.told(text=text, at="2026-11-17", found=clock("10:00"), not_before=clock("08:30"))
    response = of(issue, "response")
    assert response.anchor_at == clock("08:30")
    assert issue.matter.anchors.filter(not_before=True, at=clock("08:30")).exists()


def test_without_a_visit_before_a_day_begins_at_midnight(desk: Desk) -> None:
    issue = desk.told(text="白纸坊东街一栋居民楼着火了，有人受伤！", at="2026-11-17", found=clock("10:00"))
    assert of(issue, "response").anchor_at == clock("00:00")


def test_first_posts_that_tell_nothing_of_the_event_do_not_start_the_5_hours(desk: Desk) -> None:
    desk.say("白纸坊东街12号楼楼道里有燃气味，请燃气公司来查。", at=clock("09:00", day=15))
    desk.look(clock("09:05", day=15))
    desk.say("白纸坊东街12号楼燃气爆炸，4人死亡！", at=clock("10:00"))
    desk.look(clock("10:01"))
    issue = lead()
    assert of(issue, "first_release").anchor_at == clock("10:00")


def test_confirmed_below_a_proposal_of_II_by_two_people_in_one_act(desk: Desk) -> None:
    issue = desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))
    asked = confirm_lead(
        issue=issue, by=desk.office.chen, at=clock("09:30"), level=3, version=None, reason="不属实", source="119"
    )
    assert isinstance(asked, Proposal)
    assert clocks(issue)["first_release"][0] == "provisional"
    decide_proposal(proposal=asked, by=desk.office.sun, at=clock("09:40"), accept=True)
    assert clocks(issue)["first_release"][0] == "void"
    assert clocks(issue)["response"] == ("running", clock("07:30", day=19))


def test_all_candidates_are_kept_with_the_time_lost_before_we_saw_it(desk: Desk) -> None:
    issue = desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    kinds = {a.kind: a.at for a in issue.matter.anchors.all()}
    assert kinds == {
        "event": clock("07:30"),
        "first_public": clock("09:00"),
        "line_met": clock("09:00"),
        "detected": clock("09:06"),
    }


def test_a_figure_line_starts_at_the_reading_that_crossed_it(desk: Desk) -> None:
    text = "白纸坊东街12号楼暖气一直不热，孩子冻感冒了，请热力公司来修。"
    desk.say(text, at=clock("08:00"), by="甲", url="https://a.test/1", likes=10)
    desk.look(clock("08:05"))
    assert not Issue.objects.exists()
    desk.say(text, at=clock("08:00"), found=clock("11:00"), by="甲", url="https://a.test/1", likes=900)
    desk.look(clock("11:01"))
    issue = lead()
    assert issue.matter.level_proposed == 3
    response = of(issue, "response")
    assert (response.anchor_kind, response.anchor_at) == ("line_met", clock("11:00"))


def test_a_clock_that_opens_overdue_is_told_within_the_same_sweep_and_counted_apart(desk: Desk) -> None:
    issue = desk.told(text=FIRE, at=clock("09:00"), found=clock("10:00", day=19))
    response = of(issue, "response")
    assert (response.status, response.cause, response.breached_provisional) == ("overdue", "detected_late", True)
    assert response.breached_at == clock("07:30", day=19)
    assert response.started_at - response.breached_at == timedelta(hours=2, minutes=30)
