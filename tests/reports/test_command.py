"""`manage.py brief DATE`, and a process that is killed while it writes."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reports.models import Brief
from tests.people import Office

ROOT = Path(__file__).resolve().parents[2]


def answer(*words: str) -> dict[str, object]:
    out = StringIO()
    call_command("brief", *words, stdout=out)
    found: dict[str, object] = json.loads(out.getvalue())
    return found


def test_the_command_gives_the_brief_of_a_day_as_json_and_writes_its_documents(office: Office, tmp_path: Path) -> None:
    found = answer("2025-11-18", "--documents", str(tmp_path / "out"))
    assert (found["day"], found["state"], found["items"]) == ("2025-11-18", "draft", [])
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".docx", ".html"}
    assert answer("2025-11-18")["sections"] == found["sections"]
    assert Brief.objects.count() == 1


@pytest.mark.parametrize("day", ["2025-11-16", "2025/11/18", "2999-01-04"])
def test_a_day_without_a_brief_is_refused_in_a_sentence(office: Office, day: str) -> None:
    with pytest.raises(CommandError):
        answer(day)


def test_killed_while_drafting_and_started_again_there_is_one_brief(tmp_path: Path) -> None:
    home = tmp_path / "home"
    surroundings = {**os.environ, "HUIYING_HOME": str(home)}
    manage = [sys.executable, "manage.py"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*manage, *words], cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=120, check=False
        )

    assert run("migrate", "--verbosity", "0").returncode == 0
    whole = time.monotonic()
    assert run("brief", "2025-11-17").returncode == 0
    whole = time.monotonic() - whole
    for part in (0.6, 0.8, 0.95):
        child = subprocess.Popen(
            [*manage, "brief", "2025-11-18"], cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL
        )
        time.sleep(whole * part)
        child.send_signal(signal.SIGKILL)
        child.wait(10)
    both = [
        subprocess.Popen(
            [*manage, "brief", "2025-11-18"], cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [child.communicate(timeout=60)[0] for child in both]
    assert told[0] == told[1]
    first, second = (json.loads(run("brief", "2025-11-18").stdout) for _ in range(2))
    assert first == second and first["edition"] == 1
    assert first["since"] == json.loads(run("brief", "2025-11-17").stdout)["until"]
