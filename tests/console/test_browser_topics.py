"""A topic under the hand: posts ticked and split off with the keyboard alone."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from analysis.models import Arrangement
from tests.console.conftest import NIGHT
from tests.console.night import night
from tests.console.test_browser_story import enter
from tests.console.test_topics import told

pytestmark = pytest.mark.django_db(transaction=True)


def test_posts_are_ticked_and_split_off_with_the_keyboard_alone(
    live_server: LiveServer, page: Page, clock: Callable[[datetime], None]
) -> None:
    night(NIGHT)
    topic = told("停水", 3, 2, 1)
    enter(page, live_server, "wangmin")
    page.goto(f"{live_server.url}/topics/{topic.pk}/")
    for key in ("j", "j", " "):
        page.keyboard.press(key)
    expect(page.locator("[data-picked]")).to_contain_text("已选 1 帖")
    page.keyboard.press("x")
    expect(page.locator("input[name=way][value=split]")).to_be_checked()
    expect(page.get_by_role("button", name="拆出")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("另一处停水")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("已拆出 1 帖")
    assert Arrangement.objects.get().reason == "另一处停水"
    page.keyboard.press("n")
    expect(page.locator("input[name=way][value=lead]")).to_be_checked()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
