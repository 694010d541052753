"""Live: posts arrive in the inbox at a steady rate while the real tick processes run; how soon is an emergency told?

`python -m bench.live [--rate 100] [--seconds 60]` makes a throw-away installation with 60 sources, starts both families
of sweeps as the service does, and drops lines into the inbox twice a second, as finished spiders do. Among them are the
100 emergencies and 100 decoys of `texts/live_planted.txt` (drills, films, other places, denials), written before the
rules and never used to tune them. Background: texts of HUIYING_DATA. Nothing outside the machine is asked.

Measured from the moment a line lies in the inbox to the moment another process can see the notice row.
Yardstick: the same lines put into a plain SQLite table in the same batches.
"""

import argparse
import csv
import json
import os
import platform
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import django
import psutil
import yaml

from crawlers.handles import single
from crawlers.items import Door

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HUIYING_DATA", "") or ROOT.parent / "shared" / "data")
ZONE = ZoneInfo("Asia/Shanghai")
EVERY = 0.5  # seconds between two files
# A Tuesday evening: parts of the day named in a text (今早, 下午) have been, whatever hour the bench runs at.
EVENING = datetime(2026, 11, 17, 21, 30, tzinfo=ZONE)
LIMITS = {"p95": 10.0, "decoys": 5}
# class, voice, scope, how many: boards and letters where people speak, media and offices beside them
SOURCES = (
    ("board", "public", "open", 24),
    ("board", "public", "district", 10),
    ("letters", "public", "district", 6),
    ("city", "media", "open", 14),
    ("street", "official", "district", 6),
)


@dataclass
class Line:
    """One line for the inbox; `key` of a planted one is its id, `arrived` the monotonic second it lay there."""

    raw: dict[str, str]
    door: Door
    key: str = ""
    arrived: float = 0.0


@dataclass
class Seen:
    """What an observer beside the service saw, in monotonic seconds."""

    notices: dict[int, list[float]] = field(default_factory=dict)  # matter -> moments its notices appeared
    settled: float = 0.0


# --- what arrives ----------------------------------------------------------------------------------------------------


def register(folder: Path) -> list[dict[str, str]]:
    """The pack of Xicheng with the bench's own 60 sources, all fed by file; returns the register's lines."""
    shutil.copytree(ROOT / "districts" / "xicheng", folder)
    lines: list[dict[str, str]] = []
    for klass, voice, scope, count in SOURCES:
        for number in range(count):
            key = f"live-{klass}-{scope}-{number:02}"
            lines.append({"id": key, "class": klass, "voice": voice, "scope": scope, "name": f"测量来源 {key}"})
    rows = [
        {
            **line,
            "kind": "file",
            "platform": line["name"],
            "rhythm_minutes": 60,
            "legal_basis": "测量用，不采集",
            "enabled": False,
            "disabled_reason": "测量用，由文件送入",
        }
        for line in lines
    ]
    content = {"version": 1, "district": "xicheng", "sources": rows}
    (folder / "sources.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return lines


def background(dice: random.Random) -> dict[str, Iterator[str]]:
    """Endless texts by class of source, from the data folder."""
    messages = [
        f"{row['留言主题'].strip()}\n{row['留言详情'].strip()}"
        for name in ("stream_before_2019-07.csv", "replies_half.csv")
        for row in csv.DictReader((DATA / "citizen_messages" / name).open(encoding="utf-8-sig"))
    ]
    letters = [
        f"{row['title']}\n{row['content']}"
        for row in map(json.loads, (DATA / "beijing_letters" / "letters.jsonl").open(encoding="utf-8"))
    ]
    chatter = [
        line.split("\t", 1)[1].strip()
        for line in (DATA / "emotion_weibo" / "usual_train.tsv").open(encoding="utf-8").readlines()[1:]
    ]
    titles = [
        line.rstrip("\n").split("\t")[-1] if "\t" in line else line.strip()
        for line in (DATA / "hot_search" / "beijing_titles_to_2023.tsv").open(encoding="utf-8").readlines()[1:]
    ]

    def endless(texts: list[str]) -> Iterator[str]:
        while True:
            yield from dice.sample(texts, len(texts))

    posts = endless([*messages, *dice.sample(chatter, min(len(chatter), 2 * len(messages)))])
    return {"open": posts, "district": endless([*messages, *letters]), "media": endless(titles)}


def planted() -> list[tuple[str, str]]:
    """(`e001`, text) for the emergencies, (`d001`, text) for the decoys."""
    found: list[tuple[str, str]] = []
    counts = {"E": 0, "D": 0}
    for line in (ROOT / "bench" / "texts" / "live_planted.txt").read_text(encoding="utf-8").splitlines():
        kind, bar, text = line.partition("|")
        if bar and kind in counts:
            counts[kind] += 1
            found.append((f"{kind.lower()}{counts[kind]:03}", text.strip()))
    return found


def make_lines(sources: list[dict[str, str]], count: int, seed: int) -> list[Line]:
    """`count` lines in the order they arrive: the planted ones spread evenly, over all sources that speak for people
    or media, each by a person of its own."""
    dice = random.Random(seed)
    keys = single(b"bench".ljust(32, b"."))
    doors = {
        s["id"]: Door(s["id"], s["name"], s["voice"], ZONE, keys, kind="page" if s["voice"] != "public" else "board")
        for s in sources
    }
    texts = background(dice)
    special = planted()
    dice.shuffle(special)
    speaking = [s for s in sources if s["voice"] != "official"]
    step = count / len(special)
    at = {int(step * n + step / 2): pair for n, pair in enumerate(special)}
    lines: list[Line] = []
    for number in range(count):
        raw = {"id": f"b{number:06}", "author": f"u{dice.randrange(4000)}"}
        if number in at:
            key, text = at[number]
            source = speaking[number % len(speaking)]
            raw |= {"id": key, "author": f"p-{key}", "text": text}
        else:
            key, source = "", dice.choice(sources)
            kind = "media" if source["voice"] in ("media", "official") else source["scope"]
            raw["text"] = next(texts[kind])
        raw["url"] = f"https://{source['id']}.invalid/{raw['id']}.html"
        lines.append(Line(raw, doors[source["id"]], key))
    return lines


# --- the run ---------------------------------------------------------------------------------------------------------


def feed(lines: list[Line], inbox: Path, *, rate: float, begun: float, simulated: float) -> None:
    """Files twice a second; each line masked and keyed as a spider does it, stamped with the moment of writing."""
    inbox.mkdir(parents=True, exist_ok=True)
    size = max(1, round(rate * EVERY))
    for number, start in enumerate(range(0, len(lines), size)):
        batch = lines[start : start + size]
        wait = begun + number * EVERY - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        now = datetime.fromtimestamp(simulated + time.monotonic() - begun, UTC)
        text = "".join(
            line.door.admit({**line.raw, "published_at": now.isoformat()}, fetched_at=now).to_line() for line in batch
        )
        part = inbox / f"{number:05}.part"
        part.write_text(text, encoding="utf-8")
        part.rename(part.with_suffix(".jsonl"))
        arrived = time.monotonic()
        for line in batch:
            line.arrived = arrived


def watch(database: Path, seen: Seen, stop: threading.Event) -> None:
    """Look for new notice rows ten times a second, as anybody beside the service would see them."""
    last = 0
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20) as view:
        while not stop.is_set():
            for number, matter in view.execute(
                "SELECT id, matter_id FROM alerts_notice WHERE id > ? ORDER BY id", (last,)
            ).fetchall():
                last = number
                if matter is not None:
                    seen.notices.setdefault(matter, []).append(time.monotonic())
            stop.wait(0.1)


WAITING = """SELECT (SELECT count(*) FROM crawlers_post WHERE step < 2)
 + (SELECT count(*) FROM analysis_topic WHERE weigh_from IS NOT NULL AND merged_into_id IS NULL)
 + (SELECT count(*) FROM alerts_alert WHERE handled_at IS NULL)"""


def wait_until_settled(database: Path, count: int, seen: Seen, *, longest: float) -> list[str]:
    """Until every line is in and nothing waits; returns what still waited when the time was up."""
    limit = time.monotonic() + longest
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20) as view:
        while time.monotonic() < limit:
            (taken,) = view.execute("SELECT coalesce(sum(lines), 0) FROM crawlers_inboxfile").fetchone()
            (waiting,) = view.execute(WAITING).fetchone()
            if taken >= count and not waiting:
                seen.settled = time.monotonic()
                return []
            time.sleep(0.2)
    seen.settled = time.monotonic()
    return [f"{taken} of {count} lines taken, {waiting} rows waiting after {longest:.0f} s"]


def backlog(database: Path) -> tuple[int, int]:
    """(lines not yet taken is told by the caller) posts stored, posts not yet filed."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20) as view:
        (stored,) = view.execute("SELECT count(*) FROM crawlers_post").fetchone()
        (waiting,) = view.execute("SELECT count(*) FROM crawlers_post WHERE step < 2").fetchone()
    return stored, waiting


def yardstick(lines: list[Line], folder: Path, *, rate: float) -> float:
    """Posts/s of plain inserts of the same texts into a SQLite table with one index, in the same batches."""
    size = max(1, round(rate * EVERY))
    with sqlite3.connect(folder / "raw.sqlite3", isolation_level=None) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=NORMAL")
        raw.execute("CREATE TABLE post (id INTEGER PRIMARY KEY, key TEXT UNIQUE, line TEXT)")
        begun = time.perf_counter()
        for start in range(0, len(lines), size):
            raw.execute("BEGIN IMMEDIATE")
            rows = [(line.raw["id"], json.dumps(line.raw, ensure_ascii=False)) for line in lines[start : start + size]]
            raw.executemany("INSERT INTO post (key, line) VALUES (?, ?)", rows)
            raw.execute("COMMIT")
        return len(lines) / (time.perf_counter() - begun)


# --- what came of it -------------------------------------------------------------------------------------------------

OF_PLANTED = """SELECT p.ext_id, a.rule, m.id, r.relevant, p.voice, r.emergency FROM crawlers_post p
 LEFT JOIN analysis_reading r ON r.post_id = p.id
 LEFT JOIN analysis_membership s ON s.post_id = p.id
 LEFT JOIN analysis_topic t ON t.id = s.topic_id
 LEFT JOIN alerts_matter m ON m.topic_id = coalesce(t.merged_into_id, t.id)
 LEFT JOIN alerts_alert a ON a.met_by_id = p.id
 WHERE p.ext_id GLOB '[ed][0-9][0-9][0-9]'"""


@dataclass
class Outcome:
    """Seconds to the first notice of each emergency (None: none), decoys that met a line, leads in all, and at which
    step emergencies nobody was told of had been left behind."""

    delays: dict[str, float | None]
    decoys: set[str]
    leads: int
    lost: dict[str, int]


def outcome(database: Path, lines: list[Line], seen: Seen) -> Outcome:
    """What came of the planted lines.

    An emergency counts as noticed by a notice of its own topic's case that appeared after its line arrived; a decoy
    counts where the machine names it as the post that met a line of an emergency, or a case stands on it alone.
    """
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20) as view:
        rows = view.execute(OF_PLANTED).fetchall()
        (leads,) = view.execute("SELECT count(*) FROM responses_issue").fetchone()
    arrived = {line.key: line.arrived for line in lines if line.key}
    delays: dict[str, float | None] = {key: None for key in arrived if key.startswith("e")}
    of_emergencies = {row[2] for row in rows if row[0].startswith("e") and row[2] is not None}
    decoys: set[str] = set()
    where = dict.fromkeys(delays, "not stored")
    for key, rule, matter, relevant, _, emergency in rows:
        if key.startswith("d"):
            if (rule or "").startswith("emergency") or (matter is not None and matter not in of_emergencies):
                decoys.add(key)
            continue
        after = [moment - arrived[key] for moment in seen.notices.get(matter, ()) if moment >= arrived[key]]
        if after and (delays[key] is None or min(after) < (delays[key] or 0.0)):
            delays[key] = min(after)
        where[key] = (
            "not read as an emergency"
            if not emergency
            else "read as an emergency, not relevant"
            if not relevant
            else "read as an emergency, met no line"
            if matter is None
            else "joined a case without a notice"
        )
    lost: dict[str, int] = {}
    told = {key: {**json.loads(emergency), "voice": voice} for key, *_, voice, emergency in rows if emergency}
    for key, delay in delays.items():
        if delay is None:
            fact = told.get(key) or {}
            where[key] += f" ({fact['kind']}, {fact['scope']}, told by {fact['voice']})" if fact else ""
            lost[where[key]] = lost.get(where[key], 0) + 1
    return Outcome(delays, decoys, leads, lost)


def spent(home: Path) -> list[tuple[str, int, float]]:
    """(sweep, runs, seconds) from the processes' own log; a sweep that failed is named with its fault."""
    total: dict[str, list[float]] = {}
    for family in ("reading", "clock"):
        for line in (home / f"{family}.log").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["event"] == "sweep":
                total.setdefault(row["sweep"], []).append(row["ms"] / 1000)
            elif row["event"] == "sweep_failed":
                total.setdefault(f"{row['sweep']} failed: {row['fault']}", []).append(0.0)
    return [(name, len(times), sum(times)) for name, times in total.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="posts/s arriving")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drain", type=float, default=180, help="longest wait after the last line, seconds")
    parser.add_argument("--keep", type=Path, help="keep the home of the run here")
    options = parser.parse_args()
    if not (DATA / "citizen_messages").is_dir():
        sys.exit(f"没有数据目录 {DATA}：请用 HUIYING_DATA 指明（测量用的真实文本不随代码提供）")
    with tempfile.TemporaryDirectory(prefix="huiying-live-") as folder:
        good = run(Path(folder), options)
    sys.exit(0 if good else 1)


def run(folder: Path, options: argparse.Namespace) -> bool:
    home, count = folder / "home", round(options.rate * options.seconds)
    sources = register(folder / "pack")
    lines = make_lines(sources, count, options.seed)
    clock = folder / "clock.json"
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")} | {
        "HUIYING_HOME": str(home),
        "HUIYING_DISTRICT": str(folder / "pack"),
        "HUIYING_CLOCK_FILE": str(clock),
    }
    base = EVENING.timestamp()
    clock.write_text(json.dumps({"base": base, "real": time.time(), "speed": 1, "held": False}))
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "run", "--prepare-only"], env=env, check=True, stdout=subprocess.DEVNULL)
    raw = yardstick(lines, folder, rate=options.rate)
    ticks = [
        subprocess.Popen(
            [*manage, "tick", "--forever", "--only", family, "--process", family, "--parent", str(os.getpid())],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=(home / f"{family}.log").open("wb"),
        )
        for family in ("reading", "clock")
    ]
    database, seen, stop = home / "huiying.sqlite3", Seen(), threading.Event()
    watcher = threading.Thread(target=watch, args=(database, seen, stop))
    try:
        while not all((home / "run" / f"{name}.pulse").exists() for name in ("reading", "clock")):
            time.sleep(0.1)
        time.sleep(5)  # both have done a first round: what is measured is a service at work
        watcher.start()
        begun = time.monotonic()
        simulated = base + (time.time() - json.loads(clock.read_text())["real"])
        feed(lines, home / "inbox", rate=options.rate, begun=begun, simulated=simulated)
        fed = time.monotonic()
        stored, unfiled = backlog(database)
        wrong = wait_until_settled(database, count, seen, longest=options.drain)
        time.sleep(1)
        seconds = [
            (name, sum(psutil.Process(t.pid).cpu_times()[:2]))
            for name, t in zip(("reading", "clock"), ticks, strict=True)
        ]
    finally:
        stop.set()
        for tick in ticks:
            tick.send_signal(signal.SIGTERM)
        for tick in ticks:
            tick.wait(timeout=30)
        if watcher.ident:
            watcher.join()
        if options.keep:
            shutil.copytree(home, options.keep, dirs_exist_ok=True)
    found = outcome(database, lines, seen)
    delays, decoys = found.delays, found.decoys
    told = sorted(d for d in delays.values() if d is not None)
    machine = f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 1024**3:.0f} GiB, {platform.platform()}"
    print(f"live: {options.rate:g} posts/s for {options.seconds:g} s, {len(lines)} lines from {len(sources)} sources")
    print(
        f"{machine}; Python {platform.python_version()}, Django {django.__version__}, SQLite {sqlite3.sqlite_version}\n"
    )
    p95 = told[max(0, -(-len(told) * 95 // 100) - 1)] if told else float("inf")
    print("| what | measured | at least |\n|---|---|---|")
    print(f"| emergencies noticed | {len(told)} of {len(delays)} | every one |")
    print(f"| line in the inbox → notice row, p50 | {statistics.median(told) if told else 0:.2f} s | |")
    print(f"| p95 | {p95:.2f} s | ≤ {LIMITS['p95']:g} s |")
    print(f"| max | {told[-1] if told else 0:.2f} s | |")
    print(f"| decoys that opened or met an emergency line | {len(decoys)} of 100 | ≤ {LIMITS['decoys']} |")
    print(f"| lines arrived per second | {len(lines) / (fed - begun):.0f} | |")
    print(f"| stored, of these not yet filed, when the last line had arrived | {stored}, {unfiled} | |")
    print(f"| everything settled after the last line | {seen.settled - fed:.1f} s | |")
    print(f"| leads opened in all | {found.leads} | |")
    for name, used in seconds:
        print(f"| processor time of {name} | {used:.1f} s | |")
    print(f"| yardstick: plain inserts of the same lines | {raw:.0f} posts/s | |")
    print("\n| sweep | runs with work | seconds |\n|---|---|---|")
    for name, runs, total in spent(home):
        print(f"| {name} | {runs} | {total:.1f} |")
    missed = sum(found.lost.values())
    print(f"\nnot noticed: {missed or 'none'}", *(f"; {what}: {n}" for what, n in sorted(found.lost.items())), sep="")
    for sentence in wrong:
        print(sentence)
    return not missed and p95 <= LIMITS["p95"] and len(decoys) <= LIMITS["decoys"] and not wrong


if __name__ == "__main__":
    main()
