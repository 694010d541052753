"""One topic: its voices, parts of heat, streets, why there is a lead or none, what people did to it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from alerts.grading import figures, spread, talk
from alerts.models import Alert, Weighing
from analysis.heat import cooled
from analysis.models import Arrangement, Membership, Reading, Topic
from analysis.nearness import near_topics
from analysis.services.figures import heat_makers
from crawlers.models import Post
from office.pack.current import current_pack
from responses.models import Issue

NAMED = 200  # posts an address names one by one; a part made by more opens the whole topic
TRACED = 1000  # posts of a topic beyond which its parts are made by more than that, and are not traced at all


@dataclass(frozen=True)
class Part:
    """A named part of heat, and the address of the posts that make it."""

    name: str
    value: float
    url: str


def heat_parts(topic: Topic, base: str, *, at: datetime) -> list[Part]:
    """The named parts of what is left of its heat now; they add up to it. `base`: address of all the topic's posts."""
    many = Membership.objects.filter(topic=topic, episode=topic.episode)[TRACED : TRACED + 1].exists()
    behind = {} if many else heat_makers(topic)
    left = cooled(topic.heat_parts, since=topic.last_post_at, at=at)
    parts = [Part(name, value, _posts_behind(behind.get(name, []), base)) for name, value in left.items() if value]
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
    """Every street of the district, from north to south where the pack says so, with the posts certainly there."""
    counted: Counter[str] = Counter()
    read = Reading.objects.filter(post__membership__topic=topic, post__membership__episode=topic.episode)
    for names, posts in read.values_list("streets").annotate(Count("pk")).order_by():  # few lists, many posts
        counted.update(dict.fromkeys(names, posts))
    return [StreetCell(s.name, s.name.removesuffix("街道"), counted[s.name]) for s in current_pack().streets]


def alerts_of(topic: Topic) -> list[Alert]:
    """Lines met in this episode, those of topics that went into it too."""
    mine = Q(topic=topic, episode=topic.episode) | Q(topic__merged_into=topic)
    return list(Alert.objects.filter(mine).order_by("level", "met_at"))


VOICE_LINES = (talk.PRIORITY, talk.BURST, talk.LONG)
UNITS = {**dict.fromkeys(VOICE_LINES, "人"), spread.STREETS: "个街道", figures.TWO_OF: "项"}


@dataclass(frozen=True)
class Unmet:
    """A line of the rules that is not met. `near`: one step away, and `lacks` says what is missing."""

    sentence: str
    level: int
    near: bool
    lacks: str
    sure: bool  # one more voice alone would meet it


def unmet(topic: Topic, alerts: Sequence[Alert]) -> list[Unmet]:
    """What the last weighing found missing, the nearest lines first."""
    weighing = Weighing.objects.filter(topic=topic).first()
    met = {alert.rule for alert in alerts}
    klass = current_pack().taxonomy.named(topic.klass)
    priority = klass is not None and klass.priority
    lines = [_unmet(line, priority) for line in (weighing.lines if weighing else []) if line["rule"] not in met]
    return sorted(lines, key=lambda line: (not line.near, line.level))


def _unmet(line: dict[str, Any], priority: bool) -> Unmet:
    rule, have, need = str(line["rule"]), float(line["have"] or 0), float(line["need"] or 0)
    unit = UNITS.get(rule, "")
    missing = need - have
    # However many speak, the line of priority classes is out of reach for a topic of another class.
    near = bool(unit) and have > 0 and missing <= 1 and (priority or rule != talk.PRIORITY)
    lacks = f"差 {missing:g} {unit}" if unit and missing > 0 else "人数够，还不算突增" if rule == talk.BURST else ""
    return Unmet(
        sentence=str(line["sentence"]),
        level=int(line["level"]),
        near=near,
        lacks=lacks,
        sure=near and missing == 1 and rule == talk.LONG,
    )


FAINT = 0.25  # similarity under which a post's place is called 勉强; it joins from 0.19 on (analysis/grouping.py)
ORDERS = {"new": ("-at", "-post_id"), "weak": ("similarity", "-at", "-post_id")}


def members(topic: Topic, *, order: str) -> QuerySet[Membership]:
    """Posts of the topic with why each is here: the newest first, or (`weak`) those that fit least."""
    rows = topic.memberships.select_related("post__source", "post__reading")
    return rows.order_by(*ORDERS.get(order, ORDERS["new"]))


def arrangements(topic: Topic) -> list[Arrangement]:
    """What people did to the topic, the latest first."""
    rows = Arrangement.objects.filter(Q(topic=topic) | Q(other=topic))
    return list(rows.select_related("by", "undone_by", "topic", "other").order_by("-pk")[:20])


@dataclass(frozen=True)
class Near:
    """A topic that may speak of the same matter: how near its words are, and its open issue."""

    topic: Topic
    likeness: float
    issue: Issue | None


def nearest(topic: Topic, *, limit: int = 6) -> list[Near]:
    """Topics to merge with, the nearest first; six queries."""
    found = dict(near_topics(topic, limit=limit))
    topics = list(Topic.objects.filter(pk__in=found, merged_into=None))
    issues = {i.topic_id: i for i in Issue.objects.filter(topic__in=topics, state__in=Issue.OPEN)}
    near = [Near(other, found[other.pk], issues.get(other.pk)) for other in topics]
    return sorted(near, key=lambda one: (-one.likeness, one.topic.pk))


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
