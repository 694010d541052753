"""Evidence that was checked before a clock began: a release of this morning answers the 5 hours of this noon."""

from datetime import datetime

from alerts.deadlines import Evidence, Published
from alerts.models import Clock
from alerts.services.evidence import CONFERENCE, RELEASE, follow_up, meet_clocks
from responses.models import Conference, Issue, Release


def apply_checked(issue: Issue, *, at: datetime) -> None:
    """Let clocks that began since be met by what was published after their own start and checked already.

    Inside the caller's transaction. What was published before a clock's start tells of something else.
    """
    matter = issue.matter
    releases = list(Release.objects.filter(issue=issue, state=Release.State.CHECKED).order_by("published_at", "pk"))
    held = Conference.objects.filter(issue=issue, state=Conference.State.CHECKED, kind=CONFERENCE)
    told = [(RELEASE, row.published_at, row.answers_merged) for row in releases]
    told += [(CONFERENCE, row.held_at, False) for row in held.order_by("held_at", "pk") if row.held_at is not None]
    for what, published_at, names_merged in told:
        waiting = Clock.objects.filter(matter=matter, closed_at=None)
        if not waiting.exists():
            break
        # One row at a time: of two open clocks the one whose start lies later may not be met by it.
        later = waiting.filter(anchor_at__gt=published_at).values_list("pk", flat=True)
        evidence = Evidence(what=what, published_at=published_at, names_merged=names_merged)
        meet_clocks(matter, evidence=evidence, checked_at=at, but=frozenset(later))
    if releases:
        follow_up(matter, [Published(row.published_at, row.kind) for row in releases], at=at)
