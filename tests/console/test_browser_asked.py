"""What the public asks and what units do, under the hand: keys lead there, the phone shows what is unanswered first."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from responses.models import Question
from tests.console.asked_night import answered, given
from tests.console.conftest import NIGHT
from tests.console.night import night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_question_is_answered_with_the_keyboard_alone_and_the_phone_asks_first_what_is_open(
    live_server: LiveServer, page: Page, clock: Callable[[datetime], None]
) -> None:
    desk = night(NIGHT)
    answered(desk)
    given(desk)
    issue = f"{live_server.url}/issues/{desk.issues['pipe'].pk}/"
    enter(page, live_server, "hechuan")
    page.goto(issue)
    page.keyboard.press("t")
    expect(page).to_have_url(f"{issue}task/")
    page.goto(issue)
    page.keyboard.press("b")
    expect(page).to_have_url(f"{issue}questions/")
    for key in ("j", "j", "b"):  # the second row: 有没有人受伤
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text("有没有人受伤")
    page.get_by_role("button", name="答了，标为已答").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".said").first).to_contain_text("已标，留痕")
    assert Question.objects.filter(state="answered").count() == 4
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(issue)
    rows = page.locator("#asked li[data-open]")
    tops: defaultdict[str, list[float]] = defaultdict(list)
    for n in range(rows.count()):
        tops[rows.nth(n).get_attribute("class") or ""].append((rows.nth(n).bounding_box() or {"y": 0.0})["y"])
    assert max(tops["open"]) < min(tops["partly"]) and max(tops["partly"]) < min(tops["answered"])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
