"""A backup of a million posts while 50 posts a second arrive: does anybody wait? And what comes back?

    python -m bench.backup [--posts 1000000] [--rate 50] [--before 60]

A service is at work on a throw-away home. Before and while `manage.py backup` runs beside it, three kinds of waiting
are measured: a page over HTTP, a writer of one small row (BEGIN IMMEDIATE to COMMIT), posts from their inbox line
to their row. Then the backup is put back into another home and compared row by row with its copy (everything) and with
the database it was made of (the stock, which does not change). Status 1 where somebody waited longer than a second and
longer than anybody before, arriving posts longer than a second more than before, or where a row differs.
"""

import argparse
import contextlib
import importlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from bench.homes import at_share, machine, manage, middle, service, settle

AT = datetime.now(UTC).replace(microsecond=0)
LIMIT = 1.0  # seconds
EVERY = 0.5  # seconds between two files of the inbox
STOCK = ("crawlers_post", "crawlers_snapshot", "analysis_reading", "analysis_membership")
PLACES = ("河东街", "南门外大街", "槐树里", "新华路", "后营胡同", "双桥东里", "铁匠营", "菜市口")
MATTERS = (
    "楼道里的灯坏了没有人修",
    "垃圾桶三天没有清",
    "半夜还在施工睡不好",
    "自来水发黄有味道",
    "路口的信号灯时间太短",
    "幼儿园报名要排一夜队",
    "地铁口的自行车挡了盲道",
    "暖气管漏水漏了一冬",
    "下雨天地下室进水",
    "电动车在过道里充电",
)
KINDS = {"page": "page over HTTP", "write": "one small write", "arrive": "line in the inbox to row"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--before", type=float, default=60.0, help="seconds measured before the backup begins")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="huiying-backup-"))
    try:
        settle(folder / "home")
        return run(folder, asked)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(folder: Path, asked: argparse.Namespace) -> int:
    stock = importlib.import_module("bench.stock")
    person = stock.prepare()
    stock.fill(asked.posts, begin=AT - timedelta(days=40), days=40, topics=asked.posts // 200, cases=200, copies=False)
    stock.forget_pending()
    stock.bench_source()
    database = folder / "home" / "huiying.sqlite3"
    last = {table: ask(database, f"SELECT max(id) FROM {table}") for table in STOCK}
    tell(f"{asked.posts} posts, {database.stat().st_size / 1e9:.2f} GB")
    cookie = stock.cookie_of(person)
    with service() as address:
        waits = Waits(folder / "home", address, cookie, asked.rate)
        with waits.running():
            time.sleep(10)  # the service is warm
            before = waits.taken_in(asked.before)
            tell("measured before; the backup begins")
            begun = time.monotonic()
            made = subprocess.run(
                manage("backup", str(folder / "backups")), capture_output=True, text=True, check=False
            )
            took = time.monotonic() - begun
            during = waits.taken()
    if made.returncode:
        raise SystemExit(made.stderr)
    (backup,) = (path for path in (folder / "backups").iterdir() if path.is_dir())
    begun = time.monotonic()
    restored = subprocess.run(
        manage("restore", str(backup)),
        env={**os.environ, "HUIYING_HOME": str(folder / "restored")},
        capture_output=True,
        text=True,
        check=False,
    )
    back = time.monotonic() - begun
    if restored.returncode:
        raise SystemExit(restored.stderr)
    there = folder / "restored" / "huiying.sqlite3"
    differ = differing(backup / "huiying.sqlite3", there, {})
    differ_stock = differing(database, there, last)
    wrong = report(asked, made.stdout, before, during, took, back, differ, differ_stock)
    if waits.failed:
        print(f"\n{waits.failed} pages were not given")
    return int(wrong or waits.failed)


class Waits:
    """Everybody who might have to wait: each notes in seconds how long each of his tries took."""

    def __init__(self, home: Path, address: str, cookie: str, rate: int) -> None:
        self._home, self._address, self._cookie, self._rate = home, address, cookie, rate
        self._database = home / "huiying.sqlite3"
        self._stop = threading.Event()
        self.failed = 0
        self._dice = random.Random(7)
        self._found: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=work) for work in (self._pages, self._writes, self._posts)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def taken_in(self, seconds: float) -> dict[str, list[float]]:
        self.taken()
        time.sleep(seconds)
        return self.taken()

    def taken(self) -> dict[str, list[float]]:
        """What was noted since the last call."""
        with self._lock:
            found, self._found = self._found, {kind: [] for kind in KINDS}
        return found

    def _note(self, kind: str, seconds: float) -> None:
        with self._lock:
            self._found[kind].append(seconds)

    def _pages(self) -> None:
        while not self._stop.wait(0.2):
            begun = time.monotonic()
            asked = Request(f"{self._address}/issues/", headers={"Cookie": self._cookie})
            try:
                with urlopen(asked, timeout=60) as answer:
                    assert "/login/" not in answer.url
                    answer.read()
            except URLError as error:
                tell(f"a page was not given: {error}")
                self.failed += 1
            self._note("page", time.monotonic() - begun)

    def _writes(self) -> None:
        with contextlib.closing(sqlite3.connect(self._database, timeout=60, isolation_level=None)) as database:
            database.execute("CREATE TABLE bench_writes (n INTEGER)")
            database.execute("INSERT INTO bench_writes VALUES (0)")
            while not self._stop.wait(0.05):
                begun = time.monotonic()
                database.execute("BEGIN IMMEDIATE")
                database.execute("UPDATE bench_writes SET n = n + 1")
                database.execute("COMMIT")
                self._note("write", time.monotonic() - begun)

    def _posts(self) -> None:
        """A file of lines twice a second, written beside and renamed; noted when its last post is a row."""
        inbox = self._home / "inbox"
        inbox.mkdir(exist_ok=True)
        waiting: dict[str, float] = {}
        number, newest = 0, 0
        with contextlib.closing(sqlite3.connect(self._database, timeout=60, isolation_level=None)) as database:
            newest = database.execute("SELECT coalesce(max(id), 0) FROM crawlers_post").fetchone()[0]
            next_file = time.monotonic()
            while not self._stop.wait(0.02):
                if time.monotonic() >= next_file:
                    next_file += EVERY
                    lines = [self._line(number + n) for n in range(int(self._rate * EVERY))]
                    number += len(lines)
                    (self._home / "fresh").write_text("\n".join(lines) + "\n", encoding="utf-8")
                    (self._home / "fresh").rename(inbox / f"bench-{number}.jsonl")
                    waiting[f"bench-{number - 1}"] = time.monotonic()
                for row, key in database.execute("SELECT id, ext_id FROM crawlers_post WHERE id > ?", [newest]):
                    newest = max(newest, row)
                    if key in waiting:
                        self._note("arrive", time.monotonic() - waiting.pop(key))

    def _line(self, number: int) -> str:
        return json.dumps(
            {
                "id": f"bench-{number}",
                "source": "bench",
                "text": self._dice.choice(PLACES) + str(number) + "号：" + "，".join(self._dice.sample(MATTERS, 3)),
                "author": f"住户{number % 5000}",
                "published_at": datetime.now(UTC).isoformat(),
            },
            ensure_ascii=False,
        )


def differing(one: Path, other: Path, last: dict[str, Any]) -> dict[str, int]:
    """Tables with rows that differ and how many were compared; `last`: only these tables, up to that number."""
    found = {}
    with contextlib.closing(sqlite3.connect(one)) as a, contextlib.closing(sqlite3.connect(other)) as b:
        real = "SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
        names = list(last) or [name for (name,) in a.execute(real)]
        compared = 0
        for table in names:
            key = "1" if any("WITHOUT ROWID" in str(sql).upper() for (sql,) in a.execute(
                "SELECT sql FROM sqlite_master WHERE name=?", [table])) else "rowid"  # fmt: skip
            words = f"SELECT * FROM {table}" + (f" WHERE id <= {last[table]}" if last else "")
            words += "" if key == "1" else f" ORDER BY {key}"
            mine, theirs = a.execute(words), b.execute(words)
            wrong = 0
            while True:
                left, right = mine.fetchmany(5000), theirs.fetchmany(5000)
                compared += len(left)
                wrong += sum(x != y for x, y in zip(left, right, strict=False)) + abs(len(left) - len(right))
                if not left and not right:
                    break
            if wrong:
                found[table] = wrong
    tell(f"{compared} rows compared")
    return found


def ask(database: Path, question: str) -> Any:
    with contextlib.closing(sqlite3.connect(database)) as opened:
        return opened.execute(question).fetchone()[0]


def report(
    asked: argparse.Namespace,
    said: str,
    before: dict[str, list[float]],
    during: dict[str, list[float]],
    took: float,
    back: float,
    differ: dict[str, int],
    differ_stock: dict[str, int],
) -> bool:
    print(f"{machine()}\n{asked.posts} posts, {asked.rate} posts/s arriving\n{said.splitlines()[0]}")
    print(f"backup {took:.0f} s, restore with all checks {back:.0f} s")
    print(f"restored against its copy: {differ or 'equal row by row'}; against its source: {differ_stock or 'equal'}\n")
    print("| who waits, ms | tries | p50 before | during | p95 before | during | max before | during | verdict |")
    print("|---|---|---|---|---|---|---|---|---|")
    bad = bool(differ or differ_stock)
    for kind, name in KINDS.items():
        was, now = before[kind], during[kind]
        # Sweeps and pages make each other wait without any backup: what counts is what comes on top of that.
        worst = max(was, default=0.0)
        missed = max(now, default=9.0) > (LIMIT + worst if kind == "arrive" else max(LIMIT, worst))
        bad |= missed
        figures = (
            middle(was),
            middle(now),
            at_share(was, 0.95),
            at_share(now, 0.95),
            max(was, default=0.0),
            max(now, default=0.0),
        )
        cells = " | ".join(f"{figure * 1000:.0f}" for figure in figures)
        print(f"| {name} | {len(was)}, {len(now)} | {cells} | {'MISSED' if missed else 'ok'} |")
    return bad


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
