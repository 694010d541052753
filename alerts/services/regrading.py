"""What a level, a grade or a decision does to clocks that are already there (rules.md 5)."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from alerts.deadlines import Regrade, merge_clocks, regrade, revive_clock, supersede_clock, void_clock
from alerts.models import Clock, Matter
from alerts.services.anchors import candidates_of
from alerts.services.clock_rows import facts_of, free_round, new_clock, write_facts
from office.pack.current import current_pack

ABSORBED = "并入另一事项"  # why a merged matter's clock closed
BROUGHT = "并入线索："  # before the source of an anchor that a merged matter brought


def level_in_force(matter: Matter) -> int:
    """The level the clocks run by: what people decided, or what is proposed where that is graver or nothing is."""
    if matter.level_decided is None:
        return matter.level_proposed
    return matter.level_decided


def start_higher(matter: Matter, *, at: datetime) -> Regrade:
    """A graver proposal: provisional clocks of its level start at once, the 48 h clock is superseded."""
    return _apply(matter, level=matter.level_proposed, at=at, confirmed=False)


def make_firm(matter: Matter, *, level: int, at: datetime, pending: bool = False) -> Regrade:
    """Confirmation: the level is a person's now, its clocks firm. `pending`: 待核定, clocks run as if it were true."""
    with transaction.atomic():
        matter.level_decided = level
        matter.level_pending = pending
        matter.provisional = False
        matter.save(update_fields=["level_decided", "level_pending", "provisional"])
        for clock in matter.clocks.filter(closed_at=None, firm_at=None):
            clock.firm_at = at
            clock.save(update_fields=["firm_at"])
            write_facts(clock, facts_of(clock), at=at)
        return _apply(matter, level=level, at=at, confirmed=True)


def regrade_matter(
    matter: Matter,
    *,
    level: int,
    at: datetime,
    event_grade: str | None = None,
    grade_body: str = "",
    grade_reference: str = "",
    grade_at: datetime | None = None,
    confirmed: bool = True,
) -> Regrade:
    """A new level or event grade, decided by people: clocks left behind are void or superseded, new ones start."""
    with transaction.atomic():
        matter.level_decided = level
        matter.level_pending = False
        if event_grade is not None:
            matter.event_grade = event_grade
            matter.grade_body = grade_body
            matter.grade_reference = grade_reference
            matter.grade_at = grade_at
        matter.save()
        return _apply(matter, level=level, at=at, confirmed=confirmed)


def _apply(matter: Matter, *, level: int, at: datetime, confirmed: bool) -> Regrade:
    pack = current_pack()
    rows = {clock.pk: clock for clock in matter.clocks.all().order_by("pk")}
    change = regrade(
        [facts_of(clock) for clock in rows.values()],
        level=level,
        event_grade=matter.event_grade,
        policy=pack.policy,
        candidates=candidates_of(matter),
        at=at,
        emergency=matter.is_emergency,
        confirmed=confirmed,
        zone=pack.zone,
    )
    for clock in rows.values():
        if not clock.is_open:
            continue
        if clock.kind in change.void:
            write_facts(clock, void_clock(facts_of(clock), at=at), at=at, reason="等级下调")
        elif clock.kind in change.supersede:
            write_facts(clock, supersede_clock(facts_of(clock), at=at), at=at, reason="已由 5 小时/24 小时时限取代")
    for facts in change.revive:
        clock = rows[facts.id]
        # Raised by the machine alone a clock is provisional again; a breach that was a firm clock's stays one.
        firm = (facts.firm_at or at) if confirmed else facts.firm_at if facts.breached_at is not None else None
        clock.started_at, clock.closed_reason, clock.next_rung_at = facts.started_at, "", at
        write_facts(clock, replace(facts, firm_at=firm), at=at, reason="等级再次上调或下调")
    for planned in change.start:
        new_clock(matter, planned, at=at, firm=confirmed, round=free_round(matter, planned.kind))
    return change


def void_clocks(matter: Matter, *, at: datetime, reason: str) -> int:
    """Dismissal or cancellation: every open clock is void; a breach before it stays a breach. Returns how many."""
    with transaction.atomic():
        rows = list(matter.clocks.filter(closed_at=None))
        for clock in rows:
            write_facts(clock, void_clock(facts_of(clock), at=at), at=at, reason=reason)
        Matter.objects.filter(pk=matter.pk).update(open=False)
        matter.open = False
        matter.rungs.filter(acknowledged_at=None).update(next_repeat_at=None)
    return len(rows)


def restore_clocks(matter: Matter, *, at: datetime) -> int:
    """A dismissed lead opens again: the clocks voided by the dismissal return with their old anchors."""
    with transaction.atomic():
        Matter.objects.filter(pk=matter.pk).update(open=True)
        matter.open = True
        last = matter.clocks.filter(status=Clock.Status.VOID).order_by("-closed_at").first()
        if last is None:
            return 0
        rows = list(matter.clocks.filter(status=Clock.Status.VOID, closed_at=last.closed_at))
        for clock in rows:
            clock.next_rung_at = at
            write_facts(clock, revive_clock(facts_of(clock)), at=at)
    return len(rows)


def close_matter(matter: Matter, *, at: datetime) -> None:
    """Nothing of the matter rings any more (all its clocks are closed, or it was merged)."""
    Matter.objects.filter(pk=matter.pk).update(open=False)
    matter.open = False
    matter.rungs.filter(acknowledged_at=None).update(next_repeat_at=None)


def merge_matters(survivor: Matter, merged: Matter, *, at: datetime) -> None:
    """Open clocks of the survivor take the earlier anchor; kinds it has closed stay open from the merged lead."""
    with transaction.atomic():
        graver = level_in_force(merged) < level_in_force(survivor)
        own = {clock.pk: clock for clock in survivor.clocks.all().order_by("pk")}
        others = {clock.pk: clock for clock in merged.clocks.all().order_by("pk")}
        result = merge_clocks(
            [facts_of(clock) for clock in own.values()],
            [facts_of(clock) for clock in others.values()],
            merged_first_post_at=merged.first_public_at,
            at=at,
        )
        for facts in result.moved:
            own[facts.id].next_rung_at = at
            write_facts(own[facts.id], facts, at=at, reason="并入的线索起点更早")
        for key in result.absorbed:
            write_facts(others[key], void_clock(facts_of(others[key]), at=at), at=at, reason=ABSORBED)
        for facts in result.taken:
            clock = others[facts.id]
            clock.matter = survivor
            clock.merged_from = merged
            clock.round = free_round(survivor, clock.kind)
            clock.next_rung_at = at
            # A graver level than people decided stays a proposal, as when the matter itself grows.
            firm = not survivor.provisional and not graver
            write_facts(clock, replace(facts, firm_at=facts.firm_at or at) if firm else facts, at=at)
        for anchor in merged.anchors.filter(withdrawn_at=None, pending=False).exclude(kind="detected"):
            anchor.pk = None
            anchor.matter = survivor
            anchor.source = f"{BROUGHT}{anchor.source}"[:200]
            anchor.save()
        survivor.is_emergency = survivor.is_emergency or merged.is_emergency
        if graver:
            survivor.level_proposed = min(survivor.level_proposed, level_in_force(merged))
        survivor.save(update_fields=["is_emergency", "level_proposed"])
        if graver:
            start_higher(survivor, at=at)
        close_matter(merged, at=at)


def part_matters(survivor: Matter, merged: Matter, *, merged_at: datetime, at: datetime) -> None:
    """A merge is taken back: the merged matter's clocks return with their old anchors, closed ones stay where closed.

    What the survivor learnt stays in force: its due times are moved later by two people only (rules.md 4). The
    anchors that came with the other are withdrawn, so that nothing new is reckoned from them.
    """
    with transaction.atomic():
        for clock in merged.clocks.filter(status=Clock.Status.VOID, closed_reason=ABSORBED, closed_at=merged_at):
            clock.next_rung_at = at
            write_facts(clock, revive_clock(facts_of(clock)), at=at)
        for clock in survivor.clocks.filter(merged_from=merged, closed_at=None):
            clock.matter, clock.merged_from, clock.merged_first_post_at = merged, None, None
            clock.round = free_round(merged, clock.kind)
            clock.next_rung_at = at
            # Confirming the survivor made it firm; of a matter nobody confirmed it is provisional again.
            firm = None if merged.provisional else clock.firm_at
            write_facts(clock, replace(facts_of(clock), firm_at=firm), at=at)
        known = set(merged.anchors.values_list("kind", "at", "post_id"))
        for anchor in survivor.anchors.filter(source__startswith=BROUGHT, withdrawn_at=None):
            if (anchor.kind, anchor.at, anchor.post_id) in known:
                anchor.withdrawn_at = at
                anchor.save(update_fields=["withdrawn_at"])
        Matter.objects.filter(pk=merged.pk).update(open=True)
        merged.open = True
