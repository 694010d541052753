"""Corrections by people: which are in force for a post and its copies, and what follows from them at once.

Readings, lists, counts, topics and the search index follow; a brief that was frozen does not. Who may is for the
callers, and what cases make of it (`responses/services/corrections.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analysis.models import Judgement, Membership, Reading, Topic, TopicDay
from analysis.services.figures import refresh_topics
from analysis.services.filing import mark_changed
from analysis.services.overlay import SAVED, overlay
from analysis.services.standing import standing, values
from analysis.topic_store import DatabaseStore
from crawlers.models import Post

HAND = "人工归入"


@dataclass
class Followed:
    """What a correction came to: posts whose reading changed, topics that lost or took posts, posts on their way."""

    posts: list[int] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    joined: set[int] = field(default_factory=set)
    filing: int = 0  # posts that the sweep `file` places within seconds
    emptied: set[int] = field(default_factory=set)

    @property
    def topics(self) -> set[int]:
        return self.left | self.joined


def follow(group: Sequence[int], *, home: Mapping[int, int], at: datetime) -> Followed:
    """Make readings and topics of a group what its corrections say. Needs a transaction.

    `home`: the topic that a post goes back to where nothing else says where it belongs.
    """
    wanted = values(standing(group))
    done = Followed()
    readings = Reading.objects.filter(post__in=group).select_related("post__source").order_by("post_id")
    members = {row.post_id: row for row in Membership.objects.filter(post__in=group)}
    touched: dict[int, datetime] = {}
    for reading in readings:
        if overlay(reading, reading.post, wanted):
            reading.save(update_fields=SAVED)
            done.posts.append(reading.post_id)
        here = members.get(reading.post_id)
        to = _belongs(reading, here, wanted, home)
        if here is not None and (to is None or here.topic_id != to):
            done.left.add(here.topic_id)
        if here is not None and reading.post_id in done.posts and to == here.topic_id:
            touched[to] = min(here.at, touched.get(to, here.at))
        if _put(reading, here, to, wanted) and to is not None:
            done.joined.add(to)
            touched[to] = min(reading.post.seen_at, touched.get(to, reading.post.seen_at))
        if to is None and reading.relevant:
            Post.objects.filter(pk=reading.post_id, step=2).update(step=1)
            done.filing += 1
    settle(done.left, touched, at=at, emptied=done.emptied)
    return done


def _belongs(
    reading: Reading, here: Membership | None, wanted: Mapping[str, Any], home: Mapping[int, int]
) -> int | None:
    """The topic of a post by what people said; None: in none, or the sweep finds one."""
    if not reading.relevant:
        return None
    if Judgement.TOPIC in wanted:
        return resolved(int(wanted[Judgement.TOPIC]))
    if reading.post_id in home:
        return resolved(home[reading.post_id])
    return here.topic_id if here is not None else None


def _put(reading: Reading, here: Membership | None, to: int | None, wanted: Mapping[str, Any]) -> bool:
    """Place a post in its topic; whether it was elsewhere."""
    if to is None:
        if here is not None:
            here.delete()
        return False
    if here is not None and here.topic_id == to:
        return False
    by_hand = Judgement.TOPIC in wanted
    values_ = {"topic_id": to, "at": reading.post.seen_at, "by_hand": by_hand, "why": HAND if by_hand else ""}
    Membership.objects.update_or_create(post_id=reading.post_id, defaults=values_)
    return True


def resolved(topic: int) -> int | None:
    """The topic itself, or the one it was merged into; None where it is gone."""
    row = Topic.objects.filter(pk=topic).values_list("pk", "merged_into").first()
    return None if row is None else (row[1] or row[0])


def settle(
    left: Iterable[int],
    touched: Mapping[int, datetime],
    *,
    at: datetime,
    emptied: set[int],
    weigh_since: datetime | None = None,
) -> None:
    """Spans, episodes and figures of topics that lost posts (`left`) or have others now (`touched`: from when on).

    Weighed anew from these moments, of moments before `weigh_since` only counted; lines met stay met. A topic without
    posts shows nothing.
    """
    store = DatabaseStore()
    counted = dict(touched)
    for topic in sorted({*left, *touched}):
        if not Membership.objects.filter(topic=topic).exists():
            _clear(topic, at=at)
            emptied.add(topic)
            counted.pop(topic, None)
            continue
        store.renumber(topic, at)
        if topic in left:
            TopicDay.objects.filter(topic=topic).delete()
            counted.setdefault(topic, Topic.objects.values_list("last_post_at", flat=True).get(pk=topic))
    mark_changed({pk: since for pk, since in counted.items() if weigh_since is None or since >= weigh_since}, at=at)
    refresh_topics(counted, at=at)


def _clear(topic: int, *, at: datetime) -> None:
    nothing = {"voices": 0, "posts_count": 0, "copies_count": 0, "heat": 0.0, "heat_parts": {}, "negative_share": 0.0}
    TopicDay.objects.filter(topic=topic).delete()
    Topic.objects.filter(pk=topic).update(**nothing, weigh_from=None, changed_at=at)
