"""Retention at work: a little in every minute until a pass is through, once a day; at once at the command line.

`retention_pass` (OfficeState) is a pass under way: {begun, kind, cursor, removed, kept}; `retention_done` the last one
that was through. Killed anywhere it goes on behind its last slice: each slice is one transaction.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from console.retention.kinds import KINDS, Kind, kinds_of
from console.retention.slices import START, Due
from office import trail
from office.pack.current import current_pack
from office.state import get_state, set_state

PASS, DONE = "retention_pass", "retention_done"
EVERY = timedelta(hours=20)  # between the end of a pass and the next: one a day
BUDGET = 1.0  # seconds of one sweep, most of them rest; a big backlog takes hours, and nobody waits for it
# Times a slice's own time: who wants to write between two slices gets the lock. Also where the processor is short; the
# command is not put behind others (nice), for it would be put aside with the lock in its hand.
REST = 3
SHORTEST_REST = 0.02


@dataclass(frozen=True)
class Line:
    """What a kind has that is past its time (a dry run). `days`: how long it is kept."""

    kind: Kind
    days: int
    due: Due


def limit_of(kind: Kind, at: datetime) -> datetime:
    """Before it, things of this kind are past their time."""
    return at - timedelta(days=kind.days(current_pack().policy.retention))


def preview(*, at: datetime) -> Iterator[Line]:
    """What a pass would remove now; nothing is changed."""
    rule = current_pack().policy.retention
    kinds = (kind for kind in kinds_of(rule) if kind.counted)
    return (Line(kind, kind.days(rule), kind.count(limit_of(kind, at))) for kind in kinds)


def sweep(*, at: datetime, seconds: float = BUDGET) -> str:
    """One minute's share. A sentence when a pass is through and removed something, else nothing."""
    if settings.DRILL or settings.REPLAY:
        return ""
    state = get_state(PASS)
    if not isinstance(state, dict):
        done = get_state(DONE)
        # a pass dated in the future was made by a clock that has been put right since
        if isinstance(done, dict) and timedelta(0) <= at - datetime.fromisoformat(done["at"]) < EVERY:
            return ""
    return clean(at=at, seconds=seconds)


def clean(*, at: datetime, seconds: float | None = None, told: Callable[[str, int], object] | None = None) -> str:
    """Go on with the pass under way, or begin one; at most `seconds` (None: to its end). `told`: kind and removed.

    Returns the pass in words where it is through and something went.
    """
    until = None if seconds is None else time.monotonic() + seconds
    state = get_state(PASS)
    if not isinstance(state, dict):
        state = {"begun": at.isoformat(), "kind": "", "cursor": START, "removed": {}, "kept": {}}
    begun = min(at, datetime.fromisoformat(state["begun"]))  # never by a clock that has been put back since
    kinds = kinds_of(current_pack().policy.retention)
    names = [kind.key for kind in kinds]
    for kind in kinds[names.index(state["kind"]) :] if state["kind"] in names else kinds:
        state |= {"kind": kind.key} if state["kind"] == kind.key else {"kind": kind.key, "cursor": START}
        while state["cursor"] is not None:
            if until is not None and time.monotonic() >= until:
                set_state(PASS, state, by=None, at=at)
                return ""
            _slice(kind, state, limit=limit_of(kind, begun))
            if told is not None:
                told(kind.name, state["removed"].get(kind.key, 0))
    return _finish(state, at=at)


def _slice(kind: Kind, state: dict[str, Any], *, limit: datetime) -> None:
    """One slice, then a rest in which others may write."""
    started = time.monotonic()
    taken = kind.take(limit, state["cursor"])
    state["cursor"] = taken.after
    for name, count in (("removed", taken.removed), ("kept", taken.kept)):
        if count:
            state[name][kind.key] = state[name].get(kind.key, 0) + count
    if taken.removed or taken.kept:
        time.sleep(max(SHORTEST_REST, REST * (time.monotonic() - started)))


def _finish(state: dict[str, Any], *, at: datetime) -> str:
    """Keep the report; where something went, it stands on the trail."""
    report = {"at": at.isoformat(), "begun": state["begun"], "removed": state["removed"], "kept": state["kept"]}
    words = in_words(report)
    if state["removed"]:
        report["rule"] = current_pack().policy.version
        trail.record(
            by=None,
            kind="retention.done",
            at=at,
            object_kind="retention",
            object_id=state["begun"][:10],
            text=f"按保存期限清理：{words}",
            data=report,
        )
        set_state("retention_removed", report, by=None, at=at)
    set_state(DONE, report, by=None, at=at)
    set_state(PASS, False, by=None, at=at)
    return f"清理完 {words}" if state["removed"] else ""


def in_words(report: dict[str, Any]) -> str:
    """`原帖 1200 条、采集记录 300 条`; of what went."""
    names = {kind.key: (kind.name.partition("（")[0], kind.unit) for kind in KINDS}
    told = [f"{names[key][0]} {count} {names[key][1]}" for key, count in report["removed"].items() if key in names]
    return "、".join(told) or "没有到期的"
