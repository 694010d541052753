"""The two commands, before anything of ours runs: what `make` itself says and does."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.running.service import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make` looks at, in a folder with a space in its name."""
    folder = tmp_path / "my clone"
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    return subprocess.run(["make", *words], cwd=folder, env=inherited, capture_output=True, text=True, check=False)


def test_without_a_python_it_says_which_one_is_needed(clone: Path) -> None:
    done = make(clone, "setup", "PYTHON=")
    assert done.returncode != 0
    assert "E30" in done.stderr and "3.11" in done.stderr


def test_the_first_setup_installs_with_hashes_in_a_folder_with_a_space(clone: Path) -> None:
    told = make(clone, "--dry-run", "setup").stdout
    assert "-m venv .venv" in told and "--require-hashes" in told and "requirements/run.txt" in told


def test_a_second_setup_does_nothing_until_the_list_changes(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").touch()
    (clone / ".venv" / "run.stamp").touch()
    assert "pip install" not in make(clone, "--dry-run", "setup").stdout
    later = time.time() + 10
    os.utime(clone / "requirements" / "run.txt", (later, later))
    assert "pip install" in make(clone, "--dry-run", "setup").stdout


def test_every_pinned_package_has_a_hash_and_no_list_names_a_registry() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        assert lines
        for line in lines:
            assert "==" in line and "--hash=sha256:" in line, f"{path.name}: {line[:60]}"
            assert "://" not in line
