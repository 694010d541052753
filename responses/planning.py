"""发布会倒排: a press conference planned back from its start, as one line down to the limit. Pure.

It changes no clock: only a conference that was held, with evidence, does (rules.md 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SOON = 60  # minutes left from which the next step is urgent, as the board counts 一小时内到期
DONE, LATE, NEXT, AHEAD, START, LIMIT = "done", "late", "next", "ahead", "start", "limit"


@dataclass(frozen=True)
class Step:
    """One step as it stands. `minutes_before`: the planned start; negative = after it."""

    key: str
    name: str
    minutes_before: int
    who: str = ""
    done_at: datetime | None = None
    done_by: str = ""


@dataclass(frozen=True)
class Stop:
    """One line of the plan. `state`: done, late (due and not done), next (due next), ahead, start, limit.

    `left`: minutes until it is due, negative when over; of the limit: from the start to the limit.
    """

    state: str
    due_at: datetime
    name: str
    who: str
    left: int
    step: Step | None = None

    @property
    def soon(self) -> bool:
        return self.state == NEXT and self.left <= SOON


def due(planned_at: datetime, minutes_before: int) -> datetime:
    return planned_at - timedelta(minutes=minutes_before)


def stops(
    steps: Sequence[Step], *, planned_at: datetime, held_at: datetime | None, place: str, limit: datetime | None,
    at: datetime,
) -> list[Stop]:  # fmt: skip
    """Steps, start and limit by time. Of the steps still to do, the one due first is `next`, as is the start."""
    start = held_at or planned_at
    ahead = [due(planned_at, step.minutes_before) for step in steps if step.done_at is None]
    ahead += [planned_at] if held_at is None else []
    nearest = min((moment for moment in ahead if moment > at), default=None)
    found = []
    for step in steps:
        moment = due(planned_at, step.minutes_before)
        state = _state(moment, done=step.done_at is not None, nearest=nearest, at=at)
        found.append(Stop(state, moment, step.name, step.who, _minutes(moment - at), step))
    found.append(Stop(START, start, "开始", place, _minutes(start - at)))
    if limit is not None:
        found.append(Stop(LIMIT, limit, "时限", "", _minutes(limit - start)))
    order = {START: 1, LIMIT: 2}
    return sorted(found, key=lambda stop: (stop.due_at, order.get(stop.state, 0)))


def _state(moment: datetime, *, done: bool, nearest: datetime | None, at: datetime) -> str:
    if done:
        return DONE
    if moment <= at:
        return LATE
    return NEXT if moment == nearest else AHEAD


def _minutes(span: timedelta) -> int:
    """Whole minutes, towards zero."""
    return int(span.total_seconds() / 60)


def offered_start(*, limit: datetime | None, margin_hours: float, at: datetime) -> datetime | None:
    """A start to begin with: so long before the limit, at a full half hour; None where that is not ahead any more."""
    if limit is None:
        return None
    wanted = limit - timedelta(hours=margin_hours)
    wanted -= timedelta(minutes=wanted.minute % 30, seconds=wanted.second, microseconds=wanted.microsecond)
    return wanted if wanted > at else None
