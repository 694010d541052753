"""A real Redis of a test's own, on a free port, gone afterwards."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.needs import missing

PASSWORD = "secret"


@contextmanager
def server() -> Iterator["Server"]:
    """A running server that keeps its rows in a file, as in service, and asks for a password."""
    folder = Path(tempfile.mkdtemp(prefix="huiying-redis-"))
    made = Server(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """One server; `stop(kill=True)` and `start()` again play its loss, `empty()` the loss of what it held."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("Redis is not installed: apt install redis-server")
        self._program = program
        self.folder = folder
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, number: int = 0) -> str:
        """As HUIYING_REDIS takes it."""
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/{number}"

    def start(self, timeout: float = 20) -> None:
        self._process = subprocess.Popen(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD,
             "--dir", str(self.folder), "--appendonly", "yes", "--save", ""],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        limit = time.monotonic() + timeout
        while time.monotonic() < limit:
            if self.tell("PING") == "+PONG":
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("redis-server did not start")

    def stop(self, *, kill: bool = False) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        self._process.wait(timeout=20)
        self._process = None

    def empty(self) -> None:
        """As after a loss of its disk."""
        self.tell("FLUSHALL")

    def tell(self, *words: str) -> str:
        """The first line of its answer; "" where nobody answers."""
        asked = f"AUTH {PASSWORD}\r\n{' '.join(words)}\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(asked)
                answer = line.makefile("rb")
                answer.readline()
                return answer.readline().decode().strip()
        except OSError:
            return ""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
