"""Has the wall clock jumped? Pure: readings of two clocks in, verdict out (rules.md 9).

The boot clock (`CLOCK_BOOTTIME`: seconds since the machine started, sleep included) can not be set by anybody. While
the machine runs, wall time minus boot time stays what it was; where it moves by more than 30 s, the wall clock was set.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

LIMIT = 30.0  # seconds: rules.md 9
QUIET = 120.0  # seconds without another jump after which sending goes on by itself: rules.md 9


@dataclass(frozen=True)
class Reading:
    """Both clocks at one moment. `boot` is in seconds, `boot_id` tells one run of the machine from the next."""

    wall: datetime
    boot: float
    boot_id: str


@dataclass(frozen=True)
class Jump:
    """The wall clock stands at `found` where `expected` was due; `seconds` is positive for a jump forward."""

    expected: datetime
    found: datetime
    seconds: float


@dataclass(frozen=True)
class Hold:
    """Sending waits. `quiet_since` counts on the boot clock of `boot_id`, from the last jump seen."""

    jump: Jump
    quiet_since: float
    boot_id: str


@dataclass(frozen=True)
class Verdict:
    """`hold` is what holds from now on; at most one of `jump` (a new one was seen) and `lifted` is set."""

    hold: Hold | None
    jump: Jump | None = None
    lifted: bool = False


def jump_between(before: Reading, now: Reading) -> Jump | None:
    """The jump between two readings, if there is one of more than 30 s.

    After a restart of the machine the boot clock begins anew; then only a wall clock that stands *before* the last
    reading is proof of a jump.
    """
    passed = now.boot - before.boot if now.boot_id == before.boot_id else 0.0
    seconds = (now.wall - before.wall).total_seconds() - passed
    if now.boot_id != before.boot_id and seconds > 0:
        return None
    if abs(seconds) <= LIMIT:
        return None
    return Jump(expected=now.wall - timedelta(seconds=seconds), found=now.wall, seconds=seconds)


def weigh(before: Reading | None, hold: Hold | None, now: Reading) -> Verdict:
    """What holds after this reading. A new jump, or a restart of the machine, starts the two quiet minutes again."""
    jump = jump_between(before, now) if before else None
    if jump:
        return Verdict(hold=Hold(jump=jump, quiet_since=now.boot, boot_id=now.boot_id), jump=jump)
    if hold is None:
        return Verdict(hold=None)
    if hold.boot_id != now.boot_id:
        return Verdict(hold=Hold(jump=hold.jump, quiet_since=now.boot, boot_id=now.boot_id))
    if now.boot - hold.quiet_since >= QUIET:
        return Verdict(hold=None, lifted=True)
    return Verdict(hold=hold)
