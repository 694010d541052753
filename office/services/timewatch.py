"""Watching the wall clock: what `office.timejump` says is kept, put on the trail, and holds sending (rules.md 9)."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from office import trail
from office.errors import Refused
from office.models import Trail, TrailText, User
from office.roles import Act
from office.services.acts import require
from office.state import get_state, set_state
from office.timejump import Hold, Jump, Reading, jump_between, weigh

HOLD = "sending_hold"
SEEN = "clock_seen"
KEEP_EVERY = 60.0  # seconds between writes of an undisturbed reading
JUMP = "clock.jump"
SETTLING = timedelta(days=1)  # after a jump, for people to look at the clock before anything is removed by its age
SET_BY_HAND = 300.0  # seconds by which a clock put right by hand may miss
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_clocks(*, at: datetime) -> Reading:
    """Both clocks. Where the system has no boot clock, the monotonic one (which may stop while the machine sleeps)."""
    number = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    boot_id = BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else ""
    return Reading(wall=at, boot=time.clock_gettime(number), boot_id=boot_id)


def watch_clock(*, reading: Reading) -> Jump | None:
    """Compare with the reading kept in the database; begin, prolong or lift the hold. Returns a jump seen just now."""
    at = reading.wall
    seen = _reading(get_state(SEEN))
    verdict = weigh(seen, _hold(get_state(HOLD)), reading)
    if verdict.jump is None and not verdict.lifted and not _worth_keeping(seen, reading):
        return None
    with transaction.atomic():
        set_state(SEEN, _as_json(reading), by=None, at=at)
        if verdict.hold is not None:
            set_state(HOLD, _hold_as_json(verdict.hold), by=None, at=at)
        if verdict.jump:
            trail.record(
                by=None,
                kind=JUMP,
                at=at,
                object_kind="state",
                object_id=HOLD,
                text=f"{jump_in_words(verdict.jump)}，暂停对外发送",
                data={
                    "expected": verdict.jump.expected.isoformat(),
                    "found": verdict.jump.found.isoformat(),
                    "seconds": round(verdict.jump.seconds, 1),
                    "boot": round(reading.boot, 1),
                },
            )
        if verdict.lifted:
            set_state(HOLD, False, by=None, at=at)
            trail.record(
                by=None,
                kind="clock.hold_lifted",
                at=at,
                object_kind="state",
                object_id=HOLD,
                text="2 分钟内时钟没有再跳变，恢复对外发送",
            )
    return verdict.jump


def clock_in_doubt(*, reading: Reading) -> bool:
    """True where the clock has jumped since the last reading kept, and `watch_clock` has not weighed it yet.

    A clock can be set between two sweeps of one round: what must not happen by a wrong time asks right before it acts.
    """
    seen = _reading(get_state(SEEN))
    return seen is not None and jump_between(seen, reading) is not None


def ages_in_doubt(*, reading: Reading) -> bool:
    """True where the clock jumped within the last day: what is removed by its age can not be brought back.

    Sending goes on two minutes after a jump; a clock a year ahead would by then have made every post too old.
    """
    jumps = Trail.objects.filter(object_kind="state", object_id=HOLD, kind=JUMP).order_by("-seq")
    last = jumps.values_list("at", flat=True).first()
    lately = last is not None and abs(reading.wall - last) < SETTLING
    return lately or clock_in_doubt(reading=reading)


def jump_undone(jump: Jump) -> Jump | None:
    """The wrong setting that `jump`, just recorded, takes back: the jump before it, of the same size the other way."""
    jumps = Trail.objects.filter(object_kind="state", object_id=HOLD, kind=JUMP).order_by("-seq")
    digests = list(jumps.values_list("text_digest", flat=True)[:2])
    kept = TrailText.objects.filter(digest=digests[1]).first() if len(digests) == 2 else None
    if kept is None:
        return None
    told = kept.data
    before = Jump(_moment(told["expected"]), _moment(told["found"]), float(told["seconds"]))
    return before if abs(before.seconds + jump.seconds) <= SET_BY_HAND else None


def release_hold(*, by: User, at: datetime) -> None:
    """A person says that the time is right: sending goes on. Raises Refused without the right, or without a hold."""
    require(by, Act.RELEASE_HOLD)
    if not get_state(HOLD):
        raise Refused("对外发送没有暂停，不需要恢复。")
    set_state(HOLD, False, by=by, at=at)


def jump_in_words(jump: Jump) -> str:
    """“系统时钟向前跳了 1440 分钟（应为 …，实为 …）”, in UTC; pages show local time."""
    way = "向前" if jump.seconds > 0 else "向后"
    size = abs(jump.seconds)
    words = f"{size / 60:.0f} 分钟" if size >= 120 else f"{size:.0f} 秒"
    return f"系统时钟{way}跳了 {words}（应为 {jump.expected:%m-%d %H:%M:%S}，实为 {jump.found:%m-%d %H:%M:%S} UTC）"


def _worth_keeping(seen: Reading | None, reading: Reading) -> bool:
    return (
        seen is None
        or seen.boot_id != reading.boot_id
        or reading.boot - seen.boot >= KEEP_EVERY
        or reading.boot < seen.boot
    )


def _as_json(reading: Reading) -> dict[str, Any]:
    return {"wall": reading.wall.isoformat(), "boot": reading.boot, "boot_id": reading.boot_id}


def _reading(value: Any) -> Reading | None:
    if not isinstance(value, dict):
        return None
    return Reading(wall=_moment(value["wall"]), boot=float(value["boot"]), boot_id=value["boot_id"])


def _hold_as_json(hold: Hold) -> dict[str, Any]:
    return {
        "reason": f"{jump_in_words(hold.jump)}；2 分钟内没有再跳变，或有人确认时间无误，即恢复发送",
        "since": hold.jump.found.isoformat(),
        "expected": hold.jump.expected.isoformat(),
        "seconds": hold.jump.seconds,
        "quiet_since": hold.quiet_since,
        "boot_id": hold.boot_id,
    }


def _hold(value: Any) -> Hold | None:
    if not isinstance(value, dict):
        return None
    jump = Jump(expected=_moment(value["expected"]), found=_moment(value["since"]), seconds=float(value["seconds"]))
    return Hold(jump=jump, quiet_since=float(value["quiet_since"]), boot_id=value["boot_id"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
