"""One sweep of the clocks among a million open ones: the rungs that are due, and whoever must know of them.

    python -m bench.clocks [--open 1000000] [--due 1000] [--rounds 5] [--only sqlite|postgresql]

On a database of its own, SQLite and then a real PostgreSQL server with its durability on. Every round 1 000 clocks have
a rung that is due, half of them their due moment, which also makes a breach; each rung goes to three people on duty,
all with an address, so that a mail is queued beside each notice. The yardstick writes the same rows with plain inserts
and updates in one transaction. Exit status 1 where a median is a second or more.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.homes import machine, settle
from tests.gateways import postgres

LIMIT = 1.0  # seconds
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--here", metavar="NAME", help=argparse.SUPPRESS)  # measure on the database already named
    asked = parser.parse_args()
    if asked.here:
        # Django can only be loaded after its home is known: settings read the environment when loaded.
        made = importlib.import_module("bench.made_clocks")
        return int(made.measure(asked.here, asked.open, asked.due, asked.rounds) >= LIMIT)
    print("| database | open clocks | due | rungs, notices, mails | sweep s | rounds | raw rows s | silence s |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    missed = 0
    if asked.only != "postgresql":
        with tempfile.TemporaryDirectory(prefix="huiying-clocks-") as home:
            missed += _on("SQLite", Path(home))
    if asked.only != "sqlite":
        with tempfile.TemporaryDirectory(prefix="huiying-clocks-") as home, postgres.server(DURABLE) as server:
            missed += _on("PostgreSQL", Path(home), HUIYING_DATABASE=server.address("postgres"))
    print(f"\n{machine()}\nlimit {LIMIT} s: {'MISSED' if missed else 'held'}")
    return int(missed > 0)


def _on(name: str, home: Path, **more: str) -> int:
    settle(home, HUIYING_DISTRICT="xicheng", **more)
    words = [sys.executable, "-m", "bench.clocks", *sys.argv[1:], "--here", name]
    return subprocess.run(words, env=os.environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
