"""What the lead sweep has to look at, asked once a second (and once a post in a replay): one query, compiled once.

Building the four queries anew each time cost 6 ms of a sweep that found nothing; the statement itself takes 0.1 ms.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from alerts.models import Alert
from analysis.models import Membership
from office.pack.current import current_pack
from office.statements import Prepared, fetch
from responses.models import Issue


@dataclass
class Waiting:
    """Primary keys by what waits: fresh alerts; issues by the rest."""

    alerts: list[int] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)  # leads whose topic the machine joined into another
    changed: list[int] = field(default_factory=list)  # open issues whose topic took posts, none of them telling
    telling: list[int] = field(default_factory=list)  # the same with a post that may tell an earlier beginning
    dismissed: list[int] = field(default_factory=list)  # voices doubled since


def what_waits() -> Waiting:
    """One query; the order within each list is that of the keys."""
    rule = current_pack().policy.dismissal
    sql, params = _statement(connection.vendor, rule.reopen_voices_factor, rule.reopen_voices_more)
    found = Waiting()
    for kind, key in sorted(fetch(sql, params)):
        getattr(found, kind).append(key)
    return found


@lru_cache(maxsize=8)
def _statement(vendor: str, factor: int, more: int) -> tuple[str, tuple[Any, ...]]:
    telling = Membership.objects.filter(topic_id=OuterRef("topic_id"), pk__gt=OuterRef("looked_member")).filter(
        Q(post__reading__emergency__isnull=False) | Q(at__lt=OuterRef("matter__first_public_at"))
    )
    moved = Issue.objects.filter(state__in=Issue.OPEN, topic__changed_at__gt=F("looked_at"))
    standing = Issue.objects.filter(topic_id=OuterRef("topic_id"), state__in=Issue.OPEN)
    heard = Case(When(Exists(telling), then=Value("telling")), default=Value("changed"), output_field=CharField())
    parts: list[tuple[Combinable, QuerySet[Any, Any]]] = [
        (Value("alerts"), Alert.objects.filter(handled_at=None)),
        (Value("joined"), Issue.objects.filter(state=Issue.State.LEAD, topic__merged_into__isnull=False)),
        (heard, moved),
        (
            Value("dismissed"),
            # Under an open issue more voices are its growth, not the return of an older, dismissed one.
            Issue.objects.filter(
                ~Exists(standing),
                state=Issue.State.DISMISSED,
                topic__merged_into=None,
                topic__episode=F("episode"),
                topic__voices__gte=F("dismissed_voices") * factor,
                topic__voices__gt=F("dismissed_voices") + (more - 1),
            ),
        ),
    ]
    statements: list[str] = []
    params: list[Any] = []
    for kind, rows in parts:
        named = rows.order_by().annotate(kind=Cast(kind, CharField()), key=Cast(F("pk"), IntegerField()))
        sql, values = named.values_list("kind", "key").query.sql_with_params()
        statements.append(sql)
        params += values
    return " UNION ALL ".join(statements), tuple(params)


_newest = Prepared(
    lambda topic: Membership.objects.filter(topic_id=topic).order_by("-pk").values_list("pk")[:1], topic=int
)


def newest_member(topic_id: int) -> int:
    """The newest membership of a topic; 0 where it has none."""
    newest = _newest(topic=topic_id)
    return int(newest[0][0]) if newest else 0


def mark_looked(issue_id: int, *, changed_at: datetime, member: int) -> None:
    """The issue has seen its topic as of `changed_at`; a post that came meanwhile keeps it waiting."""
    Issue.objects.filter(pk=issue_id).update(looked_at=changed_at, looked_member=member)
