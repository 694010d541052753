"""The drill's door for pages and commands: what can be rehearsed, what ran, starting, entering, ending, deleting.

A drill has a database, an inbox and processes of its own (rules.md 12); this file is the seam that the page knows.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from django.conf import settings

from office.errors import Refused
from office.models import User

FOLDER = Path(settings.BASE_DIR) / "drills"


@dataclass(frozen=True)
class Scenario:
    """An authored rehearsal: folder name, title, what happens, how long the quick one takes."""

    name: str
    title: str
    summary: str
    minutes: int = 3


@dataclass(frozen=True)
class DrillRun:
    """A drill that runs or ran: `share` of its way (0 to 1), the last line of its progress, its pages' address."""

    name: str
    title: str
    state: str  # starting, running, ended, failed
    share: float
    line: str
    started_at: datetime
    ended_at: datetime | None = None


def scenarios() -> list[Scenario]:
    """The folders of `drills/` that hold a scenario."""
    found = []
    for path in sorted(FOLDER.glob("*/scenario.yaml")):
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.append(Scenario(path.parent.name, str(told.get("title", path.parent.name)), str(told.get("summary", ""))))
    return found


def drills(*, at: datetime) -> list[DrillRun]:
    """Drills of this installation, newest first."""
    return []


def start_drill(*, scenario: str, full: bool, by: User, at: datetime) -> DrillRun:
    """Begin a rehearsal in processes of its own. Raises Refused: unknown scenario, no right, one is running."""
    raise Refused("演练服务还没有装好，请用命令 manage.py drill。")


def enter_link(*, name: str, by: User, at: datetime) -> str:
    """A one-time address into the drill's own console."""
    raise Refused("没有这次演练。")


def end_drill(*, name: str, by: User, at: datetime) -> None:
    """Stop it; it stays readable."""
    raise Refused("没有这次演练。")


def delete_drill(*, name: str, by: User, at: datetime) -> None:
    """Remove its folder or database."""
    raise Refused("没有这次演练。")
