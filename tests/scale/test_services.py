"""The parts of the compose file at work on real servers: what they make of a stream, and what their loss costs."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.gateways import postgres, redis
from tests.running.service import free_port
from tests.scale import world
from tests.scale.compose import ROOT, Stage

LASTING = ("web", "worker", "beat", "clock")


class Desk:
    """The services of the file on servers of this machine."""

    def __init__(self, folder: Path, database: postgres.Server, bells: redis.Server) -> None:
        self.database, self.bells, self.port = database, bells, free_port()
        self.address = database.address("huiying")
        self.home = folder / "data"
        replace = {
            "postgres:5432": f"127.0.0.1:{database.port}",
            "redis:6379": f"127.0.0.1:{bells.port}",
            "http://elasticsearch:9200": "",  # the index in the database; the node has its own tests
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
        }
        secrets = {"postgres": "secret", "redis": redis.PASSWORD}
        self.stage = Stage(folder, replace=replace, secrets=secrets)
        self.more = {
            "HUIYING_DISTRICT": str(world.pack(folder / "pack")),
            "HUIYING_SEARCH_USER": "",
            "HUIYING_SEARCH_PASSWORD_FILE": "",
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *services: str) -> None:
        for name in services:
            part = name.rstrip("0123456789")
            self.running[name] = self.stage.start(part, **self.more)

    def stop(self, *services: str, number: int = signal.SIGTERM) -> None:
        for name in services:
            process = self.running.pop(name)
            if number == signal.SIGKILL:
                _kill_with_children(process)
            else:
                process.send_signal(number)
            process.wait(timeout=60)

    def await_sweep(self, name: str, *, seconds: float = 40) -> None:
        """Until the sweep has ended once more than it had now."""
        sql = f"SELECT ended_at FROM office_sweepstate WHERE name = '{name}'"
        before, limit = world.asked(self.address, sql), time.monotonic() + seconds
        while world.asked(self.address, sql) == before:
            assert time.monotonic() < limit, f"{name} did not run within {seconds:g} s"
            time.sleep(0.3)


def _kill_with_children(process: "subprocess.Popen[bytes]") -> None:
    """As a machine that dies: the worker's children with it."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    for pid in listed:
        subprocess.run(["kill", "-9", pid], check=False)
    process.kill()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with postgres.server() as database, redis.server() as bells:
        made = Desk(tmp_path_factory.mktemp("services"), database, bells)
        done = made.stage.start("migrate", **made.more).wait(timeout=180)
        assert done == 0, made.stage.said("migrate")
        made.start(*LASTING)
        try:
            yield made
        finally:
            made.stop(*list(made.running))


def _answers(address: str) -> int:
    try:
        with urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except (URLError, OSError):
        return 0


def test_the_file_starts_and_tells_the_first_login_once(desk: Desk) -> None:
    assert "admin" in desk.stage.said("migrate")
    limit = time.monotonic() + 90
    while _answers(f"http://127.0.0.1:{desk.port}/healthz") != 200:
        assert time.monotonic() < limit, [desk.stage.said(name)[-1500:] for name in LASTING]
        time.sleep(0.5)
    assert _answers(f"http://127.0.0.1:{desk.port}/login/") == 200


def test_a_stream_comes_to_the_same_as_on_the_embedded_default(desk: Desk, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    world.drop(desk.home, now=now)
    world.settled(desk.address, posts=len(world.STREAM), seconds=90)
    home = tmp_path / "embedded"
    env = desk.stage.environment("migrate", **desk.more) | {"HUIYING_HOME": str(home), "HUIYING_DATABASE": ""}
    env |= {"HUIYING_DATABASE_PASSWORD_FILE": "", "HUIYING_REDIS": "", "HUIYING_REDIS_PASSWORD_FILE": ""}
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "run", "--prepare-only"], env=env, check=True, stdout=subprocess.DEVNULL)
    world.drop(home, now=now)
    file = home / "huiying.sqlite3"
    ticking = subprocess.Popen([*manage, "tick", "--forever"], env=env, stderr=subprocess.DEVNULL)
    try:
        world.settled(file, posts=len(world.STREAM), seconds=90)
        limit = time.monotonic() + 40
        while world.outcome(desk.address) != world.outcome(file) and time.monotonic() < limit:
            time.sleep(0.5)
    finally:
        ticking.terminate()
        ticking.wait(timeout=30)
    embedded = world.outcome(file)
    assert len(embedded["cases"]) >= 3 and embedded["notices"]
    assert world.outcome(desk.address) == embedded


def test_two_clocks_and_two_beats_at_once_tell_nobody_twice(desk: Desk) -> None:
    before = world.outcome(desk.address)["notices"]
    desk.start("clock2", "beat2")
    for _ in range(2):
        desk.await_sweep("clocks")
        desk.await_sweep("notify")
    desk.stop("clock2", "beat2")
    assert world.asked(desk.address, world.DOUBLED) == [(0,)]
    assert world.outcome(desk.address)["notices"] == before


def test_the_clocks_go_on_without_redis_and_without_a_worker(desk: Desk) -> None:
    desk.stop("worker", number=signal.SIGKILL)
    desk.bells.stop(kill=True)
    for name in ("clocks", "notify", "clocks"):
        desk.await_sweep(name)
    # Posts that come meanwhile wait in the inbox and are read when the bells ring again.
    world.drop(desk.home, now=datetime.now(UTC), name="two")
    desk.bells.start()
    desk.bells.empty()
    desk.start("worker")
    world.settled(desk.address, posts=2 * len(world.STREAM), seconds=120)
    assert world.asked(desk.address, world.DOUBLED) == [(0,)]


def test_after_the_database_was_killed_everything_goes_on_by_itself(desk: Desk) -> None:
    desk.database.stop(kill=True)
    time.sleep(3)
    assert _answers(f"http://127.0.0.1:{desk.port}/healthz") in (0, 500, 503)
    desk.database.start()
    desk.await_sweep("clocks", seconds=60)
    world.drop(desk.home, now=datetime.now(UTC), name="three")
    world.settled(desk.address, posts=3 * len(world.STREAM), seconds=120)
    assert _answers(f"http://127.0.0.1:{desk.port}/healthz") == 200
    assert world.asked(desk.address, world.DOUBLED) == [(0,)]
    assert all(process.poll() is None for process in desk.running.values())


def test_a_transaction_the_database_breaks_off_is_done_again(desk: Desk) -> None:
    env = desk.stage.environment("worker", **desk.more)
    code = "from tests.scale import broken_off; broken_off.main()"
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "shell", "--no-imports", "-c", code], env=env, cwd=ROOT,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told, counted = json.loads(done.stdout.splitlines()[-1])
    faults = " ".join(tries[0] for tries in told.values())
    assert all(tries[-1] == "" for tries in told.values()), told
    assert faults.count("deadlock detected") == 1 and faults.count("could not serialize") == 1, told
    assert counted == 2  # neither was lost, neither counted twice
