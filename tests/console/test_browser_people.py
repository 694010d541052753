"""The roster and the idle desk under the hand: keys of the page, a band that comes by itself, words kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from responses.models import Issue, Note
from tests.console.conftest import NIGHT, PASSWORD
from tests.console.night import night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_weeks_are_turned_and_a_hole_is_filled_with_the_keyboard(
    live_server: LiveServer, page: Page, clock: Callable[[datetime], None]
) -> None:
    night(NIGHT)
    enter(page, live_server, "wangmin")
    page.goto(f"{live_server.url}/people/")
    page.keyboard.press("]")
    expect(page.locator("h2").first).to_contain_text("11-23 一周值班")
    page.keyboard.press("[")
    expect(page.locator("h2").first).to_contain_text("本周值班")
    page.keyboard.press("e")
    expect(page.locator("h1")).to_contain_text("白班")
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text("人员与值班")
    page.keyboard.press("h")
    expect(page.locator("h1")).to_have_text("换班")


def test_a_desk_left_alone_says_so_by_itself_and_keeps_what_is_being_written(
    live_server: LiveServer, page: Page, clock: Callable[[datetime], None]
) -> None:
    night(NIGHT)
    enter(page, live_server, "lizhuo")
    expect(page.locator("#idle")).to_be_hidden()
    issue = Issue.objects.filter(state="responding").latest("number")
    page.goto(f"{live_server.url}/issues/{issue.pk}/")
    form = page.locator("form[action$='/do/add_note/']")
    page.locator("details", has=form).locator("summary").first.click()
    form.locator("textarea").fill("与区教委电话核过，09:00 给稿")
    clock(NIGHT + timedelta(minutes=30))
    form.locator("button").first.click()
    expect(page.locator(".kept")).to_contain_text("09:00 给稿")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(issue.matter.title)
    assert Note.objects.get().text == "与区教委电话核过，09:00 给稿"
    page.goto(f"{live_server.url}/")
    clock(NIGHT + timedelta(minutes=60))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the board renews itself now
    expect(page.locator("#idle")).to_be_visible()
