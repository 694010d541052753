"""Who is told, when, and how often: the ladder over real posts and real people (rules.md 7)."""

from datetime import timedelta

import pytest

from alerts.models import Notice, Rung
from alerts.services.notices import acknowledge, acknowledge_matter
from office.models import Duty, User
from responses.models import Issue
from responses.services.evidence import check_release
from tests.people import Office, clock
from tests.stories.worked import FIRE, GRAVE, Desk, lead, notices, of, once_each, rungs


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.fixture
def grave(desk: Desk) -> Issue:
    return desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))


def told_at(person: User, minute: str) -> list[str]:
    return [n.title for n in notices(person) if n.created_at == clock(minute)]


def first_told(issue: Issue, rung: str) -> set[str]:
    """Names of those a rung of the 5 hours spoke to first."""
    row = Rung.objects.get(clock=of(issue, "first_release"), name=rung)
    return {n.person.name for n in row.notices.filter(number=0) if n.person}


def test_the_rungs_of_five_hours_fire_at_their_moments_and_every_half_hour_after_due(desk: Desk, grave: Issue) -> None:
    for minute, name in (
        ("09:30", "p40"),
        ("10:30", "p60"),
        ("11:30", "p80"),
        ("12:00", "m30"),
        ("12:20", "m10"),
        ("12:30", "due"),
        ("13:00", "after-1"),
        ("13:30", "after-2"),
    ):
        desk.ring(clock(minute) - timedelta(seconds=1))
        assert name not in rungs(grave, "first_release")
        desk.ring(clock(minute))
        acknowledge_matter(matter_id=grave.matter_id, by=desk.office.wang, at=clock(minute))
        assert rungs(grave, "first_release")[-1] == name
    assert of(grave, "first_release").status == "overdue"  # acknowledged by all means, and still no evidence
    desk.ring(clock("14:00"))
    assert rungs(grave, "first_release")[-1] == "after-3"
    assert once_each(Notice.objects.all())


def test_a_rung_nobody_answers_goes_one_step_up_every_ten_minutes_each_repeat_numbered(
    desk: Desk, grave: Issue
) -> None:
    office = desk.office
    acknowledge(notice=notices(office.wang)[0], by=office.wang, at=clock("09:10"))
    desk.ring(clock("09:30"))
    assert first_told(grave, "p40") == {"王敏", "赵刚"}
    for minute, person, number in (("09:40", office.chen, 1), ("09:50", office.sun, 2), ("10:00", office.feng, 3)):
        before = Notice.objects.count()
        desk.ring(clock(minute) - timedelta(seconds=1))
        assert Notice.objects.count() == before
        desk.ring(clock(minute))
        row = notices(person)[-1]
        assert (row.created_at, row.number) == (clock(minute), number)
        assert f"第 {number} 次催办" in row.title
    desk.ring(clock("10:10"))
    assert not Notice.objects.filter(created_at=clock("10:10")).exists()  # the top was told
    assert once_each(Notice.objects.all())


def test_taking_note_stops_the_repeats_and_not_the_next_rung(desk: Desk, grave: Issue) -> None:
    acknowledge(notice=notices(desk.office.zhao)[0], by=desk.office.zhao, at=clock("09:07"))
    desk.ring_until(clock("09:25"), begun=clock("09:10"))
    assert not notices(desk.office.chen)
    desk.ring(clock("09:30"))
    assert told_at(desk.office.wang, "09:30")


def test_a_lead_at_III_speaks_to_the_monitor_alone_and_after_confirmation_to_the_duty_lead(desk: Desk) -> None:
    issue = desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    assert {n.person for n in Notice.objects.all()} == {desk.office.wang}
    acknowledge_matter(matter_id=issue.matter_id, by=desk.office.wang, at=clock("09:10"))
    desk.confirm(issue, at=clock("09:30"), level=3)
    at = clock("07:30") + timedelta(minutes=1152)  # 40 % of 48 h
    desk.ring(at)
    assert {n.person for n in Notice.objects.filter(created_at=at)} == {desk.office.zhao}


def test_from_confirmation_at_II_the_ladder_starts_at_the_propaganda_lead(desk: Desk, grave: Issue) -> None:
    desk.confirm(grave, at=clock("09:20"), level=2)
    desk.ring(clock("09:30"))
    assert first_told(grave, "p40") == {"陈立"}


def test_from_the_due_moment_the_start_step_holds_though_nobody_has_confirmed(desk: Desk, grave: Issue) -> None:
    desk.ring_until(clock("12:20"), begun=clock("09:30"), every=timedelta(minutes=10))
    desk.ring(clock("12:30"))
    assert first_told(grave, "m10") == {"王敏", "赵刚"}
    assert first_told(grave, "due") == {"陈立"}
    assert of(grave, "first_release").breached_provisional


def test_an_empty_roster_means_all_duty_leads_then_the_administrators(desk: Desk) -> None:
    office = desk.office
    Duty.objects.all().delete()
    desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    assert {n.person for n in Notice.objects.all()} == {office.zhao}
    office.zhao.is_active = False
    office.zhao.save()
    other = desk.told_of_another(at=clock("10:00"))
    assert {n.person for n in Notice.objects.filter(matter=other.matter)} == {office.admin}


def test_rungs_behind_a_late_lead_are_each_recorded_and_told_in_one_message(desk: Desk) -> None:
    issue = desk.told(text=GRAVE, at=clock("09:00"), found=clock("11:18"))
    assert rungs(issue, "first_release") == ["p40", "p60"]
    (told,) = [n for n in notices(desk.office.wang) if "已过" in n.title]
    assert "已过 40 %、60 %，剩 1时12分" in told.title
    assert len(notices(desk.office.wang)) == 2  # the lead, and what lies behind


def test_rungs_missed_while_the_service_was_down_are_told_in_one_message(desk: Desk, grave: Issue) -> None:
    acknowledge_matter(matter_id=grave.matter_id, by=desk.office.wang, at=clock("09:10"))
    before = len(notices(desk.office.wang))
    desk.ring(clock("11:45"))
    assert rungs(grave, "first_release") == ["p40", "p60", "p80"]
    (told,) = notices(desk.office.wang)[before:]
    assert "已过 40 %、60 %、80 %，剩 0时45分" in told.title


def test_unchecked_evidence_quiets_all_but_the_checker_who_is_rung_after_half_an_hour(desk: Desk, grave: Issue) -> None:
    office = desk.office
    desk.confirm(grave, at=clock("09:20"), level=2)
    desk.ring(clock("09:30"))
    desk.ring(clock("10:30"))
    desk.publish(grave, published=clock("10:35"), entered=clock("10:38"))
    quiet = {p.name: len(notices(p)) for p in (office.wang, office.chen, office.sun, office.feng)}
    desk.ring_until(clock("11:05"), begun=clock("10:40"))
    assert "check" not in rungs(grave, "first_release")
    desk.ring(clock("11:08"))
    assert rungs(grave, "first_release")[-1] == "check"
    assert "待复核" in notices(office.wu)[-1].title and notices(office.wu)[-1].created_at == clock("11:08")
    desk.ring_until(clock("11:55"), begun=clock("11:10"))
    assert rungs(grave, "first_release")[-1] == "p80"
    assert {n.person for n in Notice.objects.filter(rung__name="p80")} == {office.zhou, office.wu, office.zhao}
    assert {p.name: len(notices(p)) for p in (office.wang, office.chen, office.sun, office.feng)} == quiet


def test_refused_evidence_wakes_it_all(desk: Desk, grave: Issue) -> None:
    office = desk.office
    desk.confirm(grave, at=clock("09:20"), level=2)
    desk.ring(clock("09:30"))
    release = desk.publish(grave, published=clock("09:35"), entered=clock("09:38"))
    desk.ring_until(clock("11:35"), begun=clock("09:40"))  # 60 % and 80 % spoke to the checker alone
    check_release(release=release, by=office.wu, at=clock("11:40"), accept=False, note="链接打不开")
    desk.ring(clock("11:40"))
    woken = notices(office.chen)[-1]
    assert woken.created_at == clock("11:40") and "剩 0时50分" in woken.title
    desk.ring(clock("11:50"))
    assert notices(office.sun)[-1].number == 1  # nobody answered: one step up
    desk.ring(clock("12:00"))
    assert rungs(grave, "first_release")[-1] == "m30" and first_told(grave, "m30") == {"陈立"}


def test_a_met_clock_rings_no_more_and_the_others_do(desk: Desk, grave: Issue) -> None:
    desk.confirm(grave, at=clock("09:20"), level=2)
    desk.publish(grave, published=clock("10:00"), entered=clock("10:05"), checked=clock("10:10"), kind="outcome")
    desk.ring_until(clock("18:00"), begun=clock("10:15"), every=timedelta(minutes=15))
    assert not rungs(grave, "first_release")
    assert rungs(grave, "press_conference") == ["p40"]


def test_every_message_is_plain_chinese_and_nobody_hears_one_thing_twice(desk: Desk, grave: Issue) -> None:
    desk.confirm(grave, at=clock("09:20"), level=2)
    for _ in range(2):  # a sweep that runs twice
        desk.ring_until(clock("14:00"), begun=clock("09:21"), every=timedelta(minutes=7))
    rows = list(Notice.objects.all())
    assert rows and once_each(rows)
    for row in rows:
        words = f"{row.title}\n{row.body}"
        for strange in ("None", "first_release", "press_conference", "response", "overdue", "{", "}", "_"):
            assert strange not in words, row.title
    assert lead().state == "responding"
