"""Taking an issue for one act: the state allows it, and nobody was faster (two people on one item)."""

from datetime import datetime
from typing import Any

from django.db.models import F

from alerts.models import Clock, Matter
from office import trail
from office.errors import Refused
from office.models import Trail, User
from office.pack.current import current_pack
from responses.flow import Situation, refusal
from responses.models import Issue, Supervision

# What the last act was called, for the sentence to the second of two people.
DONE_WORDS = {
    "issue.confirm": "确认了这条线索",
    "issue.dismiss": "排除了这条线索",
    "issue.reopen": "重新打开了这条线索",
    "issue.merge": "并了案",
    "issue.merged_in": "把另一事项并入了这里",
    "issue.regrade": "调整了等级",
    "issue.decide_level": "核定了等级",
    "issue.cancel": "撤销了这个事项",
    "issue.close": "办结了这个事项",
    "issue.event_time": "改了事件时间",
    "issue.take_over": "认领了这个事项",
    "issue.assign": "改了牵头单位",
    "issue.hand_on": "转交了这个事项",
    "issue.grow": "因新帖文上调了建议等级",
    "issue.topic_joined": "把所在热点与另一热点合并",
    "issue.topic_split": "从所在热点拆出了帖文",
    "issue.part": "撤销了并案",
    "issue.parted": "撤销了一次并案",
    "issue.retitle": "按热点改了标题",
    "release.enter": "填报了发布",
    "release.check": "复核了发布",
    "release.refuse": "退回了发布",
    "draft.start": "起草了发布",
    "draft.edit": "改了发布稿",
    "draft.pass": "过了发布稿的一道关",
    "draft.send_back": "退回了发布稿",
    "draft.drop": "作罢了一份发布稿",
    "draft.hand_on": "转交了一份发布稿",
    "release.ungated": "写了未过四道关的原因",
    "conference.plan": "安排了发布会",
    "conference.replan": "改了发布会的安排",
    "conference.step": "改了发布会倒排的一步",
    "conference.drop": "取消了发布会的安排",
    "conference.enter": "填报了发布会",
    "conference.check": "复核了发布会",
    "conference.refuse": "退回了发布会",
    "issue.supervise": "督办了这个事项",
    "issue.end_supervision": "了结了督办",
    "issue.propose": "提出了须第二人复核的意见",
    "issue.refuse_proposal": "退回了一条意见",
}


def situation_of(issue: Issue, *, at: datetime, by: User | None = None) -> Situation:
    """What the table of `responses.flow` needs to know; one query for the clocks, one for a 督办."""
    matter = issue.matter
    clocks = list(Clock.objects.filter(matter=matter, closed_at=None).values_list("status", "due_at"))
    return Situation(
        state=issue.state,
        level_proposed=matter.level_proposed,
        level_decided=matter.level_decided,
        level_pending=matter.level_pending,
        event_grade=matter.event_grade,
        overdue=any(status == Clock.Status.OVERDUE or due_at <= at for status, due_at in clocks),
        clocks_open=len(clocks),
        own_unit=issue.own_unit,
        supervised=Supervision.objects.filter(issue=issue, ended_at=None).exists(),
        owner_is_me=by is not None and matter.owner_id == by.pk,
        second_person_levels=current_pack().policy.dismissal.second_person_levels,
    )


def check_step(issue: Issue, *, name: str, version: int | None, by: User | None, at: datetime) -> Issue:
    """The issue as it stands now, once the act is possible. Raises Refused: seen an older version, or wrong state."""
    fresh = Issue.objects.select_related("matter", "topic").get(pk=issue.pk)
    if version is not None and fresh.version != version:
        raise Refused(conflict(fresh, by=by))
    reason = refusal(name, situation_of(fresh, at=at))
    if reason:
        raise Refused(reason)
    return fresh


def claim(issue: Issue, *, by: User | None, **changes: Any) -> Issue:
    """Move an issue that `check_step` has just read, if nobody moved it since. Call inside a transaction.

    Returns it with its matter, read anew. Raises Refused with the name of who was faster.
    """
    moved = Issue.objects.filter(pk=issue.pk, version=issue.version, state=issue.state).update(
        version=F("version") + 1, **changes
    )
    fresh = Issue.objects.select_related("matter", "topic").get(pk=issue.pk)
    if moved != 1:
        raise Refused(conflict(fresh, by=by))
    return fresh


def touch(issue: Issue) -> None:
    """Move the version alone: pages opened before show what changed."""
    Issue.objects.filter(pk=issue.pk).update(version=F("version") + 1)


def conflict(issue: Issue, *, by: User | None) -> str:
    """“王敏 刚刚已确认了这条线索，请看过再决定。”"""
    last = (
        Trail.objects.filter(object_kind="issue", object_id=str(issue.pk), kind__in=DONE_WORDS)
        .select_related("by")
        .order_by("-seq")
        .first()
    )
    if last is None:
        return "事项刚刚有变化，请看过再决定。"
    who = "您自己" if by is not None and last.by_id == by.pk else last.by.name if last.by else "系统"
    return f"{who} 刚刚已{DONE_WORDS[last.kind]}，请看过再决定。"


def note(
    issue: Issue,
    *,
    kind: str,
    by: User | None,
    at: datetime,
    text: str,
    data: dict[str, Any] | None = None,
    solo: bool = False,
) -> None:
    """A trail row about the issue."""
    trail.record(by=by, kind=kind, at=at, object_kind="issue", object_id=str(issue.pk), text=text, data=data, solo=solo)


def save_matter(matter: Matter, **values: Any) -> None:
    """Write columns of the matter that belong to people: grade, owner, unit."""
    for name, value in values.items():
        setattr(matter, name, value)
    matter.save(update_fields=list(values))


def clean(sentence: str, what: str) -> str:
    """The sentence without blanks around it. Raises Refused where nothing was written."""
    kept = sentence.strip()
    if not kept:
        raise Refused(f"请写明{what}。")
    return kept
