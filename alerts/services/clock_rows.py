"""Clocks as rows: the pure rules speak of `ClockFacts`, the table of `Clock`; here one becomes the other."""

from datetime import datetime
from typing import cast

from alerts.deadlines import ClockFacts, PlannedClock, state_of
from alerts.deadlines.clocks import Cause
from alerts.models import Clock, Matter
from office.pack.policy import ClockKind


def facts_of(clock: Clock) -> ClockFacts:
    """The row as the rules see it."""
    closed = clock.closed_at
    met = clock.met_at is not None
    return ClockFacts(
        id=clock.pk,
        kind=cast(ClockKind, clock.kind),
        minutes=clock.minutes,
        anchor_at=clock.anchor_at,
        due_at=clock.due_at,
        started_at=clock.started_at,
        firm_at=clock.firm_at,
        cause=cast(Cause, clock.cause),
        met_at=clock.met_at,
        met_known_at=closed if met else None,
        void_at=closed if clock.status == Clock.Status.VOID else None,
        superseded_at=closed if clock.status == Clock.Status.SUPERSEDED else None,
        breached_at=clock.breached_at,
        breach_withdrawn_at=clock.breach_withdrawn_at,
        moved_at=clock.moved_at,
        moved_later=clock.moved_later,
        merged=clock.merged_from_id is not None,
        merged_first_post_at=clock.merged_first_post_at,
    )


def write_facts(clock: Clock, facts: ClockFacts, *, at: datetime, reason: str = "") -> None:
    """Put what the rules made of a clock back into its row, with the state that follows at `at`.

    Of a changed anchor both values stay: the earlier one goes to `history`.
    """
    if facts.anchor_at != clock.anchor_at:
        clock.history = [
            *clock.history,
            {"anchor_at": clock.anchor_at.isoformat(), "anchor_kind": clock.anchor_kind,
             "due_at": clock.due_at.isoformat(), "changed_at": at.isoformat(), "reason": reason},
        ]  # fmt: skip
    state = state_of(facts, at=at)
    clock.anchor_at = facts.anchor_at
    clock.due_at = facts.due_at
    clock.firm_at = facts.firm_at
    clock.moved_at = facts.moved_at
    clock.moved_later = facts.moved_later
    clock.merged_first_post_at = facts.merged_first_post_at
    clock.met_at = facts.met_at
    clock.status = state.status
    clock.cause = state.cause
    clock.breached_at = state.breached_at
    clock.breached_provisional = state.breached_provisional
    clock.breach_withdrawn_at = state.breach_withdrawn_at
    clock.entered_late = state.entered_late
    if facts.is_open:
        clock.closed_at = None
    else:
        clock.closed_at = facts.met_known_at or facts.void_at or facts.superseded_at or at
        clock.next_rung_at = None
        clock.closed_reason = reason or clock.closed_reason
    clock.save()


def new_clock(matter: Matter, planned: PlannedClock, *, at: datetime, firm: bool, round: int = 1) -> Clock:
    """Write a planned clock: limit, anchor, wording and document frozen on the row."""
    return Clock.objects.create(
        matter=matter,
        kind=planned.kind,
        round=round,
        status=planned.status,
        cause=planned.cause,
        minutes=planned.minutes,
        anchor_kind=planned.anchor.kind,
        anchor_at=planned.anchor.at,
        due_at=planned.due_at,
        wording=planned.wording,
        document=planned.document,
        started_at=at,
        firm_at=at if firm else None,
        breached_at=planned.breached_at,
        breached_provisional=planned.breached_at is not None and not firm,
        next_rung_at=at,  # the first look finds what lay behind already and what comes next
    )


def free_round(matter: Matter, kind: str) -> int:
    """The next round of a kind: a kind voided and begun again keeps its earlier row."""
    last = matter.clocks.filter(kind=kind).order_by("-round").values_list("round", flat=True).first()
    return (last or 0) + 1
