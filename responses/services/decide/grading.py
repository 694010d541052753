"""Levels and grades after confirmation: raised by one, lowered by two, I-II decided by the propaganda lead."""

from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.models import Matter
from alerts.services.notices import tell
from alerts.services.regrading import make_firm
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act, may
from office.services.acts import require
from responses.flow import HIGH_LEVELS, LEVEL_NAMES, Pair, is_lowering, pair_refusal, pairs_for, proposal_refusal
from responses.models import Issue, Proposal
from responses.services.claiming import check_step, claim, clean, note, save_matter
from responses.services.decide.confirming import checked_grade, checked_level
from responses.services.evidence.again import apply_checked
from responses.services.progress import settle_state
from responses.services.proposals import addressees, propose

LOWERING = "下调等级"


def regrade(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    level: int,
    version: int | None,
    reason: str,
    source: str = "",
    event_grade: str | None = None,
    grade_body: str = "",
    grade_reference: str = "",
    grade_at: datetime | None = None,
    reason_again: str | None = None,
) -> Issue | Proposal:
    """Set another level or event grade (`event_grade` None = as it stands, "" = taken back), or put right its source.

    Raised by one person: the 48 h clock is superseded, 5 h and 24 h start with their own anchors. Lowered by the two
    people of the pack, with reason and source: a Proposal comes back, unless done 单人.
    """
    checked_level(level)
    why = clean(reason, "调整等级的理由")
    with transaction.atomic():
        now = check_step(issue, name="regrade", version=version, by=by, at=at)
        matter = now.matter
        grade = _grade_columns(matter, event_grade, grade_body, grade_reference, grade_at, at=at)
        level_now = _level_now(matter)
        same = level == matter.level_decided == level_now and not matter.level_pending
        if same and grade == _grade_stands(matter):
            raise Refused("等级没有变化。")
        payload = {"level": level, "grade": _as_json(grade)}
        if not is_lowering(
            level=level,
            level_now=level_now,
            event_grade=grade["event_grade"],
            event_grade_now=matter.event_grade,
        ):
            require(by, Act.RAISE_LEVEL)
            return _apply(now, payload=payload, by=by, first=None, at=at, reason=why, solo=False)
        pairs = _pairs(matter)
        refused = proposal_refusal(pairs, by.roles, LOWERING)
        if refused:
            raise Refused(refused)
        proposal, solo = propose(
            issue=now,
            act="regrade",
            payload=payload,
            reason=why,
            source=clean(source, "下调等级的依据（来源）"),
            by=by,
            at=at,
            reason_again=reason_again,
            ask=[*pairs[0].first, *pairs[0].second],
        )
        if not solo:
            return proposal
        return _apply(now, payload=payload, by=by, first=None, at=at, reason=why, solo=True)


def second_regrade(proposal: Proposal, *, by: User, at: datetime, solo: bool) -> Issue:
    """The second person agrees to lower."""
    now = check_step(proposal.issue, name="regrade", version=None, by=by, at=at)
    refused = "" if solo else pair_refusal(_pairs(now.matter), proposal.by.roles, by.roles, LOWERING)
    if refused:
        raise Refused(refused)
    return _apply(now, payload=proposal.payload, by=by, first=proposal.by, at=at, reason=proposal.reason, solo=solo)


def decide_level(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    level: int,
    version: int | None,
    reason: str = "",
    source: str = "",
    reason_again: str | None = None,
) -> Issue | Proposal:
    """The propaganda lead decides a level that is 待核定: as it stands, higher, or (with the other person) lower."""
    require(by, Act.DECIDE_LEVEL)
    checked_level(level)
    with transaction.atomic():
        now = check_step(issue, name="decide_level", version=version, by=by, at=at)
        matter = now.matter
        if level != matter.level_decided:
            return regrade(
                issue=now,
                by=by,
                at=at,
                level=level,
                version=now.version,
                reason=reason,
                source=source or "核定意见",
                reason_again=reason_again,
            )
        fresh = claim(now, by=by)
        Matter.objects.filter(pk=matter.pk).update(level_pending=False)
        note(
            fresh,
            kind="issue.decide_level",
            by=by,
            at=at,
            text=f"核定为{LEVEL_NAMES[level]}" + (f"：{reason.strip()}" if reason.strip() else ""),
            data={"level": level},
        )
        fresh.matter.refresh_from_db()
        return fresh


def _apply(
    issue: Issue, *, payload: dict[str, Any], by: User, first: User | None, at: datetime, reason: str, solo: bool
) -> Issue:
    level = int(payload["level"])
    grade = dict(payload["grade"])
    grade["grade_at"] = datetime.fromisoformat(grade["grade_at"]) if grade["grade_at"] else None
    before = {"level": issue.matter.level_decided, **_as_json(_grade_stands(issue.matter))}
    same_level = level == issue.matter.level_decided and grade["event_grade"] == issue.matter.event_grade
    lowered = first is not None or solo
    stands = level == issue.matter.level_decided and not issue.matter.level_pending  # the propaganda lead has spoken
    pending = level in HIGH_LEVELS and not lowered and not stands and not may(by.roles, Act.DECIDE_LEVEL)
    fresh = claim(issue, by=by)
    matter = fresh.matter
    save_matter(matter, **grade)
    make_firm(matter, level=level, at=at, pending=pending)
    apply_checked(fresh, at=at)
    settle_state(fresh, at=at)
    note(
        fresh,
        kind="issue.regrade",
        by=by,
        at=at,
        text=(
            f"更正事件等级的出处：{reason}"
            if same_level and not issue.matter.level_pending
            else f"等级调整为{LEVEL_NAMES[level]}" + ("，待核定" if pending else "") + f"：{reason}"
        ),
        data={"before": before, "level": level, "first": first.username if first else None, **_as_json(grade)},
        solo=solo,
    )
    if pending:
        tell(
            people=addressees(["propaganda_lead"], at),
            event=f"pending:{matter.pk}:{fresh.version}",
            title=f"待核定：{fresh.label} {LEVEL_NAMES[level]}",
            body=f"{by.name} 已将“{matter.title}”调整为{LEVEL_NAMES[level]}，请核定。核定前时限按此等级照走。",
            at=at,
            matter=matter,
        )
    return fresh


def _pairs(matter: Matter) -> list[Pair]:
    return pairs_for(
        level=_level_now(matter),
        event_grade=matter.event_grade,
        decisions=current_pack().policy.decisions,
    )


def _level_now(matter: Matter) -> int:
    """The level that stands: decided, or the graver one proposed since, whose provisional clocks are running."""
    decided = matter.level_decided or matter.level_proposed
    if matter.level_proposed < decided and matter.clocks.filter(closed_at=None, firm_at=None).exists():
        return matter.level_proposed
    return decided


def _grade_columns(
    matter: Matter, grade: str | None, body: str, reference: str, grade_at: datetime | None, *, at: datetime
) -> dict[str, Any]:
    nothing_said = not (body.strip() or reference.strip() or grade_at)
    if grade is None or (grade == matter.event_grade and nothing_said):
        return _grade_stands(matter)
    told, stands = checked_grade(grade, body, reference, grade_at, at=at).columns(), _grade_stands(matter)
    return stands if _to_the_minute(told) == _to_the_minute(stands) else told  # a form knows no seconds


def _to_the_minute(grade: dict[str, Any]) -> dict[str, Any]:
    return grade | {"grade_at": grade["grade_at"].replace(second=0, microsecond=0) if grade["grade_at"] else None}


def _grade_stands(matter: Matter) -> dict[str, Any]:
    return {
        "event_grade": matter.event_grade,
        "grade_body": matter.grade_body,
        "grade_reference": matter.grade_reference,
        "grade_at": matter.grade_at,
    }


def _as_json(grade: dict[str, Any]) -> dict[str, Any]:
    return grade | {"grade_at": grade["grade_at"].isoformat() if grade["grade_at"] else None}
