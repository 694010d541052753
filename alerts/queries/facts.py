"""What grading is told about a topic, read from the rows in two queries."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from alerts.grading import CountSeen, EmergencyFact, SeenPost, TopicFacts
from alerts.models import Alert
from alerts.queries.past import Past
from analysis.models import Membership, Topic
from crawlers.models import CountReading
from office.pack.current import current_pack
from office.pack.policy import PolicyPack
from office.statements import Prepared

SEEN_FIELDS = (
    "post_id",
    "at",
    "post__voice",
    "post__source_id",
    "post__platform",
    "post__handle",
    "post__handle_before",
    "post__copy_of_id",
    "post__precision",
    "post__not_before",
    "post__is_repost",
    "post__reading__relevant",
    "post__reading__sentiment",
    "post__reading__kind",
    "post__reading__klass",
    "post__reading__priority",
    "post__reading__streets",
    "post__reading__emergency",
    "post__reads",
    "post__likes",
    "post__reposts",
    "post__comments",
    "post__fetched_at",
    "post__source__media_class",
    "post__source__klass",
    "post__history",
)


SEEN_AT = SEEN_FIELDS.index("at")

# The posts of a topic from a moment on, in order of time.
seen_rows = Prepared(
    lambda topic, since: (
        Membership.objects.filter(topic_id=topic, at__gte=since).order_by("at", "post_id").values_list(*SEEN_FIELDS)
    ),
    topic=int,
    since=datetime,
)
_settled = Prepared(
    lambda topic, episode: Alert.objects.filter(topic_id=topic, episode=episode).values_list("rule"),
    topic=int,
    episode=int,
)


def topic_facts(topic: Topic, *, policy: PolicyPack, past: Past, at: datetime) -> TopicFacts:
    """The topic's posts of the last 60 days before its last one, their counts, and which lines are settled."""
    since = topic.last_post_at - timedelta(days=policy.episodes.topic_window_days)
    offices = bool(current_pack().gazetteer.street_level)
    posts = tuple(seen_post(row, offices=offices) for row in seen_rows(topic=topic.pk, since=since))
    counted = any(post.interactions is not None or post.reads is not None for post in posts)
    counts = tuple(_counts(topic, since=since, at=at)) if counted else ()
    settled = frozenset(row[0] for row in _settled(topic=topic.pk, episode=topic.episode))
    return TopicFacts(
        posts=posts,
        counts=counts,
        volumes=past,
        class_past=past,
        episode_started_at=topic.episode_started_at,
        settled=settled,
        weigh_from=topic.weigh_from,
    )


def seen_post(row: tuple[Any, ...], *, offices: bool = True) -> SeenPost:
    """One row of `SEEN_FIELDS` as grading needs it. `offices`: the pack's first level are street offices.

    Where they are not (a whole city, whose first level are districts), no post is certain of a street: three
    districts of a city with a complaint each are three complaints, not one that spreads.
    """
    (
        post_id, at, voice, source_id, platform, handle, handle_before, copy_of, precision, not_before, is_repost,
        relevant, sentiment,
        kind, klass, priority, streets, emergency, reads, likes, reposts, comments, fetched_at, media_class,
        source_class, history,
    ) = row  # fmt: skip
    told = [number for number in (likes, reposts, comments) if number is not None]
    by_day = precision == "day"
    return SeenPost(
        post_id=post_id,
        at=not_before if by_day and not_before else at,
        published_day_only=by_day,
        voice_kind=voice,
        source_id=source_id,
        platform=platform,
        handle=handle or None,
        handle_before=handle_before or None,
        copy_group=copy_of or post_id,
        is_repost=is_repost,
        relevant=relevant,
        negative=sentiment == "negative",
        kind=kind,
        klass=klass,
        priority=priority,
        streets=tuple(streets),
        street_certain=offices and bool(streets),
        emergency=emergency_fact(emergency),
        interactions=sum(told) if told else None,
        reads=reads,
        counted_at=fetched_at,
        media_class=media_class or None,
        hot_list_city=source_class == "hot_list",
        history=history,
    )


def emergency_fact(told: dict[str, Any] | None) -> EmergencyFact | None:
    """The reading's emergency as grading's own value; times are ISO 8601 with offset in the row."""
    if told is None:
        return None
    return EmergencyFact(
        kind=told["kind"],
        current=told["current"],
        in_district=told["in_district"],
        dead=told["dead"],
        hurt=told["hurt"],
        missing=told["missing"],
        trapped=told["trapped"],
        moved_out=told["moved_out"],
        denied=told["denied"],
        scope=told["scope"],
        occurred_at=_moment(told["occurred_at"]),
        precision=told["precision"],
        outage=told["outage"],
        outage_begun_at=_moment(told["outage_begun_at"]),
        harm=told.get("harm", False),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_count_rows = Prepared(
    lambda topic, since, at: (
        CountReading.objects.filter(post__membership__topic_id=topic, post__membership__at__gte=since, at__lte=at)
        .order_by("at", "pk")
        .values_list("post_id", "at", "reads", "likes", "reposts", "comments")
    ),
    topic=int,
    since=datetime,
    at=datetime,
)


def _counts(topic: Topic, *, since: datetime, at: datetime) -> Iterable[CountSeen]:
    for post_id, moment, reads, likes, reposts, comments in _count_rows(topic=topic.pk, since=since, at=at):
        told = [number for number in (likes, reposts, comments) if number is not None]
        yield CountSeen(post_id=post_id, at=moment, interactions=sum(told) if told else None, reads=reads)
