"""The people of a topic against its burst rule over time, read in two queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from alerts.grading import SeenPost
from alerts.grading.course import BurstStand, burst_course
from alerts.queries.facts import SEEN_FIELDS, seen_post, seen_rows
from analysis.models import Reading, Topic
from crawlers.models import Source
from office.pack.current import current_pack
from office.pack.policy import PolicyPack

_EMERGENCY = SEEN_FIELDS.index("post__reading__emergency")  # no matter here: not unpacked for a drawing


@dataclass(frozen=True)
class TopicCourse:
    """One stand a moment over the short window; over the long one too, where one of the topic's platforms is quiet."""

    short: list[BurstStand]
    long: list[BurstStand] | None


def topic_course(topic: Topic, moments: Sequence[datetime]) -> TopicCourse:
    """Stands for each of the moments (in order; the last is now)."""
    policy = current_pack().policy
    rule = policy.lines.burst
    since = moments[0] - timedelta(hours=max(rule.hours, rule.quiet_hours), days=rule.past_days)
    rows = seen_rows(topic=topic.pk, since=since)
    posts = [seen_post((*row[:_EMERGENCY], None, *row[_EMERGENCY + 1 :])) for row in rows]
    quiet = quiet_platforms(posts, policy, at=moments[-1])
    return TopicCourse(
        burst_course(posts, moments, policy), burst_course(posts, moments, policy, quiet=quiet) if quiet else None
    )


def quiet_platforms(posts: Iterable[SeenPost], policy: PolicyPack, *, at: datetime) -> frozenset[str]:
    """Of the platforms of these posts those with few relevant posts a day (rules.md 3). One query, that stops counting
    at the number from which a platform is busy.
    """
    rule = policy.voices
    one_of = {post.platform: post.source_id for post in posts}
    many = rule.quiet_posts_per_day * rule.quiet_over_days
    told = Reading.objects.filter(
        relevant=True,
        post__source__platform=OuterRef("platform"),
        post__seen_at__gt=at - timedelta(days=rule.quiet_over_days),
        post__seen_at__lte=at,
    )
    busy = Exists(told.order_by()[many - 1 : many])
    return frozenset(Source.objects.filter(~busy, pk__in=one_of.values()).values_list("platform", flat=True))
