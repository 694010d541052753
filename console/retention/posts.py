"""Posts past their time: which of them something still needs, and how the others go, with all that hangs on them.

Time counts from the fetch. Needed is: a post of a topic with a case (but for one dismissed just as long ago), an anchor
of a clock, one that a brief names, one the trail speaks of, one not yet filed.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from alerts.models import Anchor, Matter
from analysis.models import Membership, Topic
from analysis.services.figures import refresh_topics
from console.retention.leaving import places_of, remove_posts
from console.retention.slices import START, Due, Taken
from crawlers.models import Post, Snapshot
from office.models import Trail
from office.statements import Prepared
from reports.models import Brief
from responses.models import Issue

SLICE = 25  # posts of one transaction: some 5 ms, which is what a page that writes may have to wait
TRIMMED = 10  # topics counted anew in one transaction
FILED = 2  # step of a post that was read and filed


def needed(limit: datetime) -> Exists | Q:
    """Whether something needs the post, as a condition. Briefs name only media: see `_named_by_briefs`."""
    old_dismissal = Q(state=Issue.State.DISMISSED, closed_at__lt=limit)
    in_case = Membership.objects.filter(post=OuterRef("pk")).filter(
        Exists(Issue.objects.filter(topic=OuterRef("topic")).exclude(old_dismissal))
        | Exists(
            Matter.objects.filter(topic=OuterRef("topic")).exclude(
                issue__state=Issue.State.DISMISSED, issue__closed_at__lt=limit
            )
        )
    )
    anchors = Anchor.objects.filter(post=OuterRef("pk")).exclude(
        matter__issue__state=Issue.State.DISMISSED, matter__issue__closed_at__lt=limit
    )
    on_trail = Trail.objects.filter(object_kind="post", object_id=OuterRef("as_text"))
    return Exists(in_case) | Exists(anchors) | Exists(on_trail) | Q(step__lt=FILED)


def past(limit: datetime) -> QuerySet[Any]:
    """Posts fetched before `limit`, each marked `needed`."""
    posts = Post.objects.filter(fetched_at__lt=limit).annotate(as_text=Cast("pk", CharField()))
    return posts.annotate(needed=needed(limit))


def count_posts(limit: datetime) -> Due:
    total = Post.objects.filter(fetched_at__lt=limit).count()
    kept = past(limit).filter(needed=True).count()
    return Due(total, kept + len(_all_named_by_briefs(limit)))


_slice = Prepared(
    lambda limit, moment, last: (
        past(limit)
        .filter(fetched_at__gte=moment)
        .exclude(fetched_at=moment, id__lte=last)
        .order_by("fetched_at", "id")
        .values_list("id", "fetched_at", "needed", "voice", "seen_at")[:SLICE]
    ),
    limit=datetime,
    moment=datetime,
    last=int,
)


def take_posts(limit: datetime, cursor: list[Any]) -> Taken:
    """One slice in the order of fetching. What takes long is worked out before its transaction, which stays short."""
    begin = behind(cursor)
    places = places_of([row[0] for row in _slice(limit=limit, **begin) if not row[2]])
    with transaction.atomic():
        rows = _slice(limit=limit, **begin)
        if not rows:
            return Taken(0, 0, None)
        free = [row for row in rows if not row[2]]
        named = _named_by_briefs([(pk, seen) for pk, _, _, voice, seen in free if voice == "media"])
        going = [row[0] for row in free if row[0] not in named]
        gone = set(going)
        remove_posts(going, [place for place in places if place[1] in gone], at=limit)
    last = rows[-1]
    return Taken(len(going), len(rows) - len(going), [last[1].isoformat(), last[0]])


def behind(cursor: list[Any]) -> dict[str, Any]:
    """The place of a cursor in the order (fetched_at, id)."""
    if cursor == START:
        return {"moment": datetime(1900, 1, 1, tzinfo=UTC), "last": 0}
    return {"moment": datetime.fromisoformat(cursor[0]), "last": cursor[1]}


def _named_by_briefs(media: Sequence[tuple[int, datetime]]) -> set[int]:
    """Those of these media posts (id, own moment) that a brief lists by name."""
    if not media:
        return set()
    first, last = min(seen for _, seen in media), max(seen for _, seen in media)
    briefs = Brief.objects.filter(since__lte=last, until__gte=first).values_list("numbers", flat=True)
    return {pk for pk, _ in media} & set(_media(briefs))


def _all_named_by_briefs(limit: datetime) -> set[int]:
    named = set(_media(Brief.objects.filter(since__lt=limit).values_list("numbers", flat=True)))
    found: set[int] = set()
    numbers = sorted(named)
    for begin in range(0, len(numbers), 500):
        some = past(limit).filter(pk__in=numbers[begin : begin + 500], needed=False)
        found |= set(some.values_list("pk", flat=True))
    return found


def _media(frozen: Iterable[Any]) -> Iterable[int]:
    return (int(item["post"]) for numbers in frozen for item in numbers.get("media", ()) if "post" in item)


# --- copies of what was seen, where they go before their post ---------------------------------------------------------


def count_snapshots(limit: datetime) -> Due:
    """Of posts that stay for now: those past the time of posts go with them."""
    seen = past(limit).filter(snapshot__isnull=False)
    return Due(seen.count(), seen.filter(needed=True).count())


def take_snapshots(limit: datetime, cursor: list[Any]) -> Taken:
    begin = behind(cursor)
    with transaction.atomic():
        rows = list(
            past(limit)
            .filter(snapshot__isnull=False, fetched_at__gte=begin["moment"])
            .exclude(fetched_at=begin["moment"], id__lte=begin["last"])
            .order_by("fetched_at", "id")
            .values_list("id", "fetched_at", "needed")[:SLICE]
        )
        if not rows:
            return Taken(0, 0, None)
        going = [pk for pk, _, stays in rows if not stays]
        Snapshot.objects.filter(post__in=going).delete()
    return Taken(len(going), len(rows) - len(going), [rows[-1][1].isoformat(), rows[-1][0]])


# --- topics that lost posts, topics that nobody speaks in any more --------------------------------------------------


def take_trimmed(limit: datetime, cursor: list[Any]) -> Taken:
    """Topics that go on without their oldest posts: their figures and their beginning are those of what is there."""
    begin = cursor[0] if cursor != START else 0
    some = Topic.objects.filter(first_post_at__lt=limit, last_post_at__gte=limit, pk__gt=begin).order_by("pk")
    with transaction.atomic():
        topics = list(some.annotate(earliest=Min("memberships__at"))[:TRIMMED])
        for topic in topics:
            if topic.earliest is None or topic.earliest <= topic.first_post_at:
                continue
            Topic.objects.filter(pk=topic.pk).update(first_post_at=topic.earliest)
            if Membership.objects.filter(topic=topic, episode=topic.episode).exists():
                refresh_topics({topic.pk: topic.earliest}, at=topic.heat_at or topic.changed_at)
    return Taken(0, 0, [topics[-1].pk] if topics else None)


def _empty_topics(limit: datetime) -> QuerySet[Topic]:
    return Topic.objects.filter(last_post_at__lt=limit).exclude(
        Exists(Membership.objects.filter(topic=OuterRef("pk")))
        | Exists(Issue.objects.filter(topic=OuterRef("pk")))
        | Exists(Matter.objects.filter(topic=OuterRef("pk")))
        | Exists(Topic.objects.filter(merged_into=OuterRef("pk")))
    )


def count_topics(limit: datetime) -> Due:
    return Due(_empty_topics(limit).count())


def take_topics(limit: datetime, cursor: list[Any]) -> Taken:
    """Their title was taken from a post that is gone."""
    with transaction.atomic():
        ids = list(_empty_topics(limit).order_by("id").values_list("pk", flat=True)[:SLICE])
        Topic.objects.filter(pk__in=ids).delete()
    return Taken(len(ids), 0, [ids[-1]] if ids else None)
