"""已排除: the list says who, why and when; opened again with a reason; the weekly sample is marked on the page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from office.models import User
from responses.models import Issue, SampleCheck
from responses.services import decide
from responses.services.samples import draw_sample
from tests.console.conftest import NIGHT
from tests.console.night import Night

SignIn = Callable[[User], Client]
MONDAY = NIGHT + timedelta(days=6)


def dismiss(desk: Night, name: str, who: str, code: str = "settled") -> Issue:
    issue = desk.leads[name]
    issue.refresh_from_db()
    done = decide.dismiss_lead(
        issue=issue, by=desk.people[who], at=NIGHT, code=code, sentence=f"{name} 已办结", version=issue.version
    )
    assert isinstance(done, Issue)
    return done


@pytest.fixture
def gone(desk: Night) -> list[Issue]:
    """Two dismissed by 李卓 and 周岚."""
    return [dismiss(desk, "bike", "lizhuo"), dismiss(desk, "noise", "zhoulan", "elsewhere")]


def test_the_list_says_who_why_and_when_and_is_narrowed(desk: Night, gone: list[Issue], sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    words = client.get("/leads/dismissed/").content.decode()
    assert "共享单车占盲道" in words and "bike 已办结" in words and "李卓" in words and "个案已结" in words
    assert "还没有抽过" in words
    only = client.get("/leads/dismissed/?by=zhoulan").context["rows"]
    assert [row.issue for row in only] == [gone[1]]
    assert [row.code for row in client.get("/leads/dismissed/?code=settled").context["rows"]] == ["个案已结"]
    assert client.get("/leads/dismissed/?by=nobody&code=x&page=99").status_code == 200
    assert "全部已排除，抽查" in client.get("/leads/").content.decode()


def test_one_click_and_a_reason_open_it_again(desk: Night, gone: list[Issue], sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    clock = gone[0].matter.clocks.get(kind="response")
    fields = {"version": gone[0].version, "reason": "又来了三个电话", "back": "/leads/dismissed/"}
    answer = client.post(f"/issues/{gone[0].pk}/do/reopen/", fields)
    assert answer.headers["Location"] == "/leads/dismissed/"
    gone[0].refresh_from_db()
    assert gone[0].state == Issue.State.LEAD
    again = gone[0].matter.clocks.get(kind="response")
    assert (again.anchor_at, again.due_at, again.closed_at) == (clock.anchor_at, clock.due_at, None)
    refused = client.post(f"/issues/{gone[1].pk}/do/reopen/", {"version": gone[1].version, "reason": ""})
    assert refused.status_code == 422 and "没填：为什么再开" in refused.content.decode()


def test_the_sample_is_marked_by_the_duty_lead_alone(
    desk: Night, gone: list[Issue], sign_in: SignIn, clock: Callable[..., None]
) -> None:
    clock(MONDAY)
    assert draw_sample(at=MONDAY) == 2
    lead, monitor = sign_in(desk.people["wangmin"]), sign_in(desk.people["lizhuo"])
    assert "抽查 11-16 至 11-22：2 条，核过 0" in monitor.get("/leads/dismissed/").content.decode()
    first, second = SampleCheck.objects.order_by("issue_id")
    assert monitor.post(f"/samples/{first.pk}/", {"right": "yes"}).status_code == 403
    assert "请选" in lead.post(f"/samples/{first.pk}/", {}, follow=True).content.decode()
    assert "已核" in lead.post(f"/samples/{first.pk}/", {"right": "yes"}, follow=True).content.decode()
    words = lead.post(f"/samples/{second.pk}/", {"right": "no", "remark": "还在吵"}, follow=True).content.decode()
    assert "已重新打开" in words and "核过 2" in words and "还在吵" in words
    gone[1].refresh_from_db()
    assert gone[1].state == Issue.State.LEAD


def test_more_rows_cost_no_more_questions(desk: Night, gone: list[Issue], sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    client.get("/leads/dismissed/")
    with CaptureQueriesContext(connection) as few:
        client.get("/leads/dismissed/")
    dismiss(desk, "rumour", "zhoulan")
    dismiss(desk, "power", "lizhuo")
    with CaptureQueriesContext(connection) as many:
        client.get("/leads/dismissed/")
    assert len(many) == len(few)
