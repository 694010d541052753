"""Notices carry what people said and who hears next: in the mail, in the robot's message, on the page."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from alerts.models import Delivery, Notice, Rung
from alerts.services.notices import Addressee, acknowledge, tell
from alerts.services.sending import send_due
from analysis.models import Reading
from crawlers.models import Post
from office.models import User
from office.state import set_state
from responses.models import Issue
from tests.console.conftest import NIGHT
from tests.console.night import Night
from tests.gateways.mail import MailServer

SignIn = Callable[[User], Client]
UPWARD = "前没人确认，报值班长"


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.SMTP = server.address
        settings.SMTP_TLS = "none"
        set_state("dry_run", False, by=None, at=NIGHT)
        yield server


def told(issue: Issue, person: User) -> Notice:
    """A new lead told to one person by mail; the next step of the ladder comes at 03:24."""
    person.email = "wang@xicheng.test"
    person.save(update_fields=["email"])
    rung = Rung.objects.create(
        key="t:lead", matter=issue.matter, clock=issue.matter.clocks.first(), name="lead", due_at=NIGHT,
        fired_at=NIGHT, step=1, sentence="新线索", next_repeat_at=NIGHT + timedelta(minutes=10),
    )  # fmt: skip
    (notice,) = tell(
        people=[Addressee("monitor", person)], event="t:lead", title="新线索", body="停电", at=NIGHT,
        matter=issue.matter, clock=rung.clock, rung=rung,
    )  # fmt: skip
    return notice


def test_a_mail_quotes_two_masked_posts_and_says_who_hears_next(desk: Night, post: MailServer) -> None:
    power = desk.leads["power"]
    Post.objects.filter(membership__topic=power.matter.topic, likes=3410).update(likes=0)
    Post.objects.filter(membership__topic=power.matter.topic, text__contains="［手机号］").update(likes=9000)
    notice = told(power, desk.people["wangmin"])
    assert send_due(at=NIGHT)[0] == 1
    (mail,) = post.to("wang@xicheng.test")
    lines = mail.text.splitlines()
    start = lines.index("原话：")
    quoted = [line for line in lines[start + 1 : start + 4] if line.startswith("“")]
    assert len(quoted) == 2
    assert "［手机号］" in quoted[0]
    assert f"11月18日 03:24 {UPWARD}。" in lines
    assert Notice.objects.get(pk=notice.pk).body == "停电"  # what people said is not kept twice


def test_a_mail_after_somebody_took_note_names_nobody_else(desk: Night, post: MailServer) -> None:
    notice = told(desk.leads["power"], desk.people["wangmin"])
    acknowledge(notice=notice, by=desk.people["wangmin"], at=NIGHT)
    send_due(at=NIGHT)
    assert UPWARD not in post.to("wang@xicheng.test")[0].text


def test_a_mail_quotes_what_stands_in_the_post_when_it_leaves(desk: Night, post: MailServer) -> None:
    told(desk.leads["power"], desk.people["wangmin"])
    Post.objects.filter(membership__topic=desk.leads["power"].matter.topic).update(text="某段话" * 40)
    send_due(at=NIGHT)
    text = post.to("wang@xicheng.test")[0].text
    assert "消防刚到" not in text
    assert f"“{'某段话' * 20}"[:60] + "…”" in text


def test_a_mail_says_what_is_asked_most_and_what_was_removed_meanwhile_is_not_in_it(
    desk: Night, post: MailServer
) -> None:
    power = desk.leads["power"]
    Reading.objects.update(asks=[])
    readings = list(Reading.objects.filter(post__membership__topic=power.matter.topic, post__voice="public"))
    asks = [["几点\n来电"], ["几点 来电", "电梯能走吗"], ["电梯能走吗"], ["谁赔"]]
    for reading, told_asks in zip(readings, asks, strict=False):
        Reading.objects.filter(pk=reading.pk).update(asks=told_asks)
    told(power, desk.people["wangmin"])
    Reading.objects.filter(pk=readings[3].pk).update(asks=[])  # removed between telling and sending
    send_due(at=NIGHT)
    lines = post.to("wang@xicheng.test")[0].text.splitlines()
    assert [line for line in lines if line.startswith("在问")] == ["在问：电梯能走吗 2 帖；几点 来电 2 帖"]
    assert not any("谁赔" in line for line in lines)
    assert lines.index("原话：") < next(n for n, line in enumerate(lines) if line.startswith("在问："))


def test_a_case_without_posts_is_told_without_quotes(desk: Night, post: MailServer) -> None:
    told(desk.leads["bike"], desk.people["wangmin"])
    send_due(at=NIGHT)
    text = post.to("wang@xicheng.test")[0].text
    assert "原话" not in text and "在问" not in text
    assert UPWARD in text


def test_the_page_of_notices_quotes_once_a_matter_and_says_who_hears_next(desk: Night, sign_in: SignIn) -> None:
    told(desk.leads["power"], desk.people["wangmin"])
    client = sign_in(desk.people["wangmin"])
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/notices/")
    words = page.content.decode()
    assert f"03:24 {UPWARD}" in words
    assert "路中间塌下去一大块" in words
    assert "<script>alert" not in words
    assert len(asked) < 40
    assert Delivery.objects.filter(channel="mail").count() == 1
