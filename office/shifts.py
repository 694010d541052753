"""The roster's arithmetic: the shifts of a day, what is not covered, who is on twice, who has rested. Pure.

Moments are aware; days are those of the pack's zone. Shifts and figures come from `duty` of the pack's policy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from office.pack.desk import DutyRule, ShiftRule

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A stretch of time, its end not counted."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Stint:
    """One person on duty in a role. `key` is the row's."""

    key: int
    person: int
    role: str
    span: Span


@dataclass(frozen=True)
class Slot:
    """One shift of one day."""

    day: date
    shift: ShiftRule
    span: Span


@dataclass(frozen=True)
class Clash:
    """Two stints of one person: at the same time (`rest` None), or with too little rest between them."""

    person: int
    first: Stint
    second: Stint
    rest: timedelta | None


@dataclass(frozen=True)
class Candidate:
    """Somebody who could fill a hole; `why_not` is empty where nothing speaks against it."""

    person: int
    why_not: str


def monday(day: date) -> date:
    """The Monday of the week a day stands in."""
    return day - timedelta(days=day.weekday())


def slots_of(day: date, rule: DutyRule, zone: tzinfo) -> list[Slot]:
    """The shifts that start on this day, in the pack's order."""
    found = []
    for shift in rule.shifts:
        start = datetime.combine(day, shift.starts, tzinfo=zone)
        end = datetime.combine(day if shift.ends > shift.starts else day + DAY, shift.ends, tzinfo=zone)
        found.append(Slot(day, shift, Span(start, end)))
    return found


def uncovered(span: Span, stints: Iterable[Stint], *, need: int = 1) -> list[Span]:
    """The parts of `span` in which fewer than `need` different people are there, joined where they touch."""
    there = [s for s in stints if s.span.meets(span)]
    starts = {max(s.span.starts_at, span.starts_at) for s in there}
    ends = {min(s.span.ends_at, span.ends_at) for s in there}
    edges = sorted({span.starts_at, span.ends_at} | starts | ends)
    holes: list[Span] = []
    for start, end in zip(edges, edges[1:], strict=False):
        piece = Span(start, end)
        if len({s.person for s in there if s.span.meets(piece)}) >= need:
            continue
        if holes and holes[-1].ends_at == start:
            holes[-1] = Span(holes[-1].starts_at, end)
        else:
            holes.append(piece)
    return holes


def clashes(stints: Iterable[Stint], *, rest: timedelta) -> list[Clash]:
    """Each pair of neighbouring stints of one person that overlap or leave less than `rest` between them."""
    found: list[Clash] = []
    by_person: dict[int, list[Stint]] = {}
    for stint in stints:
        by_person.setdefault(stint.person, []).append(stint)
    for person, own in sorted(by_person.items()):
        own.sort(key=lambda s: (s.span.starts_at, s.span.ends_at, s.key))
        for before, after in zip(own, own[1:], strict=False):
            between = after.span.starts_at - before.span.ends_at
            if between < timedelta(0):
                found.append(Clash(person, before, after, None))
            elif between < rest:
                found.append(Clash(person, before, after, between))
    return found


def candidates(hole: Span, people: Sequence[int], stints: Iterable[Stint], *, rest: timedelta) -> list[Candidate]:
    """Who of `people` could fill the hole: first those with nothing against, in the order given."""
    busy = list(stints)
    told = [Candidate(person, _against(hole, [s for s in busy if s.person == person], rest)) for person in people]
    return sorted(told, key=lambda c: bool(c.why_not))


def _against(hole: Span, own: Sequence[Stint], rest: timedelta) -> str:
    if any(s.span.meets(hole) for s in own):
        return "这个时段已有班"
    before = max((s.span.ends_at for s in own if s.span.ends_at <= hole.starts_at), default=None)
    after = min((s.span.starts_at for s in own if s.span.starts_at >= hole.ends_at), default=None)
    if before == hole.starts_at or after == hole.ends_at:
        return "前后连班"
    if (before is not None and hole.starts_at - before < rest) or (after is not None and after - hole.ends_at < rest):
        return f"间隔不足 {int(rest.total_seconds() // 3600)} 小时"
    return ""
