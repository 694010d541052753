"""Which sources were down in a period, from when to when, and whether what was missed was collected since."""

from datetime import datetime, timedelta
from typing import Any

from crawlers.models import Run, Source
from crawlers.queries import coverage
from reports.queries.rows import fetch

WATCHED = "SELECT 1 FROM crawlers_source WHERE enabled AND kind <> 'file' LIMIT 1"
# No visit of any source for this long, or for three rhythms of the quickest one: the service itself stood still.
STANDSTILL = timedelta(minutes=30)
EVERYTHING = "全部来源（服务停机）"


def down_sources(since: datetime, until: datetime) -> list[dict[str, Any]]:
    """`[{source, key, from, to, seconds, collected, note}]`, `to` is None while it lasts; times ISO 8601.

    A standstill of the service itself comes first, under the name of all sources.
    """
    if not fetch(WATCHED, {}):
        return []
    gaps = [_gap(EVERYTHING, "", begin, end, until, collected=end is not None) for begin, end in _stood(since, until)]
    for gap in coverage(since, until):
        gaps.append(_gap(gap.name, gap.key, gap.since, gap.until, until, collected=gap.collected, note=gap.reason))
    return gaps


def _gap(
    name: str, key: str, begin: datetime, end: datetime | None, until: datetime, *, collected: bool, note: str = ""
) -> dict[str, Any]:
    return {
        "source": name,
        "key": key,
        "from": begin.isoformat(),
        "to": end.isoformat() if end else None,
        "seconds": max(0.0, (min(end or until, until) - begin).total_seconds()),
        "collected": collected,
        "note": note,
    }


def _stood(since: datetime, until: datetime) -> list[tuple[datetime, datetime | None]]:
    """Stretches without a visit of any source. Before the very first visit nothing was promised yet."""
    quickest = Source.objects.filter(enabled=True).exclude(kind="file").order_by("rhythm_minutes").first()
    limit = max(STANDSTILL, 3 * timedelta(minutes=quickest.rhythm_minutes)) if quickest else STANDSTILL
    visits = list(
        Run.objects.filter(started_at__gte=since, started_at__lt=until)
        .order_by("started_at")
        .values_list("started_at", flat=True)
    )
    if Run.objects.filter(started_at__lt=since).exists():
        visits.insert(0, since)
    stood: list[tuple[datetime, datetime | None]] = [
        (a, b) for a, b in zip(visits, visits[1:], strict=False) if b - a > limit
    ]
    if visits and until - visits[-1] > limit:
        stood.append((visits[-1], None))
    return stood
