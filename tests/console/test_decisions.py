"""What people decide through the forms, as plain posts: everything works without JavaScript."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alerts.models import Clock, Notice, Rung
from office.models import Trail, User
from office.services.tickets import issue_ticket
from office.state import set_state
from responses.models import Conference, Issue, Proposal, Release
from responses.services.leads import report_by_hand
from tests.console.conftest import NIGHT
from tests.console.night import Night

SignIn = Callable[[User], Client]
Turn = Callable[[datetime], None]
PENDING = '<span class="tag dashed">待核定</span>'


@pytest.fixture
def lead(desk: Night) -> Issue:
    """A lead told by telephone at 03:14, level III."""
    return report_by_hand(
        by=desk.people["zhoulan"], at=NIGHT, origin="phone", title="玉廊里停水没有公告", text="居民来电", level=3
    )


def decide(client: Client, issue: Issue, **fields: object) -> str:
    answer = client.post(f"/leads/{issue.pk}/", {"version": issue.version, **fields}, follow=True)
    return answer.content.decode()


def test_a_report_by_hand_becomes_a_lead_with_a_running_clock(desk: Night, sign_in: SignIn) -> None:
    answer = sign_in(desk.people["lizhuo"]).post(
        "/report/",
        {"origin": "hotline", "title": "某院墙开裂", "level": "3", "text": "来电，手机13800138000"},
        follow=True,
    )
    issue = Issue.objects.latest("number")
    assert "已报送，进入线索，时限已起算" in answer.content.decode()
    assert issue.state == Issue.State.LEAD
    assert issue.matter.clocks.get().kind == Clock.Kind.RESPONSE
    assert "13800138000" not in answer.content.decode()


def test_the_page_of_a_reported_lead_says_once_who_reported_it_and_how(desk: Night, sign_in: SignIn) -> None:
    made = report_by_hand(
        by=desk.people["zhoulan"], at=NIGHT, origin="hotline", title="玉廊里停水没有公告", text="居民来电", level=3
    )
    words = sign_in(desk.people["lizhuo"]).get(f"/leads/{made.pk}/").content.decode()
    body = words.split('<div class="cols lead">')[1]
    assert body.count("周岚") == 1
    assert "12345 转来，按报送人提出的等级开线索" in body
    assert "系统发现" not in body and "机器判读" not in body


def test_an_empty_report_says_what_is_missing_and_keeps_what_was_typed(desk: Night, sign_in: SignIn) -> None:
    answer = sign_in(desk.people["lizhuo"]).post("/report/", {"origin": "phone", "level": "4", "place": "玉廊里"})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "没填：什么事" in words
    assert 'value="玉廊里"' in words


def test_a_monitor_confirms_and_the_clocks_are_firm_at_once(desk: Night, lead: Issue, sign_in: SignIn) -> None:
    words = decide(sign_in(desk.people["lizhuo"]), lead, way="confirm", level="3")
    assert "已确认为舆情，时限转为正式" in words
    assert Clock.objects.get(matter=lead.matter).firm_at == NIGHT


def test_confirming_at_level_two_waits_for_the_propaganda_lead_on_the_page(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    decide(sign_in(desk.people["lizhuo"]), lead, way="confirm", level="2")
    client = sign_in(desk.people["chenxi"])
    lead.refresh_from_db()
    assert PENDING in client.get(f"/issues/{lead.pk}/").content.decode()
    client.post(f"/issues/{lead.pk}/do/decide_level/", {"version": lead.version, "level": "2"})
    assert PENDING not in client.get(f"/issues/{lead.pk}/").content.decode()


def test_dismissing_needs_a_code_and_a_sentence(desk: Night, lead: Issue, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    words = decide(client, lead, way="dismiss", sentence="物业已贴告示")
    assert "没填：排除理由" in words
    assert "物业已贴告示" in words
    assert "已排除" in decide(client, lead, way="dismiss", code="settled", sentence="物业已贴告示")
    lead.refresh_from_db()
    assert lead.state == Issue.State.DISMISSED


def test_a_dismissed_lead_is_opened_again_from_its_page(desk: Night, lead: Issue, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    decide(client, lead, way="dismiss", code="misjudged", sentence="看错了")
    lead.refresh_from_db()
    assert lead.state == Issue.State.DISMISSED
    client.post(f"/issues/{lead.pk}/do/reopen/", {"version": lead.version, "reason": "又来了三个电话"})
    lead.refresh_from_db()
    assert lead.state == Issue.State.LEAD


def test_two_people_on_one_lead_the_second_sees_who_was_first_and_keeps_the_text(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    seen = lead.version
    decide(sign_in(desk.people["zhoulan"]), lead, way="confirm", level="3")
    lead.version = seen
    words = decide(sign_in(desk.people["lizhuo"]), lead, way="dismiss", code="misjudged", sentence="我写的这句话")
    assert "周岚" in words
    assert "我写的这句话" in words


def test_merging_moves_a_lead_into_the_chosen_issue(desk: Night, lead: Issue, sign_in: SignIn) -> None:
    target = report_by_hand(
        by=desk.people["zhoulan"], at=NIGHT, origin="hotline", title="玉廊里整楼没水", text="来电", level=3
    )
    words = decide(sign_in(desk.people["lizhuo"]), lead, way="merge", into=target.pk, merge_reason="同一栋楼")
    assert f"已并入 {target.label}" in words
    lead.refresh_from_db()
    assert lead.merged_into == target


def test_lowering_a_level_waits_for_the_second_person_who_agrees_on_the_page(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    decide(sign_in(desk.people["lizhuo"]), lead, way="confirm", level="3")
    lead.refresh_from_db()
    fields = {"version": lead.version, "level": "4", "reason": "只一户", "source": "现场核实"}
    answer = sign_in(desk.people["lizhuo"]).post(f"/issues/{lead.pk}/do/regrade/", fields, follow=True)
    assert "等第二个人同意" in answer.content.decode()
    waiting = Proposal.objects.get(decided_at=None)
    second = sign_in(desk.people["wangmin"])
    assert "等第二个人同意：调整等级" in second.get(f"/issues/{lead.pk}/").content.decode()
    second.post(f"/proposals/{waiting.pk}/", {"accept": "yes", "reason": "同意"})
    lead.matter.refresh_from_db()
    assert lead.matter.level_decided == 4


def release(published: str, **more: object) -> dict[str, object]:
    copy = SimpleUploadedFile("tongbao.html", "<script>1</script>通报".encode())
    fields = {"kind": "notice", "title": "情况通报", "channel": "政府门户网站", "link": "https://www.example.cn/1"}
    return {**fields, "published_at": published, "copy": copy, **more}


def test_a_release_stops_the_clock_only_when_another_has_checked_it(
    desk: Night, lead: Issue, sign_in: SignIn, clock: Turn
) -> None:
    decide(sign_in(desk.people["lizhuo"]), lead, way="confirm", level="3")
    clock(NIGHT + timedelta(hours=1))
    press = sign_in(desk.people["hechuan"])
    press.post(f"/issues/{lead.pk}/release/", release("2026-11-18T04:05"))
    entered = Release.objects.get()
    again = press.post(f"/releases/{entered.pk}/", {"accept": "yes", "note": ""})
    assert again.status_code == 422
    assert "不能是同一人" in again.content.decode()
    assert Clock.objects.get(matter=lead.matter).status == Clock.Status.RUNNING
    answer = sign_in(desk.people["linjing"]).post(f"/releases/{entered.pk}/", {"accept": "yes"}, follow=True)
    assert "已复核，时限按发布时间停表" in answer.content.decode()
    assert Clock.objects.get(matter=lead.matter).status == Clock.Status.MET


def test_a_release_of_the_future_is_refused_and_the_form_keeps_its_words(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    decide(sign_in(desk.people["lizhuo"]), lead, way="confirm", level="3")
    answer = sign_in(desk.people["hechuan"]).post(f"/issues/{lead.pk}/release/", release("2026-11-19T04:05"))
    assert answer.status_code == 422
    assert 'value="情况通报"' in answer.content.decode()
    assert not Release.objects.exists()


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "0206-11-18T03:10", "9999-12-31T23:59"])
def test_a_mistyped_year_is_said_and_starts_no_clock(desk: Night, sign_in: SignIn, when: str) -> None:
    before = Issue.objects.count()
    told = {"origin": "phone", "title": "某路塌陷", "level": "2", "occurred_at": when}
    answer = sign_in(desk.people["lizhuo"]).post("/report/", told)
    assert answer.status_code == 422
    assert "年份应在 2000 到 2100 之间" in answer.content.decode()
    assert Issue.objects.count() == before


def test_a_stored_copy_comes_as_a_download_and_never_as_a_page(
    desk: Night, lead: Issue, sign_in: SignIn, clock: Turn
) -> None:
    decide(sign_in(desk.people["lizhuo"]), lead, way="confirm", level="3")
    clock(NIGHT + timedelta(hours=1))
    client = sign_in(desk.people["hechuan"])
    client.post(f"/issues/{lead.pk}/release/", release("2026-11-18T04:05"))
    answer = client.get(f"/releases/{Release.objects.get().pk}/copy/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "通报".encode() in answer.content


def test_a_conference_stops_the_day_clock_once_checked(desk: Night, sign_in: SignIn, clock: Turn) -> None:
    issue = report_by_hand(
        by=desk.people["zhoulan"], at=NIGHT, origin="order", title="某路塌陷", text="来电", level=2, occurred_at=NIGHT
    )
    decide(sign_in(desk.people["chenxi"]), issue, way="confirm", level="2")
    clock(NIGHT + timedelta(hours=8))
    fields = {
        "kind": "press_conference",
        "title": "塌陷处置发布会",
        "held_at": "2026-11-18T10:00",
        "link": "https://x.example.cn/2",
    }
    copy = SimpleUploadedFile("shilu.txt", "实录".encode())
    answer = sign_in(desk.people["hechuan"]).post(
        f"/issues/{issue.pk}/conference/", {**fields, "copy": copy}, follow=True
    )
    assert "已填报" in answer.content.decode()
    held = Conference.objects.get()
    sign_in(desk.people["linjing"]).post(f"/conferences/{held.pk}/", {"accept": "yes", "note": "看过实录"})
    assert Clock.objects.get(matter=issue.matter, kind="press_conference").status == Clock.Status.MET


def test_one_person_alone_types_the_reason_again_and_the_act_is_marked(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    set_state("solo_duty", {"reason": "只一人", "by": "王敏", "at": ""}, by=None, at=NIGHT)
    client = sign_in(desk.people["wangmin"])
    decide(client, lead, way="confirm", level="3")
    lead.refresh_from_db()
    fields = {"version": lead.version, "level": "4", "reason": "只一户", "source": "现场", "reason_again": "只一户"}
    client.post(f"/issues/{lead.pk}/do/regrade/", fields)
    lead.matter.refresh_from_db()
    assert lead.matter.level_decided == 4
    assert "单人" in client.get(f"/issues/{lead.pk}/").content.decode()


def test_the_link_of_a_message_shows_who_and_what_and_counts_one_tap(desk: Night, client: Client) -> None:
    notice = Notice.objects.filter(person=desk.people["wangmin"]).first()
    assert notice is not None
    token = issue_ticket(
        kind="acknowledge", user=desk.people["wangmin"], object_id=notice.pk, expires_at=NIGHT + timedelta(days=1)
    )
    looked = client.get(f"/ack/{token}/").content.decode()
    assert "王敏" in looked
    assert notice.matter is not None
    assert notice.matter.title in looked
    notice.refresh_from_db()
    assert notice.acknowledged_at is None  # looking, as a mail scanner does, uses nothing up
    assert "已接手" in client.post(f"/ack/{token}/", {"take": "1"}).content.decode()
    notice.refresh_from_db()
    assert notice.acknowledged_at == NIGHT
    again = client.post(f"/ack/{token}/", {"take": "1"})
    assert again.status_code == 410
    assert "已经用过" in again.content.decode()


def test_lead_and_alert_say_who_hears_next_when_nobody_takes_note(
    desk: Night, lead: Issue, sign_in: SignIn, client: Client
) -> None:
    wang = desk.people["wangmin"]
    rung = Rung.objects.create(
        key="t:lead", matter=lead.matter, name="lead", due_at=NIGHT, fired_at=NIGHT, step=1, sentence="新线索",
        next_repeat_at=NIGHT + timedelta(minutes=10),
    )  # fmt: skip
    notice = Notice.objects.create(
        person=wang, role="duty_lead", event="t:lead", matter=lead.matter, title="新线索", body="", due_at=NIGHT,
        created_at=NIGHT, rung=rung,
    )  # fmt: skip
    token = issue_ticket(kind="acknowledge", user=wang, object_id=notice.pk, expires_at=NIGHT + timedelta(hours=1))
    said = "03:24 前没人确认，报值班长"
    assert said in client.get(f"/ack/{token}/").content.decode()
    page = sign_in(wang).get(f"/leads/{lead.pk}/").content.decode()
    assert said in page
    client.post(f"/ack/{token}/", {"take": "0"})
    assert "前没人确认" not in sign_in(wang).get(f"/leads/{lead.pk}/").content.decode()


def test_a_false_alarm_leads_from_the_message_over_signing_in_to_its_form_with_the_choice_made(
    desk: Night, lead: Issue, sign_in: SignIn, client: Client
) -> None:
    wang, case = desk.people["wangmin"], desk.issues["pipe"]
    for issue in (lead, case):
        notice = Notice.objects.create(
            person=wang, role="duty_lead", event=f"t:{issue.pk}", matter=issue.matter, title="提醒", body="",
            due_at=NIGHT, created_at=NIGHT,
        )  # fmt: skip
        token = issue_ticket(kind="acknowledge", user=wang, object_id=notice.pk, expires_at=NIGHT + timedelta(hours=1))
        address = f"/matters/{issue.matter_id}/?do=false"
        shown = client.get(f"/ack/{token}/").content.decode()
        assert f'href="{address}"' in shown and f'href="/matters/{issue.matter_id}/?do=hand"' in shown
        assert client.get(address).headers["Location"] == "/login/?" + urlencode({"next": address})
        notice.refresh_from_db()
        assert notice.acknowledged_at is None  # looked at, nothing done
    desk_of = sign_in(wang)
    form = desk_of.get(f"/matters/{lead.matter_id}/?do=false", follow=True)
    assert form.redirect_chain[-1][0] == f"/leads/{lead.pk}/?way=dismiss#decide"
    assert 'value="dismiss" data-way="d" checked' in form.content.decode()
    lead.refresh_from_db()
    assert lead.state == Issue.State.LEAD
    open_panel = desk_of.get(f"/matters/{case.matter_id}/?do=false", follow=True).content.decode()
    assert '<details class="panel" id="act-cancel" open>' in open_panel
    assert desk_of.get(f"/leads/{lead.pk}/?way=everything").context["form"]["way"].value() == "confirm"


def test_a_lead_goes_to_a_colleague_who_is_told_and_the_ladder_goes_on(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    wang, li = desk.people["wangmin"], desk.people["lizhuo"]
    client = sign_in(wang)
    page = client.get(f"/matters/{lead.matter_id}/?do=hand", follow=True)
    assert page.redirect_chain[-1][0] == f"/issues/{lead.pk}/hand/"
    offered = [user.username for user in page.context["form"].fields["to"].queryset]
    assert "lizhuo" in offered and "zhaoning" not in offered
    address, version = f"/issues/{lead.pk}/hand/", page.context["form"]["version"].value()
    assert "没填" in client.post(address, {"to": li.pk, "version": version}).content.decode()
    itself = client.post(address, {"to": wang.pk, "sentence": "我", "version": version})
    assert itself.status_code == 422 and "我来处理" in itself.content.decode()
    waiting = Notice.objects.filter(matter=lead.matter_id, acknowledged_at=None).count()
    fields = {"to": li.pk, "sentence": "我在青槐路现场", "version": version}
    done = client.post(address, fields, follow=True).content.decode()
    assert "已转给对方" in done
    lead.refresh_from_db()
    assert lead.matter.owner_id == li.pk and lead.state == Issue.State.LEAD
    told = Notice.objects.get(person=li, event__startswith=f"hand-on:{lead.pk}:")
    assert "王敏 把" in told.body and "我在青槐路现场" in told.body
    assert Notice.objects.filter(matter=lead.matter_id, acknowledged_at=None).count() == waiting + 1
    assert Trail.objects.get(kind="issue.hand_on").object_id == str(lead.pk)
    again = client.post(address, fields)
    assert again.status_code == 422  # seen an older version
    assert sign_in(desk.people["zhaoning"]).post(address, fields).status_code == 403
    case = desk.issues["pipe"]
    assert '<details class="panel" id="act-hand_on">' in client.get(f"/issues/{case.pk}/").content.decode()


def test_a_notice_is_acknowledged_on_the_page_by_its_own_person_alone(desk: Night, sign_in: SignIn) -> None:
    notice = Notice.objects.filter(person=desk.people["wangmin"]).first()
    assert notice is not None
    words = sign_in(desk.people["zhoulan"]).post(f"/notices/{notice.pk}/take/", follow=True).content.decode()
    assert "不是发给您的" in words
    sign_in(desk.people["wangmin"]).post(f"/notices/{notice.pk}/take/")
    notice.refresh_from_db()
    assert notice.acknowledged_at == NIGHT


def test_an_event_of_long_ago_is_asked_about_once_and_taken_when_it_is_meant(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    client = sign_in(desk.people["lizhuo"])
    told = {"way": "confirm", "level": "3", "occurred_at": "2026-10-18T03:00", "occurred_source": "来电"}
    words = decide(client, lead, **told)
    assert "填的是 31 天前（2026-10-18 03:00）" in words and "时间无误，就是这一天" in words
    lead.refresh_from_db()
    assert lead.state == Issue.State.LEAD
    assert "已确认为舆情" in decide(client, lead, **told, sure="on")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/report/", {"origin": "phone", "title": "某院墙开裂", "level": "3", "occurred_at": "2026-11-01T08:00"}),
        ("/issues/{pk}/do/set_event_time/", {"occurred_at": "2026-11-01T08:00", "source": "来电"}),
    ],
)
def test_other_forms_ask_about_an_event_of_long_ago_too(
    desk: Night, lead: Issue, sign_in: SignIn, path: str, fields: dict[str, str]
) -> None:
    client = sign_in(desk.people["lizhuo"])
    decide(client, lead, way="confirm", level="3")
    first = client.post(path.format(pk=lead.pk), fields)
    assert first.status_code == 422 and "16 天前" in first.content.decode()
    assert 'type="checkbox" name="sure"' in first.content.decode()
    assert client.post(path.format(pk=lead.pk), {**fields, "sure": "on"}).status_code == 302


def test_an_event_grade_is_taken_with_its_body_its_paper_and_its_time(
    desk: Night, lead: Issue, sign_in: SignIn
) -> None:
    client = sign_in(desk.people["chenxi"])
    words = decide(client, lead, way="confirm", level=3, event_grade="major", grade_body="区应急局")
    assert "要写明出自哪份文件或哪个来电" in words and "要写明认定时间" in words and 'value="区应急局"' in words
    told = {"grade_reference": "京应急〔2026〕3号", "grade_at": "2026-11-18T03:00"}
    words = decide(client, lead, way="confirm", level=3, event_grade="major", grade_body="区应急局", **told)
    assert "事件等级 <b>重大</b>，区应急局 京应急〔2026〕3号，03:00 认定" in words
