"""Posts that speak of another matter: a person takes them off a topic, and the machine leaves it so (rules.md 2)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from analysis.models import Arrangement, Topic
from analysis.services import arranging
from crawlers.masking import mask
from office import trail
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.services.claiming import clean
from responses.services.topics.following import answered_until, settle, tell_open_issue


def split_topic(
    *, topic: Topic, posts: Sequence[int], by: User, at: datetime, reason: str, title: str = ""
) -> Arrangement:
    """Posts, with their copies, become a topic of their own; by default the most typical of them names it.

    The issue stays with what is left: its clocks and where they start do not move (later: two people, rules.md 4).
    The new topic is weighed by the rules as any other, from its own posts. Raises Refused without the right, a reason,
    posts, or anything left.
    """
    require(by, Act.REVIEW_TOPIC)
    why = clean(reason, "拆分的理由")
    name = mask(title.strip()).text[:200]
    with transaction.atomic():
        until = answered_until(topic)
        done = arranging.split(topic=topic, posts=posts, title=name, by=by, at=at, reason=why, answered_until=until)
        settle(topic.pk)
        count, new = len(done.posts), Topic.objects.get(pk=done.other_id)
        trail.record(
            by=by,
            kind="topic.split",
            at=at,
            object_kind="topic",
            object_id=str(topic.pk),
            text=f"从 T-{topic.pk}“{topic.title}”拆出 {count} 帖，另成 T-{new.pk}“{new.title}”：{why}",
            data={"new": new.pk, "posts": done.posts[:200], "count": count, "arrangement": done.pk},
        )
        tell_open_issue(
            topic,
            kind="issue.topic_split",
            text=f"从所在热点拆出 {count} 帖，另成 T-{new.pk}“{new.title}”；本事项的起算时间和时限不变：{why}",
            by=by,
            at=at,
            data={"new": new.pk, "count": count},
        )
    return done
