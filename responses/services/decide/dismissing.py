"""Dismissing a lead with a reason code and a sentence, and opening it again (rules.md 6)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.services.regrading import restore_clocks, void_clocks
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act, Role
from office.services.acts import require
from responses.flow import HIGH_LEVELS, dismissal_needs_second
from responses.models import Issue, Proposal
from responses.services.claiming import check_step, claim, clean, note, situation_of
from responses.services.proposals import propose, settle_waiting


def dismiss_lead(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    code: str,
    sentence: str,
    version: int | None,
    reason_again: str | None = None,
) -> Issue | Proposal:
    """Dismiss: clocks are void and stay in the statistics. `code` is one of the pack's.

    A lead that is overdue, proposed at I-II, or about the office's own unit needs a second person: a Proposal.
    """
    require(by, Act.DISMISS_LEAD)
    names = {c.code: c.name for c in current_pack().policy.dismissal.codes}
    if code not in names:
        raise Refused(f"请选一个排除理由：{'、'.join(names.values())}。")
    why = clean(sentence, "排除的理由，一句话")
    with transaction.atomic():
        now = check_step(issue, name="dismiss", version=version, by=by, at=at)
        payload: dict[str, Any] = {"code": code}
        solo = False
        if dismissal_needs_second(situation_of(now, at=at)):
            proposal, solo = propose(
                issue=now,
                act="dismiss",
                payload=payload,
                reason=why,
                source="",
                by=by,
                at=at,
                reason_again=reason_again,
                ask=_second_roles(now),
            )
            if not solo:
                return proposal
        return _apply(now, code=code, sentence=why, by=by, first=None, at=at, solo=solo)


def _second_roles(issue: Issue) -> list[str]:
    roles: list[str] = [Role.DUTY_LEAD]
    if issue.matter.level_proposed in HIGH_LEVELS:
        roles.append(Role.PROPAGANDA_LEAD)
    if issue.own_unit:
        roles.append(Role.GOV_OFFICE)
    return roles


def second_dismiss(proposal: Proposal, *, by: User, at: datetime, solo: bool) -> Issue:
    """The second person agrees. Of a lead about the office's own unit one of the two is the government office."""
    require(by, Act.SECOND_DISMISS)
    now = check_step(proposal.issue, name="dismiss", version=None, by=by, at=at)
    both = {*proposal.by.roles, *by.roles}
    if now.own_unit and not solo and Role.GOV_OFFICE not in both:
        raise Refused("这条线索说的是本单位，不能只由本单位排除：须由区政府办复核。")
    return _apply(
        now,
        code=str(proposal.payload["code"]),
        sentence=proposal.reason,
        by=by,
        first=proposal.by,
        at=at,
        solo=solo,
    )


def _apply(issue: Issue, *, code: str, sentence: str, by: User, first: User | None, at: datetime, solo: bool) -> Issue:
    name = next(c.name for c in current_pack().policy.dismissal.codes if c.code == code)
    fresh = claim(
        issue,
        by=by,
        state=Issue.State.DISMISSED,
        dismiss_code=code,
        dismiss_reason=sentence,
        dismissed_level=issue.matter.level_proposed,
        dismissed_voices=issue.topic.voices if issue.topic else 0,
        closed_at=at,
    )
    void_clocks(fresh.matter, at=at, reason=f"线索已排除（{name}）：{sentence}")
    settle_waiting(fresh, by=by, at=at, why="线索已排除")
    note(
        fresh,
        kind="issue.dismiss",
        by=by,
        at=at,
        text=f"排除线索（{name}）：{sentence}",
        data={"code": code, "level_proposed": fresh.matter.level_proposed, "first": first.username if first else None},
        solo=solo,
    )
    return fresh


def reopen_lead(*, issue: Issue, by: User, at: datetime, reason: str, version: int | None) -> Issue:
    """Any dismissed lead can be opened again with a reason; its old clocks return with their old anchors."""
    require(by, Act.REOPEN_LEAD)
    why = clean(reason, "重新打开的理由")
    with transaction.atomic():
        now = check_step(issue, name="reopen", version=version, by=by, at=at)
        return return_to_lead(now, by=by, at=at, reason=why)


def return_to_lead(issue: Issue, *, by: User | None, at: datetime, reason: str) -> Issue:
    """DISMISSED -> LEAD by a person or by the sweep, inside the caller's transaction."""
    if issue.topic_id is not None:
        other = Issue.objects.filter(topic_id=issue.topic_id, state__in=Issue.OPEN).exclude(pk=issue.pk).first()
        if other is not None:
            raise Refused(f"同一热点已有未了结的事项 {other.label}，请在那里办理。")
    fresh = claim(issue, by=by, state=Issue.State.LEAD, closed_at=None)
    restore_clocks(fresh.matter, at=at)
    note(fresh, kind="issue.reopen", by=by, at=at, text=f"重新打开线索：{reason}")
    return fresh
