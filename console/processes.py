"""What the service is made of: its child processes as values, and the log they share. Standard library only.

A rehearsal is asked for by a file, `<home>/drills/wanted.json`:
`{"folder": "<folder under <home>/drills>", "play": ["--scenario", "…", …]}`. While it stands, the supervisor runs a
second web process on the drill's own database and `manage.py drill --play …` beside it; when it goes, both are stopped.
"""

import json
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.drill.home import environment

ROOT = Path(__file__).resolve().parent.parent
LOG_BYTES = 10 * 1024 * 1024
LOG_FILES = 5


@dataclass(frozen=True)
class Part:
    """One child process. `quiet_limit`: seconds without a beat of its pulse after which it counts as hung (0 = none).

    `lasting`: started again whenever it ends; else it runs once.
    """

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    pulse: Path | None = None
    quiet_limit: float = 0.0
    lasting: bool = True


def manage(*words: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), *words)


def ticking(name: str, family: str, *, home: Path, parent: int, quiet_limit: float) -> Part:
    """The process that runs one family of sweeps for ever."""
    words = ("tick", "--forever", "--only", family, "--process", name, "--parent", str(parent))
    return Part(name, manage(*words), pulse=home / "run" / f"{name}.pulse", quiet_limit=quiet_limit)


def serving(name: str, listen: str, *, parent: int, env: dict[str, str] | None = None) -> Part:
    """A web process. It leaves writing back to the sweeps (config/database.py)."""
    words = (sys.executable, "-m", "console.web", "--listen", listen, "--parent", str(parent), "--process", name)
    return Part(name, words, env={**(env or {}), "HUIYING_PAGES": "1"})


def service_parts(*, home: Path, listen: str, parent: int) -> list[Part]:
    """Web, clocks, reading: a hang in reading never delays a clock (limits: a sweep may wait 20 s for a lock, a
    round of the crawl some minutes for its spiders)."""
    return [
        serving("web", listen, parent=parent),
        ticking("clock", "clock", home=home, parent=parent, quiet_limit=90),
        ticking("reading", "reading", home=home, parent=parent, quiet_limit=900),
    ]


def drill_parts(*, home: Path, listen: str, port: int, parent: int) -> list[Part]:
    """The processes of the rehearsal asked for, none where no valid one is."""
    try:
        wanted = json.loads((home / "drills" / "wanted.json").read_text(encoding="utf-8"))
        folder = Path(wanted["folder"]).resolve()
        play = [str(word) for word in wanted["play"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if folder.parent != (home / "drills").resolve() or not folder.is_dir():
        return []
    address = f"{listen.rpartition(':')[0]}:{port}"
    env = environment(folder, listen=address)
    return [
        serving("drill-web", address, parent=parent, env=env),
        Part("drill-play", manage("drill", "--play", *play), env=env, lasting=False),
    ]


def child_environment(part: Part) -> dict[str, str]:
    """Our own environment with what keeps a child small and its results the same everywhere (one thread for BLAS)."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        **part.env,
    }


class Journal:
    """Lines to standard error and to `<home>/log/huiying.log`, five files of 10 MB. A full disk stops nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def event(self, event: str, *, level: str = "info", at: datetime, **facts: Any) -> None:
        line = {"at": at.astimezone(UTC).isoformat(timespec="milliseconds"), "process": "supervisor", "level": level}
        self.line(json.dumps({**line, "event": event, **facts}, ensure_ascii=False))

    def line(self, text: str) -> None:
        try:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()
        except OSError:  # the terminal has gone; the file remains
            pass
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._turn_over(len(text))
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError:  # full disk: standard error has the line
            pass

    def _turn_over(self, more: int) -> None:
        try:
            if self._path.stat().st_size + more < LOG_BYTES:
                return
        except FileNotFoundError:
            return
        for number in range(LOG_FILES - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = self._path if number == 1 else self._path.with_name(f"{self._path.name}.{number - 1}")
            if newer.exists():
                newer.replace(older)
