"""来源: state of each source, its last 28 days and last 24 hours drawn, its delays, its gaps, what was not taken in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, F, Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from crawlers.models import Post, Source, SourceDay, SourceGap

DAYS = 28
CLASSES = {
    "central": "中央",
    "city": "市级",
    "district": "区级",
    "street": "街道",
    "regulator": "监管",
    "media": "媒体",
    "hot_list": "热榜",
    "board": "论坛",
    "letters": "来信",
    "own": "自有",
    "file": "文件",
}
VOICES = [("public", "公众"), ("media", "媒体"), ("official", "官方"), ("own", "自有")]
KINDS = {
    "feed": "订阅",
    "page": "网页",
    "board": "论坛",
    "hot_list": "热榜",
    "json_api": "接口",
    "letters": "来信",
    "file": "文件",
}
FIRST = ("failing", "forbidden", "waiting", "unchecked", "ok")
QUARTER = 900  # seconds of one bar of the last 24 hours
BARS = 96
SAMPLE = 4000  # newest posts of the last 24 hours whose delays are measured


@dataclass(frozen=True)
class Delay:
    """Seconds within which half, and nine in ten, of `n` posts came; the longest of them."""

    n: int
    half: float
    most: float
    longest: float


@dataclass(frozen=True)
class SourceRow:
    """One source with its strips; `day_posts` of the last 24 hours against `usual` of a day."""

    source: Source
    cells: list[tuple[str, str]]
    bars: list[int]
    day_posts: int
    usual: float
    delays: list[Delay | None]  # by stage, as STAGES
    due_review: bool

    @property
    def kind_word(self) -> str:
        return KINDS.get(self.source.kind, self.source.kind)

    @property
    def class_word(self) -> str:
        return CLASSES.get(self.source.klass, self.source.klass)


def ordered(*, enabled: bool) -> list[Source]:
    """Those with trouble first, then by class."""
    found = Source.objects.filter(enabled=enabled).defer("cursor").order_by("klass", "name")
    return sorted(found, key=lambda s: (FIRST.index(s.state), s.klass, s.name))


def rows(sources: Sequence[Source], *, at: datetime, delays: "Delays") -> list[SourceRow]:
    """What a page shows of these sources. Two queries, however many there are."""
    today = timezone.localdate(at)
    keys = [s.pk for s in sources]
    days: dict[int, dict[date, SourceDay]] = defaultdict(dict)
    for row in SourceDay.objects.filter(source__in=keys, day__gt=today - timedelta(days=DAYS)):
        days[row.source_id][row.day] = row
    bars = last_day(at=at)
    return [_row(s, days.get(s.pk, {}), bars.get(s.pk, []), today, delays.of(s.pk)) for s in sources]


def _row(
    source: Source, days: dict[date, SourceDay], bars: list[int], today: date, delays: list[Delay | None]
) -> SourceRow:
    counts = [d.items for d in days.values() if d.good]
    usual = sum(counts) / len(counts) if counts else 0.0
    cells = [day_cell(today - timedelta(days=back), days, usual) for back in range(DAYS - 1, -1, -1)]
    review = str(source.config.get("review_by") or "")
    return SourceRow(source, cells, bars, sum(bars), usual, delays, bool(review) and review <= today.isoformat())


def day_cell(day: date, days: dict[date, SourceDay], usual: float) -> tuple[str, str]:
    """State and words of one cell: full, half (under half the usual), gap, filled (a gap and collected since), none."""
    row = days.get(day)
    if row is None or not row.visits:
        return "none", f"{day:%m-%d} 没有排采"
    if not row.good:
        later = any(d.good for d in days.values() if d.day > day)
        state = "filled" if later else "gap"
        return state, f"{day:%m-%d} 缺口，{row.visits} 次都没采到" + ("，后来已补采" if later else "")
    if usual >= 4 and row.items < usual / 2:
        return "half", f"{day:%m-%d} {row.items} 条，不到平时一半"
    return "full", f"{day:%m-%d} {row.items} 条"


class _Quarter(Func):
    """The number of the quarter of an hour of a moment since 1970, worked out by the database."""

    output_field = IntegerField()
    template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) AS BIGINT) / 900"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / 900")


def last_day(*, at: datetime) -> dict[int, list[int]]:
    """Posts fetched in each quarter of an hour of the last 24 hours, oldest first, by source.

    Of all sources: asked by the time of fetching alone, the database walks one day of one index.
    """
    now = int(at.timestamp()) // QUARTER
    found: dict[int, list[int]] = defaultdict(lambda: [0] * BARS)
    counted = (
        Post.objects.filter(fetched_at__gt=at - timedelta(days=1), history=False)
        # The sum is of no use but to keep the database from walking all posts by the index of their sources.
        .annotate(of=F("source_id") + 0)
        .values_list("of", _Quarter("fetched_at"))
        .annotate(n=Count("id"))
        .order_by()
    )
    for source, quarter, n in counted:
        place = BARS - 1 - (now - quarter)
        if 0 <= place < BARS:
            found[source][place] += n
    return found


STAGES = ("发布到抓取", "抓取到入库", "入库到判读", "发布到判读")


@dataclass
class Delays:
    """How long the newest posts of the last 24 hours were on their way, by stage (`STAGES`): of all, and by source."""

    stages: list[tuple[str, Delay | None]] = field(default_factory=list)
    by_source: dict[int, list[Delay | None]] = field(default_factory=dict)

    @property
    def whole(self) -> Delay | None:
        """Published → read."""
        return self.stages[-1][1] if self.stages else None

    def of(self, source: int) -> list[Delay | None]:
        return self.by_source.get(source, [None] * len(STAGES))


def delays(*, at: datetime) -> Delays:
    """One query over the newest `SAMPLE` posts; a day's date alone measures nothing, history neither."""
    found = (
        Post.objects.filter(fetched_at__gt=at - timedelta(days=1), history=False, precision="minute")
        .order_by("-fetched_at", "-id")
        .values_list("source_id", "published_at", "fetched_at", "taken_at", "reading__at")[:SAMPLE]
    )
    spans: dict[int, list[list[float]]] = defaultdict(lambda: [[] for _ in STAGES])
    for source, published, fetched, taken, read in found:
        if published is None or read is None:
            continue
        ways = ((published, fetched), (fetched, taken), (taken, read), (published, read))
        for stage, (begins, ends) in enumerate(ways):
            if begins is not None and ends is not None:
                spans[source][stage].append(max((ends - begins).total_seconds(), 0.0))
    every = [[span for stages in spans.values() for span in stages[stage]] for stage in range(len(STAGES))]
    return Delays(
        [(name, _delay(span)) for name, span in zip(STAGES, every, strict=True)],
        {source: [_delay(span) for span in stages] for source, stages in spans.items()},
    )


def _delay(spans: list[float]) -> Delay | None:
    if not spans:
        return None
    ranked = sorted(spans)
    last = len(ranked) - 1
    return Delay(len(ranked), ranked[last // 2], ranked[int(last * 0.9)], ranked[-1])


def gaps(*, at: datetime, days: int = 7, limit: int = 8) -> list[SourceGap]:
    """Gaps of enabled sources: those still open first, then the newest."""
    since = at - timedelta(days=days)
    found = SourceGap.objects.filter(source__enabled=True).select_related("source")
    still = list(found.filter(until=None).order_by("since")[:limit])
    return still + list(found.filter(until__gt=since).order_by("-since")[: max(limit - len(still), 0)])


@dataclass(frozen=True)
class Month:
    """Gaps that began this month, and how many of them were collected afterwards."""

    gaps: int
    filled: int


def month_of_gaps(*, at: datetime) -> Month:
    begin = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = list(SourceGap.objects.filter(since__gte=begin).values_list("until", flat=True))
    return Month(len(ends), sum(1 for until in ends if until is not None))


def tally(found: Iterable[Source]) -> dict[str, int]:
    """How many stand in each state."""
    counted: dict[str, int] = dict.fromkeys(FIRST, 0)
    for source in found:
        counted[source.state] += 1
    return counted
