"""检索 under the hand: keys move and show the post beside the list; a phone shows the same without them."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from office.models import User
from reports.models import ExportRequest
from reports.services.exporting import decide_export
from tests.console.conftest import NIGHT
from tests.console.night import night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)


def test_keys_show_a_post_beside_the_list_and_reach_words_and_export(
    live_server: LiveServer, page: Page, clock: Callable[[datetime], None]
) -> None:
    night(NIGHT)
    enter(page, live_server, "wangmin")
    expect(page.locator("h1")).to_have_text("态势")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.locator("h1")).to_have_text("检索")
    expect(page.locator("html.js")).to_have_count(1)  # its keys are there
    page.keyboard.press("f")
    page.keyboard.type("暖气")
    page.keyboard.press("Enter")
    expect(page.locator("mark.hit").first).to_have_text("暖气")
    assert page.url.endswith("/search/?q=%E6%9A%96%E6%B0%94")  # nothing empty in an address to hand on
    page.keyboard.press("f")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-editing]")).to_contain_text("正在改 时间")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.name") == "street"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.keyboard.type("供热")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("已存为常用“供热”")
    expect(page.locator(".saved [aria-current]")).to_have_text("供热")
    page.keyboard.press("n")
    expect(page.locator(".saved")).to_contain_text("看全部")
    page.go_back()
    page.keyboard.press("j")
    expect(page.locator("#one")).to_contain_text("我家就在旁边，暖气已经凉了")
    expect(page.locator("#one mark.hit")).to_have_text("暖气")
    page.keyboard.press("x")
    page.keyboard.type("供热专题会商用")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("等另一个人批准")
    wanted = ExportRequest.objects.get()
    decide_export(wanted=wanted, allow=True, reason="", by=User.objects.get(username="chenxi"), at=NIGHT)
    page.reload()
    with page.expect_download() as got:
        page.get_by_role("button", name="取 XLSX").press("Enter")
    assert got.value.suggested_filename.endswith("王敏.xlsx")
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/search/exports/", "/search/?q=暖气"):
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
