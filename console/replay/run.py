"""The loop of a replay: time jumps from event to event (a post's own time, a due rung, a brief), never sleeps.

Runs in a process of its own on a throwaway database (`HUIYING_REPLAY=1`, `HUIYING_HOME` of the replay).
"""

import gc
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from alerts.models import Clock
from alerts.services.rungs import fire_rungs
from alerts.services.warn import weigh_topics
from analysis.cutting import cut
from analysis.search import triggers as search_triggers
from analysis.services.filing import file_posts
from analysis.services.reading import read_posts, reader
from console.replay.stream import Stream
from crawlers.items import PostItem
from crawlers.models import Post, Source
from crawlers.services.ingest import ingest_items
from office.pack import Pack
from office.statements import Prepared
from reports import board_triggers
from reports.services.drafting import compose_due, next_draft_at
from responses.services.leads import open_leads

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # ticks stand on whole steps from here, whatever the stream begins with
BRIEFS_AT_ONCE = 20  # more would outgrow the page cache
PAGE_CACHE = 64  # MB
AHEAD = 200  # posts taken in and read in one go: the batch in which the speed of reading is measured


@dataclass
class Played:
    """What the loop counted. `seconds` without start-up: reading the files, loading models, making the database."""

    stored: int
    duplicates: int
    ended_at: datetime
    seconds: float


_soonest = Prepared(
    lambda: (
        Clock.objects.filter(closed_at=None, next_rung_at__isnull=False)
        .order_by("next_rung_at")
        .values_list("next_rung_at")[:1]
    )
)


def play(stream: Stream, *, pack: Pack, step: timedelta, progress: Callable[[int], object]) -> Played:
    """Play the stream. `step` is the rhythm of the sweeps: what happened inside a step is seen at its end."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # A throwaway database need not outlive the machine, and has no reader beside this process.
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
            cursor.execute("PRAGMA journal_mode=MEMORY")
            cursor.execute(f"PRAGMA cache_size=-{PAGE_CACHE * 1024}")
    # Nobody searches in a replay, and no boards are drawn of it: nothing has to be noted for either.
    search_triggers.take_down()
    board_triggers.take_down()
    intake = _Intake(stream, _sources(stream, pack))
    reader()
    cut("")  # its dictionary is loaded with the first text, and belongs to the start
    gc.freeze()  # what was loaded stays: collecting it over and over cost a tenth of the time
    gc.set_threshold(200_000, 20, 20)
    items = stream.items
    last = _tick(items[-1][0], step) if items else EPOCH
    now = _tick(items[0][0], step) - step if items else EPOCH
    brief_at = next_draft_at(now)
    rung_at = _first_rung()
    started = time.perf_counter()
    # After the last post the next brief still comes.
    while items and (intake.left or brief_at <= last + timedelta(days=1)):
        # One transaction for some days of briefs: nobody else looks at this database while it is played.
        with transaction.atomic():
            drafted = 0
            while drafted < BRIEFS_AT_ONCE and (intake.left or brief_at <= last + timedelta(days=1)):
                now = _next_moment(intake, brief_at, rung_at, now=now, step=step)
                seen, rung_at = _sweep(intake, rung_at, at=now)
                if brief_at <= now:
                    compose_due(at=now, numbered=True)
                    brief_at = next_draft_at(now)
                    drafted += 1
                progress(seen)
    return Played(intake.stored, intake.duplicates, now, time.perf_counter() - started)


def _first_rung() -> datetime | None:
    """When the next rung is due."""
    rows = _soonest()
    return rows[0][0] if rows else None


def _next_moment(
    intake: "_Intake", brief_at: datetime, rung_at: datetime | None, *, now: datetime, step: timedelta
) -> datetime:
    """The end of the step in which something happens next: a post, a rung, a brief."""
    upcoming = [_tick(brief_at, step)]
    if intake.left:
        upcoming.append(_tick(intake.next_at, step))
    if rung_at is not None:
        upcoming.append(max(_tick(rung_at, step), now + step))
    return min(upcoming)


def _sweep(intake: "_Intake", rung_at: datetime | None, *, at: datetime) -> tuple[int, datetime | None]:
    """One step of the sweeps; returns how many items its posts came from, and when the next rung is due."""
    seen, posts = intake.take(until=at)
    if posts:
        file_posts(at=at, limit=posts)
        weigh_topics(at=at)
        open_leads(at=at)
        rung_at = _first_rung()
    if rung_at is not None and rung_at <= at:
        fire_rungs(at=at)
        rung_at = _first_rung()
    return seen, rung_at


class _Intake:
    """Taking in and reading ahead of the simulated moment, in batches.

    Both depend on nothing but the post itself; what a moment makes of posts (filing, weighing, leads, clocks) happens
    at that moment, and asks only for posts that had been published by then.
    """

    def __init__(self, stream: Stream, sources: dict[str, Source]) -> None:
        self._items = stream.items
        self._sources = sources
        self._place = 0  # items whose moment has come
        self._ahead = 0  # items taken in
        self._waiting: deque[datetime] = deque()  # moments of stored posts that are not filed yet
        self.stored = 0
        self.duplicates = 0

    @property
    def left(self) -> bool:
        return self._place < len(self._items)

    @property
    def next_at(self) -> datetime:
        return self._items[self._place][0]

    def take(self, *, until: datetime) -> tuple[int, int]:
        """(items, stored posts) whose moment has come by `until`."""
        begin = self._place
        while self._place < len(self._items) and self._items[self._place][0] <= until:
            self._place += 1
        while self._ahead < self._place:
            self._read_ahead()
        posts = 0
        while self._waiting and self._waiting[0] <= until:
            self._waiting.popleft()
            posts += 1
        return self._place - begin, posts

    def _read_ahead(self) -> None:
        batch = self._items[self._ahead : self._ahead + AHEAD]
        self._ahead += len(batch)
        for name, items in _by_source(batch):
            result = ingest_items(items, source=self._sources[name], at=batch[0][0])
            self.stored += result.stored
            self.duplicates += result.repeats
        fresh = Post.objects.filter(step=0).order_by("pk").values_list("seen_at", flat=True)
        self._waiting.extend(fresh)
        while read_posts(at=batch[0][0], limit=AHEAD):
            pass


def _tick(moment: datetime, step: timedelta) -> datetime:
    """The end of the step a moment lies in."""
    whole, rest = divmod(moment - EPOCH, step)
    return EPOCH + step * (whole + (1 if rest else 0))


def _by_source(pairs: list[tuple[datetime, PostItem]]) -> list[tuple[str, list[PostItem]]]:
    """Runs of items of one source, in the order of time."""
    runs: list[tuple[str, list[PostItem]]] = []
    for _, item in pairs:
        if not runs or runs[-1][0] != item.source:
            runs.append((item.source, []))
        runs[-1][1].append(item)
    return runs


def _sources(stream: Stream, pack: Pack) -> dict[str, Source]:
    """A row per source the stream names, with the voice its posts have and the scope of the pack's file source."""
    declared = next((source for source in pack.sources.sources if source.kind == "file"), None)
    rows: dict[str, Source] = {}
    for number, (name, voice) in enumerate(sorted(stream.voices.items())):
        known = next((source for source in pack.sources.sources if source.name == name), None) or declared
        rows[name] = Source.objects.create(
            key=f"replay-{number}",
            name=name,
            klass=known.klass if known is not None else "board",
            kind="file",
            voice=voice,
            platform=name,
            scope=known.scope if known is not None else "open",
            enabled=False,
            in_pack=False,
            state=Source.State.OK,
        )
    return rows
