"""Acts of two people: proposed by one, decided by another, or done 单人 where that is declared (rules.md 6, 7)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from alerts.services.notices import Addressee, tell
from office.errors import Refused
from office.models import User
from office.queries import people_for
from office.services.acts import second_person
from responses.models import Issue, Proposal
from responses.services.claiming import note, touch

ACT_WORDS = {
    "confirm": "低于建议等级确认",
    "dismiss": "排除线索",
    "regrade": "下调等级",
    "cancel": "撤销事项",
    "event_time": "把事件时间改晚",
}


def propose(
    *,
    issue: Issue,
    act: str,
    payload: dict[str, Any],
    reason: str,
    source: str,
    by: User,
    at: datetime,
    reason_again: str | None,
    ask: Iterable[str],
) -> tuple[Proposal, bool]:
    """Write the proposal inside the caller's transaction; `ask` are the roles told that a second person is needed.

    Returns it and whether it is decided already (单人值守 with the reason typed again). Raises Refused where one of
    the same kind waits.
    """
    if Proposal.objects.filter(issue=issue, act=act, decided_at=None).exists():
        raise Refused(f"已有一条“{ACT_WORDS[act]}”在等第二人复核，请先处理那一条。")
    solo = False
    if reason_again is not None:
        solo = second_person(first=by, second=by, reason=reason, reason_again=reason_again, at=at)
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(
                issue=issue,
                act=act,
                payload=payload,
                reason=reason,
                source=source,
                by=by,
                at=at,
                solo=solo,
                decided_by=by if solo else None,
                decided_at=at if solo else None,
                accepted=True if solo else None,
                decision_reason=reason if solo else "",
            )
    except IntegrityError as error:
        raise Refused(f"已有一条“{ACT_WORDS[act]}”在等第二人复核，请先处理那一条。") from error
    if solo:
        return proposal, True
    note(
        issue,
        kind="issue.propose",
        by=by,
        at=at,
        text=f"提请{ACT_WORDS[act]}：{reason}" + (f"（依据：{source}）" if source else ""),
        data={"act": act, "payload": payload, "proposal": proposal.pk},
    )
    touch(issue)
    tell(
        people=[p for p in addressees(ask, at) if p.person != by],
        event=f"proposal:{proposal.pk}",
        title=f"请复核：{issue.label} {ACT_WORDS[act]}",
        body=f"{by.name} 提请对“{issue.matter.title}”{ACT_WORDS[act]}，理由：{reason}。"
        "须由您或另一人复核，复核前时限照走。",
        at=at,
        matter=issue.matter,
    )
    return proposal, False


def addressees(roles: Iterable[str], at: datetime) -> list[Addressee]:
    """Who is told in these roles now, fall-back of an empty roster included; nobody twice."""
    found: dict[int, Addressee] = {}
    for role in roles:
        for person in people_for(role, at)[0]:
            found.setdefault(person.pk, Addressee(role=role, person=person))
    return list(found.values())


def settle_waiting(issue: Issue, *, by: User | None, at: datetime, why: str) -> None:
    """Proposals that wait when the issue ends are closed unaccepted, with the reason."""
    Proposal.objects.filter(issue=issue, decided_at=None).update(
        decided_at=at, decided_by=by, accepted=False, decision_reason=why
    )
