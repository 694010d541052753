"""SQLite's write-ahead log is written back by the sweeps: who opens a page does not pay for what they wrote."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from config.database import PAGES, WRITE_BACK, database
from console.processes import child_environment, serving, ticking

PAGE = 4096
pytestmark = [pytest.mark.embedded, pytest.mark.django_db(transaction=True)]


def opened(home: Path, *, pages: str, monkeypatch: pytest.MonkeyPatch) -> BaseDatabaseWrapper:
    monkeypatch.setenv(PAGES, pages)
    return ConnectionHandler({"default": database(home)})["default"]


def test_a_commit_of_a_page_leaves_what_a_sweep_wrote_to_the_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUIYING_DATABASE", raising=False)
    page, sweep = (opened(tmp_path, pages=word, monkeypatch=monkeypatch) for word in ("1", ""))
    with page.cursor() as web, sweep.cursor() as tick:
        web.execute("CREATE TABLE looked (what BLOB)")
        web.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        small = (tmp_path / "huiying.sqlite3").stat().st_size
        web.execute("INSERT INTO looked VALUES (zeroblob(%s))", [2 * WRITE_BACK * PAGE])
        assert (tmp_path / "huiying.sqlite3").stat().st_size == small, "written back while a page was waiting"
        tick.execute("INSERT INTO looked VALUES (zeroblob(1))")
        assert (tmp_path / "huiying.sqlite3").stat().st_size > 2 * WRITE_BACK * PAGE
    page.close()
    sweep.close()


def test_the_service_starts_web_processes_so_and_no_other(tmp_path: Path) -> None:
    web = serving("web", "127.0.0.1:1", parent=1)
    reading = ticking("reading", "reading", home=tmp_path, parent=1, quiet_limit=1)
    assert child_environment(web)[PAGES] == "1" and PAGES not in child_environment(reading)


def test_who_removes_is_not_put_behind_others_with_the_write_lock_in_his_hand() -> None:
    before = os.nice(0)
    call_command("retention")
    assert os.nice(0) == before
