"""The second person decides what the first proposed (rules.md 6, 7)."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from alerts.services.notices import Addressee, tell
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require, second_person
from responses.models import Issue, Proposal
from responses.services.claiming import clean, note, touch
from responses.services.decide.confirming import second_confirm
from responses.services.decide.dismissing import second_dismiss
from responses.services.decide.ending import second_cancel
from responses.services.decide.event_time import second_event_time
from responses.services.decide.grading import second_regrade
from responses.services.proposals import ACT_WORDS

SECONDS: dict[str, Callable[..., Issue]] = {
    "confirm": second_confirm,
    "dismiss": second_dismiss,
    "regrade": second_regrade,
    "cancel": second_cancel,
    "event_time": second_event_time,
}


def decide_proposal(*, proposal: Proposal, by: User, at: datetime, accept: bool, reason: str = "") -> Issue:
    """Agree to a proposal, or send it back with a reason. Returns the issue as it stands then.

    The proposer may only take it back, or agree 单人 by typing the reason again. Of two who decide at once one counts.
    """
    with transaction.atomic():
        waiting = Proposal.objects.select_related("issue__matter", "issue__topic", "by").get(pk=proposal.pk)
        solo = False
        if accept:
            solo = second_person(first=waiting.by, second=by, reason=waiting.reason, reason_again=reason, at=at)
        else:
            clean(reason, "退回的理由")
            if waiting.by_id != by.pk:
                require(by, _right(waiting.act))
        decided = Proposal.objects.filter(pk=waiting.pk, decided_at=None).update(
            decided_by=by, decided_at=at, accepted=accept, decision_reason=reason.strip(), solo=solo
        )
        if decided != 1:
            waiting.refresh_from_db()
            who = waiting.decided_by.name if waiting.decided_by else "系统"
            raise Refused(f"{who} 刚刚已{'同意' if waiting.accepted else '退回'}这条意见，请看过再决定。")
        if accept:
            return SECONDS[waiting.act](waiting, by=by, at=at, solo=solo)
        issue = waiting.issue
        note(
            issue,
            kind="issue.refuse_proposal",
            by=by,
            at=at,
            text=f"退回“{ACT_WORDS[waiting.act]}”：{reason.strip()}",
            data={"proposal": waiting.pk},
        )
        touch(issue)
        if waiting.by_id != by.pk:
            tell(
                people=[Addressee(role="", person=waiting.by)],
                event=f"proposal:{waiting.pk}:refused",
                title=f"被退回：{issue.label} {ACT_WORDS[waiting.act]}",
                body=f"{by.name} 退回了您提请的“{ACT_WORDS[waiting.act]}”：{reason.strip()}",
                at=at,
                matter=issue.matter,
            )
        issue.refresh_from_db()
        return issue


def _right(act: str) -> Act:
    return {
        "confirm": Act.LOWER_LEVEL,
        "regrade": Act.LOWER_LEVEL,
        "cancel": Act.CANCEL_ISSUE,
        "dismiss": Act.SECOND_DISMISS,
        "event_time": Act.SECOND_ANCHOR,
    }[act]
