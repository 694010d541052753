"""A clock that was ahead is put right: a brief drafted before its cut-off is withdrawn, and drafted when it comes.

It would be the brief of its day (there is one a day) and say nothing of what was published after it was written.
"""

from datetime import datetime

from django.db import transaction

from office import trail
from reports.models import Brief
from reports.queries.briefs import DAILY
from reports.services.drafting import editors_of


def withdraw_early(*, at: datetime) -> list[str]:
    """Remove drafts whose cut-off is after `at` and that nobody has edited or signed; one trail row each.

    Returns a sentence per brief that must be looked at by a person: edited, signed or sent before its cut-off.
    """
    kept: list[str] = []
    with transaction.atomic():
        for brief in Brief.objects.filter(kind=DAILY, until__gt=at).order_by("day"):
            if brief.state != Brief.State.DRAFT or editors_of(brief) or brief.corrects_id is not None:
                kept.append(_named(brief))
                continue
            untouched = Brief.objects.filter(pk=brief.pk, state=Brief.State.DRAFT, version=brief.version)
            if not untouched.delete()[0]:  # somebody was quicker
                kept.append(_named(brief))
                continue
            trail.record(
                by=None,
                kind="brief.withdrawn",
                at=at,
                object_kind="brief",
                object_id=str(brief.pk),
                text=f"时钟改回：{brief.day:%Y-%m-%d} 的简报在截稿前误起草，已撤回，到时重拟",
                data={"until": brief.until.isoformat()},
            )
    return kept


def _named(brief: Brief) -> str:
    return f"{brief.day:%Y-%m-%d} 的简报按走快的时钟提前起草且已有人经手，请核对数字，必要时出更正"
