"""Speed of the desk: board, leads and one lead with 100 000 posts, 500 open issues.

    python -m bench.pages [--posts 100000] [--issues 500] [--rounds 60]

Prints a table: p50, p95 of each page through the whole Django stack (middleware, queries, template) in one process,
and its number of queries, once with a tenth of the data and once with all: the two must be equal.
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

AT = datetime(2026, 11, 18, 3, 14, tzinfo=UTC)
Measured = dict[str, tuple[list[float], int]]  # page -> milliseconds of each round, queries
LIMIT = 200.0  # ms, p95 of board and lead


def main() -> int:
    """Seed twice, measure twice, print. Exit status 1 where a limit is missed or queries grow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--issues", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huiying-pages-") as home:
        clock = Path(home) / "clock.json"
        clock.write_text(json.dumps({"base": AT.timestamp(), "real": 0, "speed": 1, "held": True}))
        os.environ |= {
            "HUIYING_HOME": home,
            "HUIYING_CLOCK_FILE": str(clock),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        desk = _desk()
        desk.prepare()
        small = desk.measure(asked.posts // 10, asked.issues // 10, max(5, asked.rounds // 6))
        whole = desk.measure(asked.posts, asked.issues, asked.rounds)
        return _print(asked, small, whole)


def _desk() -> ModuleType:
    """Django can only be loaded after its home is known: settings read the environment when loaded."""
    return importlib.import_module("bench.made_desk")


def _print(asked: argparse.Namespace, small: Measured, whole: Measured) -> int:
    django = importlib.metadata.version("django")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, Django {django}", end="")
    print(f", SQLite {sqlite3.sqlite_version}")
    print(f"{asked.posts} posts, {asked.issues} open issues, {asked.rounds} rounds\n")
    print("| page | p50 ms | p95 ms | queries | queries at a tenth | verdict |")
    print("|---|---|---|---|---|---|")
    bad = 0
    for page, (times, queries) in whole.items():
        middle = statistics.median(times)
        slow = sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]
        held = slow <= LIMIT and queries == small[page][1]
        bad += not held
        print(f"| `{page}` | {middle:.0f} | {slow:.0f} | {queries} | {small[page][1]} | {'ok' if held else 'MISSED'} |")
    return 1 if bad else 0


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"\n{time.monotonic() - started:.0f} s in all, limit p95 {LIMIT:.0f} ms", file=sys.stderr)
    sys.exit(status)
