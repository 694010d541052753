"""The rules alone on a real stream: what would open, when, by which line. Nothing is written, no database is used.

    .venv/bin/python bench/shadow_run.py [--pack bench/districts/a_city] [--verbose]

Each message is read for its class, kind and feeling, filed as the service files it (`analysis/grouping.py`), and the
topic is weighed at that moment. Beside the leads it prints how many of
the matters of `bench/matters_a_city.json` (made by reading, before tuning) opened, and how long after their fourth
voice. Data: HUIYING_DATA, default ../shared/data.
"""

import argparse
import csv
import json
import os
import platform
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from alerts.grading import LineResult, SeenPost, TimedClassPast, TimedVolumes, TopicFacts, grade  # noqa: E402
from analysis.grouping import NewPost, file_post  # noqa: E402
from analysis.kinds import KindReader  # noqa: E402
from analysis.sentiment_engine import LinearEngine  # noqa: E402  (run as a script)
from analysis.similarity import same_text  # noqa: E402
from analysis.taxonomy import ClassReader  # noqa: E402
from analysis.text import Body  # noqa: E402
from analysis.topic_memory import MemoryStore  # noqa: E402
from office.pack import load_pack  # noqa: E402

WINDOW = timedelta(days=60)
GAP = timedelta(days=14)


@dataclass
class Message:
    number: str
    author: str
    title: str
    text: str
    at: datetime
    likes: int


@dataclass
class ShadowTopic:
    title: str
    posts: list[SeenPost] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    episode_at: datetime | None = None
    settled: set[str] = field(default_factory=set)
    opened: bool = False


@dataclass
class ShadowLead:
    topic: ShadowTopic
    line: LineResult
    size: int


def read_stream(zone: ZoneInfo) -> list[Message]:
    """The messages in time order, exact repeats (author and text) left out."""
    folder = Path(os.environ.get("HUIYING_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "citizen_messages" / "stream_before_2019-07.csv"
    if not path.exists():
        sys.exit(f"{path} is not there: set HUIYING_DATA to the folder of real data")
    found: dict[tuple[str, str], Message] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            at = datetime.fromisoformat(_iso(row["留言时间"])).replace(tzinfo=zone)
            text = "".join(row["留言详情"].split())
            message = Message(row["留言编号"], row["留言用户"], row["留言主题"], text, at, int(row["点赞数"] or 0))
            found.setdefault((message.author, text), message)
    return sorted(found.values(), key=lambda m: (m.at, m.number))


def _iso(text: str) -> str:
    day, _, clock = text.strip().replace("/", "-").partition(" ")
    year, month, date = day.split("-")
    return f"{year}-{int(month):02d}-{int(date):02d} {':'.join(part.zfill(2) for part in (clock or '0:0').split(':'))}"


class Shadow:
    """The stream played through grouping and grading."""

    def __init__(self, pack_path: str) -> None:
        self.pack = load_pack(pack_path)
        self.messages = read_stream(self.pack.zone)
        self.classes = ClassReader(self.pack.taxonomy)
        self.kinds = KindReader()
        self.priorities = {c.name: c.priority for c in self.pack.taxonomy.classes}
        self.engine = LinearEngine()
        self.store = MemoryStore()
        self.topics: dict[int, ShadowTopic] = {}
        self.leads: list[ShadowLead] = []
        self.volumes = TimedVolumes()
        self.class_past = TimedClassPast()
        self.weighing = 0.0

    def run(self) -> None:
        for number, message in enumerate(self.messages, start=1):
            self._play(number, message)

    def _play(self, number: int, message: Message) -> None:
        topic = self._topic_for(number, message)
        post = self._read(number, message, topic)
        if topic.posts and message.at - topic.posts[-1].at > GAP:
            topic.episode_at = None
            topic.settled.clear()
        topic.episode_at = topic.episode_at or message.at
        topic.posts.append(post)
        topic.numbers.append(message.number)
        topic.texts.append(message.text)
        self.volumes.add("board", message.at)
        if post.negative or post.kind in self.pack.policy.voices.demand_kinds:
            self.class_past.add(post.klass, message.at, message.author)
        began = time.perf_counter()
        result = grade(
            TopicFacts(
                posts=tuple(p for p in topic.posts if message.at - p.at <= WINDOW),
                volumes=self.volumes,
                class_past=self.class_past,
                episode_started_at=topic.episode_at,
                settled=frozenset(topic.settled),
                weigh_from=message.at,
            ),
            self.pack.policy,
        )
        self.weighing += time.perf_counter() - began
        for line in result.met:
            topic.settled.add(line.rule)
        if result.lead and not topic.opened:
            # A lead of a replay is never closed: a later episode is growth (rules.md 2).
            topic.opened = True
            first = min(result.met, key=lambda line: line.level)
            self.leads.append(ShadowLead(topic, first, len(topic.posts)))

    def _topic_for(self, number: int, message: Message) -> ShadowTopic:
        filed = file_post(self.store, NewPost(number, message.at, message.title, message.text), at=message.at)
        for pair in filed.joined:
            self._join(self.topics[pair.survivor], self.topics.pop(pair.gone))
        return self.topics.setdefault(filed.topic, ShadowTopic(self.store.titles[filed.topic]))

    def _join(self, kept: ShadowTopic, gone: ShadowTopic) -> None:
        """Two topics that proved to be one: posts in order of time, leads together (rules.md 2)."""
        rows = [*zip(kept.posts, kept.numbers, kept.texts, strict=True)]
        rows += [*zip(gone.posts, gone.numbers, gone.texts, strict=True)]
        rows.sort(key=lambda row: (row[0].at, row[1]))
        kept.posts, kept.numbers, kept.texts = ([row[i] for row in rows] for i in range(3))  # type: ignore[assignment]  # three columns of three types
        kept.settled |= gone.settled
        if kept.opened and gone.opened:
            self.leads = [lead for lead in self.leads if lead.topic is not gone]
        for lead in self.leads:
            lead.topic = kept if lead.topic is gone else lead.topic
        kept.opened = kept.opened or gone.opened

    def _read(self, number: int, message: Message, topic: ShadowTopic) -> SeenPost:
        body = Body.of(message.title, message.text)
        feeling = self.engine.predict_batch([body.plain])[0].label
        klass = self.classes.read(body)
        kind = self.kinds.read(body, voice="public", feeling=feeling, emergency=False).kind
        earlier = zip(topic.posts, topic.texts, strict=True)
        copy = next((p.copy_group for p, text in earlier if same_text(text, message.text).copy), number)
        return SeenPost(
            post_id=number,
            at=message.at,
            platform="board",
            handle=message.author,
            copy_group=copy,
            kind=kind,
            klass=klass.name,
            priority=klass.priority,
            negative=feeling == "negative",
            interactions=message.likes,
        )


def found_matters(shadow: Shadow) -> tuple[int, int, list[str]]:
    """(found, all, one line each): a matter is found where a lead's topic holds at least half of its messages."""
    path = ROOT / "bench" / "matters_a_city.json"
    if not path.exists():
        return 0, 0, ["bench/matters_a_city.json is not there"]
    matters = json.loads(path.read_text(encoding="utf-8"))
    by_number = {message.number: message for message in shadow.messages}
    lines: list[str] = []
    hits = 0
    for matter in matters:
        ids = [number for number in matter["ids"] if number in by_number]
        lead = max(shadow.leads, key=lambda one: len(set(ids) & set(one.topic.numbers)), default=None)
        held = len(set(ids) & set(lead.topic.numbers)) if lead else 0
        fourth = _fourth_voice([by_number[number] for number in ids])
        if lead is None or held * 2 < len(ids):
            lines.append(f"missed  {matter['title']} ({held}/{len(ids)})")
            continue
        hits += 1
        met_at = lead.line.met_at
        delay = "" if fourth is None or met_at is None else f" {(met_at - fourth).days} d after 4th voice"
        lines.append(f"found   {matter['title']} ({held}/{len(ids)}){delay}")
    return hits, len(matters), lines


def _fourth_voice(messages: list[Message]) -> datetime | None:
    """The moment at which four authors had spoken within 30 days."""
    ordered = sorted(messages, key=lambda m: m.at)
    for index, message in enumerate(ordered):
        near = [m for m in ordered[: index + 1] if message.at - m.at <= timedelta(days=30)]
        if len({m.author for m in near}) >= 4:
            return message.at
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", default=str(ROOT / "bench" / "districts" / "a_city"))
    parser.add_argument("--verbose", action="store_true", help="the messages of each lead's topic too")
    options = parser.parse_args()
    began = time.perf_counter()
    shadow = Shadow(options.pack)
    shadow.run()
    for lead in shadow.leads:
        at = lead.line.met_at.strftime("%Y-%m-%d %H:%M") if lead.line.met_at else ""
        print(f"{at}  {'一二三四'[lead.line.level - 1]}级  {lead.line.rule:16} {lead.topic.title[:40]}")
        print(f"    {lead.line.sentence}; {lead.size} posts then, {len(lead.topic.posts)} at the end")
        if options.verbose:
            by_number = {message.number: message for message in shadow.messages}
            for number, post in zip(lead.topic.numbers, lead.topic.posts, strict=True):
                print(f"      {post.at:%m-%d %H:%M} {post.klass} {post.kind} {by_number[number].title[:50]}")
    hits, total, lines = found_matters(shadow)
    print(*lines, sep="\n")
    count = len(shadow.messages)
    print(f"messages {count}, topics {len(shadow.topics)}, leads {len(shadow.leads)}", end=", ")
    print(f"one per {count / max(len(shadow.leads), 1):.0f}, matters found {hits}/{total}")
    print(f"grading {shadow.weighing / count * 1e3:.2f} ms a message", end="; ")
    print(f"whole run {time.perf_counter() - began:.0f} s", end="; ")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
