"""How a confirmed issue ends: closed by one with a sentence, cancelled by two with a reason (rules.md 6)."""

from datetime import datetime

from django.db import transaction

from alerts.services.regrading import close_matter, void_clocks
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act
from office.services.acts import require
from responses.flow import Pair, pair_refusal, pairs_for, proposal_refusal
from responses.models import Issue, Proposal
from responses.services.claiming import check_step, claim, clean, note
from responses.services.proposals import propose, settle_waiting

CANCELLING = "撤销事项"


def close_issue(*, issue: Issue, by: User, at: datetime, sentence: str, version: int | None) -> Issue:
    """Close an issue whose clocks are all closed. Evidence that waits for its check keeps it open."""
    require(by, Act.CLOSE_ISSUE)
    why = clean(sentence, "办结说明，一句话")
    with transaction.atomic():
        now = check_step(issue, name="close", version=version, by=by, at=at)
        if now.releases.filter(state="entered").exists() or now.conferences.filter(state="entered").exists():
            raise Refused("还有填报的发布或发布会没有复核，复核后再办结。")
        fresh = claim(now, by=by, state=Issue.State.CLOSED, closed_at=at, closing_sentence=why)
        close_matter(fresh.matter, at=at)
        settle_waiting(fresh, by=by, at=at, why="事项已办结")
        note(fresh, kind="issue.close", by=by, at=at, text=f"办结：{why}")
        return fresh


def cancel_issue(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    reason: str,
    version: int | None,
    source: str = "",
    reason_again: str | None = None,
) -> Issue | Proposal:
    """A confirmed issue proved untrue: by the same two people as lowering. Clocks are void, breaches kept."""
    require(by, Act.CANCEL_ISSUE)
    why = clean(reason, "撤销的理由")
    with transaction.atomic():
        now = check_step(issue, name="cancel", version=version, by=by, at=at)
        pairs = _pairs(now)
        refused = proposal_refusal(pairs, by.roles, CANCELLING)
        if refused:
            raise Refused(refused)
        proposal, solo = propose(
            issue=now,
            act="cancel",
            payload={},
            reason=why,
            source=source,
            by=by,
            at=at,
            reason_again=reason_again,
            ask=[*pairs[0].first, *pairs[0].second],
        )
        if not solo:
            return proposal
        return _apply_cancel(now, reason=why, by=by, first=None, at=at, solo=True)


def second_cancel(proposal: Proposal, *, by: User, at: datetime, solo: bool) -> Issue:
    """The second person agrees to cancel."""
    require(by, Act.CANCEL_ISSUE)
    now = check_step(proposal.issue, name="cancel", version=None, by=by, at=at)
    refused = "" if solo else pair_refusal(_pairs(now), proposal.by.roles, by.roles, CANCELLING)
    if refused:
        raise Refused(refused)
    return _apply_cancel(now, reason=proposal.reason, by=by, first=proposal.by, at=at, solo=solo)


def _apply_cancel(issue: Issue, *, reason: str, by: User, first: User | None, at: datetime, solo: bool) -> Issue:
    fresh = claim(issue, by=by, state=Issue.State.CANCELLED, closed_at=at, closing_sentence=reason)
    void_clocks(fresh.matter, at=at, reason=f"事项已撤销：{reason}")
    settle_waiting(fresh, by=by, at=at, why="事项已撤销")
    note(
        fresh,
        kind="issue.cancel",
        by=by,
        at=at,
        text=f"撤销事项：{reason}",
        data={"first": first.username if first else None},
        solo=solo,
    )
    return fresh


def _pairs(issue: Issue) -> list[Pair]:
    matter = issue.matter
    return pairs_for(
        level=matter.level_decided or matter.level_proposed,
        event_grade=matter.event_grade,
        decisions=current_pack().policy.decisions,
    )
