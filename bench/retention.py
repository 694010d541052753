"""Retention at scale: 500 000 of a million posts are past their time. How long are pages while they are removed?

    python -m bench.retention [--posts 1000000] [--old 500000] [--before 90] [--keep DIR]

Pages are asked one after the other through the whole Django stack (middleware, queries, template), before and while
`manage.py retention` and the sweep that keeps the search index true run beside; between them the one row that opening a
post writes is written alone: that is how long a page waits for the write lock and for its commit. Prints a table;
status 1 where the 95th percentile of a page is more than twice that of before, or where a post that is needed went.
"""

import argparse
import importlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.homes import at_share, child, machine, middle, settle

AT = datetime.now(UTC).replace(microsecond=0)
PAGES = (
    "/",
    "/leads/",
    "/issues/",
    "/issues/{issue}/",
    "/search/",
    "/search/?topic={topic}",
    "/posts/{post}/",
    "/topics/",
)
WRITE = "one small write"
Times = dict[str, list[float]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--old", type=int, default=500_000)
    parser.add_argument("--before", type=float, default=90.0, help="seconds measured before the removal begins")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the stock here, or take it from here")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="huiying-retention-"))
    try:
        settle(home, HUIYING_PAGES="1")  # as in the web process
        return run(asked, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(asked: argparse.Namespace, home: Path) -> int:
    stock = importlib.import_module("bench.stock")
    person = stock.person() if made_before(asked.keep, home) else fill(stock, asked, home)
    needed = stock.needed_posts()
    pages, client = addresses(stock), stock.client_of(person)
    write = partial(stock.write_a_row, person)
    rounds(pages, client, write, seconds=10)  # warm
    before = rounds(pages, client, write, seconds=asked.before)
    tell("measured before; the removal begins")
    begun = time.monotonic()
    with child("tick", "--forever", "--only", "index"), child("retention") as cleaner:
        during = rounds(pages, client, write, until=cleaner)
        said = cleaner.communicate()[0].strip()
    took = time.monotonic() - begun
    left = stock.counts()
    wrong = stock.needed_posts() != needed
    return report(asked, before, during, took, said, left, wrong)


def made_before(keep: Path | None, home: Path) -> bool:
    """Take the stock of an earlier run, where one is kept."""
    if keep is None or not (keep / "huiying.sqlite3").exists():
        return False
    shutil.copytree(keep, home, dirs_exist_ok=True)
    return True


def fill(stock: Any, asked: argparse.Namespace, home: Path) -> Any:
    """Write the stock; the person who looks at it."""
    person = stock.prepare()
    begun = time.monotonic()
    stock.fill(asked.old, begin=AT - timedelta(days=150), days=55, topics=asked.old // 200, cases=asked.old // 20_000)
    tell(f"{asked.old} old posts written in {time.monotonic() - begun:.0f} s")
    tell(f"and indexed in {stock.index_all(at=AT):.0f} s")
    young = asked.posts - asked.old
    stock.fill(young, begin=AT - timedelta(days=60), days=60, topics=young // 200, cases=young // 2000, seed=2)
    stock.forget_pending()
    if asked.keep is not None:
        stock.close()
        shutil.copytree(home, asked.keep, dirs_exist_ok=True)
    return person


def addresses(stock: Any) -> dict[str, str]:
    return {page: page.format(**stock.examples()) for page in PAGES}


def rounds(
    pages: dict[str, str],
    client: Any,
    write: Callable[[], object],
    *,
    seconds: float | None = None,
    until: "subprocess.Popen[str] | None" = None,
) -> Times:
    """Ask every page in turn, for so long or until the process has ended; milliseconds by page."""
    found: Times = {page: [] for page in [*pages, WRITE]}
    limit = time.monotonic() + (seconds or float("inf"))
    while time.monotonic() < limit and (until is None or until.poll() is None):
        for page, address in pages.items():
            begun = time.perf_counter()
            answer = client.get(address)
            found[page].append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, address
        begun = time.perf_counter()
        write()
        found[WRITE].append((time.perf_counter() - begun) * 1000)
        time.sleep(0.05)
    return found


def report(
    asked: argparse.Namespace, before: Times, during: Times, took: float, said: str, left: str, wrong: bool
) -> int:
    print(f"{machine()}\n{asked.posts} posts, {asked.old} of them past their time; {said}")
    print(
        f"{took:.0f} s, {asked.old / took:.0f} posts/s; left: {left}; "
        f"a needed post went: {'YES' if wrong else 'none'}\n"
    )
    print("| page | rounds | p50 before | p50 during | p95 before | p95 during | max before | max during | verdict |")
    print("|---|---|---|---|---|---|---|---|---|")
    bad = wrong
    for page in before:
        was, now = at_share(before[page], 0.95), at_share(during[page], 0.95)
        missed = page != WRITE and now > 2 * was
        bad |= missed
        figures = (middle(before[page]), middle(during[page]), was, now, max(before[page]), max(during[page]))
        cells = " | ".join(f"{figure:.0f}" for figure in figures)
        verdict = "MISSED" if missed else "ok" if page != WRITE else ""
        print(f"| `{page}` | {len(before[page])}, {len(during[page])} | {cells} | {verdict} |")
    return int(bad)


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
