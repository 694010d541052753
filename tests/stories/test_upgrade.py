"""`make run` of a newer version: a copy first, the tables, what changed in Chinese; killed anywhere, it goes on."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from console.upgrade import news
from tests.people import clock
from tests.running.service import ROOT
from tests.stories.home import Stepper, keep, rows
from tests.stories.kept import environment, run, tables

# Columns a start writes by itself: units that the pack does not name are put aside.
WRITTEN = {"office_department.active"}


def installation(folder: Path, which: str) -> Path:
    """A home whose database an older version made; read only."""
    command = [sys.executable, "-m", "tests.stories.older", which]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(folder / "home"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "home"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the first version that was given to an office."""
    return installation(tmp_path_factory.mktemp("main line"), "main-line")


@pytest.fixture
def home(old: Path, tmp_path: Path) -> Path:
    return keep(old, tmp_path / "home")


def told(database: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table with the names of its columns."""
    with closing(sqlite3.connect(database)) as opened:
        opened.row_factory = sqlite3.Row
        names = [
            n
            for (n,) in opened.execute("SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE '%VIRTUAL%'")
        ]
        ours = [
            n
            for n in names
            if n.partition("_")[0] in {"office", "crawlers", "analysis", "alerts", "responses", "reports"}
        ]
        return {name: [dict(row) for row in opened.execute(f'SELECT * FROM "{name}"')] for name in ours}


def lost(before: Path, after: Path) -> list[str]:
    """Rows that were there before and are not there, with the same values, after."""
    then, now = told(before), told(after)
    missing = []
    for table, old_rows in then.items():
        new_rows = now.get(table, [])
        columns = set(new_rows[0]) if new_rows else set()
        shared = [c for c in (old_rows[0] if old_rows else ()) if c in columns and f"{table}.{c}" not in WRITTEN]
        there = {tuple(row[c] for c in shared) for row in new_rows}
        missing += [f"{table}: {row}" for row in old_rows if not shared or tuple(row[c] for c in shared) not in there]
    return missing


@pytest.mark.parametrize("which", ["previous", "main-line"])
def test_every_row_of_the_older_version_is_there_after_the_upgrade_and_a_copy_of_before(
    which: str, tmp_path: Path
) -> None:
    old = installation(tmp_path, which)
    home = keep(old, tmp_path / "upgraded")
    done = run(home, "run", "--prepare-only")
    assert done.returncode == 0, done.stderr[-3000:]
    before = old / "huiying.sqlite3"
    assert len(told(before)["crawlers_post"]) == 3
    assert lost(before, home / "huiying.sqlite3") == []
    (copy,) = (home / "backups").glob("huiying-*.sqlite3")
    assert tables(copy) == tables(before)
    assert not (home / "backups" / "upgrade.json").exists()
    assert "数据库要升级" in done.stdout and str(copy) in done.stdout and "升级完成" in done.stdout
    assert all(line in done.stdout for line in news())
    again = run(home, "run", "--prepare-only")
    assert again.returncode == 0 and "变化" not in again.stdout and "升级" not in again.stdout
    assert run(home, "migrate", "--check").returncode == 0


def test_killed_again_and_again_it_goes_on_and_keeps_the_copy_of_before(home: Path, old: Path, tmp_path: Path) -> None:
    calm = keep(old, tmp_path / "calm")
    upgrade = "tests.stories.older.upgrade"
    with Stepper(calm) as steps:
        count = len(steps.run(at=clock("09:00"), call=upgrade)["statements"])
    deaths = 0
    with Stepper(home) as steps:
        for part in (0.01, 0.1, 0.2, 0.3, 0.4, 0.5):
            deaths += steps.run(at=clock("09:00"), call=upgrade, kill_at=max(1, int(count * part)))["killed"]
        steps.run(at=clock("09:00"), call=upgrade)
    assert deaths >= 4
    after, ours = tables(calm / "huiying.sqlite3"), tables(home / "huiying.sqlite3")
    # Moments, and the framework's own numbers of its tables, which nothing of ours looks at.
    for name in ("django_migrations", "django_content_type", "auth_permission", "sqlite_sequence"):
        after.pop(name), ours.pop(name)
    assert ours == after
    (copy,) = (home / "backups").glob("huiying-*.sqlite3")
    assert tables(copy) == tables(old / "huiying.sqlite3")


def test_killed_after_every_few_transactions_no_step_is_done_and_not_recorded(home: Path, old: Path) -> None:
    """Between a commit and what follows it: a table made and not recorded would stop every later start."""
    with Stepper(home) as steps:
        deaths = 0
        while steps.run(at=clock("09:00"), call="tests.stories.older.upgrade", kill_past=1 + deaths % 3)["killed"]:
            deaths += 1
            assert deaths < 200
    assert deaths > 10
    assert run(home, "migrate", "--check").returncode == 0
    assert lost(old / "huiying.sqlite3", home / "huiying.sqlite3") == []


def test_with_a_full_disk_nothing_is_upgraded_and_the_old_version_could_go_on(home: Path, old: Path) -> None:
    done = run(home, "run", "--prepare-only", limit=200_000)
    assert done.returncode == 1 and "E40" in done.stderr and "Traceback" not in done.stderr
    assert tables(home / "huiying.sqlite3") == tables(old / "huiying.sqlite3")
    assert list((home / "backups").iterdir()) == []


def test_a_database_of_a_newer_version_is_not_touched(home: Path) -> None:
    assert run(home, "run", "--prepare-only").returncode == 0
    with closing(sqlite3.connect(home / "huiying.sqlite3")) as db:
        db.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('office', '9999_later', '2027-01-01')")
        db.commit()
    before = tables(home / "huiying.sqlite3")
    done = run(home, "run", "--prepare-only")
    assert done.returncode == 1
    assert "E14" in done.stderr and "office.9999_later" in done.stderr and "Traceback" not in done.stderr
    assert tables(home / "huiying.sqlite3") == before


def test_an_upgrade_that_was_broken_off_is_told_at_the_next_start(home: Path) -> None:
    (home / "backups").mkdir()
    first = home / "backups" / "huiying-20260101T000000Z.sqlite3"
    shutil.copy(home / "huiying.sqlite3", first)
    (home / "backups" / "upgrade.json").write_text(json.dumps({"copy": str(first)}), encoding="utf-8")
    done = run(home, "run", "--prepare-only")
    assert done.returncode == 0 and f"升级前的副本仍是 {first}" in done.stdout
    assert [path.name for path in (home / "backups").iterdir()] == [first.name]


def test_a_new_installation_is_told_no_news(tmp_path: Path) -> None:
    done = run(tmp_path / "new", "run", "--prepare-only")
    assert done.returncode == 0 and "变化" not in done.stdout and "升级" not in done.stdout
    assert rows(tmp_path / "new", "SELECT value FROM office_officestate WHERE key = 'news_told'") == [
        (str(len(news())),)
    ]
