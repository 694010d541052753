"""A wrong setting or a wrong pack is refused at start with one clear line, before anything is written."""

import shutil
from pathlib import Path

import pytest

from tests.running.service import ROOT, environment, free_port, manage

WRONG = [
    ("HUIYING_LISTEN", "8000", "E07"),
    ("HUIYING_SENTIMENT", "guess", "E04"),
    ("HUIYING_DRILL_PORT", "0", "E03"),
    ("HUIYING_URL", "huiying.example", "E08"),
    ("HUIYING_DRILL", "maybe", "E02"),
    ("HUIYING_SMTP_PASSWORD_FILE", "/nowhere/secret", "E01"),
]


@pytest.mark.parametrize(("name", "value", "code"), WRONG, ids=[name for name, _, _ in WRONG])
def test_a_setting_with_a_wrong_value_is_refused_in_one_line_that_names_it(
    tmp_path: Path, name: str, value: str, code: str
) -> None:
    done = manage("run", env=environment(tmp_path / "home", free_port()) | {name: value})
    assert done.returncode != 0
    (line,) = (done.stdout + done.stderr).strip().splitlines()
    assert line.startswith(code) and name in line and value in line
    assert not (tmp_path / "home" / "huiying.sqlite3").exists()


def test_a_pack_with_a_wrong_key_is_refused_with_file_line_and_key(tmp_path: Path) -> None:
    pack = Path(shutil.copytree(ROOT / "districts" / "xicheng", tmp_path / "pack"))
    policy = pack / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    number = text[: text.index("\nladder:")].count("\n") + 2
    policy.write_text(text.replace("\nladder:", "\nlader:", 1), encoding="utf-8")
    done = manage("run", env=environment(tmp_path / "home", free_port(), HUIYING_DISTRICT=str(pack)))
    assert done.returncode != 0 and "Traceback" not in done.stderr
    (line,) = [each for each in (done.stdout + done.stderr).strip().splitlines() if each]
    assert "E20" in line and "policy.yaml" in line and str(number) in line and "lader" in line


def test_a_pack_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    missing = str(tmp_path / "nothing")
    done = manage("run", env=environment(tmp_path / "home", free_port(), HUIYING_DISTRICT=missing))
    assert done.returncode != 0 and "Traceback" not in done.stderr
    (line,) = [each for each in (done.stdout + done.stderr).strip().splitlines() if each]
    assert missing in line
