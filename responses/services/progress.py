"""RESPONDING or RESPONDED: follows from the clocks and the checked evidence, never set by hand (domain.md C)."""

from datetime import datetime

from alerts.models import Clock
from responses.models import Conference, Issue, Release

MAIN_KINDS = (Clock.Kind.FIRST_RELEASE, Clock.Kind.PRESS_CONFERENCE, Clock.Kind.RESPONSE)


def settle_state(issue: Issue, *, at: datetime) -> None:
    """Answered once every main clock is closed and something was published; back to work when one opens again.

    Works for confirmed issues only. The rounds of continuous release run beside the state.
    """
    if issue.state not in (Issue.State.RESPONDING, Issue.State.RESPONDED):
        return
    waiting = Clock.objects.filter(matter_id=issue.matter_id, closed_at=None, kind__in=MAIN_KINDS).exists()
    told = (
        Release.objects.filter(issue=issue, state=Release.State.CHECKED).exists()
        or Conference.objects.filter(issue=issue, state=Conference.State.CHECKED).exists()
    )
    wanted = Issue.State.RESPONDED if told and not waiting else Issue.State.RESPONDING
    if issue.state != wanted:
        Issue.objects.filter(pk=issue.pk, state=issue.state).update(state=wanted)
        issue.state = wanted
