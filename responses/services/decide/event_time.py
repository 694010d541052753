"""The event time: earlier moves easily, later only by two people with a source (rules.md 4)."""

from datetime import datetime

from django.db import transaction

from alerts.models import Clock
from alerts.services import anchors
from office.errors import Refused
from office.models import User
from office.roles import Act, Role
from office.services.acts import require
from responses.models import Issue, Proposal
from responses.services.claiming import check_step, claim, clean, note
from responses.services.proposals import propose


def set_event_time(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    occurred_at: datetime,
    source: str,
    version: int | None = None,
    reason_again: str | None = None,
) -> Issue | Proposal:
    """Enter when the event happened and where that is known from. Both the old and the new value stay visible.

    A person's earlier time moves the due times at once, confirmed or not; a later one comes back as a Proposal.
    """
    require(by, Act.SET_EVENT_TIME)
    known_from = clean(source, "事件时间的来源")
    if occurred_at > at:
        raise Refused("事件时间在将来，请核对。")
    with transaction.atomic():
        now = check_step(issue, name="set_event_time", version=version, by=by, at=at)
        if now.matter.occurred_at == occurred_at:
            raise Refused("事件时间没有变化。")
        solo = False
        if _is_later(now, occurred_at):
            proposal, solo = propose(
                issue=now,
                act="event_time",
                payload={"occurred_at": occurred_at.isoformat()},
                reason=known_from,
                source=known_from,
                by=by,
                at=at,
                reason_again=reason_again,
                ask=[Role.DUTY_LEAD, Role.MONITOR],
            )
            if not solo:
                return proposal
        return _apply(now, occurred_at=occurred_at, source=known_from, by=by, first=None, at=at, solo=solo)


def second_event_time(proposal: Proposal, *, by: User, at: datetime, solo: bool) -> Issue:
    """The second person agrees that the event was later."""
    require(by, Act.SECOND_ANCHOR)
    now = check_step(proposal.issue, name="set_event_time", version=None, by=by, at=at)
    return _apply(
        now,
        occurred_at=datetime.fromisoformat(str(proposal.payload["occurred_at"])),
        source=proposal.source,
        by=by,
        first=proposal.by,
        at=at,
        solo=solo,
    )


def learn_event_time(issue: Issue, *, occurred_at: datetime, source: str, by: User, at: datetime) -> None:
    """An event time given with a confirmation, inside its transaction: earlier only; later is an act of its own."""
    known_from = clean(source, "事件时间的来源")
    if occurred_at > at:
        raise Refused("事件时间在将来，请核对。")
    if issue.matter.occurred_at == occurred_at:
        return
    if _is_later(issue, occurred_at):
        raise Refused("填写的事件时间晚于现在的起算时间：改晚须由第二人复核，请用“填写事件时间”单独提出。")
    anchors.set_event_time(issue.matter, occurred_at=occurred_at, source=known_from, at=at, entered_by=by)
    _leave_row(issue, occurred_at=occurred_at, source=known_from, by=by, first=None, at=at, solo=False)


def _is_later(issue: Issue, occurred_at: datetime) -> bool:
    """Later than the event time known, or than what any clock stands on: a line met, or a first post, may lie before
    the event time that was known."""
    known = issue.matter.occurred_at
    if known is not None and occurred_at > known:
        return True
    gone = (Clock.Status.VOID, Clock.Status.SUPERSEDED)
    starts = issue.matter.clocks.exclude(status__in=gone).exclude(kind=Clock.Kind.FOLLOWUP_RELEASE)
    return any(occurred_at > start for start in starts.values_list("anchor_at", flat=True))


def _apply(
    issue: Issue, *, occurred_at: datetime, source: str, by: User, first: User | None, at: datetime, solo: bool
) -> Issue:
    fresh = claim(issue, by=by)
    before = fresh.matter.occurred_at
    entered_by, checked_by = (first, by) if first is not None else (by, None)
    anchors.set_event_time(
        fresh.matter, occurred_at=occurred_at, source=source, at=at, entered_by=entered_by, checked_by=checked_by
    )
    _leave_row(fresh, occurred_at=occurred_at, source=source, by=by, first=first, at=at, solo=solo, before=before)
    return fresh


def _leave_row(
    issue: Issue,
    *,
    occurred_at: datetime,
    source: str,
    by: User,
    first: User | None,
    at: datetime,
    solo: bool,
    before: datetime | None = None,
) -> None:
    note(
        issue,
        kind="issue.event_time",
        by=by,
        at=at,
        text=f"事件时间，来源：{source}",
        data={"before": before, "after": occurred_at, "first": first.username if first else None},
        solo=solo,
    )
