"""Which sources were down in a period, from when to when, and whether what was missed was collected since."""

from datetime import datetime
from typing import Any

from crawlers.models import Source
from reports.queries.rows import fetch

DOWN = "SELECT 1 FROM crawlers_source WHERE enabled AND down_since < %(until)s LIMIT 1"


def down_sources(since: datetime, until: datetime) -> list[dict[str, Any]]:
    """`[{source, key, from, to, seconds, collected, note}]`, `to` is None while it lasts; times ISO 8601."""
    if not fetch(DOWN, {"until": until}):
        return []
    gaps = []
    for source in Source.objects.filter(enabled=True, down_since__lt=until).order_by("name", "id"):
        start = source.down_since
        assert start is not None
        gaps.append(
            {
                "source": source.name,
                "key": source.key,
                "from": start.isoformat(),
                "to": None,
                "seconds": (until - max(start, since)).total_seconds(),
                "collected": False,
                "note": source.note,
            }
        )
    return gaps
