"""Mail and robot against small real servers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from alerts.channels import Attachment, Message, mail, send
from alerts.channels.letters import compose
from office.errors import SendError
from tests.gateways.mail import MailServer, Mode
from tests.gateways.robot import RobotServer


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.SMTP = server.address
        settings.SMTP_TLS = "none"
        settings.MAIL_FROM = "huiying@xicheng.test"
        yield server


@pytest.fixture
def robot(settings: Settings) -> Iterator[RobotServer]:
    with RobotServer() as server:
        settings.WEBHOOK = server.webhook
        yield server


def test_a_mail_arrives_in_chinese_with_its_link_in_text_and_in_html(post: MailServer) -> None:
    send(
        "mail",
        compose(
            title="【预警·重大待确认】青槐路路面塌陷",
            body="首发限 04:24，剩 4时40分\n<script>alert(1)</script>",
            link="http://127.0.0.1:8000/a/xyz",
        ),
        to="wang@xicheng.test",
    )
    (got,) = post.mails
    assert got.recipients == ["wang@xicheng.test"]
    assert got.message["Subject"] == "【预警·重大待确认】青槐路路面塌陷"
    assert "确认收到：http://127.0.0.1:8000/a/xyz" in got.text
    assert 'href="http://127.0.0.1:8000/a/xyz"' in got.html
    assert "<script" not in got.html and "&lt;script&gt;" in got.html


def test_a_document_travels_with_the_mail(post: MailServer) -> None:
    letter = Message("今日舆情", "见附件", attachments=(Attachment("今日舆情.docx", b"PK\x03", "application/zip"),))
    send("mail", letter, to="wang@xicheng.test")
    assert post.mails[0].attachments == {"今日舆情.docx": b"PK\x03"}


def test_a_second_try_carries_the_same_message_id_and_follow_ups_stand_under_the_first(post: MailServer) -> None:
    first = Message("一", "一", key="notice-1", thread="matter-7")
    for letter in (first, first, Message("二", "二", key="notice-2", thread="matter-7")):
        send("mail", letter, to="wang@xicheng.test")
    ids = [m.message["Message-ID"] for m in post.mails]
    assert ids[0] == ids[1] != ids[2]
    assert len({m.message["References"] for m in post.mails}) == 1


def test_a_line_break_in_a_title_opens_no_new_header(post: MailServer) -> None:
    send("mail", Message("塌陷\r\nBcc: x@y.test", "正文"), to="wang@xicheng.test")
    assert post.mails[0].message["Bcc"] is None


@pytest.mark.parametrize("to", ["", "wang", "a@b.test\r\nBcc: c@d.test", "a@b.test,c@d.test", "a@b@c"])
def test_what_is_no_address_is_refused_for_good(post: MailServer, to: str) -> None:
    with pytest.raises(SendError) as refused:
        send("mail", Message("题", "文"), to=to)
    assert refused.value.permanent and not post.mails


def test_a_person_the_mail_server_does_not_know_is_a_failure_for_good(post: MailServer) -> None:
    post.become(Mode.REFUSE)
    with pytest.raises(SendError, match="550") as refused:
        send("mail", Message("题", "文"), to="wang@xicheng.test")
    assert refused.value.permanent


def test_a_greylisting_server_takes_it_at_the_second_try(post: MailServer) -> None:
    post.become(Mode.GREYLIST)
    with pytest.raises(SendError, match="450") as refused:
        send("mail", Message("题", "文"), to="wang@xicheng.test")
    assert not refused.value.permanent
    send("mail", Message("题", "文"), to="wang@xicheng.test")
    assert len(post.mails) == 1


def test_a_mail_server_that_is_down_is_worth_another_try(post: MailServer) -> None:
    post.become(Mode.DOWN)
    with pytest.raises(SendError, match="连不上邮件服务器") as refused:
        send("mail", Message("题", "文"), to="wang@xicheng.test")
    assert not refused.value.permanent
    post.become(Mode.OK)
    send("mail", Message("题", "文"), to="wang@xicheng.test")
    assert len(post.mails) == 1


def test_a_mail_server_that_hangs_lets_go_of_the_clock_process(post: MailServer) -> None:
    post.become(Mode.HANG)
    with pytest.raises(SendError, match="没有回答") as refused:
        mail.send(Message("题", "文"), to="wang@xicheng.test", timeout=0.3)
    assert not refused.value.permanent


def test_no_mail_server_is_said_in_a_sentence(settings: Settings) -> None:
    settings.SMTP = None
    with pytest.raises(SendError, match="HUIYING_SMTP") as refused:
        send("mail", Message("题", "文"), to="wang@xicheng.test")
    assert refused.value.permanent


def test_a_drill_never_speaks_outside(post: MailServer, settings: Settings) -> None:
    settings.DRILL = True
    with pytest.raises(SendError, match="演练"):
        send("mail", Message("题", "文"), to="wang@xicheng.test")
    assert not post.mails


def test_the_robot_says_the_title_and_the_text(robot: RobotServer) -> None:
    send("webhook", compose(title="【将到期】青槐路 5 小时首发", body="限 04:10，剩 1 时 00 分"))
    (heard,) = robot.heard
    assert heard["title"] == "【将到期】青槐路 5 小时首发"
    assert "剩 1 时 00 分" in heard["message"]


@pytest.mark.parametrize(("mode", "permanent"), [(Mode.REFUSE, True), (Mode.GREYLIST, False), (Mode.DOWN, False)])
def test_a_robot_that_refuses_is_final_and_one_that_stumbles_is_not(
    robot: RobotServer, mode: Mode, permanent: bool
) -> None:
    robot.become(mode)
    with pytest.raises(SendError) as refused:
        send("webhook", Message("题", "文"))
    assert refused.value.permanent is permanent
    assert str(robot.port) not in str(refused.value)


def test_a_robot_address_nobody_understands_is_said_without_the_address(settings: Settings) -> None:
    settings.WEBHOOK = "nonsense://secret-token"
    with pytest.raises(SendError) as refused:
        send("webhook", Message("题", "文"))
    assert "secret-token" not in str(refused.value)


def test_who_only_writes_rows_does_not_load_the_robot_library() -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE']='config.settings'; django.setup();"
        "import alerts.channels, alerts.channels.letters; sys.exit('apprise' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
