"""What the sweeps are in a rehearsal's own processes, whichever run them: its player, a tick, a worker, a beat.

Standard library only: the settings read it.
"""

from collections.abc import Iterable
from typing import Any

TICK = 0.5  # real seconds at most between two runs of a sweep (rules.md 12): its time runs hundreds of times as fast
# What is slower in service is waited for by nobody in the story, or has nothing to do there.
SELDOM, SELDOM_FROM = 10.0, 60.0
# The scenario says when to crawl; the others belong to the real service.
NOT_HERE = frozenset({"crawl", "time", "drills"})


def rehearsed(schedule: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sweeps of a rehearsal, each at its tick."""
    return [line | {"every": _every(line["every"])} for line in schedule if line["name"] not in NOT_HERE]


def _every(seconds: float) -> float:
    return SELDOM if seconds >= SELDOM_FROM else min(seconds, TICK)
