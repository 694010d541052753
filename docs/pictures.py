"""Takes the pictures of docs/images/ from a rehearsal, so that they never show a desk that is no more.

    .venv/bin/python docs/pictures.py [--out docs/images]      (make pictures)

Plays `manage.py drill` slowly in a throw-away home, goes into its pages with Debian's own headless Chromium, and takes
each page at its moment of the story, 1280 and 390 pixels wide. Ends with 1 where a page did not come or its browser
console told an error. About six minutes.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SPEED = 240.0  # four simulated minutes a second: a page is taken before its moment is over
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--force-color-profile=srgb",
]
SIZES = {"": (1280, 900), "-phone": (390, 844)}
LINK = re.compile(r"（链接用一次）：(\S+)")
COME_WITHIN = 180.0


@dataclass(frozen=True)
class Shot:
    """A page at a moment of the story: `at` district time, `address` or a way to find it from the board."""

    name: str
    at: str
    find: Callable[[Page], str]


def at_address(address: str) -> Callable[[Page], str]:
    return lambda page: address


def first_link(listing: str, pattern: str) -> Callable[[Page], str]:
    """The first link of a page whose address matches."""

    def find(page: Page) -> str:
        page.goto(listing)
        hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        found = next((href for href in hrefs if re.fullmatch(pattern, href)), None)
        if found is None:
            raise LookupError(f"{listing}: no link like {pattern}")
        return str(found)

    return find


SHOTS = (
    Shot("lead", "2026-11-17T09:46", first_link("/leads/", r"/leads/\d+/")),
    Shot("messages", "2026-11-17T09:55", at_address("/notices/")),
    Shot("board", "2026-11-17T14:22", at_address("/")),
    Shot("issue", "2026-11-17T14:26", first_link("/issues/", r"/issues/\d+/")),
    Shot("topics", "2026-11-17T15:20", at_address("/topics/")),
    Shot("topic", "2026-11-17T15:30", first_link("/topics/", r"/topics/\d+/")),
    Shot("post", "2026-11-17T15:45", first_link("/posts/?q=青槐路", r"/posts/\d+/")),
    Shot("search", "2026-11-17T16:00", at_address("/posts/?q=青槐路")),
    Shot("sources", "2026-11-17T16:20", at_address("/sources/")),
    Shot("handover", "2026-11-17T20:00", at_address("/handover/")),
    Shot("people", "2026-11-17T20:20", at_address("/people/")),
    Shot("policy", "2026-11-17T20:50", at_address("/policy/")),
    Shot("brief", "2026-11-18T08:10", first_link("/briefs/", r"/briefs/\d+/")),
)


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def start(home: Path) -> "subprocess.Popen[str]":
    """The rehearsal as a newcomer starts it, in a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")}
    surroundings = {**kept, "HUIYING_HOME": str(home), "HUIYING_DRILL_PORT": str(free_port())}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "drill", "--speed", str(SPEED)],
        cwd=ROOT,
        env=surroundings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def link_of(drill: "subprocess.Popen[str]") -> str:
    """The one-time link into its pages. Raises TimeoutError; what the drill says later is read away."""
    said: Queue[str] = Queue()

    def listen() -> None:
        assert drill.stderr is not None
        for line in drill.stderr:
            said.put(line)

    threading.Thread(target=listen, daemon=True).start()
    heard = []
    until = time.monotonic() + COME_WITHIN
    while time.monotonic() < until:
        try:
            line = said.get(timeout=1)
        except Empty:
            if drill.poll() is not None:
                break
            continue
        heard.append(line)
        if found := LINK.search(line):
            return found[1]
    raise TimeoutError("the rehearsal showed no link:\n" + "".join(heard))


def moment(home: Path) -> str:
    """The rehearsal's own time, `2026-11-17T14:22`; the last one where it has ended."""
    progress = json.loads(next((home / "drills").glob("drill-*/progress.json")).read_text(encoding="utf-8"))
    return "9999" if progress["state"] in ("ended", "failed") else str(progress["moment"])[:16]


def take(context: BrowserContext, shots: tuple[Shot, ...], home: Path, out: Path) -> list[str]:
    """Takes every shot at its moment; returns what went wrong."""
    wrong: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    for shot in shots:
        while moment(home) < shot.at:
            time.sleep(0.05)
        try:
            address = shot.find(page)
            for suffix, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                answer = page.goto(address)
                if answer is None or not answer.ok:
                    raise LookupError(f"{address}: {answer.status if answer else 'no answer'}")
                page.screenshot(path=str(out / f"{shot.name}{suffix}.png"))
        except Exception as fault:  # the others are still taken; told at the end
            wrong.append(f"{shot.name}: {fault}")
        print(f"{moment(home)}  {shot.name}", flush=True)
    return wrong


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    words.add_argument("--only", nargs="*", default=[], help="names of the pages wanted")
    asked = words.parse_args()
    browser_path = shutil.which("chromium")
    if browser_path is None:
        sys.exit("chromium is not installed")
    asked.out.mkdir(parents=True, exist_ok=True)
    wanted = tuple(shot for shot in SHOTS if not asked.only or shot.name in asked.only)
    home = Path(tempfile.mkdtemp(prefix="huiying-pictures-"))
    drill = start(home)
    options: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
    try:
        link = link_of(drill)
        with sync_playwright() as tool:
            browser = tool.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
            context = browser.new_context(base_url="/".join(link.split("/")[:3]), **options)
            context.new_page().goto(link)
            wrong = take(context, wanted, home, asked.out)
            browser.close()
    finally:
        drill.send_signal(signal.SIGINT)
        drill.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
