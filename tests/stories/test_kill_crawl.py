"""Killed while spiders are out: what they brought is taken in once, and the board is visited again."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.people import clock
from tests.stories.home import Stepper, contents, keep, rows
from tests.stories.made import made_posts
from tests.stories.town import Town

NINE = clock("09:06")
LATER = NINE + timedelta(minutes=12)  # past the lease of a claimed visit, and past the wait after one that broke off
COLUMNS = ("ext_id", "address", "title", "text", "handle", "repeats", "published_at")


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town().run()
    for row in made_posts(6, seed=2, begin=clock("00:00", day=16), days=1):
        town.say(row["title"] or "闲谈几句", row["text"] * 2, author=row["author"], at=NINE - timedelta(hours=2))
    yield town
    town.stop()


def test_killed_at_any_point_of_a_crawl_every_thread_is_stored_once(
    town: Town, office_home: Path, tmp_path: Path
) -> None:
    drill = {"HUIYING_DRILL": "1", "HUIYING_LOOPBACK": town.pair}  # the one way to let a spider visit this machine
    with Stepper(office_home, **drill) as steps:
        steps.run(at=clock("08:30"), call="tests.stories.prepared.board")
        before = keep(steps.home, tmp_path / "before")
        statements = steps.run("crawl", at=NINE)["statements"]
        steps.run("ingest", at=NINE)
        calm = posts(steps.home)
        assert len(calm) >= 4
        commits = [n for n, kind in enumerate(statements, 1) if kind == "COMMIT"]
        # Claimed but not started; the child is out; its answers are being taken; and by the clock, child at work.
        for order in ({"kill_at": 3}, {"kill_at": commits[0] + 1}, {"kill_at": commits[-1]}, {"kill_after": 0.5}):
            keep(before, steps.home)
            assert steps.run("crawl", at=NINE, **order)["killed"]
            for at in (NINE + timedelta(minutes=1), LATER):
                steps.run("crawl", "ingest", at=at)
            left = time.monotonic() + 60
            while any((steps.home / "jobs").iterdir()) and time.monotonic() < left:  # an orphan may take a while to go
                steps.run("crawl", "ingest", at=LATER)
            assert posts(steps.home) == calm, order
            assert rows(steps.home, "SELECT count(*) FROM crawlers_source WHERE claimed_until IS NOT NULL") == [(0,)]
            assert not list((steps.home / "jobs").iterdir())


def posts(home: Path) -> list[tuple[object, ...]]:
    return sorted(tuple(row[name] for name in COLUMNS) for row in contents(home)["crawlers_post"])
