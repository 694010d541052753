"""检索: what is typed is never more than words; what is shown is what is counted, and what is exported."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from alerts.models import Notice
from analysis.models import Reading
from analysis.search import Figures
from analysis.services.indexing import settle
from crawlers.models import Post
from office.models import AccessLog, Trail, User
from office.state import set_state
from office.trail import words_of
from reports.models import ExportRequest
from tests.analysis.search_posts import source, told, topic
from tests.console.conftest import NIGHT
from tests.console.night import Night

SignIn = Callable[[User], Client]


@pytest.fixture
def lead(desk: Night, sign_in: SignIn) -> Client:
    """王敏, who leads the shift and may export."""
    return sign_in(desk.people["wangmin"])


def listed(client: Client, address: str) -> list[int]:
    return [post.pk for post in client.get(address).context["posts"]]


def test_words_are_marked_where_they_stand_and_hostile_text_stays_text(lead: Client) -> None:
    page = lead.get("/search/?q=停暖三天").content.decode()
    assert '<mark class="hit">停暖三天</mark>' in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    masked = lead.get("/search/?q=暖气").content.decode()
    assert '<span class="masked">［手机号］</span>' in masked


@pytest.mark.parametrize(
    "line",
    ['"停暖', "NEAR(停暖 暖气, 3)", "停暖*", "停暖 AND 暖气", "'; DROP TABLE crawlers_post;--", "words:停暖",
     "<b>停暖</b>", "{{ 7*7 }}", "%s%d", "停\x00暖", "\u202e停暖", "暖 或 停", "-停暖", "𠮷"],
)  # fmt: skip
def test_any_line_with_words_is_answered(lead: Client, line: str) -> None:
    answer = lead.get("/search/", {"q": line})
    assert answer.status_code == 200
    assert "<b>停暖</b>" not in answer.content.decode()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("😡😡", "请换成文字"),
        ("，。！？", "请换成文字"),
        ("水" * 10_000, "最多 200 个字"),
        ("甲 " * 30, "最多查 12 个词"),
    ],
)
def test_a_line_that_cannot_be_searched_is_refused_in_the_error_box_and_kept(
    lead: Client, line: str, sentence: str
) -> None:
    answer = lead.get("/search/", {"q": line, "voice": "public"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert f'value="{line.strip()}"' in page
    assert 'value="public" selected' in page


def test_what_is_no_word_beside_words_is_told(lead: Client) -> None:
    assert "“😡” 里没有可查的字" in lead.get("/search/?q=停暖 😡").content.decode()


@pytest.mark.parametrize(
    "conditions",
    ["source=abc&topic=-1&issue=²&ids=,,&page=0&span=7x&order=worst&relevant=2&voice=x,y&day=2026-13-40",
     "from=0000-00-00&to=9999-99-99&since=yesterday&until=&episode=1e9&copy_of=99999999999999999999",
     f"street={quote(chr(39) + ');--')}&place={'甲' * 500}&unit=%00&klass={','.join('甲' * n for n in range(60))}",
     "since=0001-01-01&until=2199-12-31T23:59&from=1900-01-01"],
)  # fmt: skip
def test_conditions_that_are_none_break_nothing(lead: Client, conditions: str) -> None:
    assert lead.get(f"/search/?q=暖&{conditions}", follow=True).status_code == 200


def test_an_address_to_hand_on_holds_only_what_was_asked(lead: Client) -> None:
    answer = lead.get("/search/?q=暖气&street=&voice=public&klass=&from=")
    assert (answer.status_code, answer["Location"]) == (302, f"/search/?q={quote('暖气')}&voice=public")
    assert lead.get("/posts/?q=x&topic=3")["Location"] == "/search/?q=x&topic=3"


def test_conditions_together_each_with_the_address_without_it(lead: Client, desk: Night) -> None:
    told("青槐路停暖，暖气冰凉", at=NIGHT, key="letters", klass="供热", streets=["月坛街道"], sentiment="negative")
    told("青槐路停暖", at=NIGHT - timedelta(days=3), key="letters", klass="供热", streets=["月坛街道"])
    settle(at=NIGHT)
    answer = lead.get(
        "/search/?q=停暖 -手机号&street=月坛街道&klass=供热,供水&sentiment=negative&span=1&voice=public,media"
    )
    assert answer.context["total"] == "1"
    chips = {chip.name: chip for chip in answer.context["found"].chips}
    assert (chips["类别"].words, chips["声音"].words, chips["时间"].words) == ("供热、供水", "公众、媒体", "今天")
    assert "span" not in chips["时间"].without
    assert "street" in chips["时间"].without
    assert lead.get("/search/" + chips["时间"].without).context["total"] == "1"
    assert answer.context["found"].told.startswith("找 停暖 -手机号；类别 供热、供水；情绪 负面")


def test_counts_by_day_and_class_are_those_of_the_posts(lead: Client) -> None:
    for days, klass in ((0, "供水"), (0, "供电"), (1, "供水"), (2, "供水"), (40, "供水")):
        told("槭树倒了", at=NIGHT - timedelta(days=days), klass=klass)
    settle(at=NIGHT)
    beside = lead.get("/search/?q=槭树").context["beside"]
    assert [(day.label, day.count) for day in beside.days] == [("11-16", 1), ("11-17", 1), ("11-18", 2)]
    assert (beside.figures.total, beside.earlier, beside.days[-1].weekday) == (5, 1, "今")
    assert [(part.name, part.count) for part in beside.classes] == [("供水", 4), ("供电", 1)]
    assert lead.get("/search/?q=槭树&day=2026-11-18").context["total"] == "2"
    page = lead.get("/search/?q=槭树").content.decode()
    assert "day=2026-11-18" in page
    assert "until=2026-11-16" in page
    assert lead.get("/search/?q=槭树&until=2026-11-16").context["total"] == "1"


def test_a_total_is_exact_to_ten_thousand_and_says_so_above() -> None:
    assert Figures(10_000, 0, {}, {}, {}).shown == "10000"
    assert Figures(10_001, 0, {}, {}, {}).shown == "10 000+"


def test_best_first_puts_the_post_that_speaks_of_it_most_before_newer_ones(lead: Client) -> None:
    best = told("槭树倒了，槭树压了车，槭树没人管", "槭树", at=NIGHT - timedelta(days=5))
    newest = told("路过看见一棵槭树", at=NIGHT)
    settle(at=NIGHT)
    assert listed(lead, "/search/?q=槭树") == [newest.pk, best.pk]
    assert listed(lead, "/search/?q=槭树&order=best") == [best.pk, newest.pk]


def test_from_a_hit_to_its_post_topic_case_and_copies(lead: Client, desk: Night) -> None:
    page = lead.get("/search/?q=青槐路整条街").content.decode()
    issue = desk.issues["pipe"]
    assert f'href="/issues/{issue.pk}/"' in page
    row = told("槭树倒了", at=NIGHT)
    copy = told("槭树倒了！", at=NIGHT)
    Post.objects.filter(pk=copy.pk).update(copy_of=row)
    matter = topic(row)
    settle(at=NIGHT)
    page = lead.get("/search/?q=槭树").content.decode()
    assert f'href="/posts/{row.pk}/"' in page
    assert f'href="/topics/{matter.pk}/"' in page
    assert f'href="/search/?copy_of={row.pk}">1</a>' in page
    assert set(listed(lead, f"/search/?copy_of={row.pk}")) == {row.pk, copy.pk}
    assert listed(lead, "/search/?q=槭树&first=1") == [row.pk]
    assert listed(lead, f"/search/?topic={matter.pk}") == [row.pk]


def test_pages_follow_each_other_and_end(lead: Client) -> None:
    rows = [told(f"槭树第{n}棵", at=NIGHT - timedelta(minutes=n)).pk for n in range(45)]
    settle(at=NIGHT)
    assert [pk for n in (1, 2, 3, 4) for pk in listed(lead, f"/search/?q=槭树&page={n}")] == rows
    assert "data-next" not in lead.get("/search/?q=槭树&page=3").content.decode()


def test_nothing_found_says_which_condition_to_drop(lead: Client) -> None:
    page = lead.get("/search/?q=槭树&street=月坛街道").content.decode()
    assert "没有这样的帖文" in page
    assert f'href="?q={quote("槭树")}">街道 月坛街道</a>' in page


def test_a_removed_post_is_on_no_page_and_in_no_count_from_the_same_moment(lead: Client) -> None:
    row = told("槭树倒了", at=NIGHT)
    settle(at=NIGHT)
    Reading.objects.filter(post=row).delete()
    Post.objects.filter(pk=row.pk).delete()
    answer = lead.get("/search/?q=槭树")
    assert (answer.context["total"], answer.context["posts"]) == ("0", [])


def test_what_is_missing_is_said_beside_the_counts(lead: Client) -> None:
    told("槭树倒了", at=NIGHT)
    page = lead.get("/search/?q=暖气").content.decode()
    assert "本地论坛生活版 02:22 起中断" in page
    assert "1 帖还没有收进来" in page


def test_the_page_asks_the_database_as_often_for_two_hits_as_for_twenty(lead: Client) -> None:
    for number in range(30):
        told(f"槭树{'倒了' if number < 2 else ''}{number}", at=NIGHT)
    settle(at=NIGHT)
    lead.get("/search/?q=槭树")
    counts = []
    for line in ("槭树倒了", "槭树"):
        with CaptureQueriesContext(connection) as asked:
            lead.get(f"/search/?q={line}")
        # A count a day is a statement; both searches show one day.
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_reading_a_hit_beside_the_list_leaves_a_row(lead: Client, desk: Night) -> None:
    row = told("槭树倒了，打［手机号］", "标题", at=NIGHT)
    settle(at=NIGHT)
    page = lead.get(f"/search/{row.pk}/?q=槭树").content.decode()
    assert '<mark class="hit">槭树</mark>倒了' in page
    assert "<html" not in page
    assert AccessLog.objects.filter(kind="post", what=f"post {row.pk}", by=desk.people["wangmin"]).count() == 1
    assert lead.get("/search/999999/").status_code == 404


def test_a_search_is_kept_with_its_conditions(lead: Client) -> None:
    lead.get("/search/?q=暖气&voice=public")
    assert AccessLog.objects.get(kind="search").what == "找 暖气；声音 公众"


# --- export -----------------------------------------------------------------------------------------------------------


WHY = "供热专题会商用"


@pytest.fixture
def second(desk: Night, sign_in: SignIn) -> Client:
    """陈曦, who may allow what 王敏 asks for."""
    return sign_in(desk.people["chenxi"])


def wanted(client: Client, address: str, **given: str) -> ExportRequest:
    answer = client.post(f"/search/export/?{address}", {"reason": WHY, "kind": "csv", **given})
    assert answer.status_code == 302, answer.content.decode()
    return ExportRequest.objects.latest("pk")


def exported(client: Client, second: Client, address: str, **given: str) -> HttpResponse:
    row = wanted(client, address, **given)
    second.post(f"/search/exports/{row.pk}/allow/")
    answer = client.post(f"/search/exports/{row.pk}/take/")
    assert answer.status_code == 200
    return answer  # type: ignore[return-value]  # a test client's own class of answer


def test_an_export_holds_what_is_shown_masked_and_without_formulas(lead: Client, second: Client, desk: Night) -> None:
    hostile = ["=cmd()", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "＝cmd()", " =1", "槭树\x01倒了"]
    rows = [told(f"{text} 槭树", text, at=NIGHT - timedelta(minutes=n)) for n, text in enumerate(hostile)]
    settle(at=NIGHT)
    content = exported(lead, second, "q=槭树").content
    assert content.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [int(row["编号"]) for row in table] == [row.pk for row in rows] == listed(lead, "/search/?q=槭树")
    assert [row["标题"][0] for row in table[:7]] == ["'"] * 7
    assert not any(cell.lstrip().startswith(tuple("=+-@＝\t")) for row in table for cell in row.values())
    assert "［手机号］" in exported(lead, second, "q=手机号").content.decode()
    assert "h1" not in next(csv.reader(io.StringIO(content.decode("utf-8-sig"))))  # no author


def test_a_workbook_opens_in_a_spreadsheet_and_says_who_and_why(lead: Client, second: Client) -> None:
    told("=cmd() 槭树", "题", at=NIGHT)
    settle(at=NIGHT)
    answer = exported(lead, second, "q=槭树", kind="xlsx")
    assert "attachment" in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["帖文", "说明"]
    cells = [cell for row in book["帖文"].iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert book["帖文"].cell(2, 12).value == "'=cmd() 槭树"
    about = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert (about["检索"], about["理由"], about["帖数"]) == ("找 槭树", "供热专题会商用", 1)
    assert "王敏" in str(about["导出"]) and about["批准"] == "陈曦"
    mark = str(book["帖文"].cell(2, 16).value)
    assert mark.startswith("导-") and "王敏" in mark  # every row says whose export it is


def test_an_export_is_in_the_trail_with_its_reason_and_the_hash_of_the_file(
    lead: Client, second: Client, desk: Night
) -> None:
    issue = desk.issues["pipe"]
    exported(lead, second, "q=暖气&voice=media", issue=issue.label)
    row = Trail.objects.filter(kind="export").get()
    kept = words_of([row])[row.text_digest]
    assert (row.by, row.object_kind, kept.text) == (desk.people["wangmin"], "export", WHY)
    assert (kept.data["asked"], kept.data["issue"], len(kept.data["sha256"])) == ("找 暖气；声音 媒体", issue.label, 64)
    assert AccessLog.objects.get(kind="export").issue_id == issue.pk
    assert list(Trail.objects.filter(kind__startswith="export").order_by("pk").values_list("kind", "by__name")) == [
        ("export.ask", "王敏"), ("export.allow", "陈曦"), ("export", "王敏"),
    ]  # fmt: skip


def test_an_export_goes_nowhere_without_a_second_person(lead: Client, second: Client, desk: Night) -> None:
    row = wanted(lead, "q=暖气")
    told_now = Notice.objects.get(event=f"export:{row.pk}", person=desk.people["chenxi"])
    assert "王敏 申请导出" in told_now.title
    refused = lead.post(f"/search/exports/{row.pk}/take/", follow=True).content.decode()
    assert "还没有批准" in refused
    assert "不能是同一人" in lead.post(f"/search/exports/{row.pk}/allow/", follow=True).content.decode()
    assert "写一句为什么" in second.post(f"/search/exports/{row.pk}/refuse/", follow=True).content.decode()
    second.post(f"/search/exports/{row.pk}/refuse/", {"reason": "范围太大，缩到本周"})
    row.refresh_from_db()
    assert (row.allowed, row.note) == (False, "范围太大，缩到本周")
    assert "陈曦 刚刚已退回" in second.post(f"/search/exports/{row.pk}/allow/", follow=True).content.decode()
    assert "还没有批准" in lead.post(f"/search/exports/{row.pk}/take/", follow=True).content.decode()
    assert Notice.objects.filter(event=f"export:{row.pk}:decided", person=desk.people["wangmin"]).exists()
    late = wanted(lead, "q=暖气")
    ExportRequest.objects.filter(pk=late.pk).update(at=NIGHT - timedelta(days=8))
    assert "作废了" in second.post(f"/search/exports/{late.pk}/allow/", follow=True).content.decode()


def test_a_permission_is_the_askers_own_and_lasts_a_day(
    lead: Client, second: Client, clock: Callable[[datetime], None], sign_in: SignIn, desk: Night
) -> None:
    row = wanted(lead, "q=暖气")
    second.post(f"/search/exports/{row.pk}/allow/")
    assert "只有申请的人" in second.post(f"/search/exports/{row.pk}/take/", follow=True).content.decode()
    assert "取 CSV" in lead.get("/search/exports/").content.decode()
    clock(NIGHT + timedelta(hours=25))
    again = sign_in(desk.people["wangmin"])
    assert "取 CSV" not in again.get("/search/exports/").content.decode()
    assert "已过期" in again.post(f"/search/exports/{row.pk}/take/", follow=True).content.decode()


def test_one_person_alone_types_the_reason_again_and_the_file_says_so(lead: Client) -> None:
    set_state("solo_duty", {"reason": "只一人", "by": "王敏", "at": ""}, by=None, at=NIGHT)
    row = wanted(lead, "q=暖气", kind="xlsx")
    assert "再写一遍" in lead.post(f"/search/exports/{row.pk}/allow/", follow=True).content.decode()
    lead.post(f"/search/exports/{row.pk}/allow/", {"reason": WHY})
    answer = lead.post(f"/search/exports/{row.pk}/take/")
    about = {line[0].value: line[1].value for line in load_workbook(io.BytesIO(answer.content))["说明"].iter_rows()}
    assert about["批准"] == "王敏（单人）"
    assert set(Trail.objects.filter(kind__in=["export", "export.allow"]).values_list("solo", flat=True)) == {True}


def test_what_was_removed_after_asking_is_not_in_the_file(lead: Client, second: Client) -> None:
    rows = [told("槭树倒了", at=NIGHT), told("槭树又倒了", at=NIGHT - timedelta(minutes=1))]
    settle(at=NIGHT)
    row = wanted(lead, "q=槭树")
    assert row.posts == [post.pk for post in rows]
    rows[0].delete()
    second.post(f"/search/exports/{row.pk}/allow/")
    content = lead.post(f"/search/exports/{row.pk}/take/").content.decode("utf-8-sig")
    assert [int(line["编号"]) for line in csv.DictReader(io.StringIO(content))] == [rows[1].pk]


@pytest.mark.parametrize(
    ("address", "given", "sentence"),
    [
        ("q=暖气", {"reason": ""}, "没填：理由"),
        ("q=暖气", {"reason": "看看"}, "至少 4 个字"),
        ("q=暖气", {"issue": "999999"}, "没有编号为“999999”的舆情"),
        ("q=暖气", {"issue": "青槐路"}, "请照页上的写"),
        ("q=暖气", {"kind": "exe"}, "不在可用的选项"),
        ("q=没有这样的词", {}, "没有可导出的内容"),
        ("q=😡", {}, "请换成文字"),
    ],
)
def test_a_refused_export_says_why_keeps_what_was_typed_and_leaves_no_row(
    lead: Client, address: str, given: dict[str, str], sentence: str
) -> None:
    answer = lead.post(f"/search/export/?{address}", {"reason": "供热专题会商用", "kind": "csv", **given})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Trail.objects.filter(kind__startswith="export").exists()
    assert not ExportRequest.objects.exists()
    if given.get("reason") is None:
        assert "供热专题会商用" in answer.content.decode()


def test_who_may_not_export_is_told_who_may(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    assert "您的角色不能导出；能办的是" in client.get("/search/?q=暖气").content.decode()
    assert client.post("/search/export/?q=暖气", {"reason": "供热专题会商用", "kind": "csv"}).status_code == 403


def test_who_may_not_search_sees_nothing(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["zhaoning"])
    post = Post.objects.first()
    assert post is not None
    for address in ("/search/?q=暖气", f"/search/{post.pk}/", "/search/export/?q=暖气"):
        assert client.get(address).status_code == 403


def test_sources_are_named_and_many_values_stand_in_one_parameter(lead: Client) -> None:
    row = told("槭树倒了", key="letters", at=NIGHT)
    told("槭树倒了", key="elsewhere", at=NIGHT)
    settle(at=NIGHT)
    answer = lead.get(f"/search/?q=槭树&source={source('letters').pk}")
    assert [post.pk for post in answer.context["posts"]] == [row.pk]
    assert answer.context["found"].chips[0].words == "区政府门户 领导信箱"
