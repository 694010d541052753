"""Two issues are one matter: the survivor's open clocks take the earlier anchor (rules.md 5); and taking it back."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from alerts.services.regrading import merge_matters, part_matters
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.models import Issue
from responses.services.claiming import check_step, claim, clean, note
from responses.services.progress import settle_state
from responses.services.proposals import settle_waiting
from responses.services.questions.counting import untie


def merge_issue(*, issue: Issue, into: Issue, by: User, at: datetime, reason: str, version: int | None) -> Issue:
    """Merge `issue` into an open other one; returns the survivor. Both records say so; nothing is recomputed twice."""
    require(by, Act.MERGE_ISSUE)
    why = clean(reason, "并案的理由")
    with transaction.atomic():
        now = check_step(issue, name="merge", version=version, by=by, at=at)
        return join(now, into=into, by=by, at=at, reason=why)


def join(issue: Issue, *, into: Issue, by: User | None, at: datetime, reason: str) -> Issue:
    """The merge itself, by a person or (before confirmation) by the machine, inside the caller's transaction."""
    if issue.pk == into.pk:
        raise Refused("不能并入自己。")
    survivor = Issue.objects.select_related("matter", "topic").get(pk=into.pk)
    if not survivor.is_open:
        raise Refused(f"{survivor.label} 现在是“{survivor.get_state_display()}”，不能再并入。")
    if survivor.state == Issue.State.LEAD and issue.state != Issue.State.LEAD:
        raise Refused(f"{survivor.label} 还是待判线索：请把线索并入已确认的事项，不要反过来。")
    merged = claim(issue, by=by, state=Issue.State.MERGED, merged_into=survivor, closed_at=at)
    Issue.objects.filter(pk=survivor.pk).update(version=F("version") + 1)
    merge_matters(survivor.matter, merged.matter, at=at)
    settle_waiting(merged, by=by, at=at, why=f"已并入 {survivor.label}")
    note(merged, kind="issue.merge", by=by, at=at, text=f"并入 {survivor.label}：{reason}", data={"into": survivor.pk})
    note(
        survivor,
        kind="issue.merged_in",
        by=by,
        at=at,
        text=f"{merged.label}“{merged.matter.title}”并入：{reason}",
        data={"merged": merged.pk},
    )
    survivor.refresh_from_db()
    return survivor


def part(issue: Issue, *, state: str, by: User, at: datetime, reason: str) -> Issue:
    """Take a merge back inside the caller's transaction: the issue stands again as it stood, with its old clocks.

    The one it had gone into keeps what it learnt; its due times are moved later by two people only.
    """
    survivor, merged_at = issue.merged_into, issue.closed_at
    if issue.state != Issue.State.MERGED or survivor is None or merged_at is None:
        raise Refused(f"{issue.label} 现在是“{issue.get_state_display()}”，没有可以撤销的并案。")
    untie(issue)
    back = claim(issue, by=by, state=state, merged_into=None, closed_at=None)
    Issue.objects.filter(pk=survivor.pk).update(version=F("version") + 1)
    part_matters(survivor.matter, back.matter, merged_at=merged_at, at=at)
    settle_state(back, at=at)
    note(
        back,
        kind="issue.part",
        by=by,
        at=at,
        text=f"撤销并案，与 {survivor.label} 分开，时限按原起算时间恢复：{reason}",
        data={"from": survivor.pk},
    )
    note(
        survivor,
        kind="issue.parted",
        by=by,
        at=at,
        text=f"{back.label}“{back.matter.title}”撤销并案，分开办理；本事项的起算时间和时限不变：{reason}",
        data={"parted": back.pk},
    )
    return back
