"""Filing posts: which group of copies, which topic; doing it twice is harmless, two workers file a post once."""

from datetime import datetime

from django.db import transaction

from analysis.copies import find_copy
from analysis.grouping import NewPost, file_post
from analysis.models import Membership, Topic
from analysis.services.figures import refresh_topics
from analysis.topic_store import DatabaseStore
from crawlers.models import CountReading, Post

# A transaction holds the only write lock of the embedded database: a hundred posts take about a tenth of a second.
BATCH = 100


def file_posts(*, at: datetime, limit: int = BATCH) -> int:
    """File up to `limit` read posts in the order they were stored; returns how many.

    A post that is not relevant is looked at for copies and joins no topic (rules.md 1).
    """
    store = DatabaseStore()
    with transaction.atomic():
        posts = list(Post.objects.filter(step=1).select_related("reading").order_by("id")[:limit])
        touched: dict[int, datetime] = {}
        for post in posts:
            found = find_copy(post.pk, post.title, post.text)
            if found is not None:
                Post.objects.filter(pk=post.pk).update(copy_of=found.of)
            if not post.reading.relevant:
                continue
            filed = file_post(store, NewPost(post.pk, post.seen_at, post.title, post.text), at=at)
            if filed.already:
                continue
            _touch(touched, filed.topic, post.seen_at)
            for joined in filed.joined:
                moment = touched.pop(joined.gone, None)
                _touch(touched, joined.survivor, min(post.seen_at, moment) if moment else post.seen_at)
        if posts:
            Post.objects.filter(pk__in=[post.pk for post in posts], step=1).update(step=2)
        touched_by_counts(touched)
        mark_changed(touched, at=at)
        refresh_topics(list(touched), at=at)
    return len(posts)


def _touch(touched: dict[int, datetime], topic: int, moment: datetime) -> None:
    touched[topic] = min(moment, touched.get(topic, moment))


def touched_by_counts(touched: dict[int, datetime]) -> None:
    """Count readings not yet weighed: their topics are weighed from the moment of the fetch on."""
    counts = list(CountReading.objects.filter(weighed=False).order_by("id").values_list("pk", "post_id", "at")[:2000])
    if not counts:
        return
    topics = dict(Membership.objects.filter(post_id__in={c[1] for c in counts}).values_list("post_id", "topic_id"))
    taken = []
    for pk, post_id, moment in counts:
        if post_id in topics:
            _touch(touched, topics[post_id], moment)
        taken.append(pk)
    CountReading.objects.filter(pk__in=taken).update(weighed=True)


def mark_changed(touched: dict[int, datetime], *, at: datetime) -> None:
    """The topic is to be weighed from the earliest moment that is new; two marks keep the earlier one."""
    for pk, moment in touched.items():
        Topic.objects.filter(pk=pk, weigh_from__lte=moment).update(changed_at=at)
        Topic.objects.filter(pk=pk).exclude(weigh_from__lte=moment).update(changed_at=at, weigh_from=moment)
