"""The figures a topic shows: voices, posts, copies, places, units, heat. Of the current episode (rules.md 2)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from analysis.heat import HeatPost, heat
from analysis.models import Membership, Topic

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
)

SHOWN = 8  # places and units shown of a topic


def refresh_topics(ids: Sequence[int], *, at: datetime) -> None:
    """Count the topics anew from their posts. One query for all of them, one update each."""
    rows: dict[int, list[dict[str, Any]]] = {}
    members = Membership.objects.filter(topic_id__in=list(ids)).order_by("topic_id", "at", "post_id")
    for values in members.values_list(*_FIELDS):
        row = dict(zip(_FIELDS, values, strict=True))
        rows.setdefault(row["topic_id"], []).append(row)
    for topic in Topic.objects.filter(pk__in=list(rows)).only("pk", "episode", "peak_heat"):
        _refresh(topic, rows[topic.pk], at=at)


def _refresh(topic: Topic, rows: list[dict[str, Any]], *, at: datetime) -> None:
    current = [row for row in rows if row["episode"] == topic.episode]
    public = [row for row in current if row["post__voice"] == "public" and not row["post__is_repost"]]
    firsts = [row for row in public if row["post__copy_of_id"] is None]
    negative = sum(row["post__reading__sentiment"] == "negative" for row in firsts)
    measured = heat([heat_post(row) for row in current], at=rows[-1]["at"])
    classes = Counter(row["post__reading__klass"] for row in current)
    Topic.objects.filter(pk=topic.pk).update(
        voices=measured.voices,
        posts_count=len(current),
        copies_count=sum(row["post__copy_of_id"] is not None for row in current),
        negative_share=round(negative / len(firsts), 4) if firsts else 0.0,
        klass=_first(classes),
        places=_places(current),
        streets=_most(street for row in current for street in row["post__reading__streets"]),
        departments=_most(unit["name"] for row in current for unit in row["post__reading__units"]),
        heat=measured.value,
        heat_parts=measured.parts,
        heat_at=at,
        peak_heat=max(topic.peak_heat, measured.value),
    )


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
    )
