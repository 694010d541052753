"""Celery's beat as we want it: it tells that it lives, and rings no more bells than anybody hears.

Bells that nobody hears (every worker is away, or slower than they ring) would fill Redis and stand before those that
count. Where as many wait in a queue as are rung in `ROUNDS` rounds, none is added: what waits says the same.
"""

from collections import Counter
from typing import Any

from celery.beat import PersistentScheduler
from django.conf import settings

from office.lifeline import Pulse

ROUNDS = 2


class Beat(PersistentScheduler):  # type: ignore[misc]  # the library ships no types
    """Rings as its base does; `<home>/run/beat.pulse` is touched at each look, every 5 s at least."""

    def __init__(self, *args: Any, **given: Any) -> None:
        self._pulse = Pulse(settings.HOME / "run" / "beat.pulse")
        self._sweeps = Counter(str(line["queue"]) for line in settings.SCHEDULE)
        super().__init__(*args, **given)

    def tick(self, *args: Any, **given: Any) -> float:
        wait = float(super().tick(*args, **given))
        self._pulse.beat("ringing")
        return wait

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        queue = str(entry.options.get("queue", ""))
        if self._unheard(queue, producer) < ROUNDS * self._sweeps[queue]:
            super().apply_entry(entry, producer=producer)

    def _unheard(self, queue: str, producer: Any) -> int:
        try:
            return int(producer.channel.client.llen(queue))
        except Exception:  # Redis is away or starts again: ringing itself finds out, and says so
            return -1
