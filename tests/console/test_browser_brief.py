"""The brief's editor under the hand: a wrong figure is marked while it is typed, keys go to it and put figures in."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.services.brief import draft_for
from tests.console.conftest import BEIJING, NIGHT
from tests.console.night import night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2026, 11, 18, 8, 5, tzinfo=BEIJING)
PICKED = "() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); }"


def test_a_wrong_figure_is_marked_while_it_is_typed_and_mended_by_a_press(
    live_server: LiveServer, page: Page, clock: Callable[[datetime], None]
) -> None:
    night(NIGHT)
    clock(MORNING)
    brief = draft_for(day=MORNING.date(), at=MORNING)
    volume = brief.numbers["figures"]["volume"]["text"]
    enter(page, live_server, "lizhuo")
    expect(page.locator("h1")).to_have_text("态势")
    page.goto(f"{live_server.url}/briefs/{brief.pk}/edit/")
    field, marks = page.locator("#id_s_overall"), page.locator(".typed:has(#id_s_overall) mark")
    expect(page.locator(".typed:has(#id_s_overall) u").first).to_be_attached()  # the server has looked
    expect(marks).to_have_count(0)
    text = field.input_value()
    field.fill(text.replace(f"信息{volume}条", "信息987654条", 1))
    expect(marks).to_have_text("987654")
    expect(page.locator("#checks")).to_contain_text(f"文中 987654，冻结 {volume}")
    page.locator("#id_s_guide").focus()
    page.keyboard.press("Alt+ArrowDown")
    assert page.evaluate(PICKED) == "987654"
    page.locator("#checks").get_by_role("button", name="用冻结数").click()
    expect(marks).to_have_count(0)
    assert field.input_value() == text
    page.locator("#id_s_guide").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n本期共见")
    page.keyboard.press("Control+k")
    page.keyboard.type("监测条")
    page.keyboard.press("Enter")
    expect(page.locator(".typed:has(#id_s_guide) u").last).to_have_text(volume)
    assert page.locator("#id_s_guide").input_value().endswith(f"本期共见{volume}")
    page.keyboard.type("条。")
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.id") == "checks"
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.id") == "id_s_guide"
    page.keyboard.press("Control+s")
    expect(page.locator(".said")).to_contain_text("已存")
    page.wait_for_load_state("networkidle")  # it has looked, and counted its pages: nothing is under way at the end
    brief.refresh_from_db()
    assert brief.content["sections"][0]["text"].endswith(f"本期共见{volume}条。")
    assert [p["key"] for p in brief.content["places"]] == ["volume"]
