"""The people of a topic against its burst rule over time, read in one query."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.grading.course import BurstStand, burst_course
from alerts.queries.facts import SEEN_FIELDS, seen_post, seen_rows
from analysis.models import Topic
from office.pack.current import current_pack

_EMERGENCY = SEEN_FIELDS.index("post__reading__emergency")  # no matter here: not unpacked for a drawing


def topic_course(topic: Topic, moments: Sequence[datetime]) -> list[BurstStand]:
    """One stand for each of the moments (in order)."""
    policy = current_pack().policy
    rule = policy.lines.burst
    since = moments[0] - timedelta(hours=rule.hours, days=rule.past_days)
    rows = seen_rows(topic=topic.pk, since=since)
    posts = [seen_post((*row[:_EMERGENCY], None, *row[_EMERGENCY + 1 :])) for row in rows]
    return burst_course(posts, moments, policy)
