"""Simulated time: `speed` times as fast as the wall clock; it stands while spiders are out and while acts are done."""

import time
from datetime import datetime, timedelta
from pathlib import Path

from console.drill.home import write_json


class Clockwork:
    """The hand of the drill's clock. What it points at stands in a file that all the drill's processes read."""

    def __init__(self, path: Path, *, start: datetime, speed: float) -> None:
        self._path = path
        self._speed = speed
        self._base, self._real = start, time.monotonic()
        self.shown = start
        self.hold(start)

    def start(self) -> None:
        """Time begins to run from where it stands."""
        self._base, self._real = self.shown, time.monotonic()

    def moment(self) -> datetime:
        """Where time has come to."""
        return self._base + timedelta(seconds=(time.monotonic() - self._real) * self._speed)

    def hold(self, at: datetime) -> None:
        """Everybody sees exactly `at` until time is let go; what happens meanwhile happens at that moment."""
        self.shown = at
        self._write(at, held=True)

    def let_go(self) -> None:
        """Everybody sees time run again from where it has come to."""
        self.shown = max(self.shown, self.moment())
        self._write(self.shown, held=False)

    def seconds_until(self, at: datetime) -> float:
        """Real seconds until time comes to `at`."""
        return (at - self.moment()).total_seconds() / self._speed

    def _write(self, at: datetime, *, held: bool) -> None:
        real = time.time()  # noqa: TID251 - the wall clock is what the simulated one is measured against
        write_json(self._path, {"base": at.timestamp(), "real": real, "speed": self._speed, "held": held})
