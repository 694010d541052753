"""热点: topics by heat, and one topic with its voices, parts of heat, streets, and why there is a lead or none."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from alerts.models import Alert
from analysis.models import Membership, Reading, Topic
from analysis.services.figures import heat_makers
from crawlers.models import Post
from office.pack.current import current_pack
from responses.models import Issue

NAMED = 200  # posts an address names one by one; a part made by more opens the whole topic


def hot() -> QuerySet[Topic]:
    """Topics that are alive, the hottest first."""
    return Topic.objects.filter(merged_into=None).order_by("-heat", "-last_post_at", "id")


def issues_by_topic(topics: list[Topic]) -> dict[int, Issue]:
    """The latest case of each topic, in one query."""
    found = Issue.objects.filter(matter__topic__in=topics).select_related("matter").order_by("id")
    return {issue.matter.topic_id: issue for issue in found if issue.matter.topic_id is not None}


@dataclass(frozen=True)
class Part:
    """A named part of heat, and the address of the posts that make it."""

    name: str
    value: float
    url: str


def heat_parts(topic: Topic, base: str) -> list[Part]:
    """The named parts of heat; they add up to the figure in the head. `base`: the address of all the topic's posts."""
    behind = heat_makers(topic)
    parts = [
        Part(name, round(float(value), 1), _posts_behind(behind.get(name, []), base))
        for name, value in topic.heat_parts.items()
        if isinstance(value, int | float) and value
    ]
    return sorted(parts, key=lambda p: -p.value)


def _posts_behind(ids: list[int], base: str) -> str:
    return f"{reverse('posts')}?ids={','.join(map(str, ids))}" if 0 < len(ids) <= NAMED else base


@dataclass(frozen=True)
class Platform:
    """How many voices and posts on one source; `discs` and `strokes` for drawing."""

    name: str
    source_id: int
    voices: int
    posts: int
    copies: int


def platforms(topic: Topic) -> list[Platform]:
    rows = (
        Post.objects.filter(membership__topic=topic, membership__episode=topic.episode)
        .values("source_id", "source__name")
        .annotate(
            posts=Count("id"),
            voices=Count("handle", distinct=True, filter=Q(voice="public")),
            copied=Count("id", filter=~Q(copy_of=None)),
        )
        .order_by("-posts", "source_id")[:12]
    )
    return [Platform(r["source__name"], r["source_id"], r["voices"], r["posts"], r["copied"]) for r in rows]


@dataclass(frozen=True)
class StreetCell:
    name: str
    short: str
    posts: int


def streets(topic: Topic) -> list[StreetCell]:
    """Every street of the district in the pack's order, with the posts that are certainly there."""
    counted: Counter[str] = Counter()
    for names in Reading.objects.filter(
        post__membership__topic=topic, post__membership__episode=topic.episode
    ).values_list("streets", flat=True):
        counted.update(names)
    return [StreetCell(s.name, s.name.removesuffix("街道"), counted[s.name]) for s in current_pack().gazetteer.streets]


def alerts_of(topic: Topic) -> list[Alert]:
    return list(topic.alerts.order_by("level", "met_at"))


def members(topic: Topic, *, limit: int = 60) -> list[Membership]:
    """Posts of the topic with why each is here, newest first."""
    return list(topic.memberships.select_related("post__source", "post__reading").order_by("-at", "-post_id")[:limit])


def issues_of(topic: Topic) -> list[Issue]:
    return list(Issue.objects.filter(matter__topic=topic).select_related("matter").order_by("-id"))


def episode_words(topic: Topic, at: datetime) -> dict[str, Any]:
    """Numbers of the earlier episode, where there was one."""
    if topic.episode <= 1 or topic.previous_seen_at is None:
        return {}
    earlier = Membership.objects.filter(topic=topic, episode=topic.episode - 1)
    return {
        "until": topic.previous_seen_at,
        "posts": earlier.count(),
        "gap": (topic.episode_started_at - topic.previous_seen_at).days,
    }
