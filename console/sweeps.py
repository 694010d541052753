"""The sweeps of `settings.SCHEDULE`: which are due, run one, keep what it left.

A sweep's task takes no arguments, reads the clock itself and returns what it did: a number of rows, or a sentence; 0,
"" or None means there was nothing to do. Doing it twice is harmless, so a restart simply runs it again.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils.module_loading import import_string

from console.journal import log
from office.models import SweepState
from office.pack.current import look_again
from office.turns import turn

Task = Callable[[], str | int | None]
# A sweep of this rhythm or faster that was really busy (seconds) looks again at once: there is more of the same.
EAGER = 1.0
BUSY = 0.1
# A sweep that fails waits a little longer each time, up to this many seconds, unless its own rhythm is slower.
LONGEST_WAIT = 15.0
# While nothing happens, the table of sweeps is written this often: the last run is shown, the disk stays quiet.
NOTE_EVERY = 10.0


class UnknownSweep(ValueError):
    """`--only` names neither a sweep nor a family; the text lists what there is."""


@dataclass(frozen=True)
class Sweep:
    """A line of the schedule. `every` in seconds; 0 = at every round of its process. `alone`: see office/turns.py."""

    name: str
    task: str
    every: float
    family: str
    queue: str = ""
    alone: bool = False

    @property
    def words(self) -> set[str]:
        """By what it can be chosen."""
        return {self.name, self.family, self.queue} - {""}

    def load(self) -> Task:
        """The task itself. Imported at its first run, so that a process carries only what its own sweeps need."""
        task: Task = import_string(self.task)
        return task


@dataclass(frozen=True)
class Outcome:
    """How one run of a sweep went. `did` is empty where there was nothing to do; `error` names the exception."""

    name: str
    did: str
    error: str
    seconds: float

    @property
    def worth_noting(self) -> bool:
        return bool(self.did or self.error)


def schedule(lines: Iterable[Mapping[str, Any]], *, every: float | None = None) -> list[Sweep]:
    """The sweeps in their order; `every` puts all of them on one rhythm (a rehearsal's)."""
    return [
        Sweep(
            line["name"],
            line["task"],
            float(line["every"]) if every is None else every,
            line["family"],
            line.get("queue", ""),
            line["name"] in settings.ALONE,
        )
        for line in lines
    ]


def choose(sweeps: Iterable[Sweep], only: str) -> list[Sweep]:
    """Those named in `only` (names, families and queues, separated by commas), all where it is empty."""
    all_sweeps = list(sweeps)
    wanted = {part.strip() for part in only.split(",") if part.strip()}
    known = {word for sweep in all_sweeps for word in sweep.words}
    if unknown := sorted(wanted - known):
        raise UnknownSweep(f"没有名为 {'、'.join(unknown)} 的步骤；可选：{'、'.join(sorted(known))}")
    return [sweep for sweep in all_sweeps if not wanted or sweep.words & wanted]


def run_sweep(sweep: Sweep, *, told: str = "") -> Outcome:
    """Run one task. Whatever it raises is written to the log and the outcome, and stops no other sweep.

    `told`: the fault of the run before; the same again is logged without its trace.
    """
    started = time.monotonic()
    try:
        look_again()  # one sweep sees one pack
        with turn(sweep.name) if sweep.alone else nullcontext(True) as ours:
            did = sweep.load()() if ours else None
    except Exception as error:  # the border of a sweep: any fault of one may not stop the others
        fault = f"{type(error).__name__}: {error}"[:500]
        log("sweep_failed", level="error", error=error if fault != told else None, sweep=sweep.name, fault=fault)
        close_old_connections()
        return Outcome(sweep.name, "", fault, time.monotonic() - started)
    outcome = Outcome(sweep.name, str(did) if did else "", "", time.monotonic() - started)
    if outcome.did:
        log("sweep", sweep=sweep.name, did=outcome.did, ms=round(outcome.seconds * 1000))
    return outcome


def has_more(sweep: Sweep, outcome: Outcome) -> bool:
    """Whether it is to look again at once: a fast sweep that was really busy leaves more of the same behind."""
    return bool(outcome.did and outcome.seconds >= BUSY and sweep.every <= EAGER)


def note(outcomes: Iterable[Outcome], *, at: datetime) -> None:
    """Keep what the sweeps left (`SweepState`): the last run, the last line that said something, the last error.

    A locked or full database is logged; the next note makes up for it.
    """
    batches: dict[tuple[str, ...], list[SweepState]] = {}
    for outcome in outcomes:
        row = SweepState(name=outcome.name, started_at=at - timedelta(seconds=outcome.seconds), ended_at=at)
        row.line, row.error, row.error_at = outcome.did, outcome.error, at if outcome.error else None
        news: tuple[str, ...] = ("error", "error_at") if outcome.error else ("line",) if outcome.did else ()
        batches.setdefault(news, []).append(row)
    try:
        for news, rows in batches.items():
            SweepState.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["name"],
                update_fields=["started_at", "ended_at", *news],
            )
    except DatabaseError as error:
        log("sweeps_not_noted", level="error", error=error)
        close_old_connections()


def due_by_rows(sweeps: Iterable[Sweep], *, at: datetime) -> list[Sweep]:
    """The sweeps whose last start, as kept in the database, lies their rhythm or longer behind."""
    started = dict(SweepState.objects.values_list("name", "started_at"))
    return [
        sweep
        for sweep in sweeps
        if (last := started.get(sweep.name)) is None or last > at or (at - last).total_seconds() >= sweep.every
    ]


class Noting:
    """Which outcomes of one process are written down when."""

    def __init__(self) -> None:
        self._noted = float("-inf")
        self._last: dict[str, Outcome] = {}

    def take(self, outcomes: Iterable[Outcome], *, moment: float) -> list[Outcome]:
        """The outcomes to write now: news at once, the rest every ten seconds."""
        for outcome in outcomes:
            held = self._last.get(outcome.name)
            if outcome.worth_noting or held is None or not held.worth_noting:
                self._last[outcome.name] = outcome
        news = any(outcome.worth_noting for outcome in self._last.values())
        if not self._last or (moment - self._noted < (1.0 if news else NOTE_EVERY)):
            return []
        ready = list(self._last.values())
        self._last.clear()
        self._noted = moment
        return ready


class Round:
    """The rhythm of one process that runs sweeps for ever. Monotonic time: a jump of the wall clock moves nothing."""

    def __init__(self, sweeps: Iterable[Sweep]) -> None:
        self._sweeps = list(sweeps)
        self._next = {sweep.name: 0.0 for sweep in self._sweeps}
        self._faults: dict[str, tuple[int, str]] = {}
        self._noting = Noting()

    def run_due(self, *, moment: Callable[[], float], before: Callable[[str], bool]) -> list[Outcome]:
        """Run what is due, in order. `before(name)` is called before each and may end the round by returning False."""
        outcomes = []
        for sweep in self._sweeps:
            start = moment()
            if self._next[sweep.name] > start:
                continue
            if not before(sweep.name):
                break
            outcome = run_sweep(sweep, told=self._faults.get(sweep.name, (0, ""))[1])
            self._next[sweep.name] = start + self._wait(sweep, outcome)
            outcomes.append(outcome)
        return outcomes

    def _wait(self, sweep: Sweep, outcome: Outcome) -> float:
        if outcome.error:
            times = self._faults.get(sweep.name, (0, ""))[0] + 1
            self._faults[sweep.name] = (times, outcome.error)
            return max(sweep.every, min(2.0**times, LONGEST_WAIT))
        self._faults.pop(sweep.name, None)
        return 0.0 if has_more(sweep, outcome) else sweep.every

    def to_note(self, outcomes: Iterable[Outcome], *, moment: float) -> list[Outcome]:
        """The outcomes to write now: news at once, the rest every ten seconds."""
        return self._noting.take(outcomes, moment=moment)

    def pause(self, *, moment: float, shortest: float = 0.02) -> float:
        """Seconds until the next sweep is due."""
        rhythm = [due for sweep in self._sweeps if (due := self._next[sweep.name]) and sweep.every > 0]
        return max(shortest, min(rhythm, default=moment + EAGER) - moment)
