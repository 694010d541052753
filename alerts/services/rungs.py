"""The ladder as rows: rungs that are due fire once, silence goes one step up, a due moment becomes a breach."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from django.conf import settings
from django.db import OperationalError, transaction

from alerts import ladder
from alerts.deadlines import state_of
from alerts.ladder import FiredRung, LadderClock, RungMoment
from alerts.models import Clock, Rung
from alerts.queries.last_rungs import last_rungs
from alerts.queries.roster import People
from alerts.services.clock_rows import facts_of
from alerts.services.notices import Telling, tell_all
from alerts.services.speaking import UNSAID, ladder_clock, notice_bodies, telling
from office.pack.current import current_pack
from office.pack.policy import PolicyPack
from office.statements import Change, PreparedRows, add_many, change_many, fetch

FRESH = timedelta(minutes=2)  # a rung found this soon after its moment is told as itself, later as one that lay behind
MOST = 5000  # clocks and silences one sweep looks at; more are a matter of the next, seconds later
TOGETHER = 350  # written in one transaction: other writers wait some tenths of a second at most
_EPSILON = timedelta(microseconds=1)
Row = TypeVar("Row")


@lru_cache(maxsize=4)
def _due_clocks(limit: int) -> PreparedRows[Clock]:
    """Clocks with a rung whose moment has come, with their matters."""
    due = Clock.objects.filter(closed_at=None, matter__open=True).select_related("matter").defer(*UNSAID)
    return PreparedRows(lambda at: due.filter(next_rung_at__lte=at).order_by("next_rung_at", "pk")[:limit], at=datetime)


OPEN = "closed_at IS NULL"  # what another process has closed stays as that one left it
_CLAIM_REPEATS = (
    f"UPDATE {Rung._meta.db_table} SET repeats=repeats+1, next_repeat_at=NULL"
    " WHERE id IN ({keys}) AND repeats=%s AND acknowledged_at IS NULL AND next_repeat_at IS NOT NULL RETURNING id"
)


@dataclass(slots=True)
class _Climb:
    """A clock on its way up: what the ladder sees, the rungs that lie behind it, those of them that fire now."""

    clock: Clock
    facts: LadderClock
    missed: list[RungMoment] = field(default_factory=list)
    fired: list[tuple[RungMoment, Rung]] = field(default_factory=list)


def fire_rungs(*, at: datetime, limit: int = MOST) -> int:
    """Fire every rung whose moment has come; returns how many. Two sweeps at once fire each rung once (unique key)."""
    clocks = _due_clocks(limit)(at=at)
    if not clocks:
        return 0
    people = People(at=at)
    policy = current_pack().policy
    return _all(clocks, lambda some: _climb(some, people=people, policy=policy, at=at))


def _all(rows: Sequence[Row], work: Callable[[Sequence[Row]], int]) -> int:
    """The sum of `work` over all rows, many in one transaction. One row's fault silences no other.

    A part with a fault is done again row by row; the first fault is raised when all had their turn. A locked or full
    database is no row's fault and ends the round at once.
    """
    total, faults = 0, []
    parts = deque(rows[first : first + TOGETHER] for first in range(0, len(rows), TOGETHER))
    while parts:
        part = parts.popleft()
        try:
            total += work(part)
        except OperationalError:
            raise
        except Exception as error:  # raised below, so that the sweep counts as failed and nothing is swallowed
            if len(part) == 1:
                faults.append(error)
            else:
                parts.extendleft([row] for row in reversed(part))
    if faults:
        raise faults[0]
    return total


def _climb(clocks: Sequence[Clock], *, people: People, policy: PolicyPack, at: datetime) -> int:
    climbs = [_Climb(clock, ladder_clock(clock, policy)) for clock in clocks]
    last = last_rungs({climb.clock.pk: ladder.rung_key(climb.facts, "") for climb in climbs})
    for climb in climbs:
        after = last.get(climb.clock.pk, climb.clock.anchor_at - _EPSILON)
        climb.missed = [rung for rung in ladder.rungs_between(climb.facts, after, at, policy) if _kept(rung)]
    with transaction.atomic():
        _record(climbs, policy=policy, at=at)
        _speak([climb for climb in climbs if climb.fired], people=people, policy=policy, at=at)
        _mark_breaches(clocks, at=at)
        _wait(climbs, policy=policy, at=at)
    return sum(len(climb.fired) for climb in climbs)


def _kept(rung: RungMoment) -> bool:
    """In a replay nobody acts: rings past due are a count on the clock, not rows (rules.md 7)."""
    return not (settings.REPLAY and rung.name.startswith("after-"))


def _record(climbs: Sequence[_Climb], *, policy: PolicyPack, at: datetime) -> None:
    """The rows of the rungs that fire now; those that have fired before are left out."""
    rungs = [
        Rung(
            key=rung.key,
            clock_id=climb.clock.pk,
            matter_id=climb.clock.matter_id,
            name=rung.name.split("-")[0] if rung.name.startswith("check") else rung.name,
            due_at=rung.due_at,
            fired_at=at,
            step=ladder.start_roles(climb.facts, rung, policy)[0],
            sentence=ladder.rung_sentence(climb.facts, rung),
        )
        for climb in climbs
        for rung in climb.missed
    ]
    made = {row.key: row for row in add_many(rungs, by=("key",))}
    for climb in climbs:
        climb.fired = [(rung, made[rung.key]) for rung in climb.missed if rung.key in made]


def _speak(climbs: Sequence[_Climb], *, people: People, policy: PolicyPack, at: datetime) -> None:
    if not climbs:
        return
    bodies = notice_bodies([climb.clock.matter for climb in climbs], at=at)
    told = [
        _telling(climb, body=bodies[climb.clock.matter_id], people=people, policy=policy, at=at) for climb in climbs
    ]
    if not settings.REPLAY:
        # Only the newest rung of a clock waits for a person: older ones are answered by the same act.
        clocks = [climb.clock.pk for climb in climbs]
        quieted = Rung.objects.filter(clock_id__in=clocks, acknowledged_at=None, next_repeat_at__isnull=False)
        quieted.update(next_repeat_at=None)
        change_many(Rung, [_waits(climb, one.title, policy) for climb, one in zip(climbs, told, strict=True)])
    tell_all(told, at=at)


def _telling(climb: _Climb, *, body: str, people: People, policy: PolicyPack, at: datetime) -> Telling:
    """One rung speaks for itself; several, or one found long after its moment, are told in one message."""
    last, rung = climb.fired[-1]
    rows = ladder.notices(climb.facts, last, people.roster(climb.clock.matter), policy)
    sentence = rows[0].sentence if rows else ladder.rung_sentence(climb.facts, last)
    event = last.key
    if len(climb.fired) > 1 or at - last.due_at > FRESH:
        missed = ladder.behind(climb.facts, at, policy, after=climb.fired[0][0].due_at - _EPSILON)
        if missed is not None:
            sentence, event = missed.sentence, missed.event
    return telling(climb.clock, rung, rows, sentence=sentence, event=event, body=body, people=people)


def _waits(climb: _Climb, sentence: str, policy: PolicyPack) -> Change:
    """The newest rung says what was told, and when it goes one step up."""
    last, rung = climb.fired[-1]
    waits = ladder.next_repeat_at(FiredRung(last, rung.fired_at, rung.step), climb.facts, policy)
    return rung.pk, {"next_repeat_at": waits, "sentence": sentence}, {}


def _mark_breaches(clocks: Sequence[Clock], *, at: datetime) -> None:
    changes: list[Change] = []
    for clock in clocks:
        if clock.due_at <= at and clock.status in (Clock.Status.PROVISIONAL, Clock.Status.RUNNING):
            state = state_of(facts_of(clock), at=at)
            breach = {
                "status": state.status,
                "cause": state.cause,
                "breached_at": state.breached_at,
                "breached_provisional": state.breached_provisional,
                "breach_withdrawn_at": state.breach_withdrawn_at,
                "entered_late": state.entered_late,
            }
            changes.append((clock.pk, breach, {"status": clock.status, "due_at": clock.due_at}))
    change_many(Clock, changes, only=OPEN)


def _wait(climbs: Sequence[_Climb], *, policy: PolicyPack, at: datetime) -> None:
    changes: list[Change] = []
    for climb in climbs:
        upcoming = ladder.next_rung_at(climb.facts, at, policy)
        if settings.REPLAY and at >= climb.clock.due_at:
            upcoming = None
        changes.append((climb.clock.pk, {"next_rung_at": upcoming}, {"next_rung_at": climb.clock.next_rung_at}))
    change_many(Clock, changes, only=OPEN)


def repeat_rungs(*, at: datetime, limit: int = MOST) -> int:
    """Rungs nobody has acknowledged go one step up the chain, each repeat an event of its own."""
    waiting = Rung.objects.filter(acknowledged_at=None, next_repeat_at__lte=at, matter__open=True)
    rungs = list(waiting.select_related("clock__matter").order_by("next_repeat_at", "pk")[:limit])
    if not rungs:
        return 0
    people = People(at=at)
    policy = current_pack().policy
    return _all(rungs, lambda some: _repeat(some, people=people, policy=policy, at=at))


def _repeat(rungs: Sequence[Rung], *, people: People, policy: PolicyPack, at: datetime) -> int:
    over = [rung.pk for rung in rungs if rung.clock is None or not rung.clock.is_open]
    if over:
        Rung.objects.filter(pk__in=over).update(next_repeat_at=None)
    silent = {rung.pk: (rung, rung.clock) for rung in rungs if rung.clock is not None and rung.clock.is_open}
    with transaction.atomic():
        claimed = _claim_repeats([rung for rung, _ in silent.values()])
        going = [pair for pk, pair in silent.items() if pk in claimed]
        bodies = notice_bodies([clock.matter for _, clock in going], at=at)
        told: list[Telling] = []
        next_steps: list[Change] = []
        for rung, clock in going:
            facts = ladder_clock(clock, policy)
            moment = RungMoment(rung.key, rung.name, rung.due_at)
            rows = ladder.repeat(
                FiredRung(moment, rung.fired_at, rung.step, rung.repeats), facts, people.roster(clock.matter), policy
            )
            following = FiredRung(moment, rung.fired_at, rung.step, rung.repeats + 1)
            next_steps.append((rung.pk, {"next_repeat_at": ladder.next_repeat_at(following, facts, policy)}, {}))
            if rows:
                waited = ladder.span(at - rung.fired_at)
                sentence = f"{rung.sentence}（第 {rung.repeats + 1} 次催办，{waited}无人确认）"
                body = bodies[clock.matter_id]
                event = rows[0].event
                told.append(telling(clock, rung, rows, sentence=sentence, event=event, body=body, people=people))
        change_many(Rung, next_steps)
        tell_all(told, at=at)
    return len(told)


def _claim_repeats(rungs: Sequence[Rung]) -> set[int]:
    """Count one repeat more on each rung that still waits and that no other sweep has repeated; returns their keys."""
    by_repeats: dict[int, list[int]] = {}
    for rung in rungs:
        by_repeats.setdefault(rung.repeats, []).append(rung.pk)
    claimed: set[int] = set()
    for repeats, keys in by_repeats.items():
        claim = _CLAIM_REPEATS.format(keys=",".join(["%s"] * len(keys)))
        claimed |= {int(key) for (key,) in fetch(claim, [*keys, repeats])}
    return claimed
