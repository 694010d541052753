"""What tests of backups work with: an office with something in every kind of place, and the keeper's commands."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.people import clock
from tests.running.service import ROOT
from tests.stories.home import Stepper, drop_lines, surroundings
from tests.stories.made import made_posts
from tests.stories.ticks import set_clock

AT = clock("09:06")


def fill(home: Path) -> None:
    """Posts read and filed, a lead with clocks, a file of every kind beside the database."""
    set_clock(home, base=AT.timestamp(), real=0, speed=1, held=True)
    fire = "今早7点半白纸坊东街一栋居民楼着火，3人遇难，楼下围了很多人"
    posts: list[Any] = [*made_posts(30, seed=5, begin=clock("00:00", day=14), days=3)]
    posts.append({"id": "fire", "source": "board", "text": fire, "author": "乙", "published_at": "2026-11-17 09:00"})
    drop_lines(home, [*posts, '{"id": "broken", "text": "断在半'])
    with Stepper(home) as steps:
        steps.run("ingest", "read", "file", "warn", "lead", "clocks", at=AT)
    for name, content in {
        "evidence/2026/a b.html": "<p>通报</p>",
        "briefs/2026/今日舆情.docx": "docx",
        "imports/ab.csv": "编号,内容\n1,旧留言\n",
        "log/huiying.log": "not kept",
        "drills/drill-1/huiying.sqlite3": "not kept",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")


def run(home: Path, *words: str, limit: int | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """`manage.py …` on a home. `limit`: no file it writes may pass so many bytes, as on a full disk."""
    before: Callable[[], None] | None = None
    if limit is not None:

        def before() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words],
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=before,
    )


def environment(home: Path, **more: str) -> dict[str, str]:
    """On the real clock: the simulated one of the stories lies in a home that may be empty."""
    return {name: value for name, value in surroundings(home, **more).items() if name != "HUIYING_CLOCK_FILE"}


def tables(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, whatever it is; of a full-text index the tables it is made of."""
    real = "SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    with closing(sqlite3.connect(database)) as opened:
        names = [name for (name,) in opened.execute(real)]
        return {name: sorted(opened.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}


def files(home: Path) -> dict[str, bytes]:
    """The files beside the database that belong to the records."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for top in ("evidence", "briefs", "imports", "inbox", "jobs", "keys")
        for path in sorted((home / top).rglob("*"))
        if path.is_file()
    }


def only(folder: Path) -> Path:
    """The one finished backup of a folder."""
    (found,) = [path for path in folder.iterdir() if path.is_dir()]
    return found
