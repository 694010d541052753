"""The clock of the machine is set while the service runs (libfaketime): nothing is lost, sending waits."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import needs
from tests.running.service import ROOT, environment, free_port


@contextmanager
def clocks_running(home: Path, shift: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The clock process, its wall clock shifted by what stands in the file `shift`."""
    env = environment(
        home,
        free_port(),
        LD_PRELOAD=needs.faketime(),
        FAKETIME_TIMESTAMP_FILE=str(shift),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        DONT_FAKE_MONOTONIC="1",
    )
    words = [sys.executable, str(ROOT / "manage.py"), "tick", "--forever", "--only", "clock", "--every", "0.2"]
    with (home / "tick.out").open("ab") as out:
        process = subprocess.Popen([*words, "--parent", str(os.getpid())], env=env, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=15)


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{home / 'huiying.sqlite3'}?mode=ro", uri=True, timeout=20) as database:
        return database.execute(query).fetchall()


def state(home: Path, key: str) -> Any:
    found = rows(home, f"SELECT value FROM office_officestate WHERE key = '{key}'")
    return json.loads(found[0][0]) if found else None


def until(question: Any, home: Path, seconds: float = 20) -> Any:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise AssertionError((home / "tick.out").read_text(encoding="utf-8")[-3000:])


@pytest.mark.parametrize(("shift", "seconds"), [("-3600", -3600), ("+86400", 86400)])
def test_a_clock_set_back_one_hour_or_forward_one_day_holds_sending_and_tells_people(
    home: Path, tmp_path: Path, shift: str, seconds: float
) -> None:
    file = tmp_path / "shift"
    file.write_text("+0\n")
    with clocks_running(home, file) as process:
        until(lambda: state(home, "clock_seen"), home)
        assert not state(home, "sending_hold")
        file.write_text(f"{shift}\n")
        hold = until(lambda: state(home, "sending_hold"), home)
        assert abs(hold["seconds"] - seconds) < 5
        assert len(rows(home, "SELECT id FROM office_trail WHERE kind = 'clock.jump'")) == 1
        told = until(lambda: rows(home, "SELECT person_id FROM alerts_notice WHERE event LIKE 'clock-jump:%'"), home)
        assert len(told) == len(set(told)) == 1  # the one account of this installation, once
        time.sleep(1)
        assert len(rows(home, "SELECT id FROM office_trail WHERE kind = 'clock.jump'")) == 1
        assert process.poll() is None
