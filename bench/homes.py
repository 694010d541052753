"""What the benches of keeping share: a throw-away home, a machine in one line, percentiles, a service at work."""

import importlib.metadata
import os
import platform
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
SEARCHED_AT = datetime(2026, 11, 18, 3, 14, tzinfo=UTC)  # the moment at which a made stock of posts is searched


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def settle(home: Path, **more: str) -> None:
    """Make this process, and those it starts, work on `home`; to be called before Django is loaded."""
    for name in [name for name in os.environ if name.startswith("HUIYING_")]:
        del os.environ[name]
    os.environ |= {
        "HUIYING_HOME": str(home),
        "HUIYING_LISTEN": f"127.0.0.1:{free_port()}",
        "HUIYING_DISTRICT": str(ROOT / "bench" / "districts" / "a_city"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUTF8": "1",
        **more,
    }


def manage(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *words]


@contextmanager
def child(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """A command of ours beside us, ended with us."""
    env = {**os.environ, "HUIYING_PAGES": ""}
    process = subprocess.Popen(
        manage(*words), cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def service() -> Iterator[str]:
    """`manage.py run` on the home; its address once the pages answer."""
    address = f"http://{os.environ['HUIYING_LISTEN']}"
    with child("run") as process:
        limit = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < limit:
            try:
                with urlopen(f"{address}/login/", timeout=5):
                    yield address
                    return
            except (URLError, OSError):
                time.sleep(0.2)
        raise SystemExit("the service did not start")


def at_share(times: Iterable[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def middle(times: Iterable[float]) -> float:
    return statistics.median(list(times) or [float("nan")])


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    django = importlib.metadata.version("django")
    return (
        f"{os.cpu_count()} cores {platform.machine()}, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"Django {django}, SQLite {sqlite3.sqlite_version}; load when it ended {os.getloadavg()[0]:.1f}"
    )
