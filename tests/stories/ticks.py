"""Real tick processes of a story on a home of its own, and what they said."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.running.service import ROOT
from tests.stories.home import surroundings


@contextmanager
def ticking(
    home: Path, family: str, *, count: int = 1, every: float = 0.05, more: Mapping[str, str] | None = None
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`count` processes of the family; what they say is kept in the home. They must end well when told to stop.

    `more`: their environment; a name given as "" is taken out.
    """
    words = ["tick", "--forever", "--only", family, "--every", str(every), "--parent", str(os.getpid())]
    env = {name: value for name, value in surroundings(home, **(more or {})).items() if value != ""}
    started = []
    for number in range(1, count + 1):
        with (home / f"{family}{number}.log").open("ab") as log:
            command = [sys.executable, str(ROOT / "manage.py"), *words, "--process", f"{family}{number}"]
            started.append(subprocess.Popen(command, env=env, stderr=log))
    try:
        until(lambda: len(list((home / "run").glob(f"{family}*.pulse"))) >= count, home)
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            assert process.wait(timeout=40) == 0


def until(question: Any, home: Path, seconds: float = 60) -> Any:
    """The first true answer, asked ten times a second; fails with the processes' last words."""
    limit = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < limit, [p.read_text(encoding="utf-8")[-2000:] for p in home.glob("*.log")]
        time.sleep(0.1)
    return answer


def said(home: Path, event: str) -> list[dict[str, Any]]:
    """Lines of the processes' logs with this event."""
    lines = [line for log in home.glob("*.log") for line in log.read_text(encoding="utf-8").splitlines()]
    return [row for row in map(json.loads, lines) if row["event"] == event]


def set_clock(home: Path, **state: Any) -> None:
    """The simulated time of the home's processes; see `office.clock.simulated`."""
    (home / "clock.new").write_text(json.dumps(state))
    (home / "clock.new").replace(home / "clock.json")
