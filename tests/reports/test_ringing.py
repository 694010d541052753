"""An unsigned brief rings, and an unsigned brief is never sent."""

import pytest

from alerts.models import Notice
from reports.models import Brief
from reports.services.brief import draft_due, put_off, put_out, ring_unsigned, send_due, sign_brief, submit
from tests.people import Office, clock
from tests.reports.test_drafting import text_of

pytestmark = pytest.mark.usefixtures("begun")


def drafted(day: int = 17) -> Brief:
    brief = draft_due(at=clock("08:00", day=day))
    assert brief is not None
    return brief


def rung(at: str, day: int = 17) -> set[str]:
    """Who is told at this moment, by account."""
    before = set(Notice.objects.values_list("pk", flat=True))
    ring_unsigned(at=clock(at, day=day))
    return {n.person.username for n in Notice.objects.exclude(pk__in=before) if n.person}


def test_unsigned_at_nine_it_rings_at_nine_at_half_past_and_then_every_quarter(office: Office) -> None:
    brief = drafted()
    assert rung("08:59") == set()
    assert rung("09:00") == {"zhaogang"}
    assert rung("09:10") == set()
    submit(brief=brief, by=office.qian, at=clock("09:12"))
    sign_brief(brief=brief, by=office.zhao, at=clock("09:14"))
    assert rung("09:30") == {"chenli", "zhaogang"}
    assert rung("09:44") == set()
    assert rung("09:45") == {"chenli", "zhaogang"}
    assert rung("10:00") == {"chenli", "zhaogang"}
    late = Notice.objects.latest("pk")
    assert late.title.startswith("【超时】") and "等待签发" in late.title
    assert "已超过应发时间30分" in late.body


def test_each_ring_is_told_once_however_often_the_sweep_runs(office: Office) -> None:
    drafted()
    assert rung("09:00") and not rung("09:00") and not rung("09:00")


def test_rings_missed_while_the_service_was_down_are_one_message(office: Office) -> None:
    drafted()
    assert rung("10:07") == {"zhaogang"}
    assert rung("10:08") == set()
    assert rung("10:15") == {"zhaogang"}
    assert Notice.objects.count() == 2


def test_a_brief_drafted_late_rings_at_once(office: Office) -> None:
    assert draft_due(at=clock("09:40")) is not None
    assert rung("09:40") == {"zhaogang"}
    assert rung("09:45") == {"zhaogang"}


def test_a_sent_brief_and_one_put_off_ring_no_more_until_the_new_time_comes_near(office: Office) -> None:
    brief = drafted()
    rung("09:00")
    put_off(brief=brief, by=office.zhao, at=clock("09:05"), reason="等区里通报", until=clock("14:00"))
    assert rung("09:30") == rung("13:29") == set()
    assert rung("13:30") == {"zhaogang"}
    submit(brief=brief, by=office.qian, at=clock("13:40"))
    sign_brief(brief=brief, by=office.zhao, at=clock("13:42"))
    sign_brief(brief=brief, by=office.chen, at=clock("13:44"))
    put_out(brief=brief, at=clock("13:45"))
    assert rung("14:00") == rung("14:15") == set()


def test_a_brief_put_off_without_a_time_keeps_quiet(office: Office) -> None:
    put_off(brief=drafted(), by=office.zhao, at=clock("08:30"), reason="停刊一日")
    assert rung("09:00") == rung("12:00") == set()


def test_signed_but_not_out_it_goes_on_ringing_the_duty_lead(office: Office) -> None:
    brief = drafted()
    submit(brief=brief, by=office.qian, at=clock("08:30"))
    sign_brief(brief=brief, by=office.zhao, at=clock("08:40"))
    sign_brief(brief=brief, by=office.chen, at=clock("08:50"))
    assert rung("09:00") == {"zhaogang"}
    assert "已签发，还没有发出" in Notice.objects.latest("pk").title


def test_with_nobody_on_the_roster_all_duty_leads_hear_it(office: Office) -> None:
    drafted(day=24)
    assert rung("09:00", day=24) == {"zhaogang"}


def test_an_unsigned_brief_is_never_sent_and_the_next_one_says_it_was_late(office: Office) -> None:
    brief = drafted()
    submit(brief=brief, by=office.qian, at=clock("08:30"))
    sign_brief(brief=brief, by=office.zhao, at=clock("08:40"))
    send_due(at=clock("12:00"))
    brief.refresh_from_db()
    assert brief.state == Brief.State.SIGNING and not brief.receipts.exists()
    assert "上期（11月17日）至本期编稿时未签发" in text_of(drafted(18), "progress")


def test_a_brief_that_was_out_in_time_is_not_mentioned(office: Office) -> None:
    brief = drafted()
    submit(brief=brief, by=office.qian, at=clock("08:30"))
    sign_brief(brief=brief, by=office.zhao, at=clock("08:40"))
    sign_brief(brief=brief, by=office.chen, at=clock("08:50"))
    put_out(brief=brief, at=clock("08:51"))
    assert "上期" not in text_of(drafted(18))
