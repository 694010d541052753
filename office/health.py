"""How the service is: the figures behind `/healthz`. Pure over rows handed in, but for the sweeps."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from office.models import SweepState

# Seconds without a round after which a family counts as standing still. A reading round may wait for spiders.
LATE = {"clock": 90.0, "reading": 900.0}
AHEAD = timedelta(seconds=30)  # a round that ended later than this from now was dated by a clock set back since


@dataclass(frozen=True)
class SourceHealth:
    """A source with its last success; `state` is the register's word for it."""

    key: str
    state: str
    last_success_at: datetime | None


@dataclass(frozen=True)
class Queue:
    """Notices that wait to be sent, and since when the oldest of them waits."""

    waiting: int
    oldest_at: datetime | None
    failed: int = 0


@dataclass(frozen=True)
class FamilyHealth:
    """A family of sweeps: age of its last round in seconds (None: never), and the sweeps whose last run failed."""

    last_tick_age: float | None
    ok: bool
    failing: tuple[str, ...]


def families(sweeps: Iterable[Mapping[str, Any]], *, at: datetime) -> dict[str, FamilyHealth]:
    """Per family of `settings.SCHEDULE`, from what the sweeps left in the database."""
    rows = {row.name: row for row in SweepState.objects.all()}
    answer: dict[str, FamilyHealth] = {}
    by_family: dict[str, list[str]] = {}
    for sweep in sweeps:
        by_family.setdefault(str(sweep["family"]), []).append(str(sweep["name"]))
    for family, names in by_family.items():
        here = [rows[name] for name in names if name in rows]
        ends = [row.ended_at for row in here if row.ended_at and row.ended_at <= at + AHEAD]
        age = round(max(0.0, (at - max(ends)).total_seconds()), 1) if ends else None
        failing = tuple(row.name for row in here if row.error_at and row.ended_at and row.error_at >= row.ended_at)
        answer[family] = FamilyHealth(
            last_tick_age=age, ok=age is not None and age <= LATE.get(family, 90.0), failing=failing
        )
    return answer


def health(
    sweeps: Iterable[Mapping[str, Any]], *, sources: Iterable[SourceHealth], queue: Queue, at: datetime, **more: Any
) -> dict[str, Any]:
    """The answer of `/healthz`, ready for JSON: `{"ok", "at", "web", "ticks", "sources", "notices"}`.

    `more`: further figures by name, ready for JSON (`backup`). `ok` is false when a family stands still; a source that
    is down or a mail server that refuses does not make the service itself unwell. Times are ISO 8601 with offset, ages
    are seconds.
    """
    ticks = families(sweeps, at=at)
    return {
        "ok": all(family.ok for family in ticks.values()),
        "at": at.isoformat(timespec="seconds"),
        "web": "ok",
        "ticks": {name: asdict(family) for name, family in ticks.items()},
        "sources": {
            source.key: {
                "state": source.state,
                "last_success_at": source.last_success_at.isoformat(timespec="seconds")
                if source.last_success_at
                else None,
            }
            for source in sources
        },
        "notices": {
            "waiting": queue.waiting,
            "oldest_age": round(max(0.0, (at - queue.oldest_at).total_seconds()), 1) if queue.oldest_at else None,
            "failed": queue.failed,
        },
        **more,
    }
