"""Anchors as rows: candidates kept with their evidence, and clocks that follow them (rules.md 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db import transaction

from alerts.deadlines import AnchorMove, Candidate, anchor_move, choose_anchor, move_anchor
from alerts.models import Anchor, Clock, Matter
from alerts.services.clock_rows import facts_of, write_facts
from office.models import User
from office.pack.current import current_pack
from office.pack.policy import AnchorKind, ClockKind
from office.statements import PreparedRows, add


def candidates_of(matter: Matter) -> list[Candidate]:
    """The matter's anchors as the rules see them; withdrawn and merely suggested ones are left out."""
    rows = matter.anchors.filter(withdrawn_at=None, suggested=False).order_by("pk")
    return [
        Candidate(
            kind=cast(AnchorKind, row.kind),
            at=row.at,
            source=row.source,
            precision=row.precision,
            post_id=row.post_id,
            level=row.level,
            tells_event=row.tells_event,
            emergency=row.emergency,
            pending=row.pending,
            not_before=row.not_before,
        )
        for row in rows
    ]


_anchors = PreparedRows(lambda matter: Anchor.objects.filter(matter_id=matter), matter=int)


def keep_candidates(matter: Matter, candidates: Sequence[Candidate], *, at: datetime) -> None:
    """Write candidates not yet known. A 待核 one that is now believed becomes so; detection is kept once.

    What a person entered stays: after confirmation the machine's event times stand as suggestions only.
    """
    rows = {(row.kind, row.post_id, row.at): row for row in _anchors(matter=matter.pk)}
    running = (
        [] if matter.provisional else list(matter.clocks.filter(closed_at=None).values_list("anchor_at", flat=True))
    )
    for candidate in candidates:
        if candidate.kind == "detected" and any(kind == "detected" for kind, _, _ in rows):
            continue
        row = rows.get((candidate.kind, candidate.post_id, candidate.at))
        if row is not None:
            if row.pending and not candidate.pending:
                row.pending = False
                row.suggested = _would_move(candidate, running)
                row.save(update_fields=["pending", "suggested"])
            if row.level is None and candidate.level is not None:
                row.level = candidate.level
                row.save(update_fields=["level"])
            continue
        row = Anchor(
            matter=matter,
            kind=candidate.kind,
            at=candidate.at,
            precision=candidate.precision,
            source=candidate.source[:200],
            post_id=candidate.post_id,
            pending=candidate.pending,
            suggested=_would_move(candidate, running),
            level=candidate.level,
            tells_event=candidate.tells_event,
            emergency=candidate.emergency,
            not_before=candidate.not_before,
            entered_at=at,
        )
        add(row)
        rows[(candidate.kind, candidate.post_id, candidate.at)] = row
    _note_moments(matter, candidates)


def _would_move(candidate: Candidate, running: Sequence[datetime]) -> bool:
    """After confirmation what would make a running clock due earlier is a suggestion; what cannot is a plain fact.

    A later post that tells of a graver event is such a fact: the clocks of the higher level start with it.
    """
    if candidate.pending or candidate.kind not in ("event", "first_public"):
        return False
    return any(candidate.at < anchor for anchor in running)


def _note_moments(matter: Matter, candidates: Sequence[Candidate]) -> None:
    """The figures shown at the head of a page: event, first public post, line met."""
    for field, kind in (("occurred_at", "event"), ("first_public_at", "first_public"), ("line_met_at", "line_met")):
        told = [c.at for c in candidates if c.kind == kind and not c.pending]
        known = getattr(matter, field)
        if told and (known is None or (matter.provisional and min(told) < known)):
            setattr(matter, field, min(told))
    matter.save(update_fields=["occurred_at", "first_public_at", "line_met_at"])


def follow_anchors(matter: Matter, *, at: datetime) -> None:
    """Open clocks of a matter nobody has confirmed follow an earlier anchor at once; confirmed ones never do."""
    if not matter.provisional:
        return
    policy = current_pack().policy
    candidates = candidates_of(matter)
    for clock in matter.clocks.filter(closed_at=None).exclude(kind=Clock.Kind.FOLLOWUP_RELEASE).order_by("pk"):
        chosen = choose_anchor(cast(ClockKind, clock.kind), candidates, policy, emergency=matter.is_emergency)
        move = anchor_move(current=clock.anchor_at, proposed=chosen.at, confirmed=False, by_machine=True)
        if move is AnchorMove.MOVE:
            facts = move_anchor(facts_of(clock), chosen.at, at=at)
            clock.next_rung_at = at
            write_facts(clock, facts, at=at, reason=chosen.reason)
            Clock.objects.filter(pk=clock.pk).update(anchor_kind=chosen.kind)


def set_event_time(
    matter: Matter,
    *,
    occurred_at: datetime,
    source: str,
    at: datetime,
    entered_by: User | None,
    checked_by: User | None = None,
) -> list[Clock]:
    """A person's event time: it replaces the machine's, and every clock is reckoned anew, met ones too.

    Who may move an anchor later is for the caller (two people and a source). Returns the clocks that moved; of each
    both values stay visible. Event times that were believed before are withdrawn, not deleted.
    """
    with transaction.atomic():
        matter.anchors.filter(kind="event", withdrawn_at=None).exclude(at=occurred_at).update(withdrawn_at=at)
        Anchor.objects.update_or_create(
            matter=matter,
            kind="event",
            at=occurred_at,
            defaults={
                "source": source[:200],
                "entered_at": at,
                "entered_by": entered_by,
                "checked_by": checked_by,
                "pending": False,
                "suggested": False,
                "withdrawn_at": None,
                "emergency": True,
                "level": matter.level_proposed,  # a person's time is that of the event, whatever was told before
            },
        )
        Matter.objects.filter(pk=matter.pk).update(occurred_at=occurred_at, is_emergency=True)
        matter.occurred_at, matter.is_emergency = occurred_at, True
        return _reckon_anew(matter, at=at, reason=f"事发时间改为 {source}")


def _reckon_anew(matter: Matter, *, at: datetime, reason: str) -> list[Clock]:
    policy = current_pack().policy
    candidates = candidates_of(matter)
    moved: list[Clock] = []
    gone = (Clock.Status.VOID, Clock.Status.SUPERSEDED)
    clocks = matter.clocks.exclude(kind=Clock.Kind.FOLLOWUP_RELEASE).exclude(status__in=gone).order_by("pk")
    for clock in clocks:
        chosen = choose_anchor(cast(ClockKind, clock.kind), candidates, policy, emergency=matter.is_emergency)
        if chosen.at == clock.anchor_at:
            continue
        if clock.is_open:
            clock.next_rung_at = at
        write_facts(clock, move_anchor(facts_of(clock), chosen.at, at=at), at=at, reason=reason)
        clock.anchor_kind = chosen.kind
        clock.save(update_fields=["anchor_kind"])
        moved.append(clock)
    return moved
