"""Briefs, sources, files, people and the roster, through their pages."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alerts.models import Clock
from crawlers.models import InboxFile, Quarantine, Source
from office.models import Duty, Trail, User
from office.services.tickets import issue_ticket
from office.state import get_state
from reports.models import Brief, Receipt
from reports.services import brief as doors
from responses.models import Issue
from tests.console.conftest import BEIJING, NIGHT
from tests.console.night import Night

SignIn = Callable[[User], Client]
MORNING = datetime(2026, 11, 18, 8, 5, tzinfo=BEIJING)


@pytest.fixture
def brief(desk: Night, clock: Callable[[datetime], None]) -> Brief:
    """The draft of 18 November, at 08:05."""
    clock(MORNING)
    return doors.draft_for(day=MORNING.date(), at=MORNING)


def send(brief: Brief, desk: Night) -> None:
    """Written by 李卓, signed by 王敏 and 陈曦, put out."""
    doors.submit(brief=brief, by=desk.people["lizhuo"], at=MORNING)
    for who in ("wangmin", "chenxi"):
        doors.sign_brief(brief=brief, by=desk.people[who], at=MORNING)
    doors.put_out(brief=brief, at=MORNING)
    brief.refresh_from_db()


def test_the_draft_is_shown_as_it_will_be_printed_with_its_frozen_figures(
    desk: Night, brief: Brief, sign_in: SignIn
) -> None:
    words = sign_in(desk.people["lizhuo"]).get(f"/briefs/{brief.pk}/").content.decode()
    assert "未签发" in words
    assert "监测条数" in words
    assert f"/briefs/{brief.pk}/figure/volume/" in words


def test_every_frozen_figure_opens_the_posts_or_cases_behind_it(desk: Night, brief: Brief, sign_in: SignIn) -> None:
    client = sign_in(desk.people["zhengyan"])
    page = client.get(f"/briefs/{brief.pk}/")
    for line in page.context["figures"]:
        assert client.get(line.url).status_code == 200, line
    volume = client.get(f"/briefs/{brief.pk}/figure/clean/")
    assert volume.context["shown"].paginator.count == brief.numbers["figures"]["clean"]["value"]


def test_a_saved_text_stays_and_who_was_slower_keeps_his_words(desk: Night, brief: Brief, sign_in: SignIn) -> None:
    address = f"/briefs/{brief.pk}/edit/"
    fields = {f"s_{s['key']}": s["text"] for s in brief.content["sections"]} | {"version": brief.version}
    first = fields | {"s_guide": "李卓写的导读", "save": "1"}
    assert "已存" in sign_in(desk.people["lizhuo"]).post(address, first, follow=True).content.decode()
    slower = sign_in(desk.people["zhoulan"]).post(address, fields | {"s_guide": "周岚写的导读", "save": "1"})
    assert slower.status_code == 422
    assert "周岚写的导读" in slower.content.decode()
    assert "李卓" in slower.content.decode()
    assert [(b.theirs, b.yours) for b in slower.context["both"]] == [("李卓写的导读", "周岚写的导读")]


def test_a_figure_typed_wrong_is_marked_where_it_stands_with_the_right_one_beside_it(
    desk: Night, brief: Brief, sign_in: SignIn
) -> None:
    address, client = f"/briefs/{brief.pk}/edit/", sign_in(desk.people["lizhuo"])
    overall = next(s["text"] for s in brief.content["sections"] if s["key"] == "overall")
    volume = brief.numbers["figures"]["volume"]["text"]
    assert "<mark" not in client.get(address).content.decode()
    fields = {f"s_{s['key']}": s["text"] for s in brief.content["sections"]} | {"version": brief.version}
    typed = overall.replace(volume, "987654", 1) + "\n<b>另收 4321 件"
    refused = client.post(address, fields | {"s_overall": typed, "submit": "1"})
    assert refused.status_code == 422
    for words in (refused.content.decode(), client.get(address).content.decode()):
        assert f'冻结 {volume}">987654</mark><span class="frozen">应为 {volume}</span>' in words
        assert '>4321</mark><span class="frozen">不在冻结数字里</span>' in words
        assert "<b>另收" not in words


def test_the_time_left_to_the_hour_of_issue_stands_at_the_head_of_the_editor(
    desk: Night, brief: Brief, sign_in: SignIn, clock: Callable[[datetime], None]
) -> None:
    clock(brief.due_at - timedelta(minutes=49))
    words = sign_in(desk.people["lizhuo"]).get(f"/briefs/{brief.pk}/edit/").content.decode()
    assert "距出刊" in words
    assert "0<small>时</small>49<small>分</small>" in words
    clock(brief.due_at + timedelta(minutes=5))
    late = sign_in(desk.people["lizhuo"]).get(f"/briefs/{brief.pk}/edit/").content.decode()
    assert "超时</span>0<small>时</small>05<small>分</small>" in late
    Brief.objects.filter(pk=brief.pk).update(state=Brief.State.PUT_OFF)
    put_off = sign_in(desk.people["lizhuo"]).get(f"/briefs/{brief.pk}/edit/").content.decode()
    assert "缓发，时间另定" in put_off and "超时</span>" not in put_off


def test_a_draft_comes_as_docx_and_html_and_has_no_pdf_yet(desk: Night, brief: Brief, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    docx = client.get(f"/briefs/{brief.pk}/file/docx/")
    assert docx.content[:2] == b"PK"
    assert docx.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/briefs/{brief.pk}/file/html/").status_code == 200
    assert client.get(f"/briefs/{brief.pk}/file/pdf/").status_code == 404


def test_an_editor_cannot_sign_and_is_told_why(desk: Night, brief: Brief, sign_in: SignIn) -> None:
    doors.submit(brief=brief, by=desk.people["wangmin"], at=MORNING)
    brief.refresh_from_db()
    client = sign_in(desk.people["wangmin"])
    answer = client.post(f"/briefs/{brief.pk}/do/sign/", {"version": brief.version}, follow=True)
    assert "编写的人不签" in answer.content.decode()


def test_putting_off_needs_a_reason(desk: Night, brief: Brief, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    assert "没填：缓发原因" in client.post(f"/briefs/{brief.pk}/do/put_off/", follow=True).content.decode()
    client.post(f"/briefs/{brief.pk}/do/put_off/", {"reason": "等会商结果"})
    brief.refresh_from_db()
    assert brief.state == Brief.State.PUT_OFF


def test_opening_a_sent_brief_and_its_personal_link_are_recorded(
    desk: Night, brief: Brief, sign_in: SignIn, client: Client
) -> None:
    send(brief, desk)
    reader = desk.people["zhengyan"]
    sign_in(reader).get(f"/briefs/{brief.pk}/")
    assert Receipt.objects.get(brief=brief, person=reader, channel="console").opened_at == MORNING
    token = issue_ticket(kind="brief", user=reader, object_id=brief.pk, expires_at=MORNING + timedelta(days=1))
    assert "郑言" in client.get(f"/brief-link/{token}/").content.decode()
    assert "郑言 打开，已记送达" in client.post(f"/brief-link/{token}/").content.decode()
    assert client.get(f"/brief-link/{token}/").status_code == 410


def test_a_correction_is_a_new_draft_and_the_first_stays(desk: Night, brief: Brief, sign_in: SignIn) -> None:
    send(brief, desk)
    client = sign_in(desk.people["wangmin"])
    client.post(f"/briefs/{brief.pk}/do/correct/", {"reason": "第二段数字写错"})
    correction = Brief.objects.get(corrects=brief)
    assert correction.state == Brief.State.DRAFT
    brief.refresh_from_db()
    assert brief.state == Brief.State.SENT


def test_a_source_is_switched_off_with_a_reason_alone(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    client.post("/sources/hot-a/do/off/", {"reason": ""})
    assert Source.objects.get(key="hot-a").enabled
    client.post("/sources/hot-a/do/off/", {"reason": "对方改版，等核对"})
    assert not Source.objects.get(key="hot-a").enabled
    assert "对方改版，等核对" in client.get("/sources/").content.decode()


def test_a_file_is_imported_and_what_is_no_table_is_refused_in_a_sentence(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    source = Source.objects.get(key="letters")
    rows = "id,text,published_at\n1,某院停水一天,2026-11-17 08:00\n".encode()
    good = {"file": SimpleUploadedFile("来信.csv", rows), "source": source.pk, "historical": "on"}
    assert "文件已收进收件箱" in client.post("/import/", good, follow=True).content.decode()
    assert InboxFile.objects.get(kind="import").historical
    bad = {"file": SimpleUploadedFile("坏.xlsx", b"not a zip"), "source": source.pk}
    answer = client.post("/import/", bad)
    assert answer.status_code == 422
    assert "没有收下" in answer.content.decode()


def test_a_line_in_quarantine_shows_its_reason_and_its_preview_as_text(desk: Night, sign_in: SignIn) -> None:
    inbox = InboxFile.objects.create(path="x.jsonl", kind="crawl", arrived_at=NIGHT)
    Quarantine.objects.create(
        inbox=inbox, line=3, offset=0, length=9, reason="不是 JSON", preview="<script>alert(1)</script>", at=NIGHT
    )
    words = sign_in(desk.people["lizhuo"]).get("/quarantine/").content.decode()
    assert "不是 JSON" in words
    assert "<script>alert" not in words


def test_the_roster_takes_a_shift_and_refuses_one_that_ends_before_it_begins(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    person = desk.people["lizhuo"].pk
    fields = {"user": person, "role": "monitor", "starts_at": "2026-11-19T08:00", "ends_at": "2026-11-19T20:00"}
    client.post("/duty/put/", fields)
    assert Duty.objects.filter(user=person).count() == 2
    answer = client.post("/duty/put/", fields | {"ends_at": "2026-11-19T07:00"}, follow=True)
    assert "下班时间要晚于上班时间" in answer.content.decode()


def test_the_handover_lists_every_running_clock_nearest_first(desk: Night, sign_in: SignIn) -> None:
    page = sign_in(desk.people["wangmin"]).get("/handover/")
    sheet = page.context["sheet"]
    due = [item.clock.due_at for item in [*sheet.near, *sheet.rest]]
    assert due == sorted(due)
    assert len(due) == Clock.objects.filter(closed_at=None).count()


def test_solo_duty_is_declared_with_a_reason_and_ended(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    client.post("/settings/do/solo/", {"reason": ""})
    assert not get_state("solo_duty")
    client.post("/settings/do/solo/", {"reason": "大雪，只到一人"})
    assert get_state("solo_duty")["reason"] == "大雪，只到一人"
    client.post("/settings/do/solo-end/")
    assert not get_state("solo_duty")
    assert Trail.objects.filter(kind="settings.change").count() == 2


def test_an_issue_in_the_list_of_another_state_is_found_in_the_ledger(desk: Night, sign_in: SignIn) -> None:
    Issue.objects.filter(pk=desk.issues["heat"].pk).update(state="closed")
    client = sign_in(desk.people["wangmin"])
    assert "三个小区反映供暖不热" not in client.get("/issues/").content.decode()
    assert "三个小区反映供暖不热" in client.get("/ledger/").content.decode()
