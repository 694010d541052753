"""Sending what is queued: outside any transaction, each try recorded, never a message twice by two workers."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from alerts import channels
from alerts.channels import letters
from alerts.models import Delivery, Notice
from alerts.queries.telling import told_beside
from alerts.services import account_mails
from office.errors import SendError
from office.services.tickets import issue_ticket
from office.state import get_state

LEASE = timedelta(minutes=2)  # longer than any channel's own time-out
LINK_LIVES = timedelta(days=7)
MOST_WAIT = timedelta(minutes=30)


def send_due(*, at: datetime, limit: int = 50) -> tuple[int, int]:
    """Send up to `limit` deliveries that are due; returns (sent, failed tries).

    Nothing leaves while sending is held after a jump of the clock, or under 试运行: then the row says so for good.
    """
    if get_state("sending_hold"):
        return 0, 0
    dry = bool(get_state("dry_run", True)) or settings.DRILL
    sent = failed = 0
    silent: set[str] = set()  # channels that failed just now: the rest waits, so that no clock waits for a dead server
    due = Delivery.objects.filter(_due(at), _free(at), state=Notice.State.QUEUED)
    for delivery in due.select_related("notice__person", "notice__matter__topic").order_by("next_try_at", "pk")[:limit]:
        if delivery.channel in silent or not _claim(delivery, at=at):
            continue
        if dry:
            Delivery.objects.filter(pk=delivery.pk).update(
                state=Notice.State.DRY, sent_at=None, claimed_until=None, next_try_at=None
            )
        elif _send(delivery, at=at):
            sent += 1
        else:
            failed += 1
            silent.add(delivery.channel)
    return sent, failed


def _due(at: datetime) -> Q:
    """Rows whose turn has come. After the clock was set back nothing waits longer than the longest back-off, and what
    was never tried does not wait at all."""
    return Q(next_try_at__lte=at) | Q(tries=0) | Q(next_try_at__gt=at + MOST_WAIT)


def _free(at: datetime) -> Q:
    # A lease that ends later than one taken now can end was taken before the clock was set back: its worker is gone.
    return Q(claimed_until=None) | Q(claimed_until__lt=at) | Q(claimed_until__gt=at + LEASE)


def _claim(delivery: Delivery, *, at: datetime) -> bool:
    """Take a row that is still free, with a lease: of two workers one gets it."""
    free = Delivery.objects.filter(_free(at), pk=delivery.pk, state=Notice.State.QUEUED)
    return free.update(claimed_until=at + LEASE) == 1


def _send(delivery: Delivery, *, at: datetime) -> bool:
    notice = delivery.notice
    try:
        channels.send(delivery.channel, _message(delivery, at=at), to=notice.person.email if notice.person else "")
    except Exception as fault:  # the border of a channel: whatever it raises is kept, shown and tried again
        error = fault if isinstance(fault, SendError) else SendError(f"没有发出：{fault}", permanent=False)
        tries = delivery.tries + 1
        wait = min(timedelta(seconds=30) * 2 ** min(tries, 10), MOST_WAIT)
        Delivery.objects.filter(pk=delivery.pk).update(
            tries=tries,
            error=str(error),
            state=Notice.State.FAILED if error.permanent else Notice.State.QUEUED,
            next_try_at=None if error.permanent else at + wait,
            claimed_until=None,
        )
        return False
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Notice.State.SENT, tries=delivery.tries + 1, sent_at=at, error="", next_try_at=None, claimed_until=None
    )
    return True


def _message(delivery: Delivery, *, at: datetime) -> channels.Message:
    notice = delivery.notice
    if kind := account_mails.link_kind(notice):
        return letters.compose(
            title=notice.title,
            body=notice.body,
            link=account_mails.account_link(notice, at=at),
            link_words=account_mails.LINK_WORDS[kind],
            drill=settings.DRILL,
            key=f"notice-{notice.pk}-{delivery.channel}",
        )
    link = ""
    # The robot's message is read by a whole group: a personal link has no place there.
    if delivery.channel == "mail" and notice.person is not None and notice.matter_id is not None:
        token = issue_ticket(kind="acknowledge", user=notice.person, object_id=notice.pk, expires_at=at + LINK_LIVES)
        link = f"{settings.URL}/ack/{token}/"
    page = f"{settings.URL}/matters/{notice.matter_id}/" if notice.matter_id else f"{settings.URL}/notices/"
    beside = told_beside(notice.matter) if notice.matter is not None and notice.rung_id is not None else ""
    return letters.compose(
        title=notice.title,
        body=f"{notice.body}\n{beside}" if beside else notice.body,
        link=link,
        page=page,
        drill=settings.DRILL,
        key=f"notice-{notice.pk}-{delivery.channel}",
        thread=f"matter-{notice.matter_id}" if notice.matter_id else "",
    )
