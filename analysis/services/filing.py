"""Filing posts: which group of copies, which topic; doing it twice is harmless, two workers file a post once."""

from datetime import datetime
from typing import Any

from django.db import transaction

from analysis.copies import find_copy
from analysis.grouping import Filed, NewPost, file_into, file_post
from analysis.models import Judgement, Reading, Topic
from analysis.services.figures import refresh_topics
from analysis.services.overlay import SAVED, overlay
from analysis.services.standing import any_standing, wanted_of
from analysis.titles import AUTHORITIES
from analysis.topic_store import DatabaseStore, happening_of
from crawlers.models import CountReading, Post
from office.statements import Prepared, run

# A transaction holds the only write lock of the embedded database: a hundred posts take about a tenth of a second.
BATCH = 100
COUNTS = 2000  # count readings looked at in one transaction

_POST, _TOPIC, _COUNT = (model._meta.db_table for model in (Post, Topic, CountReading))
_FIELDS = (
    "id",
    "title",
    "text",
    "seen_at",
    "voice",
    "reading__relevant",
    "reading__emergency",
    "reading__places",
    "reading__streets",
)
_unread_step = Post.objects.filter(step=1).order_by("id")
_by_limit: dict[int, Prepared] = {}
_counts = Prepared(
    lambda at: (
        CountReading.objects.filter(weighed=False, at__lte=at)
        .order_by("id")
        .values_list("pk", "post__membership__topic_id", "at")[:COUNTS]
    ),
    at=datetime,
)


def _unfiled(*, limit: int) -> list[tuple[Any, ...]]:
    """Read posts that are not filed, by id."""
    if limit not in _by_limit:
        _by_limit[limit] = Prepared(lambda: _unread_step.values_list(*_FIELDS)[:limit])
    return _by_limit[limit]()


def file_posts(*, at: datetime, limit: int = BATCH) -> int:
    """File up to `limit` read posts in the order they were stored; returns how many.

    A post that is not relevant is looked at for copies and joins no topic (rules.md 1).
    """
    store = DatabaseStore()
    # No savepoint: alone it is the transaction, inside another (a replay) it stands and falls with that one.
    with transaction.atomic(savepoint=False):
        posts = _unfiled(limit=limit)
        corrected = bool(posts) and any_standing()
        touched: dict[int, datetime] = {}
        for post, title, text, seen_at, voice, relevant, *reading in posts:
            found = find_copy(post, title, text)
            if found is not None:
                run(f"UPDATE {_POST} SET copy_of_id=%s WHERE id=%s", [found.of, post])
            run(f"UPDATE {_POST} SET step=2 WHERE id=%s AND step=1", [post])
            wanted: dict[str, Any] = {}
            if corrected and (wanted := wanted_of(found.of if found is not None else post)):
                relevant, *reading = _overlaid(post, wanted)
            if not relevant:
                continue
            new = NewPost(post, seen_at, title, text, happening_of(*reading), voice in AUTHORITIES)
            filed = _filed(store, new, wanted.get(Judgement.TOPIC), at=at)
            if filed.already:
                continue
            _touch(touched, filed.topic, seen_at)
            for joined in filed.joined:
                moment = touched.pop(joined.gone, None)
                _touch(touched, joined.survivor, min(seen_at, moment) if moment else seen_at)
        touched_by_counts(touched, at=at)
        mark_changed(touched, at=at)
        refresh_topics(touched, at=at)
    return len(posts)


def _overlaid(post: int, wanted: dict[str, Any]) -> list[Any]:
    """What people said of its copies holds for this post too: relevance, emergency, places and streets then."""
    reading = Reading.objects.select_related("post__source").get(post=post)
    if overlay(reading, reading.post, wanted):
        reading.save(update_fields=SAVED)
    return [reading.relevant, reading.emergency, reading.places, reading.streets]


def _filed(store: DatabaseStore, new: NewPost, chosen: int | None, *, at: datetime) -> Filed:
    """Where words decide, or where a person put the copies of this post."""
    row = Topic.objects.filter(pk=chosen).values_list("pk", "merged_into").first() if chosen else None
    return file_post(store, new, at=at) if row is None else file_into(store, new, row[1] or row[0], at=at)


def _touch(touched: dict[int, datetime], topic: int, moment: datetime) -> None:
    touched[topic] = min(moment, touched.get(topic, moment))


def touched_by_counts(touched: dict[int, datetime], *, at: datetime) -> None:
    """Count readings not yet weighed: their topics are weighed from the moment of the fetch on."""
    counts = _counts(at=at)
    if not counts:
        return
    for pk, topic, moment in counts:
        if topic is not None:
            _touch(touched, topic, moment)
        run(f"UPDATE {_COUNT} SET weighed=%s WHERE id=%s", [True, pk])


def mark_changed(touched: dict[int, datetime], *, at: datetime) -> None:
    """The topic is to be weighed from the earliest moment that is new; two marks keep the earlier one."""
    for pk, moment in touched.items():
        run(
            f"UPDATE {_TOPIC} SET changed_at=%s, weigh_from="
            "CASE WHEN weigh_from IS NULL OR weigh_from>%s THEN %s ELSE weigh_from END WHERE id=%s",
            [at, moment, moment, pk],
        )
