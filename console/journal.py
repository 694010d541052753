"""One line of log per event, as JSON on standard error. The supervisor gathers the lines of all processes in one file.

Keys: `at` (ISO 8601, UTC), `process`, `level`, `event`, then what belongs to the event. Never text of posts, names,
handles or secrets: events carry ids and counts.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class JsonLines(logging.Formatter):
    """Log records of libraries and of `log` in one form."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "process": self._process,
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.name),
        }
        if not hasattr(record, "event"):
            line["text"] = record.getMessage()
        line.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def no_health_checks(record: logging.LogRecord) -> bool:
    """Drops the framework's line on an answer of /healthz: asked twice a minute, it is no event."""
    request = getattr(record, "request", None)
    return getattr(request, "path", "") != "/healthz"


def set_up(process: str) -> None:
    """Send everything from INFO up (libraries from WARNING up) to standard error as JSON lines.

    Where somebody has already set up logging (a test, an application server), theirs stays.
    """
    if logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(no_health_checks)
    handler.setFormatter(JsonLines(process))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("huiying").setLevel(logging.INFO)


def log(event: str, *, level: str = "info", error: BaseException | None = None, **facts: Any) -> None:
    """One event with its facts."""
    logging.getLogger("huiying").log(LEVELS[level], event, exc_info=error, extra={"event": event, "facts": facts})
