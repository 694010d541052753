"""What was said between two cut-offs: volumes, feelings, streets, classes, sources, topics, media.

Every count is over posts by their own moment (`seen_at`), read, relevant, not history (rules.md 3), never over our
own accounts. De-duplicated = without `copy_of`. Feelings and voices are over de-duplicated public posts only
(rules.md 1). Repeats count to the volume, at the moment of their first post.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from analysis.models import Topic
from crawlers.models import Post
from reports.queries.rows import fetch, listed, records

# Below this confidence a reading is for a person to look at (“待人工复核”).
UNSURE = 0.6
# A source found late: a post of the days before this period that came in within it.
LATE_DAYS = 7

# What every figure of a period starts from; `counted` is the same as a query set, for the pages.
FROM = """
    FROM crawlers_post p JOIN analysis_reading r ON r.post_id = p.id
    WHERE p.seen_at >= %(since)s AND p.seen_at < %(until)s AND NOT p.history AND r.relevant AND p.voice <> 'own'
"""
ROWS = f"""
    SELECT p.id, p.voice, p.platform, s.name, p.handle, p.copy_of_id, p.repeats, m.topic_id,
           r.sentiment, r.klass, r.streets, r.units, r.asks, r.confidence
    {
    FROM.replace(
        "WHERE",
        "JOIN crawlers_source s ON s.id = p.source_id LEFT JOIN analysis_membership m ON m.post_id = p.id WHERE",
    )
}
    ORDER BY p.id
"""
TOTALS = f"""
    SELECT COUNT(*), COALESCE(SUM(p.repeats), 0), COUNT(*) FILTER (WHERE p.copy_of_id IS NULL),
           COUNT(*) FILTER (WHERE p.copy_of_id IS NULL AND p.voice = 'public'),
           COUNT(*) FILTER (WHERE p.copy_of_id IS NULL AND p.voice = 'public' AND r.sentiment = 'negative')
    {FROM}
"""


@dataclass
class TopicFigures:
    """One topic within the period."""

    topic: int
    posts: int = 0
    clean: int = 0
    negative: int = 0
    public: int = 0
    voices: set[str] = field(default_factory=set)
    asks: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)


@dataclass
class PostFigures:
    """Everything counted over one period, in one pass over its posts."""

    volume: int = 0
    clean: int = 0
    public: int = 0
    voices: set[str] = field(default_factory=set)
    feelings: Counter[str] = field(default_factory=Counter)
    by_voice: Counter[str] = field(default_factory=Counter)
    unsure: int = 0
    sources: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    streets: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    classes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    units: Counter[str] = field(default_factory=Counter)
    topics: dict[int, TopicFigures] = field(default_factory=dict)


def counted(since: datetime, until: datetime) -> QuerySet[Post]:
    """The posts every figure of a period starts from."""
    return Post.objects.filter(seen_at__gte=since, seen_at__lt=until, history=False, reading__relevant=True).exclude(
        voice="own"
    )


def count_posts(since: datetime, until: datetime) -> PostFigures:
    """One query, one pass."""
    found = PostFigures()
    for row in fetch(ROWS, {"since": since, "until": until}):
        _count(found, row)
    return found


def _count(found: PostFigures, row: tuple[Any, ...]) -> None:
    post, voice, platform, source, handle, copy_of, repeats, topic, feeling, klass, streets, units, asks, sure = row
    found.volume += 1 + repeats
    found.by_voice[voice] += 1
    found.sources[source][0] += 1
    figures = None
    if topic is not None:
        figures = found.topics.get(topic) or found.topics.setdefault(topic, TopicFigures(topic))
        figures.posts += 1 + repeats
    if sure < UNSURE:
        found.unsure += 1
    if copy_of is not None:
        return
    negative = int(feeling == "negative")
    found.clean += 1
    found.sources[source][1] += 1
    who = f"{platform}/{handle}" if handle else f"#{post}"
    if voice == "public":
        found.public += 1
        found.feelings[feeling] += 1
        found.voices.add(who)
        for street in listed(streets):
            found.streets[street][0] += 1
            found.streets[street][1] += negative
        found.classes[klass or "其他"][0] += 1
        found.classes[klass or "其他"][1] += negative
    if figures is None:
        return
    figures.clean += 1
    if voice == "public":
        figures.public += 1
        figures.negative += negative
        figures.voices.add(who)
        figures.asks.update(_words(listed(asks)))
        named = _words(listed(units))
        figures.units.update(named)
        found.units.update(named)


def _words(values: Iterable[Any]) -> list[str]:
    """Names out of a reading's list, whether it holds plain words or records with a name or a text."""
    words: list[str] = []
    for value in values or ():
        if isinstance(value, str):
            words.append(value)
        elif isinstance(value, dict):
            words.append(str(value.get("name") or value.get("text") or value.get("ask") or ""))
    return [word for word in words if word]


def totals(since: datetime, until: datetime) -> dict[str, int]:
    """The few figures a period is compared by: volume, clean, public, negative. One aggregate query."""
    posts, repeats, clean, public, negative = fetch(TOTALS, {"since": since, "until": until})[0]
    return {"volume": posts + repeats, "clean": clean, "public": public, "negative": negative}


def found_late(since: datetime, until: datetime) -> int:
    """Posts of the days before `since` that came in within the period: counted nowhere else, so said (补采)."""
    given = {"since": since - timedelta(days=LATE_DAYS), "until": since, "from": since, "to": until}
    found = fetch(f"SELECT COUNT(*) {FROM} AND p.fetched_at >= %(from)s AND p.fetched_at < %(to)s", given)
    return int(found[0][0])


def not_read_yet(until: datetime) -> int:
    """Posts taken in but not read when the numbers were frozen."""
    found = fetch(
        "SELECT COUNT(*) FROM crawlers_post WHERE step = 0 AND step < 2 AND seen_at < %(until)s AND NOT history",
        {"until": until},
    )
    return int(found[0][0])


def media_items(since: datetime, until: datetime, limit: int) -> list[dict[str, Any]]:
    """Media reports of the period: class, outlet, title, time, stance; central first."""
    order: dict[Any, int] = {"central": 0, "city": 1}
    rows = (
        counted(since, until)
        .filter(voice="media", copy_of=None)
        .order_by("seen_at", "id")
        .values("id", "title", "seen_at", "reading__sentiment", "source__name", "source__media_class")
    )
    items: list[dict[str, Any]] = [
        {
            "post": row["id"],
            "title": row["title"],
            "outlet": row["source__name"],
            "class": row["source__media_class"] or "other",
            "at": row["seen_at"].isoformat(),
            "stance": row["reading__sentiment"],
        }
        for row in rows
    ]
    items.sort(key=lambda item: order.get(item["class"], 2))
    return items[:limit]


def topic_names(topics: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Title, streets, units and class of some topics, by id."""
    wanted = sorted(set(topics))
    if not wanted:
        return {}
    names = ("id", "title", "streets", "departments", "klass")
    given = {f"t{place}": topic for place, topic in enumerate(wanted)}
    places = ", ".join(f"%({name})s" for name in given)
    rows = records(f"SELECT {', '.join(names)} FROM analysis_topic WHERE id IN ({places})", given, names)
    for row in rows:
        row["streets"], row["departments"] = listed(row["streets"]), listed(row["departments"])
    return {row["id"]: row for row in rows}


def would_have_opened(limit: int = 20) -> list[dict[str, Any]]:
    """Topics of history alone that would have opened a lead by number of voices (rules.md 3), for the first brief.

    The line used is the plainest of section 3: at least five voices, or four where the topic ran thirty days or less.
    """
    rows = (
        Topic.objects.filter(merged_into=None, memberships__post__history=True)
        .annotate(
            people=Count(
                "memberships__post__handle",
                distinct=True,
                filter=Q(memberships__post__history=True, memberships__post__voice="public"),
            ),
        )
        .filter(people__gte=4)
        .order_by("-people", "id")
        .annotate(span=F("last_post_at") - F("first_post_at"))
        .values("id", "title", "people", "first_post_at", "last_post_at")[:limit]
    )
    return [
        {
            "topic": row["id"],
            "title": row["title"],
            "voices": row["people"],
            "from": row["first_post_at"].isoformat(),
            "to": row["last_post_at"].isoformat(),
        }
        for row in rows
    ]
