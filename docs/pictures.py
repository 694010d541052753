"""Takes the pictures of docs/images/ from a rehearsal (and one of a fresh installation), so that they never age.

    .venv/bin/python docs/pictures.py [--out docs/images]      (make pictures)

Plays `manage.py drill` slowly in a throw-away home, goes into its pages with Debian's own headless Chromium, and takes
each page at its moment of the story, 1280 and 390 pixels wide. Ends with 1 where a page did not come or its browser
console told an error. About six minutes.
"""

import argparse
import io
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

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from console.drill.home import environment  # noqa: E402 - our own, from a script beside it

SPEED = 240.0  # four simulated minutes a second: a page is taken before its moment is over
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--lang=zh-CN",
]
SIZES = {"": (1280, 900), "-phone": (390, 844)}
FIRST_PASSWORD = re.compile(r"口令 (\S+)")
LINK = re.compile(r"（链接用一次）：(\S+)")
COME_WITHIN = 180.0
FIRST_RUN = "first-run"


# Run inside the rehearsal's home: sessions of its people, who have no password, and one alert's personal link.
LET_IN = """
import json, sys
from importlib import import_module
from datetime import timedelta
from django.conf import settings
from django.test import RequestFactory
from console import signing
from office.clock import now
from office.models import User
store = import_module(settings.SESSION_ENGINE).SessionStore
keys = {}
User.objects.filter(username__in=WHO).update(must_change_password=False)
for user in User.objects.filter(username__in=WHO):
    request = RequestFactory().get("/")
    request.session = store()
    signing.begin(request, user, at=now(), must_change=False)
    request.session.save()
    keys[user.username] = request.session.session_key
print(json.dumps(keys))
"""
ALERT = """
import json
from datetime import timedelta
from alerts.models import Notice
from office.clock import now
from office.services.tickets import issue_ticket
notice = Notice.objects.filter(person__username="wang", matter__isnull=False).latest("pk")
token = issue_ticket(
    kind="acknowledge", user=notice.person, object_id=notice.pk, expires_at=now() + timedelta(hours=6))
print(json.dumps({"token": token}))
"""


@dataclass(frozen=True)
class Shot:
    """A page at a moment of the story: `at` district time, `who` looks ("" = nobody signed in).

    `find` opens what is needed and gives the address, or "" where the page is already open. `sizes`: which widths.
    """

    name: str
    at: str
    find: Callable[["Story", Page], str]
    who: str = "wang"
    sizes: tuple[str, ...] = ("", "-phone")


@dataclass(frozen=True)
class Story:
    """The rehearsal that is playing: its home, its pages, its authored site."""

    folder: Path
    base: str

    def moment(self) -> str:
        """Its own time, `2026-11-17T14:22`; "9999" when it has ended."""
        progress = json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))
        return "9999" if progress["state"] in ("ended", "failed") else str(progress["moment"])[:16]

    def site(self) -> str:
        return f"http://127.0.0.1:{json.loads((self.folder / 'drill.json').read_text(encoding='utf-8'))['site_port']}"

    def ask(self, script: str) -> Any:
        """What a few lines answer (JSON) when they run in the rehearsal's home."""
        told = environment(self.folder, listen=self.base.removeprefix("http://"))
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", script],
            cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout.strip().splitlines()[-1])


def at_address(address: str) -> Callable[[Story, Page], str]:
    return lambda story, page: address


def first_link(listing: str, pattern: str) -> Callable[[Story, Page], str]:
    """The first link of a page whose address matches."""

    def find(story: Story, page: Page) -> str:
        page.goto(story.base + listing)
        hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        found = next((href for href in hrefs if re.fullmatch(pattern, href)), None)
        if found is None:
            raise LookupError(f"{listing}: no link like {pattern}")
        return str(found)

    return find


def alert(story: Story, page: Page) -> str:
    return f"/ack/{story.ask(ALERT)['token']}/"


def brief_edit(story: Story, page: Page) -> str:
    return first_link("/briefs/", r"/briefs/\d+/")(story, page) + "edit/"


def trial(story: Story, page: Page) -> str:
    """An address is pasted, the paper's feed by another way of writing it, and what was fetched stands there."""
    page.goto(f"{story.base}/sources/new/")
    page.fill("[name=address]", f"{story.site()}/paper/feed.xml?all=1")
    page.click("main form button.first")
    page.wait_for_url(re.compile(r"/sources/new/\d+/"))
    until = time.monotonic() + 60
    while page.locator("text=正在取").count() and time.monotonic() < until:
        time.sleep(1)
        page.reload()
    return page.url.removeprefix(story.base)


def policy_draft(story: Story, page: Page) -> str:
    """A few values are changed, one of them wrongly, and kept: what is wrong stands beside its field."""
    page.goto(f"{story.base}/policy/draft/")
    page.fill("[name=version]", "2026-02")
    for part, values in (
        ("48 小时回应", {"clocks-response-minutes": "1440", "since-response": "2026-12-01"}),
        ("提醒阶梯", {"ladder-percents": "40、六十", "ladder-unacknowledged_minutes": "5"}),
    ):
        page.locator(f"summary:has-text('{part}')").first.click()
        for name, value in values.items():
            page.fill(f"[name='{name}']", value)
    page.click("form.amend button.first")
    page.wait_for_load_state()
    return "/policy/draft/"


def dismissed(story: Story, page: Page) -> str:
    """A matter is reported by hand, found to be settled, and dismissed: the story itself dismisses nothing."""
    page.goto(f"{story.base}/report/")
    page.fill("[name=title]", "琉璃巷夜间施工噪声")
    page.fill("[name=text]", "居民来电：琉璃巷口昨夜施工到十一点，今早已停。")
    page.check("[name=level][value='4']", force=True)
    page.click("main form button.first")
    page.wait_for_url(re.compile(r"/leads/\d+/"))
    address = page.url.removeprefix(story.base)
    page.check("[name=way][value=dismiss]")
    page.locator("[name=code]").first.check(force=True)
    page.fill("[name=sentence]", "城管到场，当晚停工")
    page.click("main form.compact button.first")
    page.wait_for_url(lambda url: url != f"{story.base}{address}")
    return "/leads/dismissed/"


SHOTS = (
    Shot("sign-in", "2026-11-17T09:05", at_address("/login/"), who=""),
    Shot("lead", "2026-11-17T09:46", first_link("/leads/", r"/leads/\d+/")),
    Shot("messages", "2026-11-17T09:55", at_address("/notices/"), who="zhou"),
    Shot("draft", "2026-11-17T13:56", first_link("/releases/", r"/drafts/\d+/")),
    Shot("alert", "2026-11-17T14:12", alert, who=""),
    Shot("board", "2026-11-17T14:22", at_address("/")),
    Shot("topics", "2026-11-17T15:20", at_address("/topics/")),
    Shot("topic", "2026-11-17T15:30", first_link("/topics/", r"/topics/\d+/\?.*")),
    Shot("post", "2026-11-17T15:45", first_link("/search/?q=青槐路", r"/posts/\d+/")),
    Shot("search", "2026-11-17T16:00", at_address("/search/?q=青槐路&voice=public")),
    Shot("sources", "2026-11-17T16:20", at_address("/sources/")),
    Shot("source-new", "2026-11-17T16:40", trial),
    Shot("issue", "2026-11-17T17:40", first_link("/issues/", r"/issues/\d+/")),
    Shot("handover", "2026-11-17T20:01", at_address("/handover/"), who="xu"),
    Shot("people", "2026-11-17T20:20", at_address("/people/")),
    Shot("policy", "2026-11-17T20:50", at_address("/policy/")),
    Shot("policy-draft", "2026-11-17T21:20", policy_draft),
    Shot("dismissed", "2026-11-17T23:30", dismissed),
    Shot("brief-edit", "2026-11-18T08:01", brief_edit, who="qian"),
    Shot("brief", "2026-11-18T08:10", first_link("/briefs/", r"/briefs/\d+/")),
)
WHO = ("wang", "zhou", "qian", "xu")
AGAIN_AT = ("2026-11-17T18:30", "2026-11-18T05:00")  # sessions end with a shift: everybody comes in once more


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


class Visitors:
    """A browser window for each person of the cast, and one for nobody."""

    def __init__(self, browser: Browser, story: Story) -> None:
        self.story = story
        options: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "base_url": story.base}
        self.contexts = {who: browser.new_context(**options) for who in (*WHO, "")}
        self.wrong: list[str] = []
        self.pages = {who: context.new_page() for who, context in self.contexts.items()}
        for page in self.pages.values():
            page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.come_in()

    def come_in(self) -> None:
        keys = self.story.ask(f"WHO = {WHO!r}\n{LET_IN}")
        for who, key in keys.items():
            self.contexts[who].add_cookies([{"name": "huiying_drill", "value": key, "url": self.story.base}])

    def take(self, shot: Shot, out: Path) -> None:
        """One page in its sizes. Raises LookupError where it is not what was asked for."""
        page = self.pages[shot.who]
        address = self.story.base + shot.find(self.story, page)
        for suffix in shot.sizes:
            width, height = SIZES[suffix]
            page.set_viewport_size({"width": width, "height": height})
            answer = page.goto(address)
            if answer is None or not answer.ok or (shot.who and "/login/" in page.url):
                raise LookupError(f"{address}: {answer.status if answer else 'no answer'}")
            page.locator("[data-again]").first.wait_for(state="detached")  # pieces that come after the page
            small(page.screenshot(), out / f"{shot.name}{suffix}.png")


def take_all(visitors: Visitors, shots: tuple[Shot, ...], out: Path) -> list[str]:
    """Takes every shot at its moment; returns what went wrong."""
    again = list(AGAIN_AT)
    for shot in shots:
        while again and shot.at > again[0]:
            _await(visitors.story, again.pop(0))
            visitors.come_in()
        _await(visitors.story, shot.at)
        try:
            visitors.take(shot, out)
        except Exception as fault:  # the others are still taken; told at the end
            visitors.wrong.append(f"{shot.name}: {fault}")
        print(f"{visitors.story.moment()}  {shot.name}", flush=True)
    return visitors.wrong


def small(png: bytes, path: Path) -> None:
    """Keep the picture with 256 colours: no channel is off by more than 4 of 255, and it has a third of the bytes."""
    with Image.open(io.BytesIO(png)) as picture:
        colours = picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        colours.save(path, optimize=True)


def _await(story: Story, at: str) -> None:
    while story.moment() < at:
        time.sleep(0.05)


def first_run(browser: Browser, out: Path) -> None:
    """The first desk of an installation made for it, which asks nobody on any network anything."""
    home = Path(tempfile.mkdtemp(prefix="huiying-first-run-"))
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")}
    nowhere = f"http://127.0.0.1:{free_port()}"  # a proxy that is not there
    told = {**kept, "HUIYING_HOME": str(home), "HUIYING_LISTEN": f"127.0.0.1:{port}", "HUIYING_PROXY": nowhere}
    service = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "run"],
        cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert service.stdout is not None
        password = next(found[1] for line in service.stdout if (found := FIRST_PASSWORD.search(line)))
        while "已启动" not in (said := service.stdout.readline()):
            if not said:
                raise LookupError("the service did not start")
        page = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", base_url=f"http://127.0.0.1:{port}"
        ).new_page()
        page.goto("/login/")
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", password)
        page.click("main button.first")
        page.fill("[name=old]", password)
        page.fill("[name=new]", "Huiying-2026")
        page.fill("[name=again]", "Huiying-2026")
        page.click("main form button.first")
        page.wait_for_selector("text=开始值守前")
        for suffix, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto("/")
            small(page.screenshot(), out / f"first-run{suffix}.png")
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def rehearsed(browser: Browser, wanted: tuple[Shot, ...], out: Path) -> list[str]:
    """Plays a rehearsal and takes the pictures of it; returns what went wrong."""
    home = Path(tempfile.mkdtemp(prefix="huiying-pictures-"))
    drill = start(home)
    try:
        base = "/".join(link_of(drill).split("/")[:3])
        story = Story(next((home / "drills").glob("drill-*")), base)
        return take_all(Visitors(browser, story), wanted, out)
    finally:
        drill.send_signal(signal.SIGINT)
        drill.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


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
    chinese: dict[str, str | float | bool] = {**os.environ, "LANGUAGE": "zh_CN"}  # how its own date fields read
    wrong: list[str] = []
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=browser_path, args=ARGUMENTS, env=chinese)
        if not asked.only or FIRST_RUN in asked.only:
            first_run(browser, asked.out)
        if wanted:
            wrong = rehearsed(browser, wanted, asked.out)
        browser.close()
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
