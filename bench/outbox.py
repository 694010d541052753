"""The search node: posts sent through the outbox against `helpers.bulk` alone, then the search page asked of the node.

    python -m bench.outbox [--posts 1000000] [--sent 20000] [--rounds 3] [--keep FOLDER]

A real node (tests/gateways/search_node.py) with 1 GB of heap and one shard a month. The yardstick writes documents that
were made beforehand, in requests of the same size, into an index of the same fields; the outbox reads rows and posts,
makes the documents, sends them under their versions, judges the answers and deletes the rows. Both in turn, the median
of the rounds counts. Then the node is filled with all posts and asked the searches of `bench.search`; whole server
time of the results, through the same page. Exit status 1 where a limit is missed.
"""

import argparse
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.homes import SEARCHED_AT, machine
from bench.search import QUERIES, _spread
from tests.gateways.search_node import node

LEAST, P95 = 0.7, 150.0  # of the yardstick's posts/s; ms of the results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--sent", type=int, default=20_000, help="posts of one round of the comparison")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder that keeps the made database, as bench.search does")
    asked = parser.parse_args()
    with ExitStack() as stack:
        home = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huiying-outbox-")))
        home.mkdir(parents=True, exist_ok=True)
        clock = home / "clock.json"
        clock.write_text(json.dumps({"base": SEARCHED_AT.timestamp(), "real": 0, "speed": 1, "held": True}))
        running = stack.enter_context(node())
        os.environ |= {
            "HUIYING_HOME": str(home),
            "HUIYING_CLOCK_FILE": str(clock),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HUIYING_SEARCH_URL": running.address,
            "HUIYING_SEARCH_KIND": "opensearch",
            "HUIYING_SEARCH_TIMEOUT": "30",
        }
        return _run(asked)


def _run(asked: argparse.Namespace) -> int:
    # Django can only be loaded after its home is known: settings read the environment when loaded.
    made = importlib.import_module("bench.made_search")
    sent = importlib.import_module("bench.made_outbox")
    print(machine(), flush=True)
    made.prepare(asked.posts, say=lambda words: print(words, flush=True))
    compared = sent.compare(asked.sent, asked.rounds)
    yardstick, own = (statistics.median(rounds) for rounds in compared)
    ratio = own / yardstick
    print("\n| posts/s on the same node | median | rounds |\n|---|---|---|")
    for name, rounds in zip(("`helpers.bulk` alone", "through the outbox"), compared, strict=True):
        print(f"| {name} | {statistics.median(rounds):.0f} | {', '.join(f'{one:.0f}' for one in rounds)} |")
    print(f"\nthrough the outbox {ratio:.2f} of the yardstick", flush=True)
    began = time.monotonic()
    count = sent.fill(say=lambda words: print(words, flush=True))
    print(f"{count} posts sent in {time.monotonic() - began:.0f} s", flush=True)
    rows = list(_measured(made))
    sent.answered_by_node()
    print("\n| server time, ms | searches | p50 | p95 | p99 | worst |\n|---|---|---|---|---|---|")
    print(f"| **results, of the node** | {len(rows)} | {_spread([row.results for row in rows])} |")
    print(f"| results, best round of each search | {len(rows)} | {_spread([row.best for row in rows])} |")
    print(f"| page | {len(rows)} | {_spread([row.page for row in rows])} |")
    p95 = sorted(row.results for row in rows)[-(-len(rows) * 95 // 100) - 1]
    held = ratio >= LEAST and p95 <= P95
    print(f"\nlimits {LEAST} of the yardstick, p95 {P95:.0f} ms: {'held' if held else 'MISSED'}")
    return 0 if held else 1


def _measured(made: Any) -> Iterator[Any]:
    for line in QUERIES.read_text(encoding="utf-8").splitlines():
        if line[:1] != "#":
            words, conditions = line.split("\t")
            yield made.measure(words, conditions)


if __name__ == "__main__":
    sys.exit(main())
