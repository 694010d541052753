"""What the idle service costs: memory (PSS) and processor of all processes, on a local site that answers 304.

`python -m bench.idle [--minutes 10] [--sources 118]` starts the real service on a throw-away home, waits until every
source has been visited once, then measures. Nothing outside the machine is asked.
"""

import argparse
import os
import platform
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import django
import psutil
import yaml

ROOT = Path(__file__).resolve().parent.parent
LIMITS = {"total": 400.0, "reading": 200.0, "cpu": 5.0}  # MB, MB, % of one core
PAGE = "<!doctype html><meta charset=utf-8><title>栏目</title><ul><li>{number} 号栏目今日无新内容</li></ul>"


class Unchanged(BaseHTTPRequestHandler):
    """Every page once; 304 to whoever has it already. No robots.txt."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith("/s/"):
            self._answer(404, b"")
        elif self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since"):
            self._answer(304, b"")
        else:
            self._answer(200, PAGE.format(number=self.path.rpartition("/")[2]).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def make_pack(folder: Path, site: str, count: int) -> None:
    """The pack of Xicheng with `count` list pages of the local site, on the rhythms of the real register."""
    shutil.copytree(ROOT / "districts" / "xicheng", folder)
    register = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    model = next(line for line in register["sources"] if line["kind"] == "page" and line["enabled"])
    rhythms = [line["rhythm_minutes"] for line in register["sources"] if line["enabled"]]
    lines = []
    for number in range(count):
        line = {key: value for key, value in model.items() if key not in {"selectors", "example", "page_facts"}}
        line |= {
            "id": f"idle-{number:03}",
            "name": f"空闲栏目 {number}",
            "address": f"{site}/s/{number}",
            "list_hint": f"^{site}/a/\\d+$",
            "rhythm_minutes": rhythms[number % len(rhythms)],
        }
        lines.append(line)
    register["sources"] = lines
    (folder / "sources.yaml").write_text(yaml.safe_dump(register, allow_unicode=True), encoding="utf-8")


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def visited(home: Path) -> int:
    """Sources visited at least once."""
    with sqlite3.connect(f"file:{home / 'huiying.sqlite3'}?mode=ro", uri=True, timeout=10) as database:
        return int(
            database.execute("SELECT COUNT(*) FROM crawlers_source WHERE last_visit_at IS NOT NULL").fetchone()[0]
        )


def name_of(process: psutil.Process) -> str:
    words = process.cmdline()
    for mark, name in (("console.supervisor", "supervisor"), ("console.web", "web"), ("clock", "clock")):
        if mark in words:
            return name
    return "reading" if "reading" in words else "reading/child"


def sample(top: psutil.Process) -> tuple[dict[str, float], float]:
    """PSS in MB by name, and processor seconds used so far by all, ended children included."""
    memory: dict[str, float] = {}
    seconds = 0.0
    for process in [top, *top.children(recursive=True)]:
        try:
            name = name_of(process)
            memory[name] = memory.get(name, 0.0) + process.memory_full_info().pss / 1024**2
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return memory, seconds


def measure(top: psutil.Process, minutes: float) -> tuple[dict[str, list[float]], list[float], float]:
    """Samples every five seconds: PSS by name, PSS of all, and the mean share of one core in %."""
    by_name: dict[str, list[float]] = {}
    totals: list[float] = []
    begun = time.monotonic()
    used_before = sample(top)[1]
    used = used_before
    while time.monotonic() - begun < minutes * 60:
        time.sleep(5)
        memory, seconds = sample(top)
        used = max(used, seconds)
        totals.append(sum(memory.values()))
        for name, size in memory.items():
            by_name.setdefault(name, []).append(size)
    return by_name, totals, (used - used_before) / (time.monotonic() - begun) * 100


def report(by_name: dict[str, list[float]], totals: list[float], cpu: float, options: argparse.Namespace) -> bool:
    machine = f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 1024**3:.0f} GiB, {platform.platform()}"
    print(f"idle service, {options.sources} sources answering 304, {options.minutes:g} min after the first full round")
    print(
        f"{machine}; Python {platform.python_version()}, Django {django.__version__}, SQLite {sqlite3.sqlite_version}\n"
    )
    print("| process | PSS mean MB | PSS max MB | limit |\n|---|---|---|---|")
    reading = by_name.get("reading", [0.0])
    for name, sizes in sorted(by_name.items()):
        limit = f"{LIMITS['reading']:.0f}" if name == "reading" else ""
        print(f"| {name} | {statistics.fmean(sizes):.0f} | {max(sizes):.0f} | {limit} |")
    print(f"| all together | {statistics.fmean(totals):.0f} | {max(totals):.0f} | {LIMITS['total']:.0f} |")
    print(f"\nprocessor, all together: {cpu:.1f} % of one core (limit {LIMITS['cpu']:.0f} %)")
    return (
        statistics.fmean(totals) <= LIMITS["total"]
        and statistics.fmean(reading) <= LIMITS["reading"]
        and cpu <= LIMITS["cpu"]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sources", type=int, default=118)
    parser.add_argument("--first-round", type=float, default=20, help="longest wait for the first full round, minutes")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Unchanged)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory(prefix="huiying-idle-") as folder:
        home = Path(folder) / "home"
        make_pack(Path(folder) / "pack", f"http://{address}", options.sources)
        env = {name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")} | {
            "HUIYING_HOME": str(home),
            "HUIYING_DISTRICT": str(Path(folder) / "pack"),
            "HUIYING_LISTEN": f"127.0.0.1:{free_port()}",
            "HUIYING_DRILL": "1",  # the only way to let a spider visit this machine; real time, nothing sent
            "HUIYING_LOOPBACK": address,
        }
        log = (Path(folder) / "out").open("wb")
        service = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), "run"], env=env, stdout=log, stderr=log)
        try:
            begun = time.monotonic()
            while time.monotonic() - begun < options.first_round * 60:
                time.sleep(2)
                if service.poll() is not None:
                    sys.exit(f"the service ended:\n{(Path(folder) / 'out').read_text(encoding='utf-8')[-2000:]}")
                if (home / "service.lock").exists() and (home / "run").exists() and visited(home) >= options.sources:
                    break
            print(f"first full round: {visited(home)} of {options.sources} sources in {time.monotonic() - begun:.0f} s")
            good = report(*measure(psutil.Process(service.pid), options.minutes), options)
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(timeout=20)
            log.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
