"""A release by keys from the case to its gates, and the same without JavaScript on a phone."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from responses.models import ConferenceStep, ReleaseDraft
from responses.services import drafting, evidence
from tests.console.conftest import NIGHT
from tests.console.night import Night, night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(live_server: LiveServer, clock: Callable[[datetime], None]) -> Night:
    return night(NIGHT)


def test_by_keys_a_release_is_written_and_another_person_sends_it_back(
    desk: Night, live_server: LiveServer, page: Page
) -> None:
    pipe = desk.issues["pipe"]
    enter(page, live_server, "hechuan")
    page.goto(f"{live_server.url}/issues/{pipe.pk}/")
    page.keyboard.press("l")
    expect(page.locator("#act-add_note input, #act-add_note textarea").last).to_be_focused()
    page.keyboard.press("Escape")  # out of the field, so that keys are keys again
    page.keyboard.press("n")
    expect(page.locator("h1")).to_have_text("新建发布")
    page.get_by_label("正文").fill("抢修正在进行，家住3号楼2单元402室的居民已安置。")
    page.get_by_role("button", name="存下并送审").click()
    expect(page.locator("mark")).to_have_count(1)
    draft = ReleaseDraft.objects.get()

    enter(page, live_server, "chenxi")
    page.get_by_role("link", name=draft.name, exact=True).click()
    page.locator("label.pick", has_text="退回").click()
    page.get_by_label("意见").fill("去掉门牌")
    page.get_by_role("button", name="写入").click()
    expect(page.get_by_text("「去掉门牌」").first).to_be_visible()


def test_without_javascript_on_a_phone_a_gate_is_passed_and_a_step_ticked(
    desk: Night, live_server: LiveServer, chromium: Browser
) -> None:
    pipe, he = desk.issues["pipe"], desk.people["hechuan"]
    words = drafting.Words("notice", "情况通报（一）", None, ["政务微博"], "抢修正在进行。")
    draft = drafting.start_draft(issue=pipe, by=he, at=NIGHT, words=words)
    plan = evidence.Plan("青槐路发布会", NIGHT.replace(hour=17, minute=0))
    evidence.plan_conference(issue=pipe, by=he, at=NIGHT, plan=plan)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    enter(page, live_server, "chenxi")
    page.goto(f"{live_server.url}/drafts/{draft.pk}/")
    page.locator("label.pick", has_text="过").click()
    page.get_by_role("button", name="写入").click()
    expect(page.get_by_text("已过这一关")).to_be_visible()
    page.goto(f"{live_server.url}/issues/{pipe.pk}/#conference")
    page.get_by_role("button", name="媒体邀请发出 记为已办").click()
    expect(page.get_by_text("“媒体邀请发出”已办")).to_be_visible()
    context.close()
    assert ConferenceStep.objects.get(key="invitations").done_by == desk.people["chenxi"]
