"""The days of a topic: posts, copies, voices and heat as they stood at the last post of each day."""

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from typing import Any

from analysis.heat import Heat, HeatPost, heat, standing
from analysis.models import TopicDay
from office.pack.current import current_pack
from office.statements import Prepared, run

_DAY = TopicDay._meta.db_table
_COLUMNS = ("posts", "copies", "voices", "heat", "heat_parts", "last_at", "standing")
_WRITE = (
    f"INSERT INTO {_DAY} (topic_id, day, {', '.join(_COLUMNS)}) VALUES (%s,%s,{','.join(['%s'] * len(_COLUMNS))})"
    f" ON CONFLICT (topic_id, day) DO UPDATE SET {', '.join(f'{name}=excluded.{name}' for name in _COLUMNS)}"
)
_known = Prepared(lambda topic: TopicDay.objects.filter(topic_id=topic).values_list("day"), topic=int)


def keep_days(
    topic: int, rows: Sequence[Mapping[str, Any]], heard: Sequence[HeatPost], *, now: Heat, since: datetime
) -> None:
    """Write the days from a moment on, or all where none is there yet; days without posts go.

    `rows`: the topic's posts in order of time with `at`, `episode` and `post__copy_of_id`; `heard`: the same as heat
    needs them; `now`: heat at the last of them. Needs a transaction.
    """
    zone = current_pack().zone
    known = {day for (day,) in _known(topic=topic)}
    first, last = (row["at"].astimezone(zone).date() for row in (rows[0], rows[-1]))
    if known:
        first = max(first, min(since.astimezone(zone).date(), last))
    begins = _first_of(rows, first, zone)
    ends = {rows[place]["at"].astimezone(zone).date(): place + 1 for place in range(begins, len(rows))}
    episodes = [row["episode"] for row in rows]
    for day, end in ends.items():
        heat_then = (
            now if end == len(rows) else heat(heard[episodes.index(episodes[end - 1]) : end], at=heard[end - 1].at)
        )
        copies = sum(row["post__copy_of_id"] is not None for row in rows[begins:end])
        run(_WRITE, [topic, day.isoformat(), end - begins, copies, *_values(heat_then, heard[end - 1].at)])
        begins = end
    earliest = rows[0]["at"].astimezone(zone).date()
    for day in known:
        if day < earliest or (day >= first and day not in ends):
            run(f"DELETE FROM {_DAY} WHERE topic_id=%s AND day=%s", [topic, day.isoformat()])


def _first_of(rows: Sequence[Mapping[str, Any]], day: date, zone: tzinfo) -> int:
    """Where the posts of a day and after it begin."""
    midnight = datetime.combine(day, time(), zone)
    return bisect_left(rows, midnight, key=lambda row: row["at"])


def _values(measured: Heat, at: datetime) -> list[Any]:
    return [measured.voices, measured.value, json.dumps(measured.parts), at, standing(measured.value, at=at)]
