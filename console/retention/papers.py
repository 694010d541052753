"""What else has its time: imported files and lines not taken in, visits, access logs, words of the trail, old links."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from console.retention.slices import START, Due, Taken
from crawlers.models import InboxFile, Quarantine, Run, Tombstone
from office.models import AccessLog, Login, Ticket, Trail, TrailText

ROWS = 500  # small rows of one transaction
# Acts on a case belong to its file, which is kept like any other file of the office: as long as the case itself.
OF_A_CASE = ("issue", "matter", "clock", "release", "conference", "brief", "handover")


def take_rows(rows: QuerySet[Any]) -> Taken:
    """The first rows of a query that has only what goes."""
    with transaction.atomic():
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS])
        rows.model._default_manager.filter(pk__in=ids).delete()
    return Taken(len(ids), 0, [] if len(ids) == ROWS else None)


# --- files and what was set aside of them -----------------------------------------------------------------------------


def _files(limit: datetime) -> QuerySet[InboxFile]:
    return InboxFile.objects.filter(arrived_at__lt=limit, done_at__lt=limit)


def count_files(limit: datetime) -> Due:
    return Due(sum((Path(settings.HOME) / path).exists() for path in _files(limit).values_list("path", flat=True)))


def take_files(limit: datetime, cursor: list[Any]) -> Taken:
    """Kept imports and inbox files, with the lines of them that were not taken in. The row of an import stays."""
    begin = cursor[0] if cursor != START else 0
    rows = list(_files(limit).filter(pk__gt=begin).order_by("pk")[:ROWS])
    removed = 0
    for row in rows:
        path = Path(settings.HOME) / row.path
        if path.exists():
            path.unlink(missing_ok=True)
            removed += 1
    with transaction.atomic():
        Quarantine.objects.filter(inbox__in=rows).delete()
        InboxFile.objects.filter(pk__in=[row.pk for row in rows if row.kind == "crawl"]).delete()
    return Taken(removed, 0, [rows[-1].pk] if rows else None)


def lines(limit: datetime) -> QuerySet[Quarantine]:
    return Quarantine.objects.filter(at__lt=limit)


# --- visits ---------------------------------------------------------------------------------------------------------


def visits(limit: datetime) -> QuerySet[Run]:
    """Oldest first by number: as soon as one is young enough, all behind it are."""
    young = Run.objects.filter(started_at__gte=limit).order_by("pk").values_list("pk", flat=True).first()
    old = Run.objects.filter(started_at__lt=limit)
    return old if young is None else old.filter(pk__lt=young)


# --- logs -----------------------------------------------------------------------------------------------------------


def access(limit: datetime) -> QuerySet[AccessLog]:
    return AccessLog.objects.filter(at__lt=limit)


def _speaks_still(limit: datetime) -> Q:
    return Q(at__gte=limit) | Q(object_kind__in=OF_A_CASE)


def count_words(limit: datetime) -> Due:
    """Rows of the chain stay for ever, they are numbers and digests; their words go."""
    old = Trail.objects.filter(at__lt=limit).exclude(object_kind__in=OF_A_CASE)
    texts = TrailText.objects.filter(Exists(old.filter(text_digest=OuterRef("pk"))))
    needed = Exists(Trail.objects.filter(_speaks_still(limit), text_digest=OuterRef("pk")))
    return Due(texts.count(), texts.filter(needed).count())


def take_words(limit: datetime, cursor: list[Any]) -> Taken:
    """Words of old rows that no younger row and no case speaks with. `trail verify` does not miss them."""
    begin = cursor[0] if cursor != START else 0
    rows = list(Trail.objects.filter(seq__gt=begin).order_by("seq").only("seq", "at", "text_digest")[:ROWS])
    old = [row for row in rows if row.at < limit]
    if not old:
        return Taken(0, 0, None)
    with transaction.atomic():
        found = TrailText.objects.filter(digest__in={row.text_digest for row in old if row.text_digest})
        needed = Exists(Trail.objects.filter(_speaks_still(limit), text_digest=OuterRef("pk")))
        going = list(found.exclude(needed).values_list("pk", flat=True))
        kept = found.count() - len(going)
        TrailText.objects.filter(pk__in=going).delete()
    return Taken(len(going), kept, [old[-1].seq] if len(old) == ROWS else None)


def tombstones(limit: datetime) -> QuerySet[Tombstone]:
    """Of posts whose time was over; those of a person's request stay."""
    return Tombstone.objects.filter(at__lt=limit, removal=None)


def links(limit: datetime) -> QuerySet[Ticket]:
    return Ticket.objects.filter(expires_at__lt=limit)


def sessions(limit: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=limit)


def logins(limit: datetime) -> QuerySet[Login]:
    """Which browser was signed in from when to when; that somebody signed in stays in the trail."""
    return Login.objects.filter(started_at__lt=limit)
