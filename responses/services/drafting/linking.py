"""Evidence and the draft it came of; and why something was published without its gates."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.models import Issue, Release, ReleaseDraft
from responses.services.claiming import clean, note, touch


def drafts_of(issue: Issue) -> QuerySet[ReleaseDraft]:
    """Releases in preparation of a case, those of cases merged into it included; given up ones too."""
    return ReleaseDraft.objects.filter(Q(issue=issue) | Q(issue__merged_into=issue))


def draft_for(issue: Issue, pk: int | None) -> ReleaseDraft | None:
    """The draft evidence is entered for; None = published without one. Raises Refused for another case's."""
    if pk is None:
        return None
    found = drafts_of(issue).exclude(state=ReleaseDraft.State.DROPPED).filter(pk=pk).first()
    if found is None:
        raise Refused("没有这份发布稿，或已经作罢；请重新选，或选“没有走四道关”。")
    return found


def explain_ungated(*, release: Release, by: User, at: datetime, why: str) -> Release:
    """Write down why it was published without the four gates; once. It changes no clock and no evidence."""
    require(by, Act.ENTER_RELEASE)
    words = clean(why, "没有走四道关的原因")
    with transaction.atomic():
        written = Release.objects.filter(pk=release.pk, draft=None, ungated_why="").update(ungated_why=words)
        if written != 1:
            raise Refused("原因已经写过了，或这份发布有四道关的稿子。")
        row = Release.objects.select_related("issue").get(pk=release.pk)
        note(
            row.issue,
            kind="release.ungated",
            by=by,
            at=at,
            text=f"《{row.title}》未过四道关：{words}",
            data={"release": row.pk},
        )
        touch(row.issue)
        return row
