"""Evidence and clocks: only a checked publication or conference stops one (rules.md 5)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from alerts.deadlines import Evidence, Published, followups, kinds_for, meet, stopped_by, stops
from alerts.models import Clock, Matter
from alerts.services.clock_rows import facts_of, write_facts
from alerts.services.regrading import level_in_force
from alerts.services.speaking import wake
from office.pack.current import current_pack

RELEASE = "release"
CONFERENCE = "press_conference"


def note_evidence_entered(matter: Matter, *, what: str, at: datetime) -> int:
    """First evidence is there but not checked: its clocks show 待复核, the ladder turns to the checker."""
    clocks = _answered_by(matter, what)
    return Clock.objects.filter(pk__in=clocks, evidence_pending_at=None).update(evidence_pending_at=at, next_rung_at=at)


def evidence_refused(matter: Matter, *, what: str, at: datetime, why: str = "凭据被退回") -> int:
    """The checker sent it back, or it answers other clocks only: the ladder wakes as if nothing had been entered."""
    quiet = Clock.objects.filter(pk__in=_answered_by(matter, what), evidence_pending_at__isnull=False)
    with transaction.atomic():
        clocks = list(quiet.select_related("matter").order_by("pk"))
        for clock in clocks:
            clock.evidence_pending_at, clock.next_rung_at = None, at
            clock.save(update_fields=["evidence_pending_at", "next_rung_at"])
            wake(clock, at=at, why=why)
    return len(clocks)


def _answered_by(matter: Matter, what: str) -> list[int]:
    policy = current_pack().policy
    wanted = "conference" if what == CONFERENCE else RELEASE
    kinds = [kind for kind in Clock.Kind.values if stopped_by(kind, policy) == wanted]  # type: ignore[arg-type] # the values are ClockKind
    return list(matter.clocks.filter(closed_at=None, kind__in=kinds).values_list("pk", flat=True))


def meet_clocks(
    matter: Matter, *, evidence: Evidence, checked_at: datetime, but: frozenset[int] = frozenset()
) -> list[Clock]:
    """Close every open clock this checked evidence answers, at its publishing time. Returns those closed.

    `but`: clocks it is known not to answer.
    """
    policy = current_pack().policy
    closed: list[Clock] = []
    if evidence.published_at is None:
        return closed
    with transaction.atomic():
        for clock in matter.clocks.filter(closed_at=None).order_by("pk"):
            facts = facts_of(clock)
            if clock.pk in but or not stops(evidence, facts, policy):
                continue
            clock.evidence_pending_at = None
            write_facts(
                clock,
                meet(facts, published_at=evidence.published_at, known_at=checked_at),
                at=checked_at,
                reason="已发布并复核" if evidence.what == RELEASE else "已举行并复核",
            )
            matter.rungs.filter(clock=clock, acknowledged_at=None).update(next_repeat_at=None)
            closed.append(clock)
    return closed


def follow_up(matter: Matter, releases: Sequence[Published], *, at: datetime) -> None:
    """Continuous release after the first: rounds of 6 h, then of 24 h, until a release of kind 处置结果.

    `releases`: every checked release of the matter. Rounds already written keep their promise; a release entered
    late meets the round it belongs to.
    """
    pack = current_pack()
    legal = "first_release" in kinds_for(level_in_force(matter), matter.event_grade, pack.policy)
    rule = pack.policy.clock("followup_release", at.astimezone(pack.zone).date())
    if not legal or rule is None:
        return
    with transaction.atomic():
        known = {clock.anchor_at: clock for clock in matter.clocks.filter(kind=rule.kind)}
        for round in followups(releases, pack.policy):
            clock = known.get(round.anchor_at)
            if clock is None:
                clock = Clock(
                    matter=matter,
                    kind=rule.kind,
                    round=round.number,
                    status=Clock.Status.RUNNING,
                    minutes=round.minutes,
                    anchor_kind="release",
                    anchor_at=round.anchor_at,
                    due_at=round.due_at,
                    wording=rule.wording,
                    document=rule.document,
                    started_at=at,
                    firm_at=at,
                    next_rung_at=at,
                )
                write_facts(clock, facts_of(clock), at=at)
            if round.met_at is not None and clock.is_open:
                write_facts(clock, meet(facts_of(clock), published_at=round.met_at, known_at=at), at=at)
        if any(release.kind in pack.policy.followup.ends_with for release in releases):
            end = min(r.at for r in releases if r.kind in pack.policy.followup.ends_with)
            for clock in matter.clocks.filter(kind=rule.kind, closed_at=None, anchor_at__lte=end):
                write_facts(clock, meet(facts_of(clock), published_at=end, known_at=at), at=at)
