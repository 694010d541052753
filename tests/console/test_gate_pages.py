"""The pages of a release before it goes out, and of a conference planned back from its limit."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import Clock
from office.models import User
from office.services.people import declare_solo
from responses.models import Conference, DraftText, Release, ReleaseDraft
from responses.services import drafting
from tests.console.night import Night

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

TYPED = {"kind": "notice", "name": "情况通报（一）", "channels": ["政府门户网站", "政务微博"], "text": "抢修正在进行。"}


def drafted(desk: Night, **more: Any) -> ReleaseDraft:
    values: dict[str, Any] = {"kind": "notice", "name": "情况通报（一）", "channels": ["政府门户网站", "政务微博"]}
    words = drafting.Words(**(values | {"text": "抢修正在进行。"} | more))
    return drafting.start_draft(issue=desk.issues["pipe"], by=desk.people["hechuan"], at=desk.at, words=words)


def passed(desk: Night, draft: ReleaseDraft) -> ReleaseDraft:
    for key in ("wording", "secrecy", "deidentify", "approval"):
        draft = drafting.decide_gate(
            draft=draft, gate=key, version=draft.version, by=_everything(desk), at=desk.at, accept=True
        )
    return draft


def _everything(desk: Night) -> User:
    wang = desk.people["wangmin"]
    wang.roles = ["gov_office", "press_officer", "duty_lead"]
    wang.save(update_fields=["roles"])
    return wang


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_release_is_drafted_from_the_case_and_asked_about_what_looks_personal(desk: Night, sign_in: SignIn) -> None:
    client, pipe = sign_in(desk.people["hechuan"]), desk.issues["pipe"]
    assert f"/issues/{pipe.pk}/drafts/new/" in shown(client, f"/issues/{pipe.pk}/")
    assert "情况通报（一）" in shown(client, f"/issues/{pipe.pk}/drafts/new/")
    told = client.post(f"/issues/{pipe.pk}/drafts/new/", TYPED | {"text": "抢修电话 13812345678"}, follow=True)
    assert "看起来有个人信息：手机号 1 处" in told.content.decode()
    assert '<mark title="手机号">13812345678</mark>' in told.content.decode()
    assert ReleaseDraft.objects.get().state == "review", "it blocks nothing"


def test_what_is_missing_is_said_and_what_was_typed_stays(desk: Night, sign_in: SignIn) -> None:
    client, pipe = sign_in(desk.people["hechuan"]), desk.issues["pipe"]
    answer = client.post(f"/issues/{pipe.pk}/drafts/new/", TYPED | {"channels": [], "text": "写好的话"})
    assert answer.status_code == 422
    assert "请选拟发的渠道" in answer.content.decode()
    assert "写好的话" in answer.content.decode()


def test_a_gate_is_passed_on_the_drafts_page_by_another_person(desk: Night, sign_in: SignIn) -> None:
    draft = drafted(desk)
    writer, other = sign_in(desk.people["hechuan"]), sign_in(desk.people["chenxi"])
    assert "您写过这份稿，由别人审" in shown(writer, f"/drafts/{draft.pk}/")
    assert "等您审的发布 1 份" in shown(other, "/")
    sent = {"gate": "wording", "version": 1, "accept": "no"}
    assert "退回要写一句" in other.post(f"/drafts/{draft.pk}/gate/", sent).content.decode()
    answer = other.post(f"/drafts/{draft.pk}/gate/", sent | {"sentence": "第 2 段点出住户楼号"}, follow=True)
    assert "已退回，起草人已收到通知" in answer.content.decode()
    case = shown(other, f"/issues/{desk.issues['pipe'].pk}/")
    assert "表述退回" in case
    assert "「第 2 段点出住户楼号」" in case
    form = shown(writer, f"/drafts/{draft.pk}/edit/")
    assert "第 2 段点出住户楼号" in form
    assert "四道关重审" in form


def test_the_second_at_a_gate_sees_who_was_faster_and_keeps_the_sentence(desk: Night, sign_in: SignIn) -> None:
    draft = drafted(desk)
    drafting.decide_gate(
        draft=draft, gate="wording", version=1, by=desk.people["chenxi"], at=desk.at, accept=True
    )  # fmt: skip
    late = {"gate": "wording", "version": 1, "accept": "no", "sentence": "口径再核"}
    answer = sign_in(_everything(desk)).post(f"/drafts/{draft.pk}/gate/", late)
    assert answer.status_code == 422
    assert "陈曦 刚刚已过了“表述”关，请看过再决定" in answer.content.decode()


def test_a_text_written_meanwhile_stands_beside_ones_own(desk: Night, sign_in: SignIn) -> None:
    draft = drafted(desk)
    words = drafting.Words("notice", "情况通报（一）", None, ["政务微博"], "别人的话")
    drafting.edit_draft(draft=draft, by=desk.people["chenxi"], at=desk.at, words=words, version=1)
    client = sign_in(desk.people["hechuan"])
    answer = client.post(f"/drafts/{draft.pk}/edit/", TYPED | {"text": "我的话", "version": 1})
    told = answer.content.decode()
    assert answer.status_code == 422
    assert "陈曦 刚刚写了第 2 稿" in told
    assert "别人的话" in told and "我的话" in told
    client.post(f"/drafts/{draft.pk}/edit/", TYPED | {"text": "我的话", "version": 2})
    assert DraftText.objects.get(number=3).text == "我的话"


def test_who_may_not_pass_is_kept_out(desk: Night, sign_in: SignIn) -> None:
    draft = drafted(desk)
    sent = {"gate": "wording", "version": 1, "accept": "yes"}
    assert sign_in(desk.people["lizhuo"]).post(f"/drafts/{draft.pk}/gate/", sent).status_code == 403


def test_one_person_on_duty_passes_and_is_marked(desk: Night, sign_in: SignIn) -> None:
    draft, he = drafted(desk), desk.people["hechuan"]
    declare_solo(by=desk.people["chenxi"], at=desk.at, reason="夜间一人")
    sent = {"gate": "wording", "version": 1, "accept": "yes", "sentence": "核过", "reason_again": "核过"}
    sign_in(he).post(f"/drafts/{draft.pk}/gate/", sent)
    assert "单人" in shown(sign_in(he), f"/issues/{desk.issues['pipe'].pk}/")


def test_evidence_is_entered_for_a_draft_by_channel_and_the_missing_one_is_offered(
    desk: Night, sign_in: SignIn
) -> None:
    pipe, draft = desk.issues["pipe"], passed(desk, drafted(desk))
    client = sign_in(desk.people["hechuan"])
    assert "可以发布" in shown(client, f"/issues/{pipe.pk}/")
    form = shown(client, f"/issues/{pipe.pk}/release/?draft={draft.pk}&channel=政务微博")
    assert 'value="政务微博"' in form
    sent: dict[str, Any] = {
        "draft": draft.pk, "kind": "notice", "title": draft.name, "channel": "政务微博",
        "link": "https://www.example.cn/1", "published_at": "2026-11-18T03:14",
        "copy": SimpleUploadedFile("a.html", b"<p>x</p>"),
    }  # fmt: skip
    assert client.post(f"/issues/{pipe.pk}/release/", sent).status_code == 302
    release = Release.objects.get(draft=draft)
    case = shown(client, f"/issues/{pipe.pk}/")
    assert "政府门户网站缺存证" in case
    assert "补政府门户网站存证" in case
    assert "发布前已过齐" in shown(client, f"/releases/{release.pk}/")
    assert "改稿" not in shown(client, f"/drafts/{draft.pk}/").split("<footer")[0].split('class="under"')[0]


def test_without_gates_it_is_taken_shown_so_and_asked_why(desk: Night, sign_in: SignIn) -> None:
    pipe, client = desk.issues["pipe"], sign_in(desk.people["hechuan"])
    sent: dict[str, Any] = {
        "kind": "notice", "title": "先发的一条", "channel": "政务微博", "link": "https://www.example.cn/2",
        "published_at": "2026-11-18T03:10", "copy": SimpleUploadedFile("a.html", b"<p>y</p>"),
    }  # fmt: skip
    client.post(f"/issues/{pipe.pk}/release/", sent)
    release = Release.objects.get(title="先发的一条")
    assert "未过四道关" in shown(client, f"/issues/{pipe.pk}/")
    client.post(f"/releases/{release.pk}/why/", {"why": "夜间急发"})
    assert "夜间急发" in shown(client, f"/issues/{pipe.pk}/")


def test_a_conference_is_planned_ticked_changed_and_dropped_on_the_page(desk: Night, sign_in: SignIn) -> None:
    pipe, client = desk.issues["pipe"], sign_in(desk.people["hechuan"])
    due = Clock.objects.get(matter=pipe.matter, kind="press_conference").due_at
    assert "排发布会" in shown(client, f"/issues/{pipe.pk}/")
    sent = {
        "title": "青槐路发布会",
        "planned_at": "2026-11-18T17:00",
        "place": "区新闻发布厅",
        "who_invitations": "林静",
    }
    assert client.post(f"/issues/{pipe.pk}/plan/", sent).status_code == 302
    row = Conference.objects.get(state="planned")
    case = shown(client, f"/issues/{pipe.pk}/")
    assert "定于 17:00" in case and "林静" in case
    step = row.steps.get(key="speakers")
    client.post(f"/plans/steps/{step.pk}/", {"done": "1"})
    assert "已办，03:14" in shown(client, f"/issues/{pipe.pk}/")
    answer = client.post(f"/plans/steps/{step.pk}/", {"done": "1"}, follow=True)
    assert "没有办成：“主持人、发布人”何川 11-18 03:14 已办" in answer.content.decode()
    past = client.post(f"/issues/{pipe.pk}/plan/", sent | {"planned_at": "2026-11-18T02:00", "version": 0})
    assert "已经过去" in past.content.decode()
    late = client.post(f"/issues/{pipe.pk}/plan/", sent | {"planned_at": "2026-11-18T23:30", "version": 0}, follow=True)
    assert "晚于时限" in late.content.decode()
    client.post(f"/plans/{row.pk}/drop/", {"version": 1, "sentence": "改为媒体通气会"})
    assert Conference.objects.get(pk=row.pk).state == "dropped"
    assert Clock.objects.get(matter=pipe.matter, kind="press_conference").due_at == due


def test_a_plan_changed_meanwhile_stands_beside_ones_own(desk: Night, sign_in: SignIn) -> None:
    pipe, client = desk.issues["pipe"], sign_in(desk.people["hechuan"])
    sent = {"title": "青槐路发布会", "planned_at": "2026-11-18T17:00", "place": "区新闻发布厅"}
    client.post(f"/issues/{pipe.pk}/plan/", sent)
    sign_in(desk.people["linjing"]).post(f"/issues/{pipe.pk}/plan/", sent | {"place": "街道会议室", "version": 0})
    answer = client.post(f"/issues/{pipe.pk}/plan/", sent | {"version": 0})
    told = answer.content.decode()
    assert answer.status_code == 422
    assert "林静 刚刚改了发布会的安排" in told
    beside = told.split('<section class="both"')[1].split("</section>")[0]
    assert "街道会议室" in beside
    assert "17:00" not in beside, "the same start is no difference"
    client.post(f"/issues/{pipe.pk}/plan/", sent | {"version": 1})
    assert Conference.objects.get().place == "区新闻发布厅"


def test_held_evidence_takes_up_the_plan(desk: Night, sign_in: SignIn, clock: Callable[[datetime], None]) -> None:
    pipe, client = desk.issues["pipe"], sign_in(desk.people["hechuan"])
    client.post(f"/issues/{pipe.pk}/plan/", {"title": "青槐路发布会", "planned_at": "2026-11-18T03:30"})
    clock(desk.at + timedelta(hours=1))
    client = sign_in(desk.people["hechuan"])  # an hour later the desk asks anew who sits there
    form = shown(client, f"/issues/{pipe.pk}/conference/")
    assert "青槐路发布会" in form
    sent = {
        "kind": "press_conference",
        "title": "青槐路发布会",
        "held_at": "2026-11-18T03:35",
        "link": "https://a.example.cn/",
    }
    client.post(f"/issues/{pipe.pk}/conference/", sent | {"copy": SimpleUploadedFile("a.html", b"z")})
    row = Conference.objects.get()
    assert (row.state, row.steps.count()) == ("entered", 7)
    assert "03:35 开始" in shown(client, f"/issues/{pipe.pk}/")


def test_who_leaves_names_who_goes_on_with_a_release(desk: Night, sign_in: SignIn) -> None:
    draft, client = drafted(desk), sign_in(desk.people["zhaoning"])
    address = f"/people/{desk.people['hechuan'].pk}/leave/"
    page = shown(client, address)
    assert "在手的发布稿 1 份" in page
    assert draft.name not in page, "who closes accounts need not know what it says"
    sent = {"reason": "调离", f"draft_{draft.pk}": desk.people["linjing"].pk}
    assert client.post(address, sent).status_code == 302
    draft.refresh_from_db()
    assert draft.drafter == desk.people["linjing"]


def test_a_file_of_a_draft_comes_back_as_it_was_sent(desk: Night, sign_in: SignIn) -> None:
    client, pipe = sign_in(desk.people["hechuan"]), desk.issues["pipe"]
    sent = TYPED | {"text": "", "copy": SimpleUploadedFile("通报.pdf", b"%PDF-1.4 x")}
    client.post(f"/issues/{pipe.pk}/drafts/new/", sent)
    draft = ReleaseDraft.objects.get()
    answer = client.get(f"/drafts/{draft.pk}/file/1/")
    assert answer.content == b"%PDF-1.4 x"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_what_waits_for_a_gate_stands_on_the_page_of_releases(desk: Night, sign_in: SignIn) -> None:
    draft = drafted(desk)
    page = shown(sign_in(desk.people["lizhuo"]), "/releases/")
    assert "等审 1 份" in page
    assert f"/drafts/{draft.pk}/" in page


def test_pages_ask_as_often_for_ten_releases_as_for_two(desk: Night, sign_in: SignIn) -> None:
    client, pipe = sign_in(_everything(desk)), desk.issues["pipe"]
    pages = [f"/issues/{pipe.pk}/", "/releases/", "/"]

    def asked() -> list[int]:
        found = []
        for address in pages:
            with CaptureQueriesContext(connection) as queries:
                shown(client, address)
            found.append(len(queries))
        return found

    for number in range(2):
        draft = drafted(desk, name=f"通报 {number}", unit=pipe.matter.lead_unit)
    drafting.decide_gate(draft=draft, gate="wording", version=1, by=_everything(desk), at=desk.at, accept=True)
    asked()
    few = asked()
    for number in range(8):
        draft = drafted(desk, name=f"进展 {number}", unit=pipe.matter.lead_unit)
        drafting.decide_gate(draft=draft, gate="wording", version=1, by=_everything(desk), at=desk.at, accept=True)
    assert asked() == few
