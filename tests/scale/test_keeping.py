"""Keeping an installation on PostgreSQL: moving there, copying, putting back; what must be refused is."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.gateways import postgres
from tests.running.service import environment, free_port
from tests.scale import world
from tests.scale.compose import ROOT


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.server() as running:
        yield running


class Home:
    """An installation by the commands of its administrator."""

    def __init__(self, folder: Path, pack: Path, database: str = "") -> None:
        self.folder, self.database = folder, database
        self.env = environment(folder, free_port(), HUIYING_DISTRICT=str(pack), HUIYING_DATABASE=database)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=180, check=False)

    @property
    def file(self) -> Path:
        return self.folder / "huiying.sqlite3"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.pack(tmp_path_factory.mktemp("district") / "pack")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, pack: Path) -> Home:
    """An embedded installation that has been at work."""
    home = Home(tmp_path_factory.mktemp("embedded") / "home", pack)
    assert home.run("run", "--prepare-only").returncode == 0
    world.drop(home.folder, now=datetime.now(UTC))
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "tick", "--forever"], env=home.env, stderr=subprocess.DEVNULL
    ) as ticking:
        world.settled(home.file, posts=len(world.STREAM), seconds=90)
        ticking.terminate()
    assert world.outcome(home.file)["cases"]
    return home


@pytest.fixture(scope="module")
def moved(embedded: Home, server: postgres.Server, pack: Path) -> Home:
    """The same installation gone over to PostgreSQL."""
    before = hashlib.sha256(embedded.file.read_bytes()).hexdigest()
    done = embedded.run("move", "--to", server.address("moved"))
    assert done.returncode == 0, done.stderr
    assert "逐一核对无误" in done.stdout
    assert hashlib.sha256(embedded.file.read_bytes()).hexdigest() == before
    return Home(embedded.folder, pack, server.address("moved"))


def test_what_was_moved_is_the_same_and_is_found_again(embedded: Home, moved: Home) -> None:
    assert world.outcome(moved.database) == world.outcome(embedded.file)
    assert moved.run("trail", "verify").returncode == 0
    assert moved.run("tick", "--only", "index").returncode == 0
    found = world.asked(moved.database, "SELECT count(*) FROM analysis_searchentry")
    assert found == world.asked(embedded.file, "SELECT count(*) FROM analysis_reading")


def test_it_can_be_repeated_until_somebody_works_there(embedded: Home, moved: Home) -> None:
    assert embedded.run("move", "--to", moved.database).returncode == 0
    assert world.outcome(moved.database) == world.outcome(embedded.file)
    assert moved.run("reset_password", "admin").returncode == 0  # on the trail
    refused = embedded.run("move", "--to", moved.database)
    assert refused.returncode == 1 and "E46" in refused.stderr and "不是空的" in refused.stderr
    assert moved.run("trail", "verify").returncode == 0


def test_a_move_that_can_not_be_is_refused_in_a_sentence(embedded: Home, moved: Home, tmp_path: Path) -> None:
    assert "已经是 PostgreSQL" in moved.run("move", "--to", moved.database).stderr
    assert "E15" in embedded.run("move", "--to", "mysql://somewhere/else").stderr
    nobody = embedded.run("move", "--to", f"postgresql://huiying:wrong@127.0.0.1:{free_port()}/x")
    assert nobody.returncode == 1 and "原来的库没有动" in nobody.stderr and "Traceback" not in nobody.stderr
    empty = Home(tmp_path / "empty", tmp_path)
    assert "没有数据库" in empty.run("move", "--to", moved.database).stderr


@pytest.fixture(scope="module")
def backup(moved: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backups")
    done = moved.run("backup", str(folder))
    assert done.returncode == 0, done.stderr
    return next(path for path in folder.iterdir() if path.is_dir())


def test_a_backup_comes_back_row_by_row_on_another_server_name(
    moved: Home, backup: Path, server: postgres.Server, pack: Path, tmp_path: Path
) -> None:
    again = Home(tmp_path / "again", pack, server.address("again"))
    done = again.run("restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert world.outcome(again.database) == world.outcome(moved.database)
    assert again.run("trail", "verify").returncode == 0
    assert again.run("run", "--prepare-only").returncode == 0
    left = world.asked(server.address("postgres"), "SELECT datname FROM pg_database WHERE datname LIKE '%copy%'")
    assert left == []  # what was made to look into the copy went again


@pytest.mark.parametrize("fault", ["cut", "altered"])
def test_a_cut_or_altered_backup_is_refused_before_anything_is_changed(
    backup: Path, server: postgres.Server, pack: Path, tmp_path: Path, fault: str
) -> None:
    copy = tmp_path / backup.name
    shutil.copytree(backup, copy)
    for keys in backup.parent.glob("*.keys.json"):
        shutil.copy(keys, tmp_path)
    dump = copy / "huiying.pgdump"
    content = dump.read_bytes()
    dump.chmod(0o600)
    dump.write_bytes(content[:-1000] if fault == "cut" else content[:500] + b"\x00\x01\x02" + content[503:])
    home = Home(tmp_path / "home", pack, server.address(f"refused_{fault}"))
    refused = home.run("restore", str(copy))
    assert refused.returncode == 1 and "E43" in refused.stderr and "Traceback" not in refused.stderr
    names = world.asked(server.address("postgres"), "SELECT datname FROM pg_database WHERE datname LIKE 'refused%'")
    assert names == []


def test_a_backup_of_the_other_kind_and_a_full_database_are_refused(
    moved: Home, backup: Path, pack: Path, tmp_path: Path
) -> None:
    other = Home(tmp_path / "other", pack)
    assert "E44" in other.run("restore", str(backup)).stderr
    full = Home(tmp_path / "full", pack, moved.database)
    refused = full.run("restore", str(backup))
    assert refused.returncode == 1 and "E46" in refused.stderr
    assert moved.run("trail", "verify").returncode == 0


def test_the_server_itself_guards_the_trail(moved: Home) -> None:
    for act in ("DELETE FROM office_trail", "UPDATE office_trail SET kind = 'x'", "TRUNCATE office_trail CASCADE"):
        with psycopg.connect(moved.database) as line, pytest.raises(psycopg.errors.RaiseException, match="留痕"):
            line.execute(act)
