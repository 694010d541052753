"""Room on the disk of the home: enough, little, too little to go on collecting.

The embedded database needs room for its write-ahead log; a full disk would stop clocks and people. Collecting stops
before that, because what is not fetched today can be fetched tomorrow.
"""

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings

LEAST = 300 * 1024**2  # bytes: a day of clocks, notices and people's writing, with the log of a busy hour


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True)
class Room:
    """`percent` of what our user may use that is in use, as `df` shows it; `free` in bytes."""

    percent: int
    free: int
    verdict: Verdict

    @property
    def words(self) -> str:
        return f"数据盘已用 {self.percent}%，还有 {self.free / 1024**3:.1f} GB"


def room() -> Room:
    """Asked anew each time: one call to the system."""
    home = Path(settings.HOME)
    usage = shutil.disk_usage(home if home.exists() else home.parent)
    percent = -(-usage.used * 100 // max(1, usage.used + usage.free))
    return Room(percent, usage.free, judge(percent, usage.free))


def judge(percent: int, free: int) -> Verdict:
    if percent >= settings.DISK_STOP or free < LEAST:
        return Verdict.STOP
    return Verdict.WARN if percent >= settings.DISK_WARN else Verdict.OK
