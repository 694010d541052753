"""A real PostgreSQL server of a test's own: made in a folder, on a socket and a free port, gone afterwards.

`python -m tests.gateways.postgres` starts one, prints its address and stops it at Ctrl-C.
`python -m tests.gateways.postgres COMMAND …` runs the command with HUIYING_DATABASE set to it, and ends as it ends.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.needs import missing

# What makes a server of tests fast: nothing it writes has to outlive the machine.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path:
    """The folder of initdb and postgres."""
    for folder in [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/pgsql/bin")]:
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found is None:
        missing("PostgreSQL is not installed: apt install postgresql")
    return Path(found).parent


@contextmanager
def server(settings: dict[str, str] | None = None) -> Iterator["Server"]:
    """A running server with one role, `huiying`, that may make databases."""
    folder = Path(tempfile.mkdtemp(prefix="huiying-pg-"))
    made = Server(folder, SETTINGS | (settings or {}))
    try:
        made.prepare()
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """One server; `stop(kill=True)` and `start()` again play its loss."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.settings = settings
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        # The server refuses to run as root: there it runs as the user its package made.
        self._user = "postgres" if os.geteuid() == 0 else None

    def address(self, name: str) -> str:
        """The address of a database, as HUIYING_DATABASE takes it."""
        return f"postgresql://huiying:secret@127.0.0.1:{self.port}/{name}"

    def prepare(self) -> None:
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        secret = self.folder / "secret"
        secret.write_text("secret", encoding="ascii")
        if self._user:
            os.chown(secret, entry.pw_uid, entry.pw_gid)
        self._run(
            str(programs() / "initdb"), "-D", str(self.folder / "data"), "-U", "huiying", "--pwfile", str(secret),
            "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip

    def start(self, timeout: float = 30) -> None:
        words = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [str(programs() / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
             "-k", str(self.folder), *words],
            stdout=log, stderr=log, user=self._user, cwd=self.folder,
        )  # fmt: skip
        limit = time.monotonic() + timeout
        while time.monotonic() < limit:
            ready = subprocess.run(
                [str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
            )
            if ready.returncode == 0:
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:])

    def stop(self, *, kill: bool = False) -> None:
        """End it: at once and cleanly, or by SIGKILL as a machine that dies."""
        if self._process is None:
            return
        if kill:
            _kill_tree(self._process.pid)
        else:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: connections are ended
        self._process.wait(timeout=30)
        self._process = None

    def _run(self, *words: str) -> None:
        subprocess.run(words, check=True, user=self._user, stdout=subprocess.DEVNULL, cwd=self.folder)


def _kill_tree(pid: int) -> None:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    with suppress(OSError):
        for child in children.read_text(encoding="ascii").split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main() -> None:
    with server() as running:
        if sys.argv[1:]:
            env = os.environ | {"HUIYING_DATABASE": running.address("postgres")}
            sys.exit(subprocess.run(sys.argv[1:], env=env, check=False).returncode)
        print(running.address("postgres"), flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
