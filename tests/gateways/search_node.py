"""A real search node of a test's own: OpenSearch in a folder, on a free port, gone afterwards.

Its jars are fetched once by Maven (tests/search_node/pom.xml) into the cache of the user, never into the repository.
`python -m tests.gateways.search_node` starts one, prints its address and stops it at Ctrl-C.
`python -m tests.gateways.search_node COMMAND …` runs a command with HUIYING_SEARCH_URL set to it, and ends as it ends.
"""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "search_node"
HEAP = os.environ.get("HUIYING_TEST_HEAP", "1g")


class NoNode(Exception):
    """A search node can not be started here; the message says what to install."""


def jars() -> Path:
    """The folder of the node's jars; fetched where they are not there yet."""
    pom = HERE / "pom.xml"
    cache = Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache") / "huiying-tests"
    folder = cache / f"search-node-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    if not shutil.which("java") or not shutil.which("mvn"):
        raise NoNode("Java or Maven is not installed: apt install default-jre-headless maven")
    cache.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="search-node-", dir=cache))
    told = subprocess.run(
        ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if told.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise NoNode(f"Maven could not fetch the search node: {told.stdout[-1000:]}{told.stderr[-500:]}")
    with suppress(OSError):  # another worker was faster
        fresh.rename(folder)
    return folder


@contextmanager
def node() -> Iterator["Node"]:
    """A running node that answers."""
    folder = Path(tempfile.mkdtemp(prefix="huiying-node-"))
    made = Node(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Node:
    """One node; `stop(kill=True)` and `start()` again on the same port and folder play its loss."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, timeout: float = 120) -> None:
        """Start it and wait until it is healthy."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["java", f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-Xlog:disable", "-cp", f"{jars()}/*",
                 str(HERE / "Node.java"), str(self.folder), str(self.port)],
                stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        limit = time.monotonic() + timeout
        while time.monotonic() < limit and self._process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.address}/_cluster/health", timeout=5) as answer:
                if b'"status":"green"' in answer.read():
                    return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text(encoding="utf-8", errors="replace")[-3000:])

    def stop(self, *, kill: bool = False) -> None:
        """End it: asked to, or by SIGKILL as a machine that dies. It also ends with the process that started it."""
        if self._process is None:
            return
        if kill:
            self._process.kill()
        elif self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=30)
        self._process = None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main() -> None:
    with node() as running:
        if sys.argv[1:]:
            env = os.environ | {"HUIYING_SEARCH_URL": running.address, "HUIYING_SEARCH_KIND": "opensearch"}
            sys.exit(subprocess.run(sys.argv[1:], env=env, check=False).returncode)
        print(running.address, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
