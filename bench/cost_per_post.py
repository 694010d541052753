"""What a further post costs when more and more are stored: time, questions, work of the database.

    python -m bench.cost_per_post [--steps 10000,100000,1000000,5000000] [--only sqlite|postgresql] [--draw]

A stock of 10 000 posts goes through the service itself; larger ones are that stock over and over, row by row in every
table, under other numbers, moments, hands and words (`bench.made_growth`); from the third step on a million of them lie
inside the sixty days in which a topic takes posts, the others before. Then 5 000 further posts are taken in, read,
filed, indexed, weighed and, where a line is met, opened as leads, a hundred at a time: 4 000 against the clock, 1 000
with every question counted, and every step of SQLite's machine or every row PostgreSQL read. Tables and a picture
(docs/images/cost-per-post.svg) are written by `--draw` from what was measured. Exit status 1 where it grows.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.drawing import lines
from bench.homes import ROOT, machine, settle
from tests.gateways import postgres

MOST = 1.5  # times what the first step cost
PICTURE = ROOT / "docs" / "images" / "cost-per-post.svg"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
SERVER = {
    "fsync": "on",
    "full_page_writes": "on",
    "autovacuum": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", default="10000,100000,1000000,5000000")
    parser.add_argument("--only", choices=sorted(NAMES))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the stock may lie")
    parser.add_argument("--kept", type=Path, help="file that keeps what was measured, for --draw")
    parser.add_argument("--draw", action="store_true", help="only the tables and the picture, from --kept")
    parser.add_argument("--here", help=argparse.SUPPRESS)  # measure on the database already named
    asked = parser.parse_args()
    kept = asked.kept or asked.folder / "huiying-growth.jsonl"
    if asked.here:
        # Django can only be loaded after its home is known: settings read the environment when loaded.
        made = importlib.import_module("bench.made_growth")
        with kept.open("a", encoding="utf-8") as file:
            for row in made.measure(asked.here, [int(step) for step in asked.steps.split(",")]):
                print(json.dumps(row), file=file, flush=True)
        return 0
    if not asked.draw:
        for kind in [asked.only] if asked.only else sorted(NAMES, reverse=True):
            _on(kind, asked.folder, kept)
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    return _told(rows)


def _on(kind: str, folder: Path, kept: Path) -> None:
    data = os.environ.get("HUIYING_DATA", "")
    words = [sys.executable, "-m", "bench.cost_per_post", *sys.argv[1:], "--kept", str(kept), "--here", kind]
    with tempfile.TemporaryDirectory(prefix="huiying-growth-", dir=folder) as home:
        more = {"HUIYING_DATA": data} if data else {}
        if kind == "sqlite":
            settle(Path(home), **more)
            subprocess.run(words, check=True)
            return
        with postgres.server(SERVER) as server:
            settle(Path(home), HUIYING_DATABASE=server.address("postgres"), **more)
            subprocess.run(words, check=True)


def _told(rows: list[dict[str, float | int | str]]) -> int:
    """The tables; 1 where a step costs more than it may."""
    missed = False
    for kind, name in NAMES.items():
        mine = [row for row in rows if row["kind"] == kind]
        if not mine:
            continue
        work = "machine steps" if kind == "sqlite" else "rows read"
        print(
            f"\n| {name}: posts stored | ms a post | processor ms | questions | {work} | GB | processor ms by sweep |"
        )
        print("|---|---|---|---|---|---|---|")
        for row in mine:
            print(
                f"| {row['stored']:,} | {row['ms']:.2f} | {row['cpu']:.2f} | {row['queries']:.1f} |"
                f" {row['work']:,.0f} | {row['gb']:.1f} | {row.get('sweeps', '')} |"
            )
        grown = {what: float(mine[-1][what]) / float(mine[0][what]) for what in ("ms", "cpu", "queries", "work")}
        print(", ".join(f"{what} × {times:.2f}" for what, times in grown.items()))
        missed |= grown["ms"] > MOST
    series = {name: [row for row in rows if row["kind"] == kind] for kind, name in NAMES.items()}
    points = {name: [(float(r["stored"]), float(r["ms"])) for r in found] for name, found in series.items() if found}
    PICTURE.write_text(
        lines(points, title="已存的帖越多，再来一帖要多少毫秒", across="已存帖数", up="毫秒/帖"), encoding="utf-8"
    )
    print(f"\n{machine()}\ntime × {MOST} at most: {'MISSED' if missed else 'held'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
