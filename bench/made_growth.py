"""A stock of posts that grows, and the cost of a further post beside it: what `bench.cost_per_post` measures."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - after setup
from django.db import connection  # noqa: E402

from alerts.services.warn import weigh_topics  # noqa: E402
from analysis.services.filing import file_posts  # noqa: E402
from analysis.services.indexing import settle  # noqa: E402
from analysis.services.reading import read_posts  # noqa: E402
from bench.growth_rows import Copies  # noqa: E402
from bench.made_search import _clauses  # noqa: E402
from bench.stock import prepare  # noqa: E402
from crawlers.items import PostItem  # noqa: E402
from crawlers.models import Post, Source  # noqa: E402
from crawlers.services.ingest import ingest_items  # noqa: E402
from responses.services.leads import open_leads  # noqa: E402

AT = datetime(2026, 11, 18, 3, 14, tzinfo=UTC)
SEED = 10_000  # posts that go through the service itself
SPREAD = timedelta(days=55)  # over which they were published
APART = SPREAD // SEED // timedelta(seconds=1)
WINDOW = 1_000_000  # posts of which a topic may still take one
TIMED, COUNTED, BATCH = 4_000, 1_000, 100
COMMON = 50  # a term of more seed posts than this is everybody's word; a rarer one is another word in every copy
SOURCE = "growth"


def measure(kind: str, steps: list[int]) -> Iterator[dict[str, float | int | str]]:
    """One row a step. Times in milliseconds a post: the median of the batches."""
    prepare()
    Source.objects.create(
        key=SOURCE, name="测速论坛", klass="board", kind="file", voice="public", platform=SOURCE, scope="district"
    )
    clauses = _clauses(Path(settings.DATA))
    made = _Texts(clauses, seed=1)
    begun = time.monotonic()
    for first in range(0, SEED, BATCH):
        _sweep([_item(made, n, AT - SPREAD + timedelta(seconds=APART * n)) for n in range(first, first + BATCH)])
    _say(f"{SEED} posts through the service in {time.monotonic() - begun:.0f} s")
    stock = Copies(common=COMMON)
    after = SEED
    for number, step in enumerate(steps):
        begun = time.monotonic()
        stock.grow_to(step // SEED, window=WINDOW // SEED, base=(number + 1) * 100_000_000)
        _say(f"{step} posts stored after {time.monotonic() - begun:.0f} s more")
        stored = Post.objects.count()
        fresh = _Texts(clauses, seed=100 + number, like=made)
        start = AT + timedelta(hours=number * 6)
        items = [_item(fresh, after + n, start + timedelta(seconds=n)) for n in range(TIMED + COUNTED)]
        after += TIMED + COUNTED
        walls, cpus = [], []
        spent: dict[str, float] = {}
        for first in range(0, TIMED, BATCH):
            wall, cpu = time.perf_counter(), time.process_time()
            _sweep(items[first : first + BATCH], spent)
            walls.append((time.perf_counter() - wall) * 1000 / BATCH)
            cpus.append((time.process_time() - cpu) * 1000 / BATCH)
        with _counting() as counted:
            for first in range(TIMED, TIMED + COUNTED, BATCH):
                _sweep(items[first : first + BATCH])
        yield {
            "kind": kind,
            "stored": stored,
            "ms": statistics.median(walls),
            "cpu": statistics.median(cpus),
            "queries": counted.queries / COUNTED,
            "work": counted.work() / COUNTED,
            "gb": _size() / 1e9,
            "sweeps": ", ".join(f"{name} {seconds * 1000 / TIMED:.2f}" for name, seconds in spent.items()),
        }


def _sweep(items: list[PostItem], spent: dict[str, float] | None = None) -> None:
    """A hundred posts the way a post goes: every sweep of reading once they are there. `spent`: seconds by sweep."""
    at = datetime.fromisoformat(items[-1].fetched_at)
    sweeps: dict[str, Callable[[], object]] = {
        "ingest": lambda: ingest_items(items, at=at),
        "read": lambda: _until_none(lambda: read_posts(at=at, limit=BATCH)),
        "file": lambda: _until_none(lambda: file_posts(at=at)),
        "index": lambda: settle(at=at),
        "warn": lambda: weigh_topics(at=at),
        "lead": lambda: open_leads(at=at),
    }
    for name, sweep in sweeps.items():
        begun = time.process_time()
        sweep()
        if spent is not None:
            spent[name] = spent.get(name, 0.0) + time.process_time() - begun


def _until_none(sweep: Callable[[], int]) -> None:
    while sweep():
        continue


class _Texts:
    """Posts of real clauses put together anew: most of their own, a third half of an earlier one, some a copy."""

    def __init__(self, clauses: list[str], *, seed: int, like: "_Texts | None" = None) -> None:
        self._clauses = clauses
        self._dice = random.Random(seed)
        self._told: list[list[str]] = list(like._told) if like else []

    def next(self) -> tuple[str, str, str]:
        """(title, text, hand) of one more."""
        dice = self._dice
        fresh = [dice.choice(self._clauses) for _ in range(dice.randrange(5, 10))]
        earlier = dice.choice(self._told) if self._told else fresh
        chance = dice.random()
        if chance < 0.04:
            told = ["转发：", *earlier]
        elif chance < 0.35:
            told = [*earlier[: len(earlier) // 2 + 1], *fresh[:3]]
        else:
            told = fresh
        if len(self._told) < SEED:
            self._told.append(told)
        return told[0][:30], "，".join(told), f"{dice.getrandbits(256):064x}"


def _item(texts: _Texts, number: int, at: datetime) -> PostItem:
    title, text, hand = texts.next()
    return PostItem(
        source=SOURCE,
        text=text,
        title=title,
        fetched_at=(at + timedelta(seconds=30)).isoformat(),
        published_at=at.isoformat(),
        precision="minute",
        url=f"https://made.test/t/{number}",
        id=str(number),
        handle=hand,
        platform=SOURCE,
        voice="public",
        likes=number % 200,
    )


class _Counted:
    """Questions, and what the database did for them: SQLite's machine steps by the hundred, rows PostgreSQL read."""

    def __init__(self) -> None:
        self.queries = 0
        self._steps = 0
        self._rows = 0

    def work(self) -> float:
        return self._steps if connection.vendor == "sqlite" else self._rows

    def asked(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)

    def stepped(self) -> int:
        self._steps += 100
        return 0

    def read(self, sign: int) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_stat_force_next_flush()")
                cursor.execute("SELECT 1")
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(
                    "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables"
                )
                self._rows += sign * int(cursor.fetchone()[0])


@contextmanager
def _counting() -> Iterator[_Counted]:
    counted = _Counted()
    counted.read(-1)
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(counted.stepped, 100)
    with connection.execute_wrapper(counted.asked):
        yield counted
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(None, 0)
    counted.read(1)


def _size() -> float:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return float(cursor.fetchone()[0])


def _say(words: str) -> None:
    print(words, flush=True)
