"""The whole way in a real browser: sign in, new password, confirm a lead, publish, check, the clock stops, sign."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from alerts.models import Clock
from office.models import User
from reports.models import Brief
from reports.services.drafting import draft_for
from responses.models import Issue
from responses.services.leads import report_by_hand
from tests.console.conftest import BEIJING, NIGHT, PASSWORD
from tests.console.night import night

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "Bai-Guang-7788"


def enter(page: Page, server: LiveServer, username: str, password: str = PASSWORD) -> None:
    page.context.clear_cookies()
    page.goto(f"{server.url}/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("口令", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def test_a_lead_becomes_a_proved_answer_and_a_signed_brief(
    live_server: LiveServer, page: Page, clock: Callable[[datetime], None]
) -> None:
    people = night(NIGHT).people
    User.objects.filter(username="lizhuo").update(must_change_password=True)
    issue = report_by_hand(
        by=people["zhoulan"],
        at=NIGHT,
        origin="phone",
        title="玉廊里停水没有公告",
        text="居民来电",
        level=3,
        occurred_at=NIGHT - timedelta(hours=2),
    )

    _change_the_first_password(page, live_server)
    _confirm(page, live_server, issue)
    _enter_and_check_a_release(page, live_server, issue, clock)
    running = Clock.objects.get(matter=issue.matter, kind=Clock.Kind.RESPONSE)
    assert running.status == Clock.Status.MET
    assert running.met_at == datetime(2026, 11, 18, 4, 5, tzinfo=BEIJING)

    clock(datetime(2026, 11, 18, 8, 5, tzinfo=BEIJING))
    brief = draft_for(
        day=datetime(2026, 11, 18, tzinfo=BEIJING).date(), at=datetime(2026, 11, 18, 8, 5, tzinfo=BEIJING)
    )
    _sign_the_brief(page, live_server, brief)
    brief.refresh_from_db()
    assert brief.state == Brief.State.SIGNED
    assert brief.issue_no is not None


def _change_the_first_password(page: Page, server: LiveServer) -> None:
    enter(page, server, "lizhuo")
    expect(page.get_by_text("首次登录要先换成自己的口令")).to_be_visible()
    page.goto(f"{server.url}/leads/")
    expect(page).to_have_url(f"{server.url}/password/")
    page.get_by_label("现在的口令").fill(PASSWORD)
    page.get_by_label("新口令", exact=True).fill(OWN)
    page.get_by_label("新口令，再写一遍").fill(OWN)
    page.locator("main").get_by_role("button", name="改口令").click()
    expect(page.get_by_text("口令已改。")).to_be_visible()


def _confirm(page: Page, server: LiveServer, issue: Issue) -> None:
    page.get_by_role("link", name="线索 5").click()
    page.get_by_role("link", name="玉廊里停水没有公告").click()
    expect(page.get_by_text("建议：较大")).to_be_visible()
    page.keyboard.press("c")  # opens the form with the choice made; decides nothing
    page.get_by_role("button", name="确认并转为舆情").click()
    expect(page.get_by_text("已确认为舆情，时限转为正式。")).to_be_visible()
    expect(page.locator(".strip")).to_contain_text("48 小时回应")


def _enter_and_check_a_release(page: Page, server: LiveServer, issue: Issue, clock: Callable[[datetime], None]) -> None:
    clock(datetime(2026, 11, 18, 4, 20, tzinfo=BEIJING))
    enter(page, server, "hechuan")
    page.goto(f"{server.url}/issues/{issue.pk}/")
    page.get_by_role("link", name="填报发布 E").click()
    page.get_by_label("标题").fill("关于玉廊里停水抢修的情况通报")
    page.get_by_label("渠道").fill("政府门户网站")
    page.get_by_label("链接").fill("https://www.example.cn/notice/1")
    page.get_by_label("发布时间").fill("2026-11-18T04:05")
    page.get_by_label("存证").set_input_files({"name": "notice.html", "mimeType": "text/html", "buffer": b"<p>x</p>"})
    page.get_by_role("button", name="填报发布").click()
    expect(page.get_by_text("已填报，等另一人复核")).to_be_visible()
    expect(page.locator(".strip")).to_contain_text("待复核")

    enter(page, server, "linjing")
    page.goto(f"{server.url}/releases/")
    page.get_by_role("link", name="关于玉廊里停水抢修的情况通报").click()
    page.locator("label.pick", has_text="属实，停表").click()
    page.get_by_role("button", name="写入复核").click()
    expect(page.get_by_text("已复核，时限按发布时间停表。")).to_be_visible()
    expect(page.locator(".strip")).to_contain_text("04:05")


def _sign_the_brief(page: Page, server: LiveServer, brief: Brief) -> None:
    enter(page, server, "lizhuo", OWN)
    page.goto(f"{server.url}/briefs/{brief.pk}/")
    page.get_by_role("link", name="编辑").click()
    page.get_by_role("button", name="存并送审").click()
    expect(page.get_by_text("已送审。")).to_be_visible()
    for username, step in (("wangmin", "审核"), ("chenxi", "签发")):
        enter(page, server, username)
        page.goto(f"{server.url}/briefs/{brief.pk}/")
        page.get_by_role("button", name=step).click()
        expect(page.get_by_text(f"已{step}。")).to_be_visible()
    expect(page.locator("h1")).to_contain_text("期")
