"""`manage.py topics --pack P [FILE…]`: posts in (JSON Lines), topics out, ranked by heat; groups all it is given."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analysis.copy_memory import CopyMemory
from analysis.grouping import NewPost, file_post
from analysis.heat import Heat, HeatPost, heat
from analysis.reader import Reader, ReadingOut
from analysis.sentiment_engine import sentiment_engine
from analysis.topic_memory import MemoryStore
from console.post_lines import LineFault, PostLine, batches, post_lines
from office import clock
from office.pack import Pack, PackError, load_pack

SHOWN = 8  # places and units of a topic


class Command(BaseCommand):
    help = "把帖文归成话题：每行一条 JSON，输出按热度排列的话题和各自的帖文编号；给什么归什么"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON Lines；不写就读标准输入")
        parser.add_argument("--pack", default=str(settings.DISTRICT), help="辖区资料包：districts/ 下的名字，或路径")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            pack = load_pack(options["pack"])
            lines = list(post_lines(options["files"], pack=pack, at=at))
        except (PackError, LineFault) as fault:
            raise CommandError(str(fault)) from fault
        for topic in group(lines, pack=pack, at=at):
            self.stdout.write(json.dumps(topic, ensure_ascii=False))


def group(lines: Sequence[PostLine], *, pack: Pack, at: datetime) -> list[dict[str, Any]]:
    """Topics as docs/commands.md says, hottest first; ties by first time, then smallest id (rules.md 10).

    Filed in order of time; a post without one is placed at `at`. A repeat goes where its first post went.
    """
    reader = Reader(pack, sentiment_engine(settings.SENTIMENT))
    readings = [answer for batch in batches(lines) for answer in reader.read_batch([line.post for line in batch])]
    moments = [line.post.published_at or at for line in lines]
    store = MemoryStore()
    for place in sorted(range(len(lines)), key=lambda place: (moments[place], place)):
        post = lines[place].post
        file_post(store, NewPost(place, moments[place], post.title, post.text), at=moments[place])
    copies = CopyMemory()
    groups: dict[int, int] = {}
    for place in sorted(range(len(lines)), key=lambda place: (moments[place], place)):
        first = copies.shown(place, lines[place].post.title, lines[place].post.text)
        groups[place] = place if first is None else int(str(first))
    found = []
    for topic, members in store.posts.items():
        told = [heat_post(lines[place], readings[place], at=moments[place], group=groups[place]) for place in members]
        height = peak(told)
        found.append(((-round(height.value, 4), moments[members[0]], topic), topic, members, height))
    return [
        {
            "rank": number,
            "title": store.titles[topic],
            "heat": height.value,
            "heat_parts": height.parts,
            "posts": [lines[place].id for place in members],
            "first_post_at": told_at(moments[members[0]], pack),
            "last_post_at": told_at(moments[members[-1]], pack),
            "places": commonest(str(place["name"]) for one in members for place in readings[one].places),
            "units": commonest(unit["name"] for one in members for unit in readings[one].units),
        }
        for number, (_, topic, members, height) in enumerate(sorted(found, key=lambda row: row[0]), start=1)
    ]


def told_at(moment: datetime, pack: Pack) -> str:
    """A moment in the zone of the pack."""
    return moment.astimezone(pack.zone).isoformat(timespec="seconds")


def heat_post(line: PostLine, reading: ReadingOut, *, at: datetime, group: int) -> HeatPost:
    return HeatPost(
        at=at,
        voice=line.post.voice,
        who=line.who,
        platform=line.platform,
        group=group,
        is_repost=line.is_repost,
        interactions=line.interactions,
        negative=reading.negative,
        priority=reading.priority,
        streets=tuple(reading.streets),
    )


def peak(posts: Sequence[HeatPost]) -> Heat:
    """The topic's heat at its height, looked at whenever a post came."""
    return max((heat(posts[: place + 1], at=post.at) for place, post in enumerate(posts)), key=lambda one: one.value)


def commonest(names: Iterable[str]) -> list[str]:
    """Names by how often they occur, ties by name."""
    counts = Counter(names)
    return sorted(counts, key=lambda name: (-counts[name], name))[:SHOWN]
