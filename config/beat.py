"""Celery's beat as we want it: it tells that it lives, and rings no bell for a sweep whose last one nobody heard."""

from collections import Counter
from typing import Any

from celery.beat import PersistentScheduler
from django.conf import settings

from console.doorbell import may_ring
from office.lifeline import Pulse


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
        if self._is_news(entry, producer):
            super().apply_entry(entry, producer=producer)

    def _is_news(self, entry: Any, producer: Any) -> bool:
        queue, name = str(entry.options["queue"]), str(entry.args[0])
        try:
            seconds = max(1, int(entry.options["expires"]))
            return may_ring(producer.channel.client, name, queue=queue, sweeps=self._sweeps[queue], seconds=seconds)
        except Exception:  # Redis is away or starts again: ringing itself finds out, and says so
            return True
