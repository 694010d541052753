"""A backup is made while the service runs, is whole or is not there, and comes back row by row."""

import fcntl
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from console.backup import BackupFault, restore_backup
from console.backup.nightly import GOOD, TRIED, due, standing
from office.state import set_state
from tests.people import clock
from tests.running.service import ROOT
from tests.stories.home import keep, rows
from tests.stories.kept import AT, environment, files, fill, only, run, tables
from tests.stories.ticks import set_clock, ticking, until


@pytest.fixture(scope="module")
def source(prepared_office: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with records; read only."""
    home = keep(prepared_office, tmp_path_factory.mktemp("source") / "home")
    fill(home)
    return home


@pytest.fixture(scope="module")
def made(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one backup of it and its key file; read only. The command's own trail row came after the copy."""
    folder = tmp_path_factory.mktemp("backups")
    done = run(source, "backup", str(folder))
    assert done.returncode == 0, done.stderr
    assert "密钥另存" in done.stdout and "请把密钥文件移到别处" in done.stdout
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """The same, to be spoiled."""
    shutil.copytree(made, tmp_path / "backups")
    return only(tmp_path / "backups")


def refused(backup: Path, settings: Settings, *, words: str) -> str:
    """Restoring is refused with a sentence and the home stays empty."""
    settings.HOME.mkdir(exist_ok=True)
    with pytest.raises(BackupFault, match=words) as told:
        restore_backup(backup, at=AT)
    assert list(settings.HOME.iterdir()) == []
    return str(told.value)


def test_what_is_restored_on_a_new_machine_is_equal_row_by_row_and_file_by_file(
    source: Path, made: Path, tmp_path: Path
) -> None:
    home = tmp_path / "新机器"
    done = run(home, "restore", str(made))
    assert done.returncode == 0, done.stderr
    assert "恢复好了" in done.stdout and "核对无误" in done.stdout
    there = tables(home / "huiying.sqlite3")
    backed_up = tables(only(made) / "huiying.sqlite3")
    assert there == backed_up
    here = tables(source / "huiying.sqlite3")  # which has a row more: that the backup was made
    later = {"office_trail", "office_trailhead", "office_trailtext", "office_officestate", "sqlite_sequence"}
    assert {n: r for n, r in there.items() if n not in later} == {n: r for n, r in here.items() if n not in later}
    assert set(there["office_trail"]) == {row for row in here["office_trail"] if "backup.made" not in row}
    assert len(there["crawlers_post"]) >= 20 and len(there["alerts_clock"]) >= 2
    assert files(home) == files(source)
    assert not (home / "log").exists() and not (home / "drills").exists()
    assert (home / "keys" / "django.key").stat().st_mode & 0o077 == 0

    started = run(home, "run", "--prepare-only")
    assert started.returncode == 0 and "已记入留痕" in started.stdout, started.stderr
    assert rows(home, "SELECT count(*) FROM office_trail WHERE kind = 'backup.restored'") == [(1,)]
    assert run(home, "trail", "verify").returncode == 0


def test_while_others_write_the_copy_is_the_state_of_one_moment(office_home: Path, tmp_path: Path) -> None:
    """Somebody moves figures between two rows, in pairs: no copy shows one half of a move."""
    database = office_home / "huiying.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("CREATE TABLE pair (id INTEGER PRIMARY KEY, n INTEGER, ballast TEXT)")
        db.execute("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 4000)"
                   " INSERT INTO pair SELECT i, 0, hex(randomblob(2000)) FROM c")  # fmt: skip
    stop, waits = threading.Event(), []

    def write() -> None:
        with closing(sqlite3.connect(database, timeout=20, isolation_level=None)) as db:
            while not stop.is_set():
                begun = time.monotonic()
                db.execute("BEGIN IMMEDIATE")
                db.execute("UPDATE pair SET n = n + 1 WHERE id = 1")
                db.execute("UPDATE pair SET n = n - 1 WHERE id = 4000")
                db.execute("COMMIT")
                waits.append(time.monotonic() - begun)
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = run(office_home, "backup", str(tmp_path / "backups"))
    finally:
        stop.set()
        writer.join()
    assert done.returncode == 0, done.stderr
    (first,), (last,) = rows(only(tmp_path / "backups"), "SELECT n FROM pair WHERE id IN (1, 4000) ORDER BY id")
    assert first == -last > 0
    assert len(waits) > 100 and max(waits) < 1


def test_killed_in_the_middle_it_leaves_no_backup_and_the_next_one_clears_the_rest(
    office_home: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(office_home / "huiying.sqlite3")) as db:
        db.execute("CREATE TABLE ballast AS SELECT randomblob(80000000) AS b")
        db.commit()
    folder = tmp_path / "backups"
    command = [sys.executable, str(ROOT / "manage.py"), "backup", str(folder)]
    process = subprocess.Popen(command, env=environment(office_home), stdout=subprocess.DEVNULL)
    while not list(folder.glob("*.part/huiying.sqlite3")):
        time.sleep(0.002)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [path.suffix for path in folder.iterdir() if path.is_dir()] == [".part"]
    assert not list(folder.glob("*.keys.json"))
    done = run(office_home, "backup", str(folder))
    assert done.returncode == 0, done.stderr
    assert only(folder).suffix == ""


def test_a_full_disk_is_said_in_one_sentence_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    for limit in (300_000, 4096):  # in the database; at the first byte
        done = run(source, "backup", str(tmp_path / "backups"), limit=limit)
        assert done.returncode == 1
        assert "E40 磁盘空间不够" in done.stderr and "Traceback" not in done.stderr
        assert [path.name for path in (tmp_path / "backups").iterdir()] == [".backup.lock"]


def test_restoring_onto_a_full_disk_leaves_the_home_empty(made: Path, tmp_path: Path) -> None:
    done = run(tmp_path / "home", "restore", str(made), limit=300_000)
    assert done.returncode == 1
    assert "E40 磁盘空间不够" in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["keys", "service.lock"]
    assert run(tmp_path / "home", "restore", str(made)).returncode == 0


def test_a_restore_that_was_cut_off_is_not_started_from_and_is_done_again(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "restore.part").mkdir(parents=True)
    (home / "evidence").mkdir()  # renamed already when the power went
    (home / "evidence" / "old").write_text("x", encoding="utf-8")
    begun = run(home, "run", "--prepare-only")
    assert begun.returncode == 1 and "E48" in begun.stderr and not (home / "huiying.sqlite3").exists()
    assert run(home, "restore", str(made)).returncode == 0
    assert not (home / "restore.part").exists() and not (home / "evidence" / "old").exists()


def test_a_cut_file_is_refused(copy: Path, settings: Settings) -> None:
    database = copy / "huiying.sqlite3"
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size - 4096)
    assert "残缺" in refused(copy, settings, words="E43")


def test_an_altered_file_is_refused(copy: Path, settings: Settings) -> None:
    path = next((copy / "files" / "evidence").rglob("*.html"))
    path.write_bytes(path.read_bytes()[::-1])
    assert "校验值不符" in refused(copy, settings, words="E43")


def test_a_missing_file_is_refused(copy: Path, settings: Settings) -> None:
    next((copy / "files" / "briefs").rglob("*.docx")).unlink()
    assert "缺文件" in refused(copy, settings, words="E43")


def test_a_list_that_was_altered_to_fit_an_altered_file_is_refused(copy: Path, settings: Settings) -> None:
    told = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    told["files"] = [f for f in told["files"] if "evidence" not in f["path"]]
    (copy / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    assert "签名不符" in refused(copy, settings, words="E43")


def test_a_cut_list_is_refused(copy: Path, settings: Settings) -> None:
    text = (copy / "manifest.json").read_text(encoding="utf-8")
    (copy / "manifest.json").write_text(text[: len(text) // 2], encoding="utf-8")
    refused(copy, settings, words="E43")


@pytest.mark.parametrize(("name", "value"), [("version", "99.0"), ("migrations", ["office.9999_later"]), ("format", 2)])
def test_a_backup_of_a_newer_version_is_refused(copy: Path, settings: Settings, name: str, value: object) -> None:
    told = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    told[name] = [*told[name], *value] if isinstance(value, list) else value
    (copy / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    assert "升级" in refused(copy, settings, words="E44")


def test_restore_says_what_it_needs_when_the_keys_are_not_there(copy: Path, settings: Settings) -> None:
    keys = copy.with_name(f"{copy.name}.keys.json")
    keys.rename(keys.with_name("elsewhere.json"))
    told = refused(copy, settings, words="E47")
    assert keys.name in told and "--keys" in told and "--without-keys" in told


def test_keys_of_another_backup_are_refused(copy: Path, settings: Settings) -> None:
    keys = copy.with_name(f"{copy.name}.keys.json")
    told = json.loads(keys.read_text(encoding="utf-8"))
    told["files"]["django.key"] = told["files"]["handles.json"]
    keys.write_text(json.dumps(told), encoding="utf-8")
    refused(copy, settings, words="E47")


def test_a_home_with_something_in_it_is_not_touched(copy: Path, settings: Settings) -> None:
    (settings.HOME / "evidence").mkdir(parents=True)
    with pytest.raises(BackupFault, match="E46.*evidence"):
        restore_backup(copy, at=AT)
    assert [path.name for path in settings.HOME.iterdir()] == ["evidence"]


def test_a_home_with_a_running_service_is_not_touched(office_home: Path, made: Path) -> None:
    with (office_home / "service.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as a running service does
        done = run(office_home, "restore", str(made))
    assert done.returncode == 1 and "E11" in done.stderr and "请先停下服务" in done.stderr


def test_without_its_keys_a_backup_comes_back_and_says_what_is_lost(made: Path, tmp_path: Path) -> None:
    shutil.copytree(only(made), tmp_path / only(made).name)
    done = run(tmp_path / "home", "restore", str(tmp_path), "--without-keys")
    assert done.returncode == 0, done.stderr
    assert "没有密钥" in done.stdout
    assert not (tmp_path / "home" / "keys" / "handles.json").exists()


def test_every_night_one_is_made_by_itself_old_ones_go_and_those_made_by_hand_stay(
    office_home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    more = {"HUIYING_BACKUP_DIR": str(folder), "HUIYING_BACKUP_KEEP": "1"}
    shot = "SELECT value FROM office_officestate WHERE key = 'backup_good'"
    set_clock(office_home, base=AT.timestamp(), real=0, speed=1, held=True)
    assert run(office_home, "backup", str(folder)).returncode == 0
    by_hand = only(folder)
    for day in range(2):
        moment = AT + timedelta(days=day)
        set_clock(office_home, base=moment.timestamp(), real=0, speed=1, held=True)
        with ticking(office_home, "backup", more=more):
            until(lambda moment=moment: moment.isoformat() in str(rows(office_home, shot)), office_home)
            until(lambda: len(list(folder.glob("*.keys.json"))) == 2, office_home)
    (nightly,) = [path for path in folder.iterdir() if path.is_dir() and path != by_hand]
    assert nightly.name[8:16] == "20261118" and by_hand.exists()


def test_an_unmounted_backup_disk_is_told_to_the_administrators_and_tried_again_later(
    office_home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "usb"
    set_clock(office_home, base=AT.timestamp(), real=0, speed=1, held=True)
    with ticking(office_home, "backup", more={"HUIYING_BACKUP_DIR": str(folder)}):
        told = "SELECT title, body FROM alerts_notice WHERE event LIKE 'backup-failed:%'"
        (notice,) = until(lambda: rows(office_home, told), office_home)
    assert notice[0] == "每日备份没有做成" and "挂载" in notice[1]
    assert not folder.exists()


@pytest.mark.django_db
def test_when_a_nightly_backup_is_due(settings: Settings) -> None:
    night = clock("02:30")
    assert due(at=clock("01:00"))  # the first one at once
    set_state(TRIED, {"at": night.isoformat(), "fault": ""}, by=None, at=night)
    assert not due(at=clock("23:00")) and not due(at=clock("02:29", day=18)) and due(at=clock("02:30", day=18))
    set_state(TRIED, {"at": night.isoformat(), "fault": "磁盘满"}, by=None, at=night)
    assert not due(at=clock("03:00")) and due(at=clock("03:30"))
    assert not due(at=clock("01:00"))  # the clock was set back: not a second one
    ahead = night + timedelta(days=365)
    set_state(TRIED, {"at": ahead.isoformat(), "fault": ""}, by=None, at=ahead)
    assert due(at=clock("03:00"))  # made by a clock a year ahead, put right since: not a year without


@pytest.mark.django_db
def test_the_standing_says_how_old_the_last_good_one_is(settings: Settings) -> None:
    assert standing(at=AT).old and not standing(at=AT).nightly
    set_state(GOOD, {"at": AT.isoformat(), "folder": "/b", "bytes": 5, "posts": 1}, by=None, at=AT)
    assert not standing(at=AT + timedelta(hours=25)).old and standing(at=AT + timedelta(hours=27)).old
    assert standing(at=AT - timedelta(days=2)).old  # made by a clock that was ahead: proves nothing
