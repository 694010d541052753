"""Only evidence stops a clock: entered by one, checked by another."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from alerts.models import Notice
from alerts.services.rungs import fire_rungs
from office.errors import Refused
from office.models import Trail, User
from office.services.people import declare_solo
from responses.models import Conference, Issue, Release
from responses.services import decide
from responses.services.evidence import (
    Plan,
    check_conference,
    check_release,
    enter_conference,
    enter_release,
    plan_conference,
)
from responses.services.evidence.copies import read_copy
from responses.services.leads import open_leads
from tests.people import Office, clock
from tests.responses.facts import PAGE, alert, clock_of, fire, fire_lead, lamp_lead, post, statuses, topic

pytestmark = pytest.mark.django_db


def running(office: Office, issue: Issue | None = None, level: int = 2) -> Issue:
    lead = issue or fire_lead()
    done = decide.confirm_lead(issue=lead, by=office.chen, at=clock("10:00"), level=level, version=lead.version)
    assert isinstance(done, Issue)
    return done


def entered(issue: Issue, by: User, at: datetime, published_at: datetime, **more: Any) -> Release:
    values: dict[str, Any] = {
        "kind": "notice",
        "channel": "门户网站",
        "title": "情况通报",
        "link": "https://gov.example.test/1.html",
        "copy": PAGE,
        "copy_name": "通报.html",
    }
    return enter_release(issue=issue, by=by, at=at, published_at=published_at, **(values | more))


def test_a_release_published_in_time_entered_late_withdraws_the_breach(office: Office) -> None:
    """Published 12:10, entered 14:00, checked 14:20, due 12:30 (rules.md 8)."""
    issue = running(office)
    fire_rungs(at=clock("12:30"))
    assert clock_of(issue, "first_release").status == "overdue"
    release = entered(issue, office.zhou, clock("14:00"), clock("12:10"))
    assert clock_of(issue, "first_release").evidence_pending_at == clock("14:00")
    check_release(release=release, by=office.wu, at=clock("14:20"), accept=True, note="一致")
    first = clock_of(issue, "first_release")
    assert (first.status, first.met_at, first.entered_late) == ("met", clock("12:10"), True)
    assert (first.breached_at, first.breach_withdrawn_at) == (clock("12:30"), clock("14:20"))


def test_a_release_before_the_event_is_refused(office: Office) -> None:
    with pytest.raises(Refused, match="早于事发时间"):
        entered(running(office), office.zhou, clock("11:00"), clock("06:00"))


def test_a_release_in_the_future_is_refused(office: Office) -> None:
    with pytest.raises(Refused, match="将来"):
        entered(running(office), office.zhou, clock("11:00"), clock("11:01"))


def test_with_the_event_time_unknown_nothing_before_the_first_post_counts(office: Office) -> None:
    issue = running(office, fire_lead(event=None))
    with pytest.raises(Refused, match="早于本事项的第一条帖文"):
        entered(issue, office.zhou, clock("11:00"), clock("08:59"))
    assert entered(issue, office.zhou, clock("11:00"), clock("09:00")).state == "entered"


def test_the_police_notice_itself_entered_and_checked_meets_the_clock(office: Office) -> None:
    """Official notice 08:50 of a collapse at 06:00, first public post 09:00 (rules.md 8)."""
    case = topic("某楼坍塌", clock("08:50"))
    told = post(
        case,
        clock("08:50"),
        "今晨6时许某楼坍塌，3人死亡",
        voice="official",
        emergency=fire(dead=3, occurred_at=clock("06:00")),
    )
    alert(case, "emergency_grave", 2, met_at=clock("08:50"), by=told)
    open_leads(at=clock("08:55"))
    post(case, clock("09:00"), "楼塌了")
    issue = running(office, Issue.objects.get(topic=case))
    release = entered(issue, office.zhou, clock("10:20"), clock("08:50"))
    check_release(release=release, by=office.wu, at=clock("10:30"), accept=True, note="一致")
    first = clock_of(issue, "first_release")
    assert (first.status, first.met_at, first.due_at) == ("met", clock("08:50"), clock("11:00"))


def test_late_stays_late(office: Office) -> None:
    issue = running(office)
    release = entered(issue, office.zhou, clock("13:05"), clock("13:00"))
    check_release(release=release, by=office.wu, at=clock("13:10"), accept=True, note="一致")
    first = clock_of(issue, "first_release")
    assert (first.status, first.breached_at, first.breach_withdrawn_at) == ("met_late", clock("12:30"), None)


def test_the_one_who_entered_it_does_not_check_it(office: Office) -> None:
    release = entered(running(office), office.zhou, clock("11:00"), clock("10:50"))
    with pytest.raises(Refused, match="另一个人"):
        check_release(release=release, by=office.zhou, at=clock("11:10"), accept=True, note="一致")


def test_under_solo_duty_the_check_is_marked(office: Office) -> None:
    declare_solo(by=office.zhao, reason="夜班一人", at=clock("08:00"))
    issue = running(office)
    release = entered(issue, office.zhou, clock("11:00"), clock("10:50"))
    with pytest.raises(Refused, match="再写一遍"):
        check_release(release=release, by=office.zhou, at=clock("11:10"), accept=True, note="链接时间一致")
    check_release(
        release=release,
        by=office.zhou,
        at=clock("11:10"),
        accept=True,
        note="链接时间一致",
        reason_again="链接时间一致",
    )
    assert Release.objects.get(pk=release.pk).solo
    assert Trail.objects.get(kind="release.check").solo


def test_evidence_sent_back_wakes_the_clock_and_tells_who_entered_it(office: Office) -> None:
    issue = running(office)
    release = entered(issue, office.zhou, clock("11:00"), clock("10:50"))
    with pytest.raises(Refused, match="退回的理由"):
        check_release(release=release, by=office.wu, at=clock("11:10"), accept=False, note="")
    check_release(release=release, by=office.wu, at=clock("11:10"), accept=False, note="链接打不开")
    first = clock_of(issue, "first_release")
    assert (first.status, first.evidence_pending_at) == ("running", None)
    assert Notice.objects.filter(person=office.zhou, title__contains="被退回").exists()
    with pytest.raises(Refused, match="吴桐 刚刚已退回"):
        check_release(release=release, by=office.chen, at=clock("11:11"), accept=True, note="一致")


def test_the_checkers_are_told_and_never_the_one_who_entered_it(office: Office) -> None:
    release = entered(running(office), office.zhou, clock("11:00"), clock("10:50"))
    told = Notice.objects.filter(event=f"release:{release.pk}:check").values_list("person__name", flat=True)
    assert set(told) == {"吴桐", "赵刚"}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"copy": b""}, "缺少存档"),
        ({"link": "ftp://x"}, "http"),
        ({"link": "", "uploaded": False}, "请填写链接"),
        ({"kind": "rumour"}, "发布类型"),
        ({"channel": " "}, "渠道"),
    ],
)
def test_incomplete_evidence_is_refused_in_a_sentence(office: Office, wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        entered(running(office), office.zhou, clock("11:00"), clock("10:50"), **wrong)


def test_the_copy_is_kept_by_its_hash_and_a_changed_one_is_noticed(office: Office, settings: Settings) -> None:
    release = entered(running(office), office.zhou, clock("11:00"), clock("10:50"), copy_name="../../etc/通报.HTML")
    assert release.copy_path == f"evidence/{release.copy_sha256[:2]}/{release.copy_sha256}.html"
    assert release.copy_name == "通报.HTML"
    assert read_copy(release.copy_path, release.copy_sha256) == PAGE
    (Path(settings.HOME) / release.copy_path).write_bytes(b"other")
    with pytest.raises(Refused, match="指纹不符"):
        read_copy(release.copy_path, release.copy_sha256)


def test_the_same_release_is_entered_once(office: Office) -> None:
    issue = running(office)
    entered(issue, office.zhou, clock("11:00"), clock("10:50"))
    with pytest.raises(Refused, match="已经填报过"):
        entered(issue, office.wu, clock("11:01"), clock("10:50"))


def test_after_the_first_release_the_next_is_due_in_six_hours_and_the_outcome_ends_it(office: Office) -> None:
    issue = running(office)
    first = entered(issue, office.zhou, clock("11:00"), clock("10:50"))
    check_release(release=first, by=office.wu, at=clock("11:10"), accept=True, note="一致")
    assert clock_of(issue, "followup_release").due_at == clock("16:50")
    outcome = entered(issue, office.zhou, clock("16:00"), clock("15:50"), kind="outcome", title="处置结果")
    check_release(release=outcome, by=office.wu, at=clock("16:10"), accept=True, note="一致")
    assert statuses(issue)["followup_release"] == "met"
    issue.refresh_from_db()
    assert issue.state == "responding", "the conference is still to be held"


def test_a_conference_planned_stops_nothing_and_held_stops_the_24h_clock(office: Office) -> None:
    issue = running(office)
    planned = plan_conference(
        issue=issue, by=office.zhou, at=clock("11:00"), plan=Plan(title="火灾发布会", planned_at=clock("17:00"))
    )
    assert clock_of(issue, "press_conference").status == "running"
    held = enter_conference(
        issue=issue,
        by=office.zhou,
        at=clock("18:30"),
        title="火灾发布会",
        held_at=clock("17:05"),
        copy=PAGE,
        copy_name="实录.pdf",
        conference=planned,
    )
    assert clock_of(issue, "press_conference").evidence_pending_at == clock("18:30")
    check_conference(conference=held, by=office.wu, at=clock("18:40"), accept=True, note="照片与实录一致")
    met = clock_of(issue, "press_conference")
    assert (met.status, met.met_at) == ("met", clock("17:05"))
    assert Conference.objects.get().state == "checked"


def test_a_media_briefing_does_not_stop_the_24h_clock(office: Office) -> None:
    issue = running(office)
    held = enter_conference(
        issue=issue,
        by=office.zhou,
        at=clock("18:30"),
        title="通气会",
        held_at=clock("17:05"),
        copy=PAGE,
        copy_name="实录.pdf",
        kind="media_briefing",
    )
    check_conference(conference=held, by=office.wu, at=clock("18:40"), accept=True, note="一致")
    assert clock_of(issue, "press_conference").status == "running"


def test_answered_and_every_clock_closed_the_issue_is_closed_by_one_person_with_a_sentence(office: Office) -> None:
    issue = running(office, lamp_lead(), level=4)
    release = entered(issue, office.zhou, clock("15:00"), clock("14:40"), kind="outcome")
    check_release(release=release, by=office.wu, at=clock("15:10"), accept=True, note="已修")
    issue.refresh_from_db()
    assert issue.state == "responded"
    with pytest.raises(Refused, match="办结说明"):
        decide.close_issue(issue=issue, by=office.wang, at=clock("15:20"), sentence="", version=issue.version)
    done = decide.close_issue(
        issue=issue, by=office.wang, at=clock("15:20"), sentence="路灯已修", version=issue.version
    )
    assert (done.state, done.closing_sentence) == ("closed", "路灯已修")


def test_a_leader_enters_no_evidence(office: Office) -> None:
    with pytest.raises(Refused, match="权限"):
        entered(running(office), office.feng, clock("11:00"), clock("10:50"))
