"""What grading is told: posts of one topic, their counts, and the volumes they are weighed against. Pure values."""

from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

VoiceKind = Literal["public", "media", "official", "own"]
Scope = Literal["building", "public", "household"]


@dataclass(frozen=True, slots=True)
class EmergencyFact:
    """An emergency as one post tells it. Numbers: None = not told, 0 = told that nobody.

    `kind` is any name listed under `emergency_lines.kinds`; `current` = begun within 72 h before the post or still
    going on, told as news (no tally, habit, comparison, rehearsal, film, history); `in_district` None = not told.
    `trapped` is 1 where people are trapped and no number is told. `outage`: water, power, heat or gas is cut;
    `outage_begun_at` None = not told. `harm`: somebody is told to be hurt or worse without a number (撞倒行人, 坠楼).
    """

    kind: str
    current: bool
    in_district: bool | None = None
    dead: int | None = None
    hurt: int | None = None
    missing: int | None = None
    trapped: int | None = None
    moved_out: int | None = None
    denied: bool = False
    scope: Scope | None = None
    occurred_at: datetime | None = None
    precision: str = "unknown"  # minute, hour, part_of_day, day, unknown
    outage: bool = False
    outage_begun_at: datetime | None = None
    harm: bool = False


@dataclass(frozen=True, slots=True)
class SeenPost:
    """One post with its reading, as grading needs it. Cheap to keep: the caller may cache it by post id.

    `at`: publishing time; dated by day only: the earlier end of what is possible; unknown: the fetch. `copy_group`:
    the same for a post and its copies (the post's own id where it has none). `counted_at`: when `interactions` and
    `reads` were fetched (None = `at`). `handle_before`: the handle under the previous key, kept for 60 days after a
    change of keys, so that one person stays one voice. `media_class`: central, city, other. `history`: opens nothing
    (rules.md 3).
    """

    post_id: int
    at: datetime
    voice_kind: VoiceKind = "public"
    source_id: int = 0
    platform: str = ""
    handle: str | None = None
    copy_group: int = 0
    published_day_only: bool = False
    is_repost: bool = False
    relevant: bool = True
    negative: bool = False
    kind: str = "其他"
    klass: str = ""
    priority: bool = False
    streets: tuple[str, ...] = ()
    street_certain: bool = False
    emergency: EmergencyFact | None = None
    interactions: int | None = None
    reads: int | None = None
    counted_at: datetime | None = None
    media_class: str | None = None
    hot_list_city: bool = False
    history: bool = False
    handle_before: str | None = None

    def asks(self, demand_kinds: Collection[str]) -> bool:
        """Whether it holds a demand or a negative feeling: what makes a voice one of the voices lines."""
        return self.negative or self.kind in demand_kinds


@dataclass(frozen=True, slots=True)
class CountSeen:
    """A later count reading of a post: totals at the moment of the fetch."""

    post_id: int
    at: datetime
    interactions: int | None = None
    reads: int | None = None


class Volumes(Protocol):
    """Relevant posts of a platform published in (since, until]."""

    def relevant(self, platform: str, since: datetime, until: datetime) -> int: ...


class ClassPast(Protocol):
    """Distinct voices with a demand or negative feeling in a class, over all topics, in (since, until]."""

    def voices(self, klass: str, since: datetime, until: datetime) -> int: ...


class TimedVolumes:
    """Volumes from the publishing times themselves, sorted per platform. 28 days of 50 000 a day take some 50 MB."""

    def __init__(self, times: Mapping[str, Iterable[datetime]] | None = None) -> None:
        self._times: dict[str, list[float]] = {
            platform: sorted(at.timestamp() for at in moments) for platform, moments in (times or {}).items()
        }

    def add(self, platform: str, at: datetime) -> None:
        insort(self._times.setdefault(platform, []), at.timestamp())

    def forget(self, before: datetime) -> None:
        """Drop what no window can reach any more."""
        for times in self._times.values():
            del times[: bisect_right(times, before.timestamp())]

    def relevant(self, platform: str, since: datetime, until: datetime) -> int:
        times = self._times.get(platform, [])
        return bisect_right(times, until.timestamp()) - bisect_right(times, since.timestamp())


class TimedClassPast:
    """The class's past from (time, voice key) pairs, sorted per class."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[float, str]]] = {}

    def add(self, klass: str, at: datetime, voice: str) -> None:
        insort(self._seen.setdefault(klass, []), (at.timestamp(), voice))

    def voices(self, klass: str, since: datetime, until: datetime) -> int:
        seen = self._seen.get(klass, [])
        top = "\U0010ffff"
        low = bisect_right(seen, (since.timestamp(), top))
        high = bisect_right(seen, (until.timestamp(), top))
        return len({voice for _, voice in seen[low:high]})


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic at the moment of its weighing.

    `posts`: those of the last 60 days at least, any order. `counts`: later count readings, any order.
    `episode_started_at`: None = found from gaps of 14 days. `settled`: lines already met in this episode: not weighed
    again. `weigh_from`: only moments from here on are weighed (None = all); pass the earliest time among the posts
    and counts that are new since the last weighing. `event_grade`: the emergency side's, an input.
    """

    posts: tuple[SeenPost, ...]
    counts: tuple[CountSeen, ...] = ()
    volumes: Volumes = field(default_factory=TimedVolumes)
    class_past: ClassPast = field(default_factory=TimedClassPast)
    episode_started_at: datetime | None = None
    settled: frozenset[str] = frozenset()
    weigh_from: datetime | None = None
    event_grade: str = ""
    event_grade_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LineResult:
    """One line of section 3, met or not: the sentence with its figures, the posts it counts, when and by what met.

    `have` and `need` are the line's main figure. Not met: figures of the last moment weighed; `met_at` None.
    `met_by` is the post whose moment it was (None for an input); for a count reading the post that was counted.
    """

    rule: str
    level: int
    met: bool
    sentence: str
    have: float
    need: float
    posts: tuple[int, ...] = ()
    met_at: datetime | None = None
    met_by: int | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """The proposal: the gravest level of the lines met (None = none), whether a lead opens, every line with reasons."""

    level: int | None
    lead: bool
    lines: tuple[LineResult, ...]

    @property
    def met(self) -> tuple[LineResult, ...]:
        return tuple(line for line in self.lines if line.met)
