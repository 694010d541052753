"""The days of a topic: posts, copies, voices and heat as they stood at the last post of each day."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from analysis.heat import HeatPost, heat, standing
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


def keep_days(topic: int, rows: Sequence[Mapping[str, Any]], heard: Sequence[HeatPost], *, since: datetime) -> None:
    """Write the days that are new since a moment, those not yet there, and the last one; drop days without posts.

    `rows`: the topic's posts in order of time with `at`, `episode` and `post__copy_of_id`; `heard`: the same as heat
    needs them. Needs a transaction.
    """
    zone = current_pack().zone
    known = {day for (day,) in _known(topic=topic)}
    ends = {row["at"].astimezone(zone).date(): place for place, row in enumerate(rows, start=1)}
    episodes = [row["episode"] for row in rows]
    first, last = since.astimezone(zone).date(), max(ends)
    begins = 0
    for day, end in ends.items():
        if day not in known or day >= first or day == last:
            episode = episodes.index(episodes[end - 1])
            copies = sum(row["post__copy_of_id"] is not None for row in rows[begins:end])
            run(_WRITE, [topic, day.isoformat(), end - begins, copies, *_measured(heard[episode:end])])
        begins = end
    for day in known - ends.keys():
        run(f"DELETE FROM {_DAY} WHERE topic_id=%s AND day=%s", [topic, day.isoformat()])


def _measured(until_then: Sequence[HeatPost]) -> list[Any]:
    """Voices and heat of an episode at the last of its posts so far."""
    at = until_then[-1].at
    measured = heat(until_then, at=at)
    return [measured.voices, measured.value, json.dumps(measured.parts), at, standing(measured.value, at=at)]
