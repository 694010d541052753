"""What the parent asks of a child, and what the child answers: plain JSON both ways, no Django.

Job file: one object, the fields of `Job` with `sources` as objects of `SourceJob`. Result file: one JSON object of
`Result` a line, written as each source is done, so that a child that dies leaves what it finished.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from crawlers.backoff import Verdict

SEEN_KEPT = 800  # addresses of articles remembered per source


@dataclass
class SourceJob:
    """One source to visit. `cursor`: what the last result gave (etag, modified, digest, seen). Times ISO 8601."""

    key: str
    kind: str
    address: str
    platform: str
    voice: str
    config: dict[str, Any] = field(default_factory=dict)
    cursor: dict[str, Any] = field(default_factory=dict)
    first_visit: bool = False
    last_success_at: str | None = None
    max_articles: int = 20


@dataclass
class Job:
    """One run of a child.

    `inbox`: folder of finished inbox files. `keys`: file of author keys. `allow`: exact `127.0.0.1:port` pairs that a
    drill, test or bench hands over. `fixed_at`: simulated moment of fetching (drills), else the wall clock counts.
    `delay_s`: between two requests to one host. `budget_s`: after it the child ends by itself. `trial`: an address is
    only looked at (`spiders/trial.py`); its folder stands in place of the inbox.
    """

    name: str
    inbox: str
    result: str
    keys: str
    user_agent: str
    zone: str
    sources: list[SourceJob]
    delay_s: float = 2.0
    timeout_s: float = 20.0
    budget_s: float = 300.0
    max_bytes: int = 5_000_000
    proxy: str = ""
    allow: list[str] = field(default_factory=list)
    fixed_at: str | None = None
    trial: bool = False

    def write(self, path: Path) -> None:
        """Write the job file whole."""
        write_whole(path, json.dumps(asdict(self), ensure_ascii=False))


@dataclass
class Result:
    """How the visit of one source went."""

    source: str
    verdict: str = Verdict.CRASHED
    note: str = ""
    status: int = 0
    items: int = 0
    visited_at: str = ""
    retry_after_s: int | None = None
    cursor: dict[str, Any] = field(default_factory=dict)


def read_job(path: Path) -> Job:
    """The job of a file written by `Job.write`."""
    data = json.loads(path.read_text(encoding="utf-8"))
    data["sources"] = [SourceJob(**s) for s in data["sources"]]
    return Job(**data)


def write_whole(path: Path, text: str) -> None:
    """Write beside, flush to the disk, rename: a reader sees all of it or nothing."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def append_result(path: Path, result: Result) -> None:
    """One line more, on the disk before the next source is done."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_results(path: Path) -> list[Result]:
    """The results written so far; a half-written last line is not one."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []
    found = []
    for line in lines[:-1]:
        try:
            found.append(Result(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found
