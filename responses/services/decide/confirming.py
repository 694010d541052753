"""Confirming a lead: LEAD -> RESPONDING in one act; provisional clocks become firm at once (rules.md 5, 6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.models import EventGrade
from alerts.services.notices import tell
from alerts.services.regrading import make_firm
from office.errors import Refused
from office.models import Department, User
from office.pack.current import current_pack
from office.roles import Act, may
from office.services.acts import require
from responses.flow import (
    HIGH_LEVELS,
    LEVEL_NAMES,
    confirmation_needs_second,
    pair_refusal,
    pairs_for,
    proposal_refusal,
)
from responses.models import Issue, Proposal
from responses.services.claiming import check_step, claim, clean, note, save_matter
from responses.services.decide.event_time import learn_event_time
from responses.services.evidence.again import apply_checked
from responses.services.progress import settle_state
from responses.services.proposals import addressees, propose


@dataclass(frozen=True)
class Graded:
    """The event grade as the emergency side told it: an input, with body, document or call, and time."""

    grade: str = ""
    body: str = ""
    reference: str = ""
    at: datetime | None = None

    def columns(self) -> dict[str, Any]:
        return {
            "event_grade": self.grade,
            "grade_body": self.body,
            "grade_reference": self.reference,
            "grade_at": self.at,
        }


def checked_level(level: int) -> int:
    """Raise Refused for what is not a level."""
    if level not in LEVEL_NAMES:
        raise Refused("舆情等级只能是Ⅰ、Ⅱ、Ⅲ、Ⅳ级之一。")
    return level


def checked_grade(grade: str, body: str, reference: str, grade_at: datetime | None, *, at: datetime) -> Graded:
    """The grade with where it comes from (rules.md 3: an input, with body, document or call, and time).

    Raises Refused where one of them is missing, or for a time in the future.
    """
    if not grade:
        return Graded()
    if grade not in EventGrade.values:
        raise Refused("突发事件等级只能是特别重大、重大、较大、一般之一。")
    if not body.strip():
        raise Refused("突发事件等级由应急一侧认定：请写明认定机关。")
    if not reference.strip():
        raise Refused("请写明突发事件等级出自哪份文件或哪个来电（文号、来电人和单位）。")
    if grade_at is None:
        raise Refused("请写明突发事件等级的认定时间。")
    if grade_at > at:
        raise Refused("突发事件等级的认定时间在将来，请核对。")
    return Graded(grade, body.strip(), reference.strip(), grade_at)


def confirm_lead(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    level: int,
    version: int | None,
    event_grade: str = "",
    grade_body: str = "",
    grade_reference: str = "",
    grade_at: datetime | None = None,
    occurred_at: datetime | None = None,
    occurred_source: str = "",
    lead_unit: Department | None = None,
    reason: str = "",
    source: str = "",
    reason_again: str | None = None,
) -> Issue | Proposal:
    """Confirm with the level a person sets. Below a proposal of I-II two people decide: a Proposal comes back.

    `event_grade` with its body, document or call and time is what the emergency side said. An event time earlier than
    the present anchor moves the due times at once. I-II by somebody else than the propaganda lead shows 待核定.
    """
    require(by, Act.CONFIRM_LEAD)
    checked_level(level)
    graded = checked_grade(event_grade, grade_body, grade_reference, grade_at, at=at)
    with transaction.atomic():
        now = check_step(issue, name="confirm", version=version, by=by, at=at)
        payload: dict[str, Any] = {
            "level": level,
            "grade": graded.columns() | {"grade_at": graded.at.isoformat() if graded.at else None},
            "occurred_at": occurred_at.isoformat() if occurred_at else None,
            "occurred_source": occurred_source,
            "lead_unit": lead_unit.pk if lead_unit else None,
        }
        solo = False
        if confirmation_needs_second(level=level, level_proposed=now.matter.level_proposed):
            why = clean(reason, "为什么定得低于建议等级")
            pairs = pairs_for(
                level=now.matter.level_proposed,
                event_grade=now.matter.event_grade,
                decisions=current_pack().policy.decisions,
            )
            refused = proposal_refusal(pairs, by.roles, "低于Ⅰ、Ⅱ级建议确认")
            if refused:
                raise Refused(f"{refused}可先按建议等级确认，时限不变。")
            proposal, solo = propose(
                issue=now,
                act="confirm",
                payload=payload,
                reason=why,
                source=source,
                by=by,
                at=at,
                reason_again=reason_again,
                ask=[*pairs[0].first, *pairs[0].second],
            )
            if not solo:
                return proposal
        return apply_confirm(now, payload=payload, by=by, first=None, at=at, reason=reason, solo=solo)


def second_confirm(proposal: Proposal, *, by: User, at: datetime, solo: bool) -> Issue:
    """The second person agrees to confirm below the proposal."""
    now = check_step(proposal.issue, name="confirm", version=None, by=by, at=at)
    pairs = pairs_for(
        level=now.matter.level_proposed,
        event_grade=now.matter.event_grade,
        decisions=current_pack().policy.decisions,
    )
    refused = "" if solo else pair_refusal(pairs, proposal.by.roles, by.roles, "低于Ⅰ、Ⅱ级建议确认")
    if refused:
        raise Refused(refused)
    return apply_confirm(
        now, payload=proposal.payload, by=by, first=proposal.by, at=at, reason=proposal.reason, solo=solo
    )


def apply_confirm(
    issue: Issue,
    *,
    payload: dict[str, Any],
    by: User,
    first: User | None,
    at: datetime,
    reason: str,
    solo: bool,
) -> Issue:
    """The act itself, inside the caller's transaction."""
    level = int(payload["level"])
    grade = dict(payload["grade"])
    grade["grade_at"] = datetime.fromisoformat(grade["grade_at"]) if grade["grade_at"] else None
    low = confirmation_needs_second(level=level, level_proposed=issue.matter.level_proposed)
    # Two people who decided a lower level have decided; a monitor's I-II waits for the propaganda lead.
    pending = level in HIGH_LEVELS and not low and not may(by.roles, Act.DECIDE_LEVEL)
    fresh = claim(issue, by=by, state=Issue.State.RESPONDING, confirmed_at=at, confirmed_by=by, closed_at=None)
    matter = fresh.matter
    unit = Department.objects.filter(pk=payload["lead_unit"]).first() if payload["lead_unit"] else matter.lead_unit
    save_matter(matter, lead_unit=unit, owner=matter.owner or by)
    if payload["occurred_at"]:
        learn_event_time(
            fresh,
            occurred_at=datetime.fromisoformat(payload["occurred_at"]),
            source=str(payload["occurred_source"]),
            by=by,
            at=at,
        )
    save_matter(matter, **grade)
    make_firm(matter, level=level, at=at, pending=pending)
    apply_checked(fresh, at=at)
    words = f"确认为{LEVEL_NAMES[level]}" + ("，待核定" if pending else "") + (f"：{reason.strip()}" if reason else "")
    note(
        fresh,
        kind="issue.confirm",
        by=by,
        at=at,
        text=words,
        data={
            "level": level,
            "level_proposed": matter.level_proposed,
            "pending": pending,
            "first": first.username if first else None,
            **{k: v for k, v in grade.items() if v},
        },
        solo=solo,
    )
    if fresh.topic is not None and not fresh.topic.frozen:
        # After confirmation clustering never removes posts, merges or moves an anchor by itself (rules.md 2).
        type(fresh.topic).objects.filter(pk=fresh.topic.pk).update(frozen=True)
    settle_state(fresh, at=at)
    if pending:
        tell(
            people=addressees(["propaganda_lead"], at),
            event=f"pending:{matter.pk}:{fresh.version}",
            title=f"待核定：{fresh.label} {LEVEL_NAMES[level]}",
            body=f"{by.name} 已将“{matter.title}”确认为{LEVEL_NAMES[level]}，请核定。核定前时限按此等级照走。",
            at=at,
            matter=matter,
        )
    return fresh
