"""Two topics speak of one matter: a person makes them one, and the machine leaves it so (rules.md 2)."""

from datetime import datetime

from django.db import transaction

from analysis.models import Arrangement, Topic
from analysis.services import arranging
from office import trail
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.services.claiming import clean
from responses.services.topics.following import gather, settle


def merge_topics(*, topic: Topic, into: Topic, by: User, at: datetime, reason: str) -> Arrangement:
    """Every post of `topic` goes to `into`. Its issues follow; two open ones are merged as issues are (rules.md 5).

    Raises Refused without the right or a reason, and where either went into another meanwhile.
    """
    require(by, Act.REVIEW_TOPIC)
    why = clean(reason, "合并的理由")
    if topic.pk == into.pk:
        raise Refused("不能并入自己。")
    with transaction.atomic():
        stood = gather(into, topic, by=by, at=at, reason=why)
        done = arranging.merge(topic=into, gone=topic, by=by, at=at, reason=why, before={"issues": stood})
        settle(into.pk)
        trail.record(
            by=by,
            kind="topic.merge",
            at=at,
            object_kind="topic",
            object_id=str(into.pk),
            text=f"T-{topic.pk}“{topic.title}”并入 T-{into.pk}“{into.title}”，{len(done.posts)} 帖：{why}",
            data={"gone": topic.pk, "posts": len(done.posts), "arrangement": done.pk},
        )
    return done
