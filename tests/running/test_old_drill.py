"""A drill that is over stays readable under a later version of the service."""

import json
import sqlite3
from pathlib import Path

import pytest

from console.drill.reopening import await_readable
from office.errors import Refused
from tests.running.service import environment, free_port, manage


def test_the_tables_of_a_drill_that_is_over_are_brought_up_when_its_pages_are_asked_for(home: Path) -> None:
    env = environment(home, free_port())
    assert manage("migrate", "reports", "zero", env=env).returncode == 0
    (home / "progress.json").write_text(json.dumps({"state": "ended"}), encoding="utf-8")
    assert manage("migrate", "--check", env=env).returncode != 0
    played = manage("drill", "--play", env=env | {"HUIYING_DRILL": "1"})
    assert played.returncode == 0, played.stderr
    assert manage("migrate", "--check", env=env).returncode == 0
    await_readable(home, seconds=0)
    # Left by a version that is newer than this one: it says so, and its tables are left alone.
    with sqlite3.connect(home / "huiying.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('reports', '0999_later', '2030-01-01')"
        )
    assert manage("drill", "--play", env=env | {"HUIYING_DRILL": "1"}).returncode == 0
    with pytest.raises(Refused, match="较新的版本"):
        await_readable(home, seconds=0)


def test_a_drill_that_never_began_has_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text(json.dumps({"state": "failed"}), encoding="utf-8")
    assert manage("drill", "--play", env=environment(tmp_path, free_port()) | {"HUIYING_DRILL": "1"}).returncode == 0
    with pytest.raises(Refused, match="没有演起来"):
        await_readable(tmp_path, seconds=0)


def test_a_drill_whose_tables_are_not_brought_up_yet_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="还在更新"):
        await_readable(tmp_path, seconds=0)
