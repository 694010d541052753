"""Dry run and what has to come before it is switched off: one test message that arrived. A door of the desk."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from alerts import channels
from alerts.channels import letters
from office import trail
from office.errors import Refused, SendError
from office.models import User
from office.roles import Act
from office.services.acts import require
from office.state import get_state, set_state

TESTED = "test_message"  # {"at", "by", "sent": [channel], "failed": {channel: sentence}}


def send_test(*, by: User, at: datetime) -> dict[str, Any]:
    """Send one message to the administrator through every configured channel, and note what came of it.

    The only sending outside the sweep: a person waits for the answer. Raises Refused where nothing is configured.
    """
    require(by, Act.SWITCH_SENDING)
    ways = [("mail", by.email)] if settings.SMTP is not None and by.email else []
    ways += [("webhook", "")] if settings.WEBHOOK else []
    if not ways:
        raise Refused(
            "还没有可试的通道：先配置邮件服务器（HUIYING_SMTP）并填好您的邮箱，或配置群机器人（HUIYING_WEBHOOK）。"
        )
    message = letters.compose(
        title="回应 试发",
        body=f"这是 {by.name} 试发的消息，收到说明通道可用。",
        drill=settings.DRILL,
        key=f"test-{at.timestamp()}",
    )
    sent: list[str] = []
    failed: dict[str, str] = {}
    for channel, to in ways:
        try:
            channels.send(channel, message, to=to)
            sent.append(channel)
        except SendError as error:
            failed[channel] = str(error)
    outcome = {"at": at.isoformat(), "by": by.name, "sent": sent, "failed": failed}
    with transaction.atomic():
        set_state(TESTED, outcome, by=None, at=at)
        trail.record(by=by, kind="settings.test", at=at, text="试发消息", data=outcome)
    return outcome


def send_test_to(*, person: User, by: User, at: datetime) -> None:
    """One test mail to a person, and what came of it beside the name. Raises Refused where it did not go out."""
    require(by, Act.MANAGE_PEOPLE)
    if settings.SMTP is None or not person.email:
        raise Refused("没有配置邮件服务器，或没有填邮箱，不能试发。")
    words = f"这是 {by.name} 给您试发的邮件，收到说明提醒和简报能发到这个邮箱。"
    message = letters.compose(title="回应 试发", body=words, drill=settings.DRILL, key=f"test-{at.timestamp()}")
    error = ""
    try:
        channels.send("mail", message, to=person.email)
    except SendError as fault:
        error = str(fault)
    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(mail_tested_at=at, mail_test_error=error[:200])
        trail.record(
            by=by,
            kind="people.test",
            at=at,
            object_kind="user",
            object_id=str(person.pk),
            text=f"给 {person.username} 试发邮件" + (f"，没有发出：{error}" if error else ""),
        )
    if error:
        raise Refused(f"没有发出：{error}")


def switch_dry_run(*, on: bool, by: User, at: datetime) -> None:
    """Messages leave the house only after a test message arrived (raises Refused before)."""
    require(by, Act.SWITCH_SENDING)
    if settings.DRILL and not on:
        raise Refused("演练不对外发送，不能关闭试运行。")
    if not on and not (get_state(TESTED) or {}).get("sent"):
        raise Refused("先试发一条消息，确认收到，再关闭试运行。")
    set_state("dry_run", on, by=by, at=at)
