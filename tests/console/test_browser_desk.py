"""What the desk promises a hand and an eye: a lost connection, drafts, a wrong clock, no JavaScript, keys, paper."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from alerts.models import Matter, Notice
from analysis.models import Topic
from crawlers.items import clean
from crawlers.models import Post
from office import trail
from office.models import User
from responses.models import Issue
from tests.console import full_house
from tests.console.conftest import NIGHT
from tests.console.night import Night, night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)

RENEW = "document.dispatchEvent(new Event('visibilitychange'))"
TOP = "document.querySelector('#live tbody tr').getBoundingClientRect().top"


@pytest.fixture
def desk(live_server: LiveServer, clock: Callable[[datetime], None]) -> Night:
    """The night at 03:14, in a database that the server of the pages sees."""
    return night(NIGHT)


@pytest.fixture
def board(desk: Night, live_server: LiveServer, page: Page) -> Page:
    """王敏 before the board."""
    enter(page, live_server, "wangmin")
    expect(page.locator("h1")).to_have_text("态势")
    return page


def test_a_lost_connection_is_told_across_the_line_and_no_row_moves_for_it(board: Page) -> None:
    before = board.evaluate(TOP)
    board.context.set_offline(True)
    expect(board.locator("#offline")).to_contain_text("断线")
    expect(board.locator("#offline")).to_contain_text("数字停在 03:14")
    assert board.evaluate(TOP) == before
    board.context.set_offline(False)
    expect(board.locator("#offline")).to_be_hidden()


def test_under_the_hand_cells_and_events_change_but_no_row_does_and_a_pause_holds_all(board: Page, desk: Night) -> None:
    row = board.locator(f"tr[data-key=i{desk.issues['fees'].pk}]")
    row.focus()
    Issue.objects.filter(pk=desk.issues["fees"].pk).update(state="responded")
    trail.record(
        by=desk.people["lizhuo"], kind="issue.take_over", at=NIGHT, object_kind="issue",
        object_id=str(desk.issues["sign"].pk), text="我来处理胡同口",
    )  # fmt: skip
    desk.issues["sign"].matter.clocks.update(due_at=NIGHT + timedelta(minutes=2))
    board.evaluate(RENEW)
    expect(row).to_contain_text("已回应")
    expect(board.locator("[data-flow=events] li").first).to_contain_text("我来处理胡同口")
    expect(board.locator("[data-changes]")).to_have_text("1 行有变化，未重排")
    expect(board.locator("#live tbody tr").nth(1)).to_contain_text("青槐路")
    expect(row).to_be_focused()
    board.keyboard.press("r")
    expect(board.locator("#live tbody tr").nth(1)).to_contain_text("胡同口限行牌")
    expect(row).to_be_focused()
    board.keyboard.press("p")
    expect(board.get_by_role("button", name="继续更新，停在 03:14")).to_be_visible()
    Issue.objects.filter(pk=desk.issues["fees"].pk).update(state="responding")
    board.evaluate(RENEW)
    expect(row).to_contain_text("已回应")
    board.keyboard.press("p")
    expect(row).to_contain_text("处置回应")


def test_keys_of_a_row_decide_nothing_and_the_hand_goes_on_to_the_next(
    board: Page, desk: Night, live_server: LiveServer
) -> None:
    lead = desk.leads["noise"]
    board.locator(f"tr[data-key=l{lead.pk}]").focus()
    board.keyboard.press("u")
    expect(board.locator("h1")).to_have_text("夜间道路施工噪声")
    expect(board.locator("input[name=way][value=merge]")).to_be_checked()
    lead.refresh_from_db()
    assert lead.state == Issue.State.LEAD
    board.goto(f"{live_server.url}/")
    mine = desk.issues["sign"]
    board.locator(f"tr[data-key=i{mine.pk}]").focus()
    board.keyboard.press("a")  # nobody has it yet: taking asks nothing
    expect(board.locator(f"tr[data-key=i{mine.pk}] .owner")).to_have_text("王敏")
    expect(board.locator("tr:focus")).to_contain_text("社区图书室")
    board.keyboard.press("g")
    board.keyboard.press("n")
    waiting = Notice.objects.filter(person=desk.people["wangmin"], acknowledged_at=None).order_by("-created_at")
    board.locator(f"li[data-key=w{waiting[0].pk}] button").press("Enter")
    expect(board.get_by_text("已确认收到")).to_be_visible()
    expect(board.locator("li:focus")).to_have_attribute("data-key", f"w{waiting[0].pk}")


def test_single_keys_are_switched_off_for_one_person_and_on_again(
    board: Page, desk: Night, live_server: LiveServer
) -> None:
    board.get_by_role("button", name="全部按键").click()
    expect(board.get_by_role("dialog")).to_contain_text("光标在输入框里时，单键不起作用")
    board.get_by_role("button", name="关掉单键").click()
    expect(board.get_by_text("单键已关掉")).to_be_visible()
    board.keyboard.press("j")
    expect(board.locator("tr:focus")).to_have_count(0)
    assert [u.username for u in User.objects.filter(keys_off=True)] == ["wangmin"]
    board.goto(f"{live_server.url}/settings/")
    board.locator("#my-keys").get_by_role("button", name="打开单键").click()
    expect(board.get_by_text("单键已打开")).to_be_visible()
    board.keyboard.press("g")
    board.keyboard.press("l")
    expect(board.locator("h1")).to_have_text("线索")


def test_a_form_keeps_its_draft_with_the_time_until_it_is_taken(
    board: Page, desk: Night, live_server: LiveServer
) -> None:
    form = f"{live_server.url}/leads/{desk.leads['noise'].pk}/"
    board.goto(form)
    board.keyboard.press("d")
    board.get_by_label("说明一句").fill("物业贴过告示")
    expect(board.locator("[data-draft-said]")).to_contain_text("已存草稿 03:1", timeout=8000)
    board.goto(form)
    expect(board.get_by_label("说明一句")).to_have_value("物业贴过告示")
    expect(board.locator("[data-draft-said]")).to_contain_text("草稿 03:1")
    expect(board.get_by_role("button", name="排除这条线索")).to_be_visible()
    board.context.set_offline(True)  # sent into a lost line: still there
    board.get_by_role("button", name="排除这条线索").click()
    board.context.set_offline(False)
    board.goto(form)
    expect(board.get_by_label("说明一句")).to_have_value("物业贴过告示")
    board.locator("label.pick", has_text="重复").first.click()
    board.get_by_role("button", name="排除这条线索").click()
    expect(board.get_by_role("status").filter(has_text="夜间道路施工噪声")).to_be_visible()
    assert board.evaluate("Object.keys(sessionStorage).filter((k) => k.startsWith('huiying-draft'))") == []
    board.goto(f"{live_server.url}/report/")
    board.locator("#id_title").fill("玉廊里停水")
    board.evaluate("dispatchEvent(new Event('pagehide'))")
    enter(board, live_server, "lizhuo")  # another person at the same desk sees nothing of it
    board.goto(f"{live_server.url}/report/")
    expect(board.locator("#id_title")).to_have_value("")


@pytest.mark.parametrize("hours", [3, -3])
def test_a_machine_whose_clock_is_hours_wrong_shows_the_right_time_left(
    hours: int, desk: Night, live_server: LiveServer, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    context.add_init_script(f"const real = Date.now; Date.now = () => real.call(Date) + {hours} * 3600000;")
    page = context.new_page()
    enter(page, live_server, "wangmin")
    row = page.locator(f"tr[data-key=i{desk.issues['pipe'].pk}]")
    expect(row.locator("[data-left]")).to_have_text("0时55分")  # drawn anew by the browser: 03:14:20 to 04:10:20
    expect(page.locator(".now b")).to_have_text("03:14")
    context.close()


@pytest.fixture
def without_scripts(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_javascript_one_reads_confirms_and_acknowledges(
    desk: Night, live_server: LiveServer, without_scripts: Page
) -> None:
    page = without_scripts
    enter(page, live_server, "wangmin")
    expect(page.locator("#live tbody tr").first).to_contain_text("超时 0时38分")
    for control in ("全部按键", "暂停更新", "重排", "显示"):  # what only scripts can do is not offered
        expect(page.get_by_role("button", name=control)).to_have_count(0)
    page.get_by_role("link", name="云溪里一栋楼停电").click()
    expect(page.get_by_label("说明一句")).to_be_visible()  # all three ways stand open
    page.get_by_role("button", name="确认并转为舆情").click()
    expect(page.get_by_text("已确认为舆情")).to_be_visible()
    page.goto(f"{live_server.url}/notices/")
    before = Notice.objects.filter(person=desk.people["wangmin"], acknowledged_at=None).count()
    page.get_by_role("button", name="知道了").first.click()
    expect(page.get_by_text("已确认收到")).to_be_visible()
    assert Notice.objects.filter(person=desk.people["wangmin"], acknowledged_at=None).count() < before


HOSTILE = ("=cmd|'/c calc'!A1 \u202e倒过来的字\u2066" + "供暖不热" * 1250)[:5000]


def test_a_crawled_title_of_5000_characters_that_turns_text_round_does_no_harm(
    board: Page, desk: Night, live_server: LiveServer
) -> None:
    assert re.search("[\u202e\u2066]", clean(HOSTILE)) is None  # marks of direction go before anything is stored
    topic = desk.issues["pipe"].topic
    assert topic is not None
    post = Post.objects.filter(membership__topic=topic).latest("pk")
    Post.objects.filter(pk=post.pk).update(title=HOSTILE[:500], text=HOSTILE)  # as long as their columns
    for issue in (desk.issues["pipe"], desk.issues["fees"]):
        Topic.objects.filter(pk=issue.topic_id or 0).update(title=HOSTILE[:200])
        Matter.objects.filter(pk=issue.matter_id).update(title=HOSTILE[:200])
    for address in (
        "/", "/issues/", f"/issues/{desk.issues['pipe'].pk}/", "/topics/", f"/topics/{topic.pk}/", f"/posts/{post.pk}/",
        "/search/?q=供暖不热",
    ):  # fmt: skip
        for width in (1280, 390):
            board.set_viewport_size({"width": width, "height": 900})
            board.goto(live_server.url + address)
            assert board.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
    board.goto(f"{live_server.url}/")
    title = board.locator("#live .what a").filter(has_text="=cmd").first
    assert title.evaluate("el => getComputedStyle(el).unicodeBidi") == "isolate"  # what stands beside it is not turned


def test_brief_and_issue_come_out_on_paper_without_what_works_only_on_a_screen(
    board: Page, desk: Night, live_server: LiveServer
) -> None:
    full_house.fill(desk)
    opened = full_house.opened(desk)
    for name, sees, hides in (
        ("brief", "《今日舆情》", ["编辑", "全部按键"]),
        ("issue", "谁在何时知道什么", ["填报发布会", "办理", "全部按键"]),
    ):
        board.goto(live_server.url + opened[name])
        board.emulate_media(media="print")
        for words in hides:
            expect(board.get_by_text(words, exact=True).locator("visible=true")).to_have_count(0)
        if name == "issue":
            expect(board.get_by_text(sees)).to_be_visible()
            expect(board.get_by_text("王敏 2026-11-18 03:14 打印")).to_be_visible()
        board.emulate_media(media="screen")
        paper = board.pdf(format="A4", prefer_css_page_size=True)
        assert paper[:5] == b"%PDF-"
        pages = len(re.findall(rb"/Type\s*/Page\b", paper))
        assert 1 <= pages <= 4, (name, pages)
