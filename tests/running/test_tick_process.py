"""The processes that tick: they finish what they are doing, and call outside only after a clock sweep has run."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.running.service import ROOT, environment, free_port, running


class Watchdog(ThreadingHTTPServer):
    """Counts the calls it gets."""

    calls = 0


class Call(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Watchdog)
        self.server.calls += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    server = Watchdog(("127.0.0.1", 0), Call)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def start(home: Path, *words: str, **more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(ROOT / "manage.py"), "tick", "--forever", "--parent", str(os.getpid()), *words]
    return subprocess.Popen(command, env=environment(home, free_port(), **more), stderr=subprocess.DEVNULL)


def until(question: Any, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_a_sweep_that_is_running_when_the_service_stops_is_finished(tmp_path: Path) -> None:
    process = start(tmp_path, PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="tests.running.slow_settings")
    diary = tmp_path / "diary"
    until(lambda: diary.exists() and diary.read_text() == "begun ")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert diary.read_text() == "begun ended "


def test_the_watchdog_outside_is_called_after_a_clock_sweep(home: Path, watchdog: Watchdog) -> None:
    address = f"http://127.0.0.1:{watchdog.server_port}/alive"
    process = start(home, "--only", "clock", HUIYING_PING_URL=address)
    try:
        until(lambda: watchdog.calls == 1)
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_the_watchdog_hears_nothing_while_clock_sweeps_fail_or_do_not_run(
    tmp_path: Path, home: Path, watchdog: Watchdog
) -> None:
    address = f"http://127.0.0.1:{watchdog.server_port}/alive"
    # No tables there: every clock sweep fails. The other process runs no clock sweep at all.
    started = [
        start(tmp_path / "empty", "--only", "clock", HUIYING_PING_URL=address),
        start(home, "--only", "ingest", HUIYING_PING_URL=address),
    ]
    try:
        until(lambda: all((folder / "run" / "tick.pulse").exists() for folder in (tmp_path / "empty", home)))
        time.sleep(2)
        assert watchdog.calls == 0
    finally:
        for process in started:
            process.terminate()
            process.wait(timeout=10)


def test_a_reading_process_that_hangs_delays_no_clock(home: Path) -> None:
    with running(home) as service:
        os.kill(service.pid_of("reading"), signal.SIGSTOP)
        pulse = home / "run" / "clock.pulse"
        before = pulse.stat().st_mtime_ns
        until(lambda: pulse.stat().st_mtime_ns > before, 5)
        assert service.health() in {200, 503}
