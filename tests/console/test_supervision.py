"""督办: asked for by those above, opened by itself when a clock runs out, shown where people look; board by street."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import Clock, Notice
from office.models import Trail, User
from responses.models import Issue, Supervision
from responses.services.supervising import supervise_overdue
from tests.console.conftest import NIGHT
from tests.console.night import Night

SignIn = Callable[[User], Client]
LATER = "2026-11-18T12:00"


def act(client: Client, issue: Issue, name: str, **fields: str) -> str:
    return client.post(f"/issues/{issue.pk}/do/{name}/", fields, follow=True).content.decode()


def test_a_case_is_supervised_with_a_sentence_and_the_mark_goes_when_it_is_answered(
    desk: Night, sign_in: SignIn
) -> None:
    issue = desk.issues["water"]
    lead, monitor = sign_in(desk.people["wangmin"]), sign_in(desk.people["lizhuo"])
    assert "督办什么" in act(lead, issue, "supervise", due_at=LATER)  # what was not filled is told
    assert "已经过去" in act(lead, issue, "supervise", sentence="今日办结", due_at="2026-11-18T01:00")
    before = sorted(Clock.objects.values_list("pk", "due_at", "status"))
    words = act(lead, issue, "supervise", sentence="今日中午前恢复供水", due_at=LATER)
    label = Supervision.objects.latest("pk").label  # a number, never given twice
    assert f"督办 {label}" in words and "今日中午前恢复供水。王敏 03:14 提出" in words
    assert sorted(Clock.objects.values_list("pk", "due_at", "status")) == before
    assert Trail.objects.get(kind="issue.supervise").by == desk.people["wangmin"]
    assert Notice.objects.filter(event=f"supervision:{int(label[2:])}", person=issue.matter.owner).count() == 1
    assert "已在督办" in act(lead, issue, "supervise", sentence="再催", due_at=LATER)
    board = monitor.get("/").content.decode()
    assert board.count('<span class="tag over watch">督办</span>') == 1
    assert monitor.post(f"/issues/{issue.pk}/do/supervise/", {"sentence": "x", "due_at": LATER}).status_code == 403
    assert f"了结督办 {label}：已恢复供水" in act(lead, issue, "end_supervision", answer="已恢复供水")
    assert "没有在督办" in act(lead, issue, "end_supervision", answer="再来")
    assert "tag over watch" not in monitor.get("/").content.decode()
    row = Supervision.objects.get()
    assert (row.ended_by, row.answer) == (desk.people["wangmin"], "已恢复供水")


def test_a_firm_clock_that_ran_out_opens_one_by_itself_once(desk: Night, sign_in: SignIn) -> None:
    Clock.objects.filter(matter__issue=desk.issues["fees"]).update(breached_at=NIGHT - timedelta(minutes=38))
    over = Clock.objects.filter(breached_at__isnull=False, closed_at=None, matter__issue__state="responding").count()
    assert supervise_overdue(at=NIGHT) == over >= 1
    assert supervise_overdue(at=NIGHT) == 0
    row = Supervision.objects.get(issue=desk.issues["fees"])
    assert (row.by, row.due_at - row.at) == (None, timedelta(hours=1))
    words = sign_in(desk.people["wangmin"]).get(f"/issues/{row.issue_id}/").content.decode()
    assert "48 小时回应到期没有发布" in words and "系统 03:14 提出" in words
    assert not Trail.objects.filter(kind="issue.supervise").exists()  # what the service does by itself is the row
    act(sign_in(desk.people["wangmin"]), row.issue, "end_supervision", answer="09:00 发布")
    assert supervise_overdue(at=NIGHT + timedelta(hours=1)) == 0  # once a clock


@pytest.mark.parametrize(
    "change",
    [
        {"firm_at": None},
        {"evidence_pending_at": NIGHT},
        {"breach_withdrawn_at": NIGHT},
        {"closed_at": NIGHT},
    ],
)
def test_provisional_proved_withdrawn_and_closed_clocks_open_none(desk: Night, change: dict[str, object]) -> None:
    Clock.objects.update(breached_at=NIGHT - timedelta(hours=1), **change)
    assert supervise_overdue(at=NIGHT) == 0


def test_the_board_is_narrowed_to_a_street_and_queries_stay(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    with CaptureQueriesContext(connection) as whole:
        everything = client.get("/").context
    with CaptureQueriesContext(connection) as narrow:
        page = client.get("/", {"street": "德胜街道"})
    assert len(narrow) <= len(whole)
    titles = [row.issue.matter.title for row in page.context["rows"]]
    assert titles == ["课后服务收费说法不一"] and page.context["counts"].issues == 1 < everything["counts"].issues
    assert '<option value="德胜街道" selected>' in page.content.decode()
    assert page.context["leads"] == []
    assert [s for s in everything["streets"]][0] == "德胜街道"  # from north to south
    odd = client.get("/", {"street": "<script>"})
    assert len(odd.context["rows"]) == len(everything["rows"]) and "<script>alert" not in odd.content.decode()
    nothing = client.get("/", {"street": "椿树街道", "mine": "1"}).content.decode()
    assert "椿树街道没有在办的舆情" in nothing and 'name="mine" value="1"' in nothing
