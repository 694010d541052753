"""Mails with a one-time link into an account. The link is made when the mail leaves: no token waits in the database."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from alerts.models import Delivery, Notice
from office import trail
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services import links
from office.services.acts import require
from office.state import get_state

RESET_BUCKET = 600  # seconds: a mailbox is not flooded by whoever types its name
LINK_WORDS = {links.RESET: "设新口令", links.JOIN: "设口令，开通账号"}


def queue_reset_mails(*, at: datetime) -> int:
    """A mail for each person whose name was typed at 忘了口令; returns how many were queued."""
    queued = 0
    for person in links.take_requests(at=at):
        number = int(at.timestamp()) // RESET_BUCKET
        body = (
            f"有人在登录页为 {person.username} 请求重设口令。是您本人的，请点下面的链接设新口令；"
            "不是您本人的，不用理会，旧口令照旧有效，并请告诉系统管理员。"
        )
        queued += _queue(person, kind=links.RESET, number=number, title="重设口令", body=body, at=at)
    return queued


def mail_invitation(*, user: User, by: User, at: datetime) -> None:
    """Send a new person the link by mail. Raises Refused where no mail leaves the house, or there is no address."""
    require(by, Act.MANAGE_PEOPLE)
    if settings.SMTP is None or settings.DRILL or get_state("dry_run", True):
        raise Refused("邮件没有开通（没有配置，或还在试运行），请改为当面给链接。")
    if not user.email:
        raise Refused(f"{user.name} 没有填邮箱，请改为当面给链接。")
    body = f"{by.name} 为您开通了回应的账号 {user.username}。点下面的链接设自己的口令，链接一次有效。"
    with transaction.atomic():
        number = int(at.timestamp())
        _queue(user, kind=links.JOIN, number=number, title="开通账号", body=body, at=at)
        trail.record(
            by=by,
            kind="people.invite",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text=f"邀请 {user.name}，链接发到邮箱",
        )


def link_kind(notice: Notice) -> str:
    """`join` or `reset` where the notice carries a link into an account, else empty."""
    kind = notice.event.partition(":")[0]
    return kind if kind in links.KINDS else ""


def account_link(notice: Notice, *, at: datetime) -> str:
    """The address of a fresh one-time link for this notice's person."""
    kind = link_kind(notice)
    assert notice.person is not None
    token = links.mailed_link(user=notice.person, kind=kind, at=at)
    return f"{settings.URL}/{kind}/{token}/"


@transaction.atomic
def _queue(person: User, *, kind: str, number: int, title: str, body: str, at: datetime) -> int:
    notice, made = Notice.objects.get_or_create(
        person=person,
        event=f"{kind}:{person.pk}:{number}",
        defaults={"role": "", "title": title, "body": body, "due_at": at, "created_at": at},
    )
    if made:
        Delivery.objects.create(notice=notice, channel="mail", next_try_at=at)
    return int(made)
