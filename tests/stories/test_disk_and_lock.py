"""The database is locked by somebody else for 20 s, and the disk is full, while posts come in: nothing is lost."""

import resource
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.people import clock
from tests.stories.home import drop_lines, rows
from tests.stories.made import made_posts
from tests.stories.ticks import said, set_clock, ticking, until

STORED = "SELECT count(*) FROM crawlers_post"


@pytest.fixture
def home(office_home: Path) -> Path:
    set_clock(office_home, base=clock("09:06").timestamp(), real=0, speed=1, held=True)
    return office_home


def different(count: int) -> list[dict[str, Any]]:
    """Posts of which none repeats another, each some 3 kB long."""
    posts = made_posts(count, seed=9, begin=clock("00:00", day=10), days=7)
    return [{**row, "text": f"{n}号住户：" + row["text"] * 25} for n, row in enumerate(posts)]


def test_a_database_locked_for_twenty_seconds_delays_posts_and_loses_none(home: Path) -> None:
    posts = different(60)
    with ticking(home, "reading") as (process,):
        other = sqlite3.connect(home / "huiying.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        drop_lines(home, posts)
        time.sleep(1)
        assert rows(home, STORED) == [(0,)]  # who only reads is not held up
        time.sleep(20.5 - (time.monotonic() - begun))
        other.execute("ROLLBACK")
        other.close()
        until(lambda: rows(home, STORED) == [(60,)], home, 40)
        assert process.poll() is None
    stored = [post for (post,) in rows(home, "SELECT ext_id FROM crawlers_post")]
    assert len(set(stored)) == 60
    assert rows(home, "SELECT count(*) FROM crawlers_quarantine") == [(0,)]
    for row in said(home, "sweep_failed"):  # one that waited its 20 s says so in Chinese, and is run again
        assert "locked" in row["fault"]


def test_a_full_disk_keeps_the_lines_in_the_inbox_says_so_and_takes_them_in_once_there_is_room(home: Path) -> None:
    posts = different(400)
    with ticking(home, "reading") as (process,):
        before = rows(home, STORED)
        room = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        # No file of this process may grow past 300 kB: what a full disk does to the write-ahead log.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (300_000, room[1]))
        drop_lines(home, posts)
        failed = until(lambda: [row for row in said(home, "sweep_failed") if row["sweep"] == "ingest"], home)
        assert "磁盘已满" in failed[0]["fault"] and "收件箱" in failed[0]["fault"]
        assert process.poll() is None and before == [(0,)]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, room)
        until(lambda: rows(home, STORED) == [(400,)], home, 60)
    stored = [post for (post,) in rows(home, "SELECT ext_id FROM crawlers_post")]
    assert len(set(stored)) == 400
    assert rows(home, "SELECT lines, offset FROM crawlers_inboxfile") == [
        (400, (home / "inbox" / "a.jsonl").stat().st_size)
    ]
    assert rows(home, "PRAGMA integrity_check") == [("ok",)]
