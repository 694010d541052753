"""The desk under test: simulated time that a test moves, people who are signed in, a real headless Chromium."""

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.fixtures import Settings

from office import statements
from office.models import User
from tests import needs
from tests.console.night import Night, night

# The browser's own loop runs in this thread; the tests' few reads of the database are meant to wait.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

BEIJING = ZoneInfo("Asia/Shanghai")
PASSWORD = "Qinghuai-2026"
NIGHT = datetime(2026, 11, 18, 3, 14, 20, tzinfo=BEIJING)
# Pages that say no are pages: a form to be mended, a password asked for again.
REFUSALS = re.compile(r"status of 4(22|01)")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]


@pytest.fixture
def clock(settings: Settings, tmp_path: Path) -> Callable[[datetime], None]:
    """`clock(moment)` makes it that moment for every page, until it is moved again."""
    file = tmp_path / "clock.json"

    def turn(moment: datetime) -> None:
        file.write_text(json.dumps({"base": moment.timestamp(), "real": 0, "speed": 1, "held": True}))

    turn(NIGHT)
    settings.CLOCK_FILE = str(file)
    return turn


@pytest.fixture
def desk(db: None, clock: Callable[[datetime], None]) -> Night:
    """The night of the pictures, at 03:14."""
    return night(NIGHT)


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    """`sign_in(person)` gives a browser-less client of that person."""

    def enter(person: User) -> Client:
        fresh = Client()
        fresh.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return fresh

    return enter


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = needs.chromium()
    with sync_playwright() as tool:
        statements.let_go()  # the browser's loop has begun in this thread
        browser = tool.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    statements.let_go()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser window of 1440×900; an error on the console of any page fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    window = context.new_page()
    wrong: list[str] = []
    window.on("pageerror", lambda error: wrong.append(str(error)))
    window.on(
        "console",
        lambda said: wrong.append(said.text) if said.type == "error" and not REFUSALS.search(said.text) else None,
    )
    yield window
    context.close()
    assert wrong == []
