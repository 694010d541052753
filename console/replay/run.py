"""The loop of a replay: time jumps from event to event (a post's own time, a due rung, a brief), never sleeps.

Runs in a process of its own on a throwaway database (`HUIYING_REPLAY=1`, `HUIYING_HOME` of the replay).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Min

from alerts.models import Clock
from alerts.services.rungs import fire_rungs
from alerts.services.warn import weigh_topics
from analysis.services.filing import file_posts
from analysis.services.reading import read_posts, reader
from console.replay.stream import Stream
from crawlers.items import PostItem
from crawlers.models import Source
from crawlers.services.ingest import ingest_items
from office.pack import Pack
from reports.services.drafting import compose_due, next_draft_at
from responses.services.leads import open_leads

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # ticks stand on whole steps from here, whatever the stream begins with


@dataclass
class Played:
    """What the loop counted. `seconds` without start-up: reading the files, loading models, making the database."""

    stored: int
    duplicates: int
    ended_at: datetime
    seconds: float


def play(stream: Stream, *, pack: Pack, step: timedelta, progress: Callable[[int], None]) -> Played:
    """Play the stream. `step` is the rhythm of the sweeps: what happened inside a step is seen at its end."""
    sources = _sources(stream, pack)
    reader()
    stored = duplicates = 0
    items = stream.items
    place = 0
    now = _tick(items[0][0], step) - step if items else EPOCH
    brief_at = next_draft_at(now)
    started = time.perf_counter()
    while place < len(items) or brief_at <= _tick(items[-1][0], step) + timedelta(days=1):
        upcoming = [_tick(brief_at, step)]
        if place < len(items):
            upcoming.append(_tick(items[place][0], step))
        rung_at = Clock.objects.filter(closed_at=None).aggregate(first=Min("next_rung_at"))["first"]
        if rung_at is not None:
            upcoming.append(max(_tick(rung_at, step), now + step))
        now = min(upcoming)
        begin = place
        while place < len(items) and items[place][0] <= now:
            place += 1
        if place > begin:
            for name, batch in _by_source(items[begin:place]):
                result = ingest_items(batch, source=sources[name], at=now)
                stored += result.stored
                duplicates += result.repeats
            _see(at=now)
            progress(place - begin)
        fire_rungs(at=now)
        if brief_at <= now:
            compose_due(at=now, numbered=True)
            brief_at = next_draft_at(now)
        if place >= len(items) and not items:
            break
    return Played(stored, duplicates, now, time.perf_counter() - started)


def _see(*, at: datetime) -> None:
    """The reading sweeps in the order of a post's way, until nothing is left to do."""
    while read_posts(at=at):
        pass
    while file_posts(at=at):
        pass
    weigh_topics(at=at)
    open_leads(at=at)


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
