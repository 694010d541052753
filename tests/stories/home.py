"""A home of its own for a story in processes, and what its database holds in the end."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.running.service import ROOT, free_port

# Tables that say when a machine worked, not what came of it, and random tokens.
NOT_COMPARED = ("sqlite_", "django_", "office_sweepstate", "office_ticket", "office_user", "crawlers_run", "auth_")


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """Our environment without anybody's own settings; one thread for sums, as in a replay."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")}
    return kept | {
        "HUIYING_HOME": str(home),
        "HUIYING_LISTEN": f"127.0.0.1:{free_port()}",
        "HUIYING_CLOCK_FILE": str(home / "clock.json"),
        "HUIYING_SMTP_TLS": "none",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **more,
    }


class Stepper:
    """The process of `stepper.py` on one home; `with Stepper(home) as steps: steps.run("ingest", at=…)`."""

    def __init__(self, home: Path, **more: str) -> None:
        self.home = home
        self._more = more

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        self._said = (self.home / "stepper.out").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stories.stepper"],
            cwd=ROOT,
            env=surroundings(self.home, **self._more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        assert self._answer() == {"ready": True}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._said.close()

    def run(self, *sweeps: str, at: datetime, **order: Any) -> dict[str, Any]:
        """Run sweeps in a fork at the moment `at`; see `stepper.py` for `kill_at`, `kill_after`, `call`."""
        assert self._process.stdin is not None
        words = {"at": at.isoformat(), "sweeps": sweeps, **order}
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert not answer["error"], answer["error"]
        return answer

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self.home / "stepper.out").read_text(encoding="utf-8")[-3000:]
        answer: dict[str, Any] = json.loads(line)
        return answer


def keep(home: Path, copy: Path) -> Path:
    """A copy of the home as it stands, the write-ahead log too; the target's own file of output stays."""
    for part in [p for p in copy.iterdir() if p.name != "stepper.out"] if copy.exists() else []:
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    shutil.copytree(home, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("stepper.out"))
    return copy


def rows(home: Path, question: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(home / "huiying.sqlite3", timeout=20) as database:
        return database.execute(question).fetchall()


def contents(home: Path, *, without: Iterable[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that tells what happened; columns named `table.column` in `without` are left out."""
    left_out = set(without)
    found: dict[str, list[dict[str, Any]]] = {}
    database = sqlite3.connect(home / "huiying.sqlite3", timeout=20)
    try:
        database.row_factory = sqlite3.Row
        real = "SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
        for (table,) in database.execute(real).fetchall():
            if not table.startswith(NOT_COMPARED):
                cells = database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
                found[table] = [
                    {k: row[k] for k in row.keys() if f"{table}.{k}" not in left_out}  # noqa: SIM118 - a Row's keys
                    for row in cells
                ]
    finally:
        database.close()
    return found


def drop_lines(home: Path, lines: Iterable[dict[str, Any] | str], *, name: str = "a.jsonl") -> None:
    """Lines into the inbox: raw fields, or text as it is."""
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    text = "".join((line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in lines)
    (home / "inbox" / name).write_text(text, encoding="utf-8")
