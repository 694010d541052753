"""A real service of a test: started by `manage.py run` on a home and a port of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def environment(home: Path, port: int, **more: str) -> dict[str, str]:
    """Our environment without anybody's own settings; a pack whose sources are files, so that no site is asked."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")}
    ours = {
        "HUIYING_HOME": str(home),
        "HUIYING_LISTEN": f"127.0.0.1:{port}",
        "HUIYING_DISTRICT": str(ROOT / "bench" / "districts" / "a_city"),
        "PYTHONUTF8": "1",
    }
    return {**kept, **ours, **more}


def manage(*words: str, env: dict[str, str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout, check=False)


class Service:
    """Handle on a running service. `out`: what it told the terminal."""

    def __init__(self, process: subprocess.Popen[bytes], home: Path, port: int, out: Path) -> None:
        self.process, self.home, self.port, self._out = process, home, port, out

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def events(self, event: str, **facts: Any) -> list[dict[str, Any]]:
        log = self.home / "log" / "huiying.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        rows = [json.loads(line) for line in lines]
        return [row for row in rows if row["event"] == event and facts.items() <= row.items()]

    def pid_of(self, process: str) -> int:
        return int(self.until(lambda: self.events("started", process=process))[-1]["pid"])

    def until(self, question: Any, seconds: float = 30) -> Any:
        """The first true answer; fails with what the service said when there is none in time."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if answer := question():
                return answer
            time.sleep(0.05)
        raise AssertionError(f"nothing in {seconds} s; the service said:\n{self.out}")

    def health(self) -> int:
        """Status of /healthz, 0 where nobody answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, OSError):
            return 0

    def stop(self, number: int = signal.SIGINT, seconds: float = 15) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=seconds)


@contextmanager
def running(home: Path, code: Path = ROOT, through: Sequence[str] = (), /, **more: str) -> Iterator[Service]:
    """Start, wait until the pages answer; whatever happens, nothing is left running.

    `code`: where it runs from; `through`: what stands before the command.
    """
    port = free_port()
    out = home.parent / f"{home.name}-{port}.out"
    with out.open("wb") as file:
        process = subprocess.Popen(
            [*through, sys.executable, str(code / "manage.py"), "run"],
            env=environment(home, port, **more),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    service = Service(process, home, port, out)
    try:
        service.until(lambda: "已启动" in service.out or process.poll() is not None, 60)
        assert process.poll() is None, service.out
        yield service
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def alive(pid: int) -> bool:
    """Whether the process exists and is more than a dead entry waiting for its parent."""
    status = Path(f"/proc/{pid}/status")
    try:
        return not re.search(r"^State:\s+[ZX]", status.read_text(encoding="utf-8"), re.MULTILINE)
    except FileNotFoundError:
        return False
