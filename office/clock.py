"""The one place the moment is read. A drill's processes read simulated time from a small file instead."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings


def now() -> datetime:
    """The moment, aware, UTC. Called once by tasks, views, commands and spiders; everything below takes `at`."""
    if settings.CLOCK_FILE:
        return simulated(Path(settings.CLOCK_FILE))
    return datetime.now(UTC)


def simulated(path: Path) -> datetime:
    """Simulated time of a drill: `{"base": epoch s, "real": epoch s, "speed": float, "held": bool}`.

    While `held`, time stands at `base` (a spider is running); else it runs `speed` times as fast as the wall clock.
    """
    state = json.loads(path.read_text(encoding="utf-8"))
    moment = float(state["base"])
    if not state["held"]:
        moment += (time.time() - float(state["real"])) * float(state["speed"])
    return datetime.fromtimestamp(moment, UTC)
