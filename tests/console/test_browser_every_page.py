"""Every page of the desk in a real browser, once: axe without serious findings, widths of a desk, of 200 % zoom and of
a phone, a visible ring on everything that can be done, keys that lead somewhere, no more JavaScript than allowed.

axe-core (MPL-2.0) stands in tests/console/vendor/axe; it is put into the page by the browser's own door, past the CSP.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from tests.console import full_house
from tests.console.conftest import NIGHT
from tests.console.night import night
from tests.console.test_browser_story import enter

pytestmark = pytest.mark.django_db(transaction=True)

AXE = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
MOST_SCRIPT = 60_000  # bytes on any page
WIDTHS = (1280, 640, 390)  # a desk, the same at 200 %, a phone
RUN_AXE = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"], iframes: false });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => `${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 120)}`);
}"""
# What can be done by hand and gets no focus, or has it without anybody seeing it.
WITHOUT_RING = """() => {
  const seen = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;
  const drawn = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
  const ringed = (el) => drawn(getComputedStyle(el));
  const wrong = [];
  const doing = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
    + ", [data-open], [data-unfold]";
  document.querySelectorAll(doing).forEach((el) => {
    if (!seen(el) || el.disabled || el.getAttribute("aria-hidden") === "true") return;
    el.focus();
    if (document.activeElement !== el) { wrong.push("no focus: " + el.outerHTML.slice(0, 120)); return; }
    const faces = [el, el.parentElement.querySelector(".face")].filter(Boolean);
    if (!faces.some(ringed)) wrong.push("no ring: " + el.outerHTML.slice(0, 120));
  });
  return wrong;
}"""
# A key drawn on a control that no key of the page presses.
DEAD_KEYS = """() => [...document.querySelectorAll("main .key")].map((key) => {
  const name = key.textContent.trim().toLowerCase(), control = key.closest("a, button, label");
  if (!/^[a-z]$/.test(name) || !control || key.parentElement.querySelectorAll(".key").length > 1) return "";
  const bound = control.matches(`[data-hotkey="${name}"], [data-press="${name}"]`)
    || (name === "n" && control.matches("[data-new]")) || (name === "a" && control.matches("[data-take]"))
    || (name === "r" && control.matches("[data-resort]")) || (name === "j" && control.matches("[data-next]"))
    || (name === "k" && control.matches("[data-prev]")) || (control.matches("[data-submit]"));
  return bound ? "" : "dead key: " + control.outerHTML.slice(0, 160);
}).filter(Boolean)"""
SCRIPTS = """() => performance.getEntriesByType("resource").filter((r) => r.initiatorType === "script")
  .reduce((sum, r) => sum + r.decodedBodySize, 0)"""


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page that is open, in words."""
    page.keyboard.press("Tab")  # from here on a ring is shown, as for a person who uses keys
    wrong: list[str] = page.evaluate(WITHOUT_RING)
    wrong += page.evaluate(DEAD_KEYS)
    if (script := page.evaluate(SCRIPTS)) > MOST_SCRIPT:
        wrong.append(f"{script} bytes of JavaScript")
    page.evaluate(AXE)
    wrong += page.evaluate(RUN_AXE)
    for width in WIDTHS[1:]:
        page.set_viewport_size({"width": width, "height": 900})
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            wrong.append(f"{needed} px wide at {width}")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return wrong


@pytest.fixture
def two(chromium: Browser) -> Any:
    """Two windows: of somebody who is signed in, and of somebody who is not."""
    contexts: list[BrowserContext] = []
    for _ in range(2):
        # Only for axe: everything of the pages themselves keeps to the policy (test_pages).
        contexts.append(
            chromium.new_context(
                viewport={"width": WIDTHS[0], "height": 900}, locale="zh-CN", bypass_csp=True, reduced_motion="reduce"
            )
        )
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def test_every_page_is_open_to_everybody_who_sits_at_it(
    live_server: LiveServer, two: list[Page], clock: Callable[[datetime], None]
) -> None:
    desk = night(NIGHT)
    full_house.fill(desk)
    inside, outside = two
    broken: list[str] = []
    for page in two:
        page.on("pageerror", lambda error: broken.append(str(error)))
    enter(inside, live_server, "wangmin")
    inside.wait_for_url(f"{live_server.url}/")
    wrong: dict[str, list[str]] = {}
    for name, address in full_house.opened(desk).items():
        page = outside if name in full_house.OUTSIDE else inside
        answer = page.goto(live_server.url + address)
        assert answer is not None and answer.status in (200, 404), (name, answer and answer.status)
        if found := faults_of(page):
            wrong[name] = found
    assert wrong == {}
    assert broken == []
