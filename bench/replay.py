"""The replay of the real stream: how fast, what opens, and whether it is always the same.

    .venv/bin/python bench/replay.py [--runs 5] [--leads]

Plays HUIYING_DATA/citizen_messages/stream_before_2019-07.csv (default ../shared/data) with bench/districts/a_city
through `manage.py replay`, `--runs` times at `--step 5m` and once at `1m`, and prints a table with machine and
versions. In the same run, so that a slow hour shows: the same rows put raw into SQLite one transaction each, and the
reading of the texts alone. Recall is against bench/matters_a_city.json (made by reading the stream before anything
was tuned), the share of sensible leads by bench/verdicts_a_city.json (each lead read by a person). `--leads` prints
the leads with their verdicts. Ends with 1 where what opens misses what is asked of it, or two runs or steps differ;
the speed of a shared machine fails nothing.
"""

import argparse
import csv
import json
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "bench" / "districts" / "a_city"
POSTS_A_SECOND, POSTS_A_LEAD, RECALL, SENSIBLE = 300, 60, 0.8, 0.7
TIME_FIGURES = ("seconds", "posts_per_second")
STEP = timedelta(minutes=5)
BATCH = 200  # texts read in one go, as the replay does

Report = dict[str, Any]


def stream() -> Path:
    folder = Path(os.environ.get("HUIYING_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "citizen_messages" / "stream_before_2019-07.csv"
    if not path.exists():
        sys.exit(f"{path} is not there: set HUIYING_DATA to the folder of real data")
    return path


def messages(path: Path) -> dict[str, dict[str, str]]:
    """The rows of the stream by the number of the message."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return {row["留言编号"]: row for row in csv.DictReader(lines)}


def written_at(row: dict[str, str]) -> datetime:
    """When a message was written; two formats in one column, district time."""
    day, clock = row["留言时间"].strip().replace("/", "-").split(" ")
    year, month, date = map(int, day.split("-"))
    hour, minute, second = map(int, clock.split(":"))
    return datetime.fromisoformat(f"{year}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}+08:00")


def play(path: Path, folder: Path, step: str) -> tuple[Report, float]:
    """One replay in a process of its own: (its report, CPU seconds of the whole command)."""
    out = folder / f"report-{time.monotonic_ns()}.json"
    environment = {**os.environ, "HUIYING_HOME": str(folder / "home")}
    command = [sys.executable, "manage.py", "replay", str(path), "--pack", str(PACK)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, "--report", str(out), "--step", step], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"the replay failed:\n{done.stderr}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report: Report = json.loads(out.read_text(encoding="utf-8"))
    return report, spent


def raw_inserts(path: Path, folder: Path) -> float:
    """Rows a second: the same rows, one table, one transaction each, SQLite as the service sets it."""
    rows = [tuple(row.values()) for row in messages(path).values()]
    file = folder / f"raw-{time.monotonic_ns()}.sqlite3"
    database = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000"):
        database.execute(f"PRAGMA {pragma}")
    database.execute(
        f"CREATE TABLE post (id INTEGER PRIMARY KEY, {', '.join(f'f{i} TEXT' for i in range(len(rows[0])))})"
    )
    database.execute("CREATE INDEX number ON post (f0)")
    insert = (
        f"INSERT INTO post ({', '.join(f'f{i}' for i in range(len(rows[0])))}) VALUES ({', '.join('?' * len(rows[0]))})"
    )
    began = time.perf_counter()
    for row in rows:
        database.execute("BEGIN IMMEDIATE")
        database.execute(insert, row)
        database.execute("COMMIT")
    took = time.perf_counter() - began
    database.close()
    file.unlink()
    return len(rows) / took


READING = """
import csv, sys, time
import django
django.setup()
from django.conf import settings
from analysis.reader import PostIn, Reader
from analysis.sentiment_engine import sentiment_engine
from office.pack import load_pack
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig", newline="")))
names = {"id": "留言编号", "title": "留言主题", "text": "留言详情"}
posts = [PostIn(**{name: row[told].strip() for name, told in names.items()}, scope="district") for row in rows]
one = Reader(load_pack(str(settings.DISTRICT)), sentiment_engine(settings.SENTIMENT))
one.read_batch(posts[:20])
began = time.perf_counter()
for start in range(0, len(posts), int(sys.argv[2])):
    one.read_batch(posts[start : start + int(sys.argv[2])])
print(len(posts) / (time.perf_counter() - began))
"""


def reading_alone(path: Path, folder: Path) -> float:
    """Texts a second: relevance, places, units, feeling, class, kind, emergency, keywords; nothing is written."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HUIYING_HOME": str(folder / "home"),
        "HUIYING_DISTRICT": str(PACK),
        "HUIYING_REPLAY": "1",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-c", READING, str(path), str(BATCH)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def found_matters(report: Report, rows: dict[str, dict[str, str]]) -> list[tuple[str, int, int, float | None]]:
    """Per matter: title, ids in its best lead, ids in all, hours from the fourth author to the lead (None: missed)."""
    matters = json.loads((ROOT / "bench" / "matters_a_city.json").read_text(encoding="utf-8"))
    answer: list[tuple[str, int, int, float | None]] = []
    for matter in matters:
        ids = [number for number in matter["ids"] if number in rows]
        lead = max(report["issues"], key=lambda one: len(set(ids) & set(one["posts"])), default=None)
        held = len(set(ids) & set(lead["posts"])) if lead else 0
        delay = None
        if lead is not None and held * 2 >= len(ids):
            moment = datetime.fromisoformat(lead["detected_at"])
            delay = (moment - fourth_voice([rows[number] for number in ids])) / timedelta(hours=1)
        answer.append((matter["title"], held, len(ids), delay))
    return answer


def fourth_voice(rows: Iterable[dict[str, str]]) -> datetime:
    """When the fourth author spoke; the last one where there are fewer."""
    seen: set[str] = set()
    moment = None
    for row in sorted(rows, key=written_at):
        seen.add(row["留言用户"].strip())
        moment = written_at(row)
        if len(seen) == 4:
            break
    assert moment is not None
    return moment


def judged(report: Report) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """Each lead with its verdict: the one whose message the lead holds; one nobody has read counts as 未读."""
    verdicts = json.loads((ROOT / "bench" / "verdicts_a_city.json").read_text(encoding="utf-8"))
    by_post = {verdict["post"]: verdict for verdict in verdicts}
    nobody = {"verdict": "unread", "why": "not read by a person yet"}
    return [
        (lead, next((by_post[number] for number in lead["posts"] if number in by_post), nobody))
        for lead in report["issues"]
    ]


def same_report(one: Report, other: Report) -> bool:
    return all(one[key] == other[key] for key in one if key not in TIME_FIGURES)


def same_leads(one: Report, other: Report) -> bool:
    """The same leads, anchors and clocks; detection less than a step apart (rules.md 10)."""
    pairs = list(zip(one["issues"], other["issues"], strict=False))
    near = all(abs(_detected(a) - _detected(b)) < STEP for a, b in pairs)
    bare = [[{**lead, "detected_at": ""} for lead in report["issues"]] for report in (one, other)]
    return near and bare[0] == bare[1]


def _detected(lead: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(lead["detected_at"])


def machine() -> str:
    parts = ("django", "numpy", "rjieba")
    libraries = ", ".join(f"{name} {version(name)}" for name in parts)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores {platform.machine()}, load {load}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {libraries}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs at 5m; the median is told (at least 2)")
    parser.add_argument("--leads", action="store_true", help="every lead with its verdict")
    options = parser.parse_args()
    path = stream()
    rows = messages(path)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="huiying-replay-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        played, raw, read = [], [], []
        for _ in range(max(2, options.runs)):
            played.append(play(path, folder, "5m"))
            raw.append(raw_inserts(path, folder))
            read.append(reading_alone(path, folder))
        finer, _ = play(path, folder, "1m")
    report = played[0][0]
    matters = found_matters(report, rows)
    verdicts = judged(report)
    leads = len(report["issues"])
    speed = statistics.median(one["posts_per_second"] for one, _ in played)
    recall = sum(delay is not None for *_, delay in matters) / len(matters)
    sensible = sum(verdict["verdict"] == "yes" for _, verdict in verdicts) / max(leads, 1)
    partly = sum(verdict["verdict"] == "partly" for _, verdict in verdicts)
    unread = sum(verdict["verdict"] == "unread" for _, verdict in verdicts)
    delays = [delay for *_, delay in matters if delay is not None]
    alike = all(same_report(report, one) for one, _ in played[1:])
    steps = same_leads(report, finer)
    speeds = ", ".join(f"{one['posts_per_second']:.0f}" for one, _ in played)
    table = [
        ("posts/s, all steps, one process (median)", f"≥ {POSTS_A_SECOND}", f"{speed:.0f} (runs: {speeds})"),
        ("CPU seconds of the whole command, start-up included", "", f"{statistics.median(s for _, s in played):.1f}"),
        ("yardstick: rows/s raw into SQLite, one transaction each", "", f"{statistics.median(raw):.0f}"),
        ("yardstick: texts/s read, nothing else", "", f"{statistics.median(read):.0f}"),
        ("posts read / stored / repeats / quarantined", "", " / ".join(str(n) for n in _counts(report))),
        ("topics / leads / notices / briefs", "", " / ".join(str(len(report[k])) for k in _LISTS)),
        ("posts per lead", f"≥ {POSTS_A_LEAD}", f"{report['posts_read'] / max(leads, 1):.0f}"),
        ("recall of matters", f"≥ {RECALL}", f"{recall:.2f}"),
        ("sensible leads (partly sensible, unread)", f"≥ {SENSIBLE}", f"{sensible:.2f} ({partly}, {unread})"),
        ("hours from the fourth voice to the lead (median)", "", f"{statistics.median(delays):.1f}" if delays else "–"),
        ("runs give one report", "yes", "yes" if alike else "NO"),
        ("1m and 5m: the same leads, anchors, clocks", "yes", "yes" if steps else "NO"),
    ]
    print("\n| what | asked | measured |\n|---|---|---|")
    for line in table:
        print(f"| {' | '.join(line)} |")
    print("\n| matter | its posts in the best lead | hours from the fourth voice |\n|---|---|---|")
    for title, held, of, delay in matters:
        print(f"| {title} | {held} of {of} | {'missed' if delay is None else f'{delay:.1f}'} |")
    if options.leads:
        print("\n| lead | level | opened | title | sensible | why |\n|---|---|---|---|---|---|")
        for lead, verdict in verdicts:
            opened = f"{_detected(lead):%Y-%m-%d %H:%M}"
            told = f"{lead['title']} | {verdict['verdict']} | {verdict['why']}"
            print(f"| {lead['id']} | {'ⅠⅡⅢⅣ'[lead['level'] - 1]} | {opened} | {told} |")
    right = alike and steps and recall >= RECALL and sensible >= SENSIBLE
    sys.exit(0 if right and report["posts_read"] >= POSTS_A_LEAD * leads else 1)


_LISTS = ("topics", "issues", "notices", "briefs")


def _counts(report: Report) -> tuple[int, ...]:
    return report["posts_read"], report["posts_stored"], report["duplicates"], len(report["quarantined"])


if __name__ == "__main__":
    main()
