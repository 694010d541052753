"""What becomes of clocks when people regrade, merge, dismiss, and when releases follow each other (rules.md 5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.deadlines.anchors import Candidate
from alerts.deadlines.clocks import ClockFacts, PlannedClock, clocks_for, kinds_for, move_anchor, state_of
from office.pack.policy import ClockKind, PolicyPack

LEGAL_KINDS: tuple[ClockKind, ...] = ("first_release", "press_conference", "followup_release")


@dataclass(frozen=True, slots=True)
class Regrade:
    """What a new level or grade does: clocks to void, to supersede (kept, both), to start, with their reasons.

    `revive`: clocks an earlier change of level had closed, as they run on: one promise is one clock and one breach,
    however often the level goes up and down.
    """

    void: tuple[ClockKind, ...]
    supersede: tuple[ClockKind, ...]
    start: tuple[PlannedClock, ...]
    reasons: tuple[str, ...]
    revive: tuple[ClockFacts, ...] = ()


def regrade(
    clocks: Iterable[ClockFacts],
    *,
    level: int | None,
    event_grade: str,
    policy: PolicyPack,
    candidates: Iterable[Candidate],
    at: datetime,
    emergency: bool,
    confirmed: bool,
    zone: ZoneInfo | None = None,
) -> Regrade:
    """Clocks of the level left behind close (raised: superseded; lowered: void), those of the new one start.

    Each starts with the anchor of its own kind; one already behind opens overdue, `graded_late`. A kind that is open
    stays as it is, and one that was met is not begun again; one that an earlier change closed returns, unless its
    anchor has become a later one (another event: the old promise keeps its own end).
    """
    known = tuple(clocks)
    wanted = kinds_for(level, event_grade, policy)
    legal = "first_release" in wanted
    open_kinds = {c.kind for c in known if c.is_open}
    met_kinds = {c.kind for c in known if c.met_at is not None}
    void = () if legal else tuple(k for k in LEGAL_KINDS if k in open_kinds)
    supersede: tuple[ClockKind, ...] = ("response",) if legal and "response" in open_kinds else ()
    planned = clocks_for(
        level,
        event_grade,
        policy,
        candidates,
        at=at,
        emergency=emergency,
        confirmed=confirmed,
        late_cause="graded_late",
        zone=zone,
    )
    wanting = tuple(p for p in planned if p.kind not in open_kinds and p.kind not in met_kinds)
    back = {p.kind: _left_off(known, p) for p in wanting}
    start = tuple(p for p in wanting if back[p.kind] is None)
    revive = [_return(clock, anchor_at=p.anchor.at, at=at) for p in wanting if (clock := back[p.kind]) is not None]
    if legal:
        revive += [_return(clock, anchor_at=clock.anchor_at, at=at) for clock in _rounds_left_off(known)]
    names = {rule.kind: rule.name for rule in policy.clocks}
    reasons = [f"{names[k]}作废，已发生的超时保留" for k in void]
    reasons += [f"{names[k]}由更高等级的时限取代，保留备查" for k in supersede]
    reasons += [f"{p.name}开始，{p.anchor.reason}" for p in start]
    reasons += [f"{names[c.kind]}恢复，起算时间不变" for c in revive]
    return Regrade(void=void, supersede=supersede, start=start, reasons=tuple(reasons), revive=tuple(revive))


def _left_off(clocks: Iterable[ClockFacts], planned: PlannedClock) -> ClockFacts | None:
    """The clock of this kind that an earlier change of level closed and that this promise takes up again."""
    closed = [c for c in clocks if c.kind == planned.kind and not c.is_open and c.met_at is None and not c.merged]
    last = max(closed, key=lambda c: c.void_at or c.superseded_at or c.started_at, default=None)
    return last if last is not None and planned.anchor.at <= last.anchor_at else None


def _rounds_left_off(clocks: Iterable[ClockFacts]) -> list[ClockFacts]:
    """Rounds of continuous release that were owed when the level was lowered last."""
    rounds = [(c.void_at, c) for c in clocks if c.kind == "followup_release" and c.void_at is not None]
    last = max((moment for moment, _ in rounds), default=None)
    return [clock for moment, clock in rounds if moment == last]


def _return(clock: ClockFacts, *, anchor_at: datetime, at: datetime) -> ClockFacts:
    """The clock as it runs on. A due moment that went by while it was closed is nobody's but the grade's delay."""
    back = replace(clock, void_at=None, superseded_at=None)
    if anchor_at < clock.anchor_at:
        back = move_anchor(back, anchor_at, at=at)
    if back.breached_at is None and back.due_at <= at:
        back = replace(back, cause="graded_late", breached_at=back.due_at, started_at=at)
    return back


def void_clock(clock: ClockFacts, *, at: datetime) -> ClockFacts:
    """Dismissal, cancellation, a confirmed lower level: closed, and a breach before it stays a breach."""
    return replace(clock, void_at=at, breached_at=state_of(clock, at=at).breached_at) if clock.is_open else clock


def supersede_clock(clock: ClockFacts, *, at: datetime) -> ClockFacts:
    return replace(clock, superseded_at=at, breached_at=state_of(clock, at=at).breached_at) if clock.is_open else clock


def revive_clock(clock: ClockFacts) -> ClockFacts:
    """A dismissed matter opens again: its old clocks return with their old anchors."""
    return replace(clock, void_at=None)


@dataclass(frozen=True, slots=True)
class Merge:
    """`moved`: survivor's clocks, with an earlier start where the merged lead had one. `absorbed`: ids of the merged
    lead's clocks that end in them. `taken`: clocks of the merged lead that stay open, now on the survivor.
    """

    moved: tuple[ClockFacts, ...]
    absorbed: tuple[int, ...]
    taken: tuple[ClockFacts, ...]


def merge_clocks(
    survivor: Sequence[ClockFacts],
    merged: Sequence[ClockFacts],
    *,
    merged_first_post_at: datetime | None,
    at: datetime,
) -> Merge:
    """Open clocks of the survivor take the earlier anchor; closed ones are not recomputed.

    Where the survivor has no open clock of a kind, the merged lead's open one stays open on it: a release stops it
    only if published after that lead's first post, or if two people name it (`evidence.stops`).
    """
    moved: list[ClockFacts] = []
    absorbed: list[int] = []
    taken: list[ClockFacts] = []
    open_by_kind = {clock.kind: clock for clock in survivor if clock.is_open}
    for clock in merged:
        if not clock.is_open:
            continue
        own = open_by_kind.get(clock.kind)
        if own is None:
            taken.append(replace(clock, merged=True, merged_first_post_at=merged_first_post_at))
            continue
        absorbed.append(clock.id)
        if clock.anchor_at < own.anchor_at:
            own = open_by_kind[clock.kind] = move_anchor(own, clock.anchor_at, at=at)
            moved = [m for m in moved if m.kind != own.kind]
            moved.append(own)
    return Merge(moved=tuple(moved), absorbed=tuple(absorbed), taken=tuple(taken))


@dataclass(frozen=True, slots=True)
class Published:
    """A checked release: its publishing time and kind (`outcome` = 处置结果 ends the series)."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class FollowupRound:
    """One round of continuous release: from a release to the next. `met_at` None = still owed."""

    number: int
    anchor_at: datetime
    due_at: datetime
    minutes: int
    met_at: datetime | None


def followups(releases: Iterable[Published], policy: PolicyPack) -> tuple[FollowupRound, ...]:
    """The rounds of continuous release after the first one: 6 h each until 24 h after the first, then 24 h each.

    Ends with a release of kind 处置结果: no round begins with it, and it meets the one before.
    """
    rule = policy.followup
    ordered = sorted(releases, key=lambda r: (r.at, r.kind in rule.ends_with))
    rounds: list[FollowupRound] = []
    for index, release in enumerate(ordered):
        if release.kind in rule.ends_with:
            break
        early = release.at - ordered[0].at < timedelta(hours=rule.first_hours)
        minutes = rule.first_minutes if early else rule.later_minutes
        following = ordered[index + 1].at if index + 1 < len(ordered) else None
        rounds.append(FollowupRound(index + 1, release.at, release.at + timedelta(minutes=minutes), minutes, following))
    return tuple(rounds)


def reopens(*, dismissed_level: int | None, dismissed_voices: int, level: int, voices: int, policy: PolicyPack) -> bool:
    """Whether a dismissed matter opens again: a graver level, or voices that at least doubled and grew by one."""
    if dismissed_level is not None and level < dismissed_level:
        return True
    rule = policy.dismissal
    return voices >= max(dismissed_voices * rule.reopen_voices_factor, dismissed_voices + rule.reopen_voices_more)
