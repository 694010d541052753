"""Reports of emergencies against what a person read out of them: found, time of event, dead, hurt.

The reports are HUIYING_DATA/emergency_corpus; `texts/emergency_reports.tsv` holds no text, only the hash of each
report's name, when it was published, and the labels: `-` = not told, `?` = the report does not decide it. Labelled by
rules.md 15 from the head of each report before anything was measured; two labels were put right afterwards, where the
rest of the report says otherwise than its head (nobody hurt after all; two figures that contradict each other).
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from analysis.reader import PostIn, Reader, ReadingOut

ZONE = ZoneInfo("Asia/Shanghai")
LABELS = Path(__file__).parent / "texts" / "emergency_reports.tsv"
ASKED = {"found": 0.90, "time": 0.85, "dead": 0.90, "hurt": 0.85}


@dataclass(frozen=True)
class Report:
    """One report and its labels; None = not told, "?" = not decided."""

    key: str
    name: str
    title: str
    text: str
    published_at: datetime
    time: datetime | None | str
    dead: int | None | str
    hurt: int | None | str


def reports(folder: Path) -> Iterator[Report]:
    """The labelled reports under HUIYING_DATA."""
    files = {_key(path): path for path in sorted((folder / "emergency_corpus").glob("*/*.xml"))}
    with LABELS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            path = files[row["report"]]
            title, text = _parts(path.read_text(encoding="utf-8", errors="ignore"))
            time = row["occurred_at"]
            yield Report(
                row["report"],
                path.stem,
                title,
                text,
                _moment(row["published"]),
                time if time == "?" else None if time == "-" else _moment(time),
                _figure(row["dead"]),
                _figure(row["hurt"]),
            )


def measured(
    reader: Reader, folder: Path, *, part: tuple[int, int] | None = None
) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """(what -> (right, asked), one line for each that is wrong). `part`: only that one of so many folds."""
    asked = [r for r in reports(folder) if part is None or fold(r.key, part[1]) == part[0]]
    posts = [PostIn(str(n), r.text, r.title, voice="media", published_at=r.published_at) for n, r in enumerate(asked)]
    right = dict.fromkeys(ASKED, 0)
    total = dict.fromkeys(ASKED, 0)
    wrong: list[str] = []
    for report, reading in zip(asked, reader.read_batch(posts), strict=True):
        for what, wanted, said in _compared(report, reading):
            total[what] += 1
            right[what] += wanted == said
            if wanted != said:
                wrong.append(f"{what}: {said} for {wanted} | {report.name[:40]}")
    return {what: (right[what], total[what]) for what in ASKED}, wrong


def fold(key: str, folds: int) -> int:
    """The part of a cross-validation a report belongs to, 1 to `folds`."""
    return 1 + int(key, 16) % folds


def _compared(report: Report, reading: ReadingOut) -> Iterator[tuple[str, object, object]]:
    fact = reading.emergency
    yield "found", True, fact is not None
    if fact is None:
        return
    for what, wanted, said in (
        ("time", report.time, fact.occurred_at),
        ("dead", report.dead, fact.dead),
        ("hurt", report.hurt, fact.hurt),
    ):
        if wanted != "?":
            yield what, wanted, said


def _key(path: Path) -> str:
    return hashlib.sha256(f"{path.parent.name}/{path.name}".encode()).hexdigest()[:12]


def _parts(xml: str) -> tuple[str, str]:
    title = re.search(r"<Title>(.*?)</Title>", xml, re.S)
    content = re.search(r"<Content>(.*?)</Content>", xml, re.S)
    text = re.sub(r"<[^>]+>|\s+", "", content[1] if content else "")
    return (title[1].strip() if title else ""), text


def _moment(told: str) -> datetime:
    return datetime.strptime(told, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def _figure(told: str) -> int | None | str:
    return told if told == "?" else None if told == "-" else int(told)
