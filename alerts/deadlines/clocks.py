"""Which clocks a matter has, when each is due, and what state it is in at a moment (rules.md 5)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from alerts.deadlines.anchors import Candidate, ChosenAnchor, choose_anchor
from office.pack.policy import ClockKind, ClockRule, PolicyPack

Status = Literal["provisional", "running", "met", "met_late", "overdue", "void", "superseded"]
Cause = Literal["", "detected_late", "graded_late", "anchor_corrected"]
LEGAL_GRADES = ("extraordinary", "major")


@dataclass(frozen=True, slots=True)
class PlannedClock:
    """A clock to be written: its promise frozen, its anchor with reasons, its due moment, its state when it opens."""

    kind: ClockKind
    minutes: int
    anchor: ChosenAnchor
    due_at: datetime
    status: Status
    cause: Cause
    breached_at: datetime | None
    wording: str
    document: str
    name: str


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """A clock as it stands in its row. `None` moments have not happened.

    `started_at`: when the clock was written. `firm_at`: confirmed. `met_at`: publishing time of the checked evidence,
    `met_known_at`: when it was checked. `breached_at` and `breach_withdrawn_at`: as recorded so far. `moved_at`: when
    the anchor was last moved; `moved_later` says that way.
    """

    kind: ClockKind
    minutes: int
    anchor_at: datetime
    due_at: datetime
    started_at: datetime
    firm_at: datetime | None = None
    cause: Cause = ""
    met_at: datetime | None = None
    met_known_at: datetime | None = None
    void_at: datetime | None = None
    superseded_at: datetime | None = None
    breached_at: datetime | None = None
    breach_withdrawn_at: datetime | None = None
    moved_at: datetime | None = None
    moved_later: bool = False
    merged: bool = False
    merged_first_post_at: datetime | None = None
    id: int = 0

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.void_at is None and self.superseded_at is None


@dataclass(frozen=True, slots=True)
class ClockState:
    """What a clock is at a moment. `late`: publishing or running time past due (negative = early or time left).

    `breached_provisional`: the breach fell into the lead stage (线索阶段超时), its own statistic. `entered_late`: 补录.
    `rings`: whether the ladder still speaks for it.
    """

    status: Status
    cause: Cause
    late: timedelta
    breached_at: datetime | None
    breached_provisional: bool
    breach_withdrawn_at: datetime | None
    entered_late: bool
    rings: bool


def legal_clocks_apply(level: int | None, event_grade: str, policy: PolicyPack) -> bool:
    """Whether 5 h and 24 h hold: by event grade at any level, or by level I-II where the pack's switch is on."""
    return event_grade in LEGAL_GRADES or (policy.apply_legal_clocks_to_level and level in (1, 2))


def kinds_for(level: int | None, event_grade: str, policy: PolicyPack) -> tuple[ClockKind, ...]:
    """The kinds a matter starts with; continuous release begins with the first release (see `followups`)."""
    if legal_clocks_apply(level, event_grade, policy):
        return ("first_release", "press_conference")
    return ("response",) if level is not None else ()


def clocks_for(
    level: int | None,
    event_grade: str,
    policy: PolicyPack,
    anchors: Iterable[Candidate],
    *,
    at: datetime,
    emergency: bool,
    confirmed: bool = False,
    late_cause: Cause = "detected_late",
    zone: ZoneInfo | None = None,
) -> tuple[PlannedClock, ...]:
    """The clocks of a matter at this level and grade, opened at `at`.

    A due moment that already lies behind opens overdue with `late_cause` (`graded_late` where a new grade or level
    brought the clock). Which version of a rule holds is decided by the day of the anchor in the pack's zone.
    """
    candidates = tuple(anchors)
    planned: list[PlannedClock] = []
    for kind in kinds_for(level, event_grade, policy):
        rule, anchor = _rule_and_anchor(kind, candidates, policy, emergency=emergency, zone=zone)
        if rule is not None and anchor is not None:
            planned.append(plan(rule, anchor, at=at, confirmed=confirmed, late_cause=late_cause))
    return tuple(planned)


def plan(
    rule: ClockRule, anchor: ChosenAnchor, *, at: datetime, confirmed: bool, late_cause: Cause = "detected_late"
) -> PlannedClock:
    due = anchor.at + timedelta(minutes=rule.minutes)
    behind = due <= at
    return PlannedClock(
        kind=rule.kind,
        minutes=rule.minutes,
        anchor=anchor,
        due_at=due,
        status="overdue" if behind else "running" if confirmed else "provisional",
        cause=late_cause if behind else "",
        breached_at=due if behind else None,
        wording=rule.wording,
        document=rule.document,
        name=rule.name,
    )


def _rule_and_anchor(
    kind: ClockKind, candidates: tuple[Candidate, ...], policy: PolicyPack, *, emergency: bool, zone: ZoneInfo | None
) -> tuple[ClockRule | None, ChosenAnchor | None]:
    """The rule in force on the anchor's day; a matter older than every version takes the oldest one's chain."""
    rules = [rule for rule in policy.clocks if rule.kind == kind]
    for rule in sorted(rules, key=lambda r: r.effective_from, reverse=True):
        anchor = choose_anchor(kind, candidates, policy, emergency=emergency, rule=rule)
        day = (anchor.at.astimezone(zone) if zone is not None else anchor.at).date()
        if policy.clock(kind, day) is rule:
            return rule, anchor
    return None, None


def state_of(clock: ClockFacts, *, at: datetime) -> ClockState:
    """The state of a clock at a moment. Late stays late; only timely evidence withdraws a breach."""
    breached = clock.breached_at
    end = min((m for m in (clock.void_at, clock.superseded_at) if m is not None), default=None)
    if breached is None and clock.met_at is None and clock.due_at <= (end if end is not None and end < at else at):
        breached = clock.due_at
    withdrawn = clock.breach_withdrawn_at
    entered_late = False
    status: Status
    if clock.met_at is not None:
        late = clock.met_at - clock.due_at
        known = clock.met_known_at or clock.met_at
        if late > timedelta(0):
            status, breached, withdrawn = "met_late", breached or clock.due_at, None
        else:
            status = "met"
            if breached is None and known > clock.due_at:
                breached = clock.due_at
            if breached is not None and clock.met_at <= breached:
                entered_late, withdrawn = True, withdrawn or known
    elif clock.void_at is not None:
        status, late = "void", clock.void_at - clock.due_at
    elif clock.superseded_at is not None:
        status, late = "superseded", clock.superseded_at - clock.due_at
    else:
        late = at - clock.due_at
        status = "overdue" if late >= timedelta(0) else "running" if clock.firm_at is not None else "provisional"
    return ClockState(
        status=status,
        cause=clock.cause if breached is not None else "",
        late=late,
        breached_at=breached,
        breached_provisional=breached is not None and _provisional_at(clock, breached),
        breach_withdrawn_at=withdrawn,
        entered_late=entered_late,
        # Moved later after its due moment, a clock keeps its breach and rings no more (rules.md 5).
        rings=clock.is_open and not (clock.moved_later and breached is not None and breached < clock.due_at),
    )


def _provisional_at(clock: ClockFacts, breached: datetime) -> bool:
    # A clock that opened firm and overdue (a new grade) was never in the lead stage.
    return clock.firm_at is None or clock.firm_at > max(breached, clock.started_at)


def meet(clock: ClockFacts, *, published_at: datetime, known_at: datetime) -> ClockFacts:
    """The clock with its checked evidence: the publishing time counts, not the click."""
    return replace(clock, met_at=published_at, met_known_at=known_at)


def move_anchor(clock: ClockFacts, anchor_at: datetime, *, at: datetime) -> ClockFacts:
    """The clock with another start. Met clocks are recomputed; a breach that was stays, whichever way it moves.

    Earlier: a due moment that now lies behind is a breach of cause `anchor_corrected`. Later: a breach before stays.
    """
    due = anchor_at + timedelta(minutes=clock.minutes)
    before = state_of(clock, at=at)
    standing = before.breached_at if before.breach_withdrawn_at is None else None
    moved = replace(
        clock,
        anchor_at=anchor_at,
        due_at=due,
        moved_at=at,
        moved_later=due > clock.due_at,
        breached_at=standing or clock.breached_at,
    )
    missed = clock.met_at > due if clock.met_at is not None else clock.is_open and due <= at
    if missed and standing is None and due < clock.due_at:
        return replace(moved, cause="anchor_corrected", breached_at=due, breach_withdrawn_at=None)
    return moved
