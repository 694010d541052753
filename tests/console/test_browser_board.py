"""The board under the hand: keys, focus, and lists that renew themselves without moving."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from alerts.models import Clock
from responses.models import Issue
from tests.console.conftest import NIGHT
from tests.console.night import night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(live_server: LiveServer, page: Page, clock: Callable[[datetime], None]) -> Page:
    """王敏 before the board at 03:14."""
    night(NIGHT)
    enter(page, live_server, "wangmin")
    expect(page.locator("h1")).to_have_text("态势")
    return page


def test_keys_move_open_and_go_back_and_are_dead_while_typing(board: Page) -> None:
    board.keyboard.press("j")
    expect(board.locator("tr:focus")).to_contain_text("课后服务收费说法不一")
    board.keyboard.press("j")
    expect(board.locator("tr:focus")).to_contain_text("青槐路热力管线破裂")
    board.keyboard.press("Enter")
    expect(board.locator("h1")).to_have_text("青槐路热力管线破裂、路面塌陷")
    board.wait_for_load_state()  # keys work from then on
    board.keyboard.press("/")
    board.keyboard.type("gl")
    expect(board.locator("#find")).to_have_value("gl")
    board.keyboard.press("Escape")
    board.keyboard.press("g")
    board.keyboard.press("l")
    expect(board.locator("h1")).to_have_text("线索")


def test_a_deciding_key_opens_the_form_and_decides_nothing(board: Page, live_server: LiveServer) -> None:
    lead = Issue.objects.filter(state="lead").latest("number")
    board.goto(f"{live_server.url}/leads/{lead.pk}/")
    board.keyboard.press("d")
    expect(board.locator("input[name=way][value=dismiss]")).to_be_checked()
    expect(board.get_by_role("button", name="排除这条线索")).to_be_visible()
    board.keyboard.press("2")
    expect(board.locator("input[name=level][value='2']")).to_be_checked()
    lead.refresh_from_db()
    assert lead.state == Issue.State.LEAD


def test_an_error_takes_the_focus_and_what_was_typed_stays(board: Page, live_server: LiveServer) -> None:
    lead = Issue.objects.filter(state="lead").latest("number")
    board.goto(f"{live_server.url}/leads/{lead.pk}/")
    board.keyboard.press("d")
    board.get_by_label("说明一句").fill("物业贴过告示")
    board.get_by_role("button", name="排除这条线索").click()
    expect(board.locator(".error-box")).to_be_focused()
    expect(board.get_by_label("说明一句")).to_have_value("物业贴过告示")


def test_rows_under_the_hand_do_not_move_until_asked(board: Page) -> None:
    first = board.locator("#live tbody tr").first
    first.hover()
    heat = Issue.objects.get(matter__title="三个小区反映供暖不热")
    Clock.objects.filter(matter=heat.matter).update(due_at=NIGHT - timedelta(hours=3))
    board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(board.locator("[data-changes]")).to_contain_text("行有变化，未重排")
    expect(first).to_contain_text("课后服务收费说法不一")
    board.keyboard.press("r")
    expect(board.locator("#live tbody tr").first).to_contain_text("三个小区反映供暖不热")


def test_times_count_down_by_themselves(board: Page) -> None:
    board.evaluate(
        """() => { const row = document.querySelectorAll("tr[data-key] [data-left]")[1];
        row.dataset.due = String(Number(document.body.dataset.at) * 1000 + 1500); }"""
    )
    expect(board.locator("tr[data-key] [data-left]").nth(1)).to_contain_text("超时", timeout=6000)
