"""The service as its keeper meets it: start, stop, death of a part, a second start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.running.service import ROOT, alive, environment, free_port, manage, running

PARTS = ("web", "clock", "reading")


def test_the_keeper_starts_the_service_looks_at_its_health_and_stops_it_with_ctrl_c(home: Path) -> None:
    with running(home) as service:
        assert f"http://127.0.0.1:{service.port}" in service.out
        assert service.until(lambda: service.health() == 200)
        pids = [service.pid_of(name) for name in PARTS]
        begun = time.monotonic()
        assert service.stop(signal.SIGINT) == 0
        assert time.monotonic() - begun < 11
        assert "已停止" in service.out
        assert len(service.events("stopped")) == 3
        assert not service.events("child_killed")
        assert not any(alive(pid) for pid in pids)


def test_a_second_service_on_the_same_database_is_refused_in_one_sentence(home: Path) -> None:
    with running(home) as service:
        second = manage("run", env=environment(home, free_port()))
        assert second.returncode == 1
        assert "E11" in second.stderr and str(service.process.pid) in second.stderr
        assert "Traceback" not in second.stderr
        assert service.process.poll() is None


def test_an_address_in_use_is_refused_before_anything_starts(home: Path) -> None:
    with running(home) as service:
        other = home.parent / "other"
        second = manage("run", env=environment(other, service.port))
        assert second.returncode == 1
        assert "E12" in second.stderr and "HUIYING_LISTEN" in second.stderr
        assert not (other / "huiying.sqlite3").exists()


def test_a_damaged_database_is_refused_in_one_sentence(home: Path) -> None:
    (home / "huiying.sqlite3").write_bytes(b"not a database, but long enough to be looked at" * 100)
    done = manage("run", env=environment(home, free_port()))
    assert done.returncode == 1
    assert "E13" in done.stderr and "Traceback" not in done.stderr


def test_a_setting_with_a_wrong_value_is_refused_with_its_number_and_an_example(tmp_path: Path) -> None:
    for name, value, number in (
        ("HUIYING_LISTEN", "8000", "E07"),
        ("HUIYING_URL", "huiying.example.org", "E08"),
        ("HUIYING_SENTIMENT", "magic", "E04"),
        ("HUIYING_DRILL_PORT", "0", "E03"),
        ("HUIYING_HOME", "/proc/none", "E05"),
    ):
        done = manage("run", env=environment(tmp_path / "home", free_port(), **{name: value}))
        assert done.returncode != 0
        assert number in done.stderr and name in done.stderr and "Traceback" not in done.stderr


def test_each_part_that_dies_is_started_again_while_the_others_go_on(home: Path) -> None:
    with running(home) as service:
        before = {name: service.pid_of(name) for name in PARTS}
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        for name, pid in before.items():
            assert service.until(lambda name=name, pid=pid: service.pid_of(name) != pid)
            assert service.events("child_died", child=name)
        assert service.until(lambda: service.health() == 200)


def test_when_the_supervisor_is_killed_its_children_die_and_a_new_start_works_at_once(home: Path) -> None:
    with running(home) as service:
        pids = [service.pid_of(name) for name in PARTS]
        service.process.kill()
        service.process.wait()
        service.until(lambda: not any(alive(pid) for pid in pids), 5)
    with running(home) as service:
        assert service.until(lambda: service.health() == 200)


def test_a_part_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "tests.running.hanging", str(tmp_path)]
    out = (tmp_path / "out").open("wb")
    process = subprocess.Popen(script, cwd=ROOT, stdout=out, stderr=out)
    try:
        log = tmp_path / "log" / "huiying.log"
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            text = log.read_text(encoding="utf-8") if log.exists() else ""
            if text.count('"event": "awake"') >= 2:
                break
            time.sleep(0.1)
        assert '"event": "child_hung"' in text and '"busy_with": "sleeping"' in text
        assert text.count('"event": "awake"') >= 2
    finally:
        process.terminate()
        process.wait(timeout=15)
        out.close()


def test_what_the_service_keeps_is_readable_by_its_own_user_alone(home: Path) -> None:
    with running(home) as service:
        assert service.until(lambda: service.health() == 200)
        open_to_others = [
            str(path.relative_to(home))
            for path in home.rglob("*")
            if path.parent == home and path.is_file() and path.stat().st_mode & 0o077
        ]
    assert open_to_others == []


def test_the_supervisor_itself_stays_under_20_megabytes(home: Path) -> None:
    with running(home) as service:
        rollup = Path(f"/proc/{service.process.pid}/smaps_rollup").read_text(encoding="utf-8")
        pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        assert pss < 20 * 1024
