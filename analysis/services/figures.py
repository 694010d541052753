"""The figures a topic shows: voices, posts, copies, places, units, heat. Of the current episode (rules.md 2)."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from analysis.heat import Heat, HeatPost, heat, makers
from analysis.models import Membership, Topic
from analysis.services.days import keep_days
from office.statements import Prepared, run

_FIELDS = (
    "topic_id",
    "at",
    "post_id",
    "post__voice",
    "post__platform",
    "post__handle",
    "post__copy_of_id",
    "post__is_repost",
    "post__reads",
    "post__likes",
    "post__reposts",
    "post__comments",
    "post__reading__sentiment",
    "post__reading__klass",
    "post__reading__priority",
    "post__reading__places",
    "post__reading__streets",
    "post__reading__units",
    "episode",
    "topic__episode",
    "topic__peak_heat",
)

SHOWN = 8  # places and units shown of a topic
REACH = timedelta(days=92)  # as far back as periods are compared
BATCH = 20  # topics counted in one transaction: it holds the only write lock of the embedded database


_members = Prepared(
    lambda topic: Membership.objects.filter(topic_id=topic).order_by("at", "post_id").values_list(*_FIELDS), topic=int
)

# what heat is made of: unpacking places and units as well would take as long again
_HEARD = tuple(name for name in _FIELDS if not name.endswith(("__places", "__units")) and not name.startswith("topic_"))
_heard_in = Prepared(
    lambda topic, episode: (
        Membership.objects.filter(topic_id=topic, episode=episode).order_by("at", "post_id").values_list(*_HEARD)
    ),
    topic=int,
    episode=int,
)


def refresh_topics(touched: Mapping[int, datetime], *, at: datetime) -> None:
    """Count the topics anew from their posts, and their days from the moment given for each on.

    Two questions and two writes a topic. Needs a transaction.
    """
    for topic, since in touched.items():
        rows = [dict(zip(_FIELDS, values, strict=True)) for values in _members(topic=topic)]
        if rows and rows[-1]["episode"] == rows[-1]["topic__episode"]:
            heard = [heat_post(row) for row in rows]
            now = _refresh(topic, rows, heard, at=at)
            keep_days(topic, rows, heard, now=now, since=since)


def fill_days(*, at: datetime, limit: int = 2000) -> int:
    """Count topics of the last quarter that have no days yet (made by an older version); returns how many."""
    bare = Topic.objects.filter(merged_into=None, last_post_at__gte=at - REACH, days=None)
    held = Exists(Membership.objects.filter(topic=OuterRef("pk")))
    rows = list(bare.filter(held).order_by("-last_post_at").values_list("pk", "first_post_at")[:limit])
    for first in range(0, len(rows), BATCH):
        with transaction.atomic():
            refresh_topics(dict(rows[first : first + BATCH]), at=at)
    return len(rows)


def _refresh(topic: int, rows: list[dict[str, Any]], heard: list[HeatPost], *, at: datetime) -> Heat:
    """Write the figures of the current episode, which is the last one; returns its heat at its last post."""
    episode = rows[-1]["episode"]
    begins = next(place for place, row in enumerate(rows) if row["episode"] == episode)
    current = rows[begins:]
    public = [row for row in current if row["post__voice"] == "public" and not row["post__is_repost"]]
    firsts = [row for row in public if row["post__copy_of_id"] is None]
    negative = sum(row["post__reading__sentiment"] == "negative" for row in firsts)
    measured = heat(heard[begins:], at=current[-1]["at"])
    changes: dict[str, Any] = {
        "voices": measured.voices,
        "posts_count": len(current),
        "copies_count": sum(row["post__copy_of_id"] is not None for row in current),
        "negative_share": round(negative / len(firsts), 4) if firsts else 0.0,
        "klass": _first(Counter(row["post__reading__klass"] for row in current)),
        "places": json.dumps(_places(current)),
        "streets": json.dumps(_most(street for row in current for street in row["post__reading__streets"])),
        "departments": json.dumps(_most(unit["name"] for row in current for unit in row["post__reading__units"])),
        "heat": measured.value,
        "heat_parts": json.dumps(measured.parts),
        "heat_at": at,
        "peak_heat": max(rows[-1]["topic__peak_heat"], measured.value),
    }
    columns = ", ".join(f"{name}=%s" for name in changes)
    run(f"UPDATE {Topic._meta.db_table} SET {columns} WHERE id=%s", [*changes.values(), topic])
    return measured


def _first(counts: Counter[str]) -> str:
    return min(counts, key=lambda name: (-counts[name], name), default="")


def _most(names: Iterable[str]) -> list[str]:
    counts = Counter(names)
    return sorted(counts, key=lambda name: (-counts[name], name))[:SHOWN]


def _places(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {}
    counts: Counter[str] = Counter()
    for row in rows:
        for place in row["post__reading__places"]:
            known.setdefault(place["name"], place)
            counts[place["name"]] += 1
    return [known[name] for name in sorted(counts, key=lambda name: (-counts[name], name))[:SHOWN]]


def heat_post(row: dict[str, Any]) -> HeatPost:
    """A member row as heat needs it; a post without a handle speaks for its group of copies."""
    group = row["post__copy_of_id"] or row["post_id"]
    counted = (row["post__likes"], row["post__reposts"], row["post__comments"])
    handle = row["post__handle"]
    return HeatPost(
        at=row["at"],
        voice=row["post__voice"],
        who=f"{row['post__platform']}:{handle}" if handle else f"group:{group}",
        platform=row["post__platform"],
        group=group,
        is_repost=row["post__is_repost"],
        interactions=sum(number or 0 for number in counted),
        negative=row["post__reading__sentiment"] == "negative",
        priority=row["post__reading__priority"],
        streets=tuple(row["post__reading__streets"]),
        id=row["post_id"],
    )


def heat_makers(topic: Topic) -> dict[str, list[int]]:
    """The posts behind each part of the topic's heat as last counted, by the part's name."""
    members = _heard_in(topic=topic.pk, episode=topic.episode)
    current = [dict(zip(_HEARD, values, strict=True)) for values in members]
    return makers([heat_post(row) for row in current], at=current[-1]["at"]) if current else {}
