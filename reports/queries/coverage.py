"""Which sources were down in a period, from when to when, and whether what was missed was collected since."""

from datetime import datetime
from typing import Any

from django.conf import settings

from crawlers.queries import coverage, standstills
from reports.queries.rows import fetch

WATCHED = "SELECT 1 FROM crawlers_source WHERE enabled AND kind <> 'file' LIMIT 1"
EVERYTHING = "全部来源（服务停机）"


def down_sources(since: datetime, until: datetime) -> list[dict[str, Any]]:
    """`[{source, key, from, to, seconds, collected, note}]`, `to` is None while it lasts; times ISO 8601.

    A standstill of the service itself comes first, under the name of all sources.
    """
    if not fetch(WATCHED, {}):
        return []
    # A rehearsal visits its sites at the scripted moments alone; the hours between them are no standstill.
    stood = [] if settings.DRILL else standstills(since, until)
    gaps = [_gap(EVERYTHING, "", begin, end, until, collected=end is not None) for begin, end in stood]
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
