"""A second desk in the same network, over a real wire: from the first password to the same pages on another machine."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import needs
from tests.console.conftest import ARGUMENTS
from tests.running.network import SERVICE, WAY_OUT, Network, office_network, within
from tests.running.service import ROOT, Service, environment, running
from tests.site.outside import ADDRESS, BOARD, HOST

PORT, PROXY_PORT = 8000, 3128
URL = f"http://{SERVICE}:{PORT}"
MINE, HERS = "Lu-Deng-2026", "Bai-Guang-7788"
# As docs/operations.md says: used in the network without a proxy of its own, and the office's way out for crawling.
SETTINGS = {
    "HUIYING_LISTEN": f"0.0.0.0:{PORT}",
    "HUIYING_URL": URL,
    "HUIYING_PROXY": f"http://{WAY_OUT}:{PROXY_PORT}",
}
WORD = "冈路的"  # the middle of 井冈路的路灯
# What each page is known by: none of them may be a page that says no.
SAME = {
    f"/search/?q={WORD}": "街坊论坛",
    "/posts/1/": "street.example",
    "/sources/": "街坊论坛",
    "/topics/": "热点",
    "/people/": "周岚",
    "/people/units/": "单位",
    "/policy/": "48 小时",
}


@pytest.fixture
def network() -> Iterator[Network]:
    with office_network({HOST: ADDRESS}) as made:
        yield made


@pytest.fixture
def way_out(network: Network) -> Iterator[None]:
    site = str(ROOT / "tests" / "site" / "outside.py")
    process = subprocess.Popen([*within(network.out), sys.executable, site, WAY_OUT, str(PROXY_PORT)])
    yield
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def desk(chromium: Browser, network: Network, tmp_path: Path) -> Iterator[Browser]:
    """A browser of the other machine: it has no way to the service but the wire."""
    start = tmp_path / "chromium"
    start.write_text(f'#!/bin/sh\nexec {" ".join(within(network.desk))} {needs.chromium()} "$@"\n', encoding="utf-8")
    start.chmod(0o755)
    browser = chromium.browser_type.launch(executable_path=str(start), args=ARGUMENTS)
    yield browser
    browser.close()


@contextmanager
def window(desk: Browser) -> Iterator[Page]:
    context = desk.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_a_newcomer_sets_up_a_second_desk_and_gets_everything_back_on_a_new_machine(
    network: Network, way_out: None, desk: Browser, tmp_path: Path
) -> None:
    home, backups = tmp_path / "home", tmp_path / "usb"
    with running(home, ROOT, within(network.service), **SETTINGS) as service:
        with window(desk) as page:
            _first_sign_in(page, service)
            link = _invite(page)
            _add_the_board(page)
        with window(desk) as page:
            _join(page, link)
            _find(page)
            before = _read(page)
        made = _manage(ROOT, home, "backup", str(backups))
        assert made.returncode == 0, made.stderr
        for part in (service.process.pid, *(service.pid_of(name) for name in ("web", "clock", "reading"))):
            os.kill(part, signal.SIGKILL)
    shutil.rmtree(home)

    code, again = tmp_path / "新机器" / "huiying", tmp_path / "新机器" / "home"
    shutil.copytree(ROOT, code, ignore=shutil.ignore_patterns(".*", "var", "tests", "bench", "__pycache__"))
    shutil.copytree(ROOT / "bench" / "districts", code / "bench" / "districts")
    back = _manage(code, again, "restore", str(backups))
    assert back.returncode == 0, back.stderr
    with running(again, code, within(network.service), **SETTINGS), window(desk) as page:
        _sign_in(page, "zhoulan", HERS)
        after = _read(page)
    assert after == before


def _manage(code: Path, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(code / "manage.py"), *words]
    env = environment(home, PORT, **SETTINGS)
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def _sign_in(page: Page, username: str, password: str) -> None:
    page.goto(f"{URL}/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("口令", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def _set_password(page: Page, password: str, button: str) -> None:
    page.get_by_label("新口令", exact=True).fill(password)
    page.get_by_label("新口令，再写一遍").fill(password)
    page.locator("main").get_by_role("button", name=button).click()


def _first_sign_in(page: Page, service: Service) -> None:
    told = re.search(r"用户名 (\S+)  口令 (\S+)", service.out)
    assert told is not None
    _sign_in(page, told[1], told[2])
    page.get_by_label("现在的口令").fill(told[2])
    _set_password(page, MINE, "改口令")
    expect(page.get_by_text("口令已改。")).to_be_visible()


def _invite(page: Page) -> str:
    page.goto(f"{URL}/people/new/")
    page.get_by_label("用户名").fill("zhoulan")
    page.get_by_label("姓名").fill("周岚")
    for role in ("值班长", "研判员"):
        page.get_by_label(role, exact=True).check()
    page.get_by_role("button", name="新建并给链接").click()
    link = page.get_by_label("一次性链接").input_value()
    assert link.startswith(URL), "a link that opens on the other desk too"
    return link


def _add_the_board(page: Page) -> None:
    page.goto(f"{URL}/sources/new/")
    page.get_by_label("粘贴地址").fill(BOARD)
    page.get_by_role("button", name="取一次").click()
    expect(page.get_by_role("heading", name="登记", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_label("名称").fill("街坊论坛")
    page.get_by_label("类别", exact=True).select_option("board")
    page.locator("#keep label.pick", has_text="整源属本区").click()
    page.get_by_label("法律依据").fill("公开网页")
    page.get_by_label("影响评估").fill("居民说街上的事；可能有电话，入库前去除")
    page.get_by_label("复核日期").fill("2027-06-30")
    page.get_by_label("登记理由").fill("居民常在这里说事")
    page.get_by_role("button", name="保存并启用").click()
    expect(page.locator("h1")).to_contain_text("街坊论坛")


def _join(page: Page, link: str) -> None:
    page.goto(link)
    _set_password(page, HERS, "设好口令")
    _sign_in(page, "zhoulan", HERS)


def _find(page: Page) -> None:
    until = time.monotonic() + 60
    while True:
        page.goto(f"{URL}/search/")
        page.get_by_label("找", exact=True).fill(WORD)
        page.keyboard.press("Enter")
        if page.locator("ol.hits").get_by_text("井冈路的路灯坏了半个月").count():
            return
        assert time.monotonic() < until, page.locator("main").inner_text()
        time.sleep(1)


def _read(page: Page) -> dict[str, str]:
    """What the pages say, in the order they are opened."""
    said = {}
    for address, known in SAME.items():
        page.goto(f"{URL}{address}")
        said[address] = page.locator("main").inner_text()
        assert known in said[address], said[address]
    return said
