"""A prepared home, copied for each test that runs a service on it."""

import shutil
from pathlib import Path

import pytest

from tests.running.service import environment, free_port, manage


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("prepared") / "home"
    done = manage("run", "--prepare-only", env=environment(home, free_port()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "admin" in done.stdout
    return home


@pytest.fixture
def home(prepared_home: Path, tmp_path: Path) -> Path:
    target = tmp_path / "数据 目录"  # a path with a space and Chinese letters, as offices have them
    shutil.copytree(prepared_home, target)
    return target
