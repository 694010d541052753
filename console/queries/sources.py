"""来源: state of each source, its last 28 days in cells, and what could not be taken in."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from crawlers.backoff import SEEN
from crawlers.models import Post, Run, Source

DAYS = 28
GOOD = tuple(verdict.value for verdict in SEEN)  # verdicts of a visit that reached the source
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


@dataclass(frozen=True)
class SourceRow:
    """One source with its strip; `day_posts` of the last 24 hours against `usual` of a day."""

    source: Source
    cells: list[tuple[str, str]]
    day_posts: int
    usual: float

    @property
    def kind_word(self) -> str:
        return KINDS.get(self.source.kind, self.source.kind)

    @property
    def class_word(self) -> str:
        return CLASSES.get(self.source.klass, self.source.klass)


def rows(*, at: datetime, enabled: bool) -> list[SourceRow]:
    """Sources with trouble first, then by class. Three queries, however many sources."""
    sources = list(Source.objects.filter(enabled=enabled).order_by("klass", "name"))
    zone = timezone.get_default_timezone()
    today = at.astimezone(zone).date()
    since = datetime.combine(today - timedelta(days=DAYS - 1), datetime.min.time(), zone)
    visits: dict[int, dict[date, Mapping[str, Any]]] = defaultdict(dict)
    if enabled:
        for visit in (
            Run.objects.filter(started_at__gte=since)
            .annotate(day=TruncDate("started_at"))
            .values("source_id", "day")
            .annotate(good=Count("id", filter=Q(verdict__in=GOOD)), all=Count("id"), items=Sum("items"))
        ):
            visits[visit["source_id"]][visit["day"]] = visit
    fresh = dict(
        Post.objects.filter(fetched_at__gt=at - timedelta(days=1), seen_at__gt=at - timedelta(days=2))
        .values_list("source_id")
        .annotate(n=Count("id"))
    )
    found = [_row(s, visits.get(s.pk, {}), today, fresh.get(s.pk, 0)) for s in sources]
    return sorted(found, key=lambda r: (FIRST.index(r.source.state), r.source.klass, r.source.name))


def _row(source: Source, visits: Mapping[date, Mapping[str, Any]], today: date, fresh: int) -> SourceRow:
    counts = [v["items"] or 0 for v in visits.values() if v["good"]]
    usual = sum(counts) / len(counts) if counts else 0.0
    cells: list[tuple[str, str]] = []
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        visit = visits.get(day)
        if visit is None:
            cells.append(("none", f"{day:%m-%d} 没有排采"))
        elif not visit["good"]:
            cells.append(("gap", f"{day:%m-%d} 缺口，{visit['all']} 次都没采到"))
        elif usual >= 4 and (visit["items"] or 0) < usual / 2:
            cells.append(("half", f"{day:%m-%d} {visit['items'] or 0} 条，不到平时一半"))
        else:
            cells.append(("full", f"{day:%m-%d} {visit['items'] or 0} 条"))
    return SourceRow(source, cells, fresh, usual)


def tally(found: list[SourceRow]) -> dict[str, int]:
    """How many stand in each state."""
    counted: dict[str, int] = dict.fromkeys(FIRST, 0)
    for row in found:
        counted[row.source.state] += 1
    return counted
