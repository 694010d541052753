"""Sixteen districts for one day: their bells on shared cores, and their clocks rung by two services each.

    python -m bench.districts_day [--districts 16] [--posts 50000000] [--cores 2,4,8,16] [--only bells|claims]

Bells: every line of the beat's own table (`config.celery`) rings all day in every district; a worker of two processes
and two clock services a district share the cores. What a sweep takes is what was measured (docs/measurements.md); posts
arrive as people write, little at night, most in the evening. Claims: a PostgreSQL server with a database a district,
each with a day of matters; two clock services, their clocks five seconds apart, run the service's own sweep at the same
instant, from due moment to due moment. Time is stepped, nobody waits. Exit status 1 where a rung is lost or doubled.
"""

import argparse
import heapq
import importlib
import math
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.homes import at_share, machine, settle
from tests.gateways import postgres

DAY = 86_400
MONTH = 30 * DAY
# Milliseconds of a processor a post takes in each sweep: docs/measurements.md, “Live”, and half as much again, which is
# what several machines may cost more; a look that finds nothing, by the idle service, twice for the way to a server.
A_POST = {"ingest": 0.73, "read": 1.75, "file": 1.23, "index": 0.28, "warn": 0.33, "lead": 0.55}
A_LOOK = 4.5
AT_IT = 1.0  # seconds a bell's sweep is at it at most (console/bells.py)
PROCESSES = 2  # of a district's worker
SERVICES = 2  # clock services a district
TOGETHER = 4  # districts whose day is played at the same time
PATTERN = -1  # the number of the database that the others are copies of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--districts", type=int, default=16)
    parser.add_argument("--posts", type=int, default=50_000_000, help="a month, all districts together")
    parser.add_argument("--cores", default="2,4,8,16")
    parser.add_argument("--only", choices=["bells", "claims"])
    parser.add_argument("--here", type=int, metavar="NUMBER", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here is not None:
        # Django can only be loaded after its home is known: settings read the environment when loaded.
        return int(importlib.import_module("bench.made_district").play(asked.here))
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huiying-districts-")))
        if asked.only != "claims":
            settle(home, HUIYING_DISTRICT="xicheng", HUIYING_REDIS="redis://127.0.0.1:1/0")
            _bells(asked.districts, asked.posts, [int(cores) for cores in asked.cores.split(",")])
        faults = 0
        if asked.only != "bells":
            server = stack.enter_context(postgres.server({"max_connections": "200"}))
            faults = _claims(asked.districts, home, server)
    print(f"\n{machine()}")
    return int(faults > 0)


# --- bells -----------------------------------------------------------------------------------------------------------


@dataclass
class _District:
    """One district: its share of the posts, what waits before each sweep, when its processes are free again."""

    share: float
    waiting: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    worker: list[float] = field(default_factory=lambda: [0.0] * PROCESSES)
    services: list[float] = field(default_factory=lambda: [0.0] * SERVICES)
    busy: dict[str, float] = field(default_factory=dict)  # until when a sweep runs that runs alone
    looked: float = 0.0  # when the clocks were last looked at


@dataclass
class _Seen:
    """What a day showed."""

    rung: int = 0
    expired: int = 0
    taken: int = 0
    work: float = 0.0
    waits: list[float] = field(default_factory=list)  # of every hundredth bell, seconds
    gaps: list[float] = field(default_factory=list)  # between two looks at a district's clocks
    posts: list[float] = field(default_factory=list)  # from a post's arrival to the end of its lead sweep


def _bells(districts: int, posts: int, cores: list[int]) -> None:
    celery = importlib.import_module("config.celery")
    table: dict[str, dict[str, Any]] = celery.beat_table()
    alone: frozenset[str] = importlib.import_module("config.settings").ALONE
    a_second = sum(1 / line["schedule"] for line in table.values()) * districts
    print(f"{districts} districts, {posts / MONTH:.1f} posts/s in the mean of the day, {a_second:.0f} bells/s\n")
    print("| cores | used | bells a day | thrown away | turn taken | bell waits p50, p99, max s |", end="")
    print(" clocks looked at, longest gap s | post to lead p50, p95, max s |\n|---|---|---|---|---|---|---|---|")
    for count in cores:
        seen = _day(table, alone, districts, posts / MONTH, count)
        print(
            f"| {count} | {seen.work / count / DAY:.0%} | {seen.rung:,} | {seen.expired / seen.rung:.1%} |"
            f" {seen.taken / seen.rung:.1%} | {at_share(seen.waits, 0.5):.2f}, {at_share(seen.waits, 0.99):.2f},"
            f" {max(seen.waits):.1f} | {max(seen.gaps):.1f} | {at_share(seen.posts, 0.5):.1f},"
            f" {at_share(seen.posts, 0.95):.1f}, {max(seen.posts):.1f} |",
            flush=True,
        )


def _day(table: dict[str, dict[str, Any]], alone: frozenset[str], districts: int, rate: float, cores: int) -> _Seen:
    dice = random.Random(1)
    sizes = [dice.uniform(0.5, 2.0) for _ in range(districts)]
    towns = [_District(size / sum(sizes)) for size in sizes]
    free = [0.0] * cores
    seen = _Seen()
    for moment, number, name, line, service in _rings(table, towns, dice):
        town = towns[number]
        seen.rung += 1
        slots = town.services if service else town.worker
        start = max(moment, slots[0], free[0])
        if not service and start - moment > line["options"]["expires"]:
            seen.expired += 1
            continue
        if name in alone and town.busy.get(name, 0.0) > start:
            seen.taken += 1
            end = start + A_LOOK / 1000
        else:
            end = start + _work(town, name, start, rate, seen)
            town.busy[name] = end
        heapq.heapreplace(slots, end)
        heapq.heapreplace(free, end)
        seen.work += end - start
        if name == "clocks":
            seen.gaps.append(end - town.looked)
            town.looked = end
        if seen.rung % 100 == 0:
            seen.waits.append(start - moment)
    return seen


def _rings(
    table: dict[str, dict[str, Any]], towns: list[_District], dice: random.Random
) -> Iterator[tuple[float, int, str, dict[str, Any], bool]]:
    """Every bell of the day in order: moment, district, sweep, its line, whether a clock service rings it itself."""
    buckets: dict[int, list[list[tuple[float, int, str, dict[str, Any], bool]]]] = {}
    for number in range(len(towns)):
        for name, line in table.items():
            every = int(line["schedule"])
            of_clock = line["options"]["queue"] in ("clocks", "notices")
            for service in [False, *[True] * (SERVICES if of_clock else 0)]:
                lots = buckets.setdefault(every, [[] for _ in range(every)])
                lots[dice.randrange(every)].append((dice.random(), number, name, line, service))
    for second in range(DAY):
        rings = [ring for every, lots in buckets.items() for ring in lots[second % every]]
        rings.sort(key=lambda ring: ring[0])
        for part, *rest in rings:
            yield second + part, *rest  # type: ignore[misc]  # a starred tuple keeps no types


STEPS = ("ingest", "read", "file", "lead")  # whose end a post waits for, in this order


def _work(town: _District, name: str, at: float, rate: float, seen: _Seen) -> float:
    """Seconds of a sweep that begins at `at`; what it did to the posts that wait for it."""
    if name not in A_POST:
        return A_LOOK / 1000
    if name not in STEPS:  # index and warn follow what was read and filed: the same posts, a moment later
        count = town.share * rate * _hour(at)
        return (A_LOOK + A_POST[name] * count) / 1000
    lot = _arrived(town, at, rate) if name == "ingest" else town.waiting[name]
    most = int(AT_IT * 1000 / A_POST[name])
    done, rest = lot[:most], lot[most:]
    town.waiting[name] = rest
    took = (A_LOOK + A_POST[name] * len(done)) / 1000
    following = STEPS.index(name) + 1
    if following < len(STEPS):
        town.waiting[STEPS[following]] += done
    else:
        seen.posts += [at + took - moment for moment in done[::20]]
    return took


def _arrived(town: _District, at: float, rate: float) -> list[float]:
    """The moments of the posts that lie in the inbox: what was left, and what came since the last look."""
    since = town.busy.get("arrivals", 0.0)
    town.busy["arrivals"] = at
    owed = town.busy.get("owed", 0.0) + (at - since) * town.share * rate * _hour(at)
    town.busy["owed"] = owed % 1
    step = (at - since) / max(1, int(owed))
    return town.waiting["ingest"] + [since + step * (n + 1) for n in range(int(owed))]


def _hour(at: float) -> float:
    """How much more or less than the mean of the day is written at this second: most at eight in the evening."""
    return 1 + 0.8 * math.sin((at / 3600 - 14) / 24 * 2 * math.pi)


# --- claims ----------------------------------------------------------------------------------------------------------


def _claims(districts: int, home: Path, server: postgres.Server) -> int:
    by = server.address("postgres")
    pattern = _play(PATTERN, home, server.address("pattern"), made_from="template1", by=by)
    if pattern.wait():
        return 1
    print("\n| district | matters | clocks | rungs, repeats | notices | by service A, B | latest s | lost | doubled |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    faults = 0
    for first in range(0, districts, TOGETHER):
        numbers = range(first, min(first + TOGETHER, districts))
        playing = [_play(n, home, server.address(f"district{n}"), made_from="pattern", by=by) for n in numbers]
        faults += sum(one.wait() for one in playing)
    return faults


def _play(number: int, home: Path, address: str, *, made_from: str, by: str) -> "subprocess.Popen[bytes]":
    psycopg = importlib.import_module("psycopg")
    with psycopg.connect(by, autocommit=True) as line:
        line.execute(f"CREATE DATABASE {address.rpartition('/')[2]} TEMPLATE {made_from}")
    settle(home, HUIYING_DISTRICT="xicheng", HUIYING_DATABASE=address)
    words = [sys.executable, "-m", "bench.districts_day", "--here", str(number)]
    return subprocess.Popen(words, env=dict(os.environ))


if __name__ == "__main__":
    sys.exit(main())
