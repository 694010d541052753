"""Transactions that PostgreSQL breaks off, run as sweeps.

Two each wait for a row of the other; two change one row as both had read it. `main` prints a JSON line: what each try
of each came to, and how often the row was counted.
"""

import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from console import sweeps
from office.models import OfficeState

TRIES = 3
AT = datetime(2026, 11, 17, tzinfo=UTC)


class Pairs:
    """Tasks that meet in the middle of their first try, when each holds what the other wants."""

    def __init__(self) -> None:
        self._meet = threading.Barrier(2, timeout=20)
        self._tried: set[str] = set()

    def both(self, name: str, rows: Sequence[str]) -> int:
        with transaction.atomic():
            OfficeState.objects.filter(key=rows[0]).update(value=name)
            self._wait(name)
            OfficeState.objects.filter(key=rows[1]).update(value=name)
        return 1

    def as_read(self, name: str) -> int:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            seen = OfficeState.objects.get(key="fault-c").value
            self._wait(name)
            OfficeState.objects.filter(key="fault-c").update(value=seen + 1)
        return 1

    def _wait(self, name: str) -> None:
        if name not in self._tried:
            self._tried.add(name)
            self._meet.wait()


class Given(sweeps.Sweep):
    """A sweep whose task is not named by a path."""

    task_itself: Callable[[], int]

    def load(self) -> sweeps.Task:
        return self.task_itself


def main() -> None:
    pairs = Pairs()
    tasks: dict[str, Callable[[], int]] = {
        "one": lambda: pairs.both("one", ("fault-a", "fault-b")),
        "two": lambda: pairs.both("two", ("fault-b", "fault-a")),
        "three": lambda: pairs.as_read("three"),
        "four": lambda: pairs.as_read("four"),
    }
    for key in "abc":
        OfficeState.objects.update_or_create(key=f"fault-{key}", defaults={"value": 0, "changed_at": AT})
    told: dict[str, list[str]] = {name: [] for name in tasks}

    def run(name: str) -> None:
        sweep = Given(name, "", 1.0, "clock")
        object.__setattr__(sweep, "task_itself", tasks[name])
        for _ in range(TRIES):
            told[name].append(sweeps.run_sweep(sweep).error)
            if not told[name][-1]:
                break
        connection.close()

    for pair in (("one", "two"), ("three", "four")):
        threads = [threading.Thread(target=run, args=(name,)) for name in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    counted = OfficeState.objects.get(key="fault-c").value
    OfficeState.objects.filter(key__startswith="fault-").delete()
    print(json.dumps([told, counted]))
