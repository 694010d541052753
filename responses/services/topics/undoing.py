"""A merge or a split by hand is taken back; what was learnt meanwhile is kept."""

from datetime import datetime

from django.db import transaction

from analysis.models import Arrangement
from analysis.services import arranging
from office import trail
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.services.claiming import clean
from responses.services.topics.following import gather, scatter, settle


def undo(*, arrangement: Arrangement, by: User, at: datetime, reason: str) -> Arrangement:
    """Two topics again where a merge is taken back, one where a split is; issues and their clocks go along.

    A clock that was moved earlier by the merge stays so. Raises Refused without the right or a reason, where it was
    undone already, and where something was arranged after it.
    """
    require(by, Act.REVIEW_TOPIC)
    why = clean(reason, "撤销的理由")
    with transaction.atomic():
        known = Arrangement.objects.select_related("topic", "other").get(pk=arrangement.pk)
        stood = []
        if known.kind == Arrangement.Kind.SPLIT and known.undone_at is None:
            stood = gather(known.topic, known.other, by=by, at=at, reason=why)
        done = arranging.take_back(known, by=by, at=at, reason=why)
        if known.kind == Arrangement.Kind.MERGE:
            scatter(known.before.get("issues", []), by=by, at=at, reason=why)
        settle(done.topic_id, done.other_id)
        trail.record(
            by=by,
            kind="topic.undo",
            at=at,
            object_kind="topic",
            object_id=str(done.topic_id),
            text=f"撤销{done.get_kind_display()}（T-{done.topic_id} 与 T-{done.other_id}）：{why}",
            data={"arrangement": done.pk, "issues": [row["id"] for row in stood]},
        )
    return done
