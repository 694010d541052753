"""A drill that is over stays readable under a later version of the service."""

import json
from pathlib import Path

from tests.running.service import environment, free_port, manage


def test_the_tables_of_a_drill_that_is_over_are_brought_up_when_its_pages_are_asked_for(home: Path) -> None:
    env = environment(home, free_port())
    assert manage("migrate", "reports", "zero", env=env).returncode == 0
    (home / "progress.json").write_text(json.dumps({"state": "ended"}), encoding="utf-8")
    assert manage("migrate", "--check", env=env).returncode != 0
    played = manage("drill", "--play", env=env | {"HUIYING_DRILL": "1"})
    assert played.returncode == 0, played.stderr
    assert manage("migrate", "--check", env=env).returncode == 0
