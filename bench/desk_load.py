"""Every page of the desk under fifty people: a million posts, two thousand open cases, one real web process.

    python -m bench.desk_load [--posts 1000000] [--issues 2000] [--sessions 50] [--seconds 300] [--keep FOLDER]

Each session opens a page every five seconds in a fixed mix, after half a minute that warms and is not counted. Server
time is the `Server-Timing` of the answer (the whole stack, in the process), client time runs from asking to the last
byte. Then the first paint of the board in a browser started cold, with its processor slowed down four times. Exit
status 1 where a limit is missed. `--keep` keeps the database in FOLDER, and uses the one it finds there. Posts are made
from real clauses (HUIYING_DATA).
"""

import argparse
import http.client
import importlib
import itertools
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from playwright.sync_api import sync_playwright

from bench.homes import ROOT, at_share, free_port, machine, middle
from bench.homes import SEARCHED_AT as AT

EVERY = 5.0  # seconds between two pages of one session
WARM = 30.0
P95 = 300.0  # ms, server time of every page
FIRST_PAINT = 1000.0  # ms
LARGEST = 150_000  # bytes of a page
MOST_SCRIPT = 60_000  # bytes on a page
SLOWED = 4
PAINTS = 5
# How often each page is opened in one turn of the mix.
MIX = {
    "/": 12, "/?mine=1": 2, "/leads/": 6, "/leads/{lead}/": 6, "/issues/": 5, "/issues/{issue}/": 9, "/ledger/": 2,
    "/search/?q={words}": 6, "/search/?topic={topic}": 3, "/posts/{post}/": 4, "/topics/": 3, "/topics/?days=30": 2,
    "/topics/compare/": 2, "/topics/{topic}/": 4, "/releases/": 2, "/report/": 2, "/notices/": 3, "/briefs/": 2,
    "/briefs/{brief}/": 2, "/briefs/{brief}/edit/": 2, "/sources/": 3, "/sources/{source}/": 2, "/sources/new/": 1,
    "/quarantine/": 1, "/import/": 1, "/people/": 2, "/people/all/": 2, "/people/{person}/": 1,
    "/people/{person}/leave/": 1, "/people/new/": 1, "/people/roles/": 1, "/people/recipients/": 1, "/people/units/": 1,
    "/swaps/new/": 1, "/sessions/": 1, "/handover/": 2, "/settings/": 1, "/policy/": 1, "/upkeep/": 1,
    "/removals/": 1, "/trail/": 2, "/health/": 2, "/drill/": 1, "/more/": 3, "/issues/{issue}/release/": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """One page opened: milliseconds in the server and at the client, bytes."""

    server: float
    client: float
    size: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--issues", type=int, default=2000)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="folder that keeps the made database")
    asked = parser.parse_args()
    with ExitStack() as stack:
        home = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huiying-load-")))
        home.mkdir(parents=True, exist_ok=True)
        clock = home / "clock.json"
        clock.write_text(json.dumps({"base": AT.timestamp(), "real": 0, "speed": 1, "held": True}))
        listen = f"127.0.0.1:{free_port()}"
        os.environ |= {
            "HUIYING_HOME": str(home),
            "HUIYING_CLOCK_FILE": str(clock),
            "HUIYING_LISTEN": listen,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        # Django can only be loaded after its home is known: settings read the environment when loaded.
        made = importlib.import_module("bench.made_load")
        made.prepare(asked.posts, asked.issues, say=lambda words: print(words, flush=True))
        cookies = [made.cookie() for _ in range(asked.sessions)]
        pages = plan(made.examples())
        server = subprocess.Popen([sys.executable, "-m", "console.web", "--listen", listen], cwd=ROOT)
        stack.callback(end, server)
        wait_for(listen)
        found = load(listen, cookies, pages, asked.seconds)
        ok = show_pages(found, asked)
        return 0 if show_paint(f"http://{listen}", cookies[0]) and ok else 1


def plan(parts: dict[str, list[str]]) -> list[tuple[str, str]]:
    """One turn of the mix, shuffled once: (page of the table, address)."""
    turns = {name: itertools.cycle(values) for name, values in parts.items()}
    pages = []
    for page, often in MIX.items():
        for _ in range(often):
            pages.append((page, re.sub(r"{(\w+)}", lambda part: quote(next(turns[part[1]])), page)))
    random.Random(4).shuffle(pages)
    return pages


def end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    server.wait(timeout=30)


def wait_for(listen: str) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            fetch(listen, "/healthz", "")
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the web process did not start")


def fetch(listen: str, address: str, cookie: str) -> tuple[int, float, int]:
    """(status, server milliseconds, bytes) of one page, over a connection of its own, as behind a proxy."""
    connection = http.client.HTTPConnection(listen, timeout=60)
    try:
        connection.request("GET", address, headers={"Cookie": cookie})
        answer = connection.getresponse()
        body = answer.read()
        told = re.search(r"dur=([\d.]+)", answer.getheader("Server-Timing", ""))
        return answer.status, float(told[1]) if told else 0.0, len(body)
    finally:
        connection.close()


def load(listen: str, cookies: list[str], pages: list[tuple[str, str]], seconds: int) -> dict[str, list[Opened]]:
    """Page -> every time it was opened while it counted. Sessions begin spread over the five seconds."""
    found: dict[str, list[Opened]] = defaultdict(list)
    wrong: list[str] = []
    began = time.monotonic()
    turn = itertools.count()

    def sit(number: int, cookie: str) -> None:
        due = began + EVERY * number / len(cookies)
        while due < began + WARM + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            page, address = pages[next(turn) % len(pages)]
            asked = time.monotonic()
            status, server, size = fetch(listen, address, cookie)
            if status != 200:
                wrong.append(f"{address}: {status}")
            elif asked > began + WARM:
                found[page].append(Opened(server, (time.monotonic() - asked) * 1000, size))
            due = max(due + EVERY, time.monotonic())

    sitting = [threading.Thread(target=sit, args=one) for one in enumerate(cookies)]
    for one in sitting:
        one.start()
    for one in sitting:
        one.join()
    if wrong:
        raise SystemExit("\n".join(sorted(set(wrong))[:20]))
    return found


def show_pages(found: dict[str, list[Opened]], asked: argparse.Namespace) -> bool:
    every = [one for some in found.values() for one in some]
    print(f"\n{machine()}")
    print(
        f"{asked.posts} posts, {asked.issues} open cases, {asked.sessions} sessions, a page every {EVERY:.0f} s each, "
    )
    print(f"{asked.seconds} s, {len(every)} pages opened\n")
    print("| page | opened | server p50 | p95 | client p50 | p95 ms | KB |\n|---|---|---|---|---|---|---|")
    held = True
    for page in MIX:
        some = found.get(page, [])
        server, client = [one.server for one in some], [one.client for one in some]
        size = max((one.size for one in some), default=0)
        good = bool(some) and at_share(server, 0.95) <= P95 and size <= LARGEST
        held &= good
        print(
            f"| `{page}` | {len(some)} | {middle(server):.0f} | {at_share(server, 0.95):.0f} | {middle(client):.0f} | "
            f"{at_share(client, 0.95):.0f} | {size / 1000:.0f}{'' if good else ' **missed**'} |"
        )
    server, client = [one.server for one in every], [one.client for one in every]
    print(
        f"| all | {len(every)} | {middle(server):.0f} | {at_share(server, 0.95):.0f} | {middle(client):.0f} | "
        f"{at_share(client, 0.95):.0f} | |"
    )
    return held


def show_paint(base: str, cookie: str) -> bool:
    """The board in browsers that were never used before, one after the other."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("chromium is not installed: apt install chromium")
    paints, scripts = [], 0
    with sync_playwright() as tool:
        for _ in range(PAINTS):
            browser = tool.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            host = urlsplit(base).hostname or ""
            jar = [part.split("=", 1) for part in cookie.split("; ")]
            context.add_cookies([{"name": n, "value": v, "domain": host, "path": "/"} for n, v in jar])
            page = context.new_page()
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            page.goto(f"{base}/", wait_until="load")
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            scripts = page.evaluate(
                "performance.getEntriesByType('resource').filter((r) => r.initiatorType === 'script')"
                ".reduce((sum, r) => sum + r.decodedBodySize, 0)"
            )
            browser.close()
    print(
        f"\nFirst paint with content of the board, browser started cold, processor {SLOWED} times slower: median ",
        end="",
    )
    print(
        f"{statistics.median(paints):.0f} ms ({', '.join(f'{one:.0f}' for one in paints)}); JavaScript {scripts} bytes"
    )
    return statistics.median(paints) <= FIRST_PAINT and scripts <= MOST_SCRIPT


if __name__ == "__main__":
    sys.exit(main())
