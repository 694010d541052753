"""Where a clock starts (rules.md 4): the candidates, the chain that chooses, and when an event time may be believed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from office.pack.policy import AnchorKind, ClockKind, ClockRule, PolicyPack

NAMES: dict[AnchorKind, str] = {
    "event": "事发时间",
    "first_public": "首条公开帖文",
    "line_met": "达到提示标准的帖文",
    "detected": "发现时间",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A moment a clock might start at, with where it is known from.

    `level`: of the line met; on an event time or a first public post: that it is of the event of level I-II.
    `tells_event`: a first public post that tells of the event itself
    and not just of the matter. `emergency`: an event time told by a post with an emergency reading, or entered by a
    person. `pending`: 待核, shown and moving nothing. `not_before`: the post is dated by day only (不早于).
    """

    kind: AnchorKind
    at: datetime
    source: str = ""
    precision: str = "minute"
    post_id: int | None = None
    level: int | None = None
    tells_event: bool = False
    emergency: bool = True
    pending: bool = False
    not_before: bool = False


@dataclass(frozen=True, slots=True)
class ChosenAnchor:
    """The start of a clock, the sentence that says why, every candidate kept, and the time lost before detection."""

    kind: AnchorKind
    at: datetime
    reason: str
    candidate: Candidate
    candidates: tuple[Candidate, ...]
    lost: timedelta


@dataclass(frozen=True, slots=True)
class ToldTime:
    """An event time as one post tells it. `post_at`: earlier end of the post's time; `voice`: whose voice it is."""

    post_id: int
    post_at: datetime
    voice_kind: str
    voice: str
    occurred_at: datetime
    precision: str
    post_day_only: bool = False
    emergency: bool = True


def chain_for(rule: ClockRule, policy: PolicyPack, *, emergency: bool) -> tuple[AnchorKind, ...]:
    """The order in which candidates are asked for one clock of a matter that is an emergency, or is not."""
    if rule.kind == "response":
        chains: dict[str, tuple[AnchorKind, ...]] = {
            "line_met": rule.anchor,
            "first_public": ("event", "first_public", "detected"),
            "detected": ("event", "detected"),
        }
        return chains[policy.response_anchor]
    return rule.anchor if emergency or not rule.anchor_by_figures else rule.anchor_by_figures


def choose_anchor(
    kind: ClockKind,
    candidates: Iterable[Candidate],
    policy: PolicyPack,
    *,
    emergency: bool,
    rule: ClockRule | None = None,
) -> ChosenAnchor:
    """The start of a clock of this kind by its chain. Raises ValueError where not even a detection is known.

    Of one kind the earliest counts that is not 待核. The 5 h and 24 h clocks by figures start with the line of level
    I-II, the 48 h clock with the first line of any level. An emergency's first public post is the first that tells of
    the event; where no post is marked so, the first of all. Where the event of level I-II is told apart from what was
    told before it, 5 h and 24 h know no other.
    """
    known = tuple(sorted(candidates, key=lambda c: (c.at, c.kind, c.post_id or 0)))
    if rule is None:
        rule = next(r for r in policy.clocks if r.kind == kind)
    legal = kind in ("first_release", "press_conference")
    told_apart = legal and any(_of_grave_event(c) for c in known)
    detected = min((c.at for c in known if c.kind == "detected"), default=None)
    for wanted in chain_for(rule, policy, emergency=emergency):
        usable = [c for c in known if c.kind == wanted and not c.pending and _counts(c, kind)]
        if told_apart and wanted in ("event", "first_public"):
            usable = [c for c in usable if _of_grave_event(c)]
        if wanted == "line_met" and legal:
            usable = [c for c in usable if c.level is None or c.level <= 2] or usable
        if wanted == "first_public" and emergency:
            usable = [c for c in usable if c.tells_event] or usable
        if usable:
            first = usable[0]
            lost = max((detected or first.at) - first.at, timedelta(0))
            return ChosenAnchor(wanted, first.at, _reason(first), first, known, lost)
    raise ValueError("no anchor: a detection time is always known")


def _of_grave_event(candidate: Candidate) -> bool:
    return candidate.kind in ("event", "first_public") and candidate.level is not None and not candidate.pending


def _counts(candidate: Candidate, kind: ClockKind) -> bool:
    # For the 48 h clock an event time counts only where the post has an emergency reading.
    return candidate.kind != "event" or kind != "response" or candidate.emergency


def _reason(candidate: Candidate) -> str:
    words = f"自{NAMES[candidate.kind]}起算"
    if candidate.not_before:
        words += "（帖文只有日期，不早于此时）"
    return f"{words}：{candidate.source}" if candidate.source else words


def event_times(
    told: Sequence[ToldTime], *, opened_by: int | None, policy: PolicyPack
) -> tuple[Candidate | None, tuple[Candidate, ...]]:
    """The event time the machine may believe, and those it shows as 待核 (earliest first).

    One counts only if told to the hour or better and within 72 h before its post. Where they differ by more than
    30 min: the earliest told by two voices or by one media or official post, else that of the opening post.
    """
    rule = policy.event_time
    spread = timedelta(minutes=rule.disagreement_minutes)
    usable = sorted((t for t in told if _believable(t, policy)), key=lambda t: (t.occurred_at, t.post_id))
    chosen: ToldTime | None = None
    if usable and usable[-1].occurred_at - usable[0].occurred_at <= spread:
        chosen = usable[0]
    elif usable:
        chosen = next((t for t in usable if _confirmed(t, usable, spread, rule.voices_agreeing)), None)
        if chosen is None:
            chosen = next((t for t in usable if t.post_id == opened_by), None)
    agreeing = [t for t in usable if chosen is not None and abs(t.occurred_at - chosen.occurred_at) <= spread]
    pending = sorted((t for t in told if t not in agreeing), key=lambda t: (t.occurred_at, t.post_id))
    return (
        _event(chosen, pending=False) if chosen is not None else None,
        tuple(_event(t, pending=True) for t in pending),
    )


def _believable(told: ToldTime, policy: PolicyPack) -> bool:
    rule = policy.event_time
    if told.precision not in rule.precisions or told.voice_kind == "own":
        return False
    # A post dated by its day alone may have been written at any moment of that day.
    latest = told.post_at + timedelta(days=1) if told.post_day_only else told.post_at
    return told.post_at - timedelta(hours=rule.before_post_hours) <= told.occurred_at <= latest


def _confirmed(told: ToldTime, usable: Sequence[ToldTime], spread: timedelta, voices: int) -> bool:
    if told.voice_kind in ("media", "official"):
        return True
    near = [t for t in usable if abs(t.occurred_at - told.occurred_at) <= spread]
    return len({t.voice for t in near}) >= voices


def _event(told: ToldTime, *, pending: bool) -> Candidate:
    return Candidate(
        kind="event",
        at=told.occurred_at,
        source="帖文所述" + ("，待核" if pending else ""),
        precision=told.precision,
        post_id=told.post_id,
        emergency=told.emergency,
        pending=pending,
    )


class AnchorMove(StrEnum):
    """What may happen to an anchor that is to be changed."""

    MOVE = "move"  # at once
    SUGGEST = "suggest"  # shown; a person takes it with one click
    SECOND_PERSON = "second_person"  # only by two people and with a source
    NONE = "none"


def anchor_move(*, current: datetime, proposed: datetime, confirmed: bool, by_machine: bool) -> AnchorMove:
    """Earlier moves easily, later only by two people (rules.md 4)."""
    if proposed == current:
        return AnchorMove.NONE
    if proposed > current:
        return AnchorMove.NONE if by_machine else AnchorMove.SECOND_PERSON
    return AnchorMove.SUGGEST if confirmed and by_machine else AnchorMove.MOVE


def earliest_possible(day_start: datetime, last_visit_without: datetime | None) -> datetime:
    """Earlier end of a post dated by day only: 00:00 of that day, or the last visit that did not show it if later."""
    return max(day_start, last_visit_without) if last_visit_without is not None else day_start
