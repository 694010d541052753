"""Who is told that a release waits for them: those who may pass its next gate, the drafter when it comes back."""

from datetime import datetime

from alerts.services.notices import Addressee, tell
from office.models import User
from office.roles import may, roles_for
from responses.gates import GATES, open_gate
from responses.models import DraftText, Issue, ReleaseDraft
from responses.services.proposals import addressees


def writers(draft: ReleaseDraft) -> list[User]:
    """Everybody who wrote a version of it, first to last; none of them passes a gate of it."""
    rows = DraftText.objects.filter(draft=draft).select_related("by").order_by("number")
    return list({row.by_id: row.by for row in rows}.values())


def ask_next_gate(draft: ReleaseDraft, issue: Issue, *, by: User, at: datetime) -> None:
    """One notice a person and gate of a version. All gates passed: the drafter is told that it may be published."""
    gate = open_gate(draft.gate)
    if gate is None:
        _tell_drafter(
            draft,
            issue,
            by=by,
            at=at,
            event="ready",
            title=f"可以发布：{issue.label}《{draft.name}》",
            body=f"四道关都过了。请由责任单位在{'、'.join(draft.channels)}发布，发布后填报存证；填报并复核后时限才停。",
        )
        return
    wrote = {user.pk for user in writers(draft)}
    roles = roles_for(gate.act)
    there = addressees(roles, at)
    # The fall-back of a role nobody holds may not pass the gate either; told all the same, where nobody else is.
    fit = [p for p in there if p.person is not None and p.person.pk not in wrote and may(p.person.roles, gate.act)]
    tell(
        people=fit or [p for p in there if p.person is not None and p.person.pk not in wrote],
        event=f"draft:{draft.pk}:{draft.version}:{gate.key}",
        title=f"请审：{issue.label}《{draft.name}》{gate.name}"[:200],
        body=f"“{issue.matter.title}”的{draft.get_kind_display()}《{draft.name}》第 {draft.version} 稿"
        f"等“{gate.name}”关：{gate.asks}。审稿不停时限。",
        at=at,
        matter=issue.matter,
    )


def tell_sent_back(draft: ReleaseDraft, issue: Issue, *, sentence: str, by: User, at: datetime) -> None:
    """The drafter hears at once which gate sent it back, and why."""
    name = GATES[draft.gate].name
    _tell_drafter(
        draft,
        issue,
        by=by,
        at=at,
        event="back",
        title=f"被退回：{issue.label}《{draft.name}》{name}",
        body=f"{by.name} 在“{name}”关退回：{sentence}。改好再送审，从这一关接着审；时限照走。",
    )


def _tell_drafter(
    draft: ReleaseDraft, issue: Issue, *, by: User, at: datetime, event: str, title: str, body: str
) -> None:
    if draft.drafter_id == by.pk:
        return
    tell(
        people=[Addressee(role="", person=draft.drafter)],
        event=f"draft:{draft.pk}:{draft.version}:{event}",
        title=title[:200],
        body=body,
        at=at,
        matter=issue.matter,
    )
