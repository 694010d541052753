"""A press conference planned back from its start: planned, changed, its steps ticked, dropped. No clock moves by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from office.errors import Changed, Refused
from office.models import Trail, User
from office.pack.current import current_pack
from office.roles import Act
from office.services.acts import require
from responses.models import Conference, ConferenceStep, Issue
from responses.services.claiming import check_step, clean, note, touch

PLANNED = Conference.State.PLANNED


@dataclass(frozen=True)
class Plan:
    """What is planned: subject, start, place, who presides and speaks; `who`: key of a step -> who does it."""

    title: str
    planned_at: datetime
    place: str = ""
    host: str = ""
    who: Mapping[str, str] = field(default_factory=dict)


def plan_conference(*, issue: Issue, by: User, at: datetime, plan: Plan) -> Conference:
    """Put a press conference and the steps of the pack on the case's page. It stops no clock: only being held does.

    Raises Refused where one is planned already, or the time lies behind.
    """
    require(by, Act.PLAN_CONFERENCE)
    values = _values(plan, at=at)
    with transaction.atomic():
        now = check_step(issue, name="plan_conference", version=None, by=by, at=at)
        try:
            with transaction.atomic():
                row = Conference.objects.create(
                    issue=now,
                    kind=Conference.Kind.PRESS_CONFERENCE,
                    state=PLANNED,
                    entered_by=by,
                    entered_at=at,
                    **values,
                )
        except IntegrityError as error:
            raise Refused("已经排了一场发布会，请改那一场的安排。") from error
        ConferenceStep.objects.bulk_create(
            ConferenceStep(
                conference=row,
                key=step.key,
                name=step.name,
                minutes_before=round(step.hours_before * 60),
                who=plan.who.get(step.key, step.who).strip()[:60],
            )
            for step in current_pack().policy.conference_plan.steps
        )
        _note(row, now, "conference.plan", by=by, at=at, text=f"排发布会《{row.title}》，定于 {_time(plan.planned_at)}")
        return row


def change_plan(*, conference: Conference, by: User, at: datetime, plan: Plan, version: int) -> Conference:
    """Another start, place or name for a step; steps move with the start, what is ticked stays ticked.

    `version`: the plan that was read. Raises Changed with who was faster, Refused once it was entered as held.
    """
    require(by, Act.PLAN_CONFERENCE)
    with transaction.atomic():
        row = Conference.objects.select_related("issue__matter").get(pk=conference.pk)
        issue = check_step(row.issue, name="plan_conference", version=None, by=by, at=at)
        values = _values(plan, at=at, before=row.planned_at)
        moved = Conference.objects.filter(pk=row.pk, state=PLANNED, version=version).update(
            version=F("version") + 1, **values
        )
        if moved != 1:
            raise Changed(_who_was_first(row))
        for step in row.steps.all():
            who = plan.who.get(step.key)
            if who is not None and who.strip()[:60] != step.who:
                ConferenceStep.objects.filter(pk=step.pk).update(who=who.strip()[:60])
        told = f"改发布会《{values['title']}》的安排"
        if row.planned_at != plan.planned_at:
            told += f"，改定于 {_time(plan.planned_at)}" + (f"（原 {_time(row.planned_at)}）" if row.planned_at else "")
        row.refresh_from_db()
        _note(row, issue, "conference.replan", by=by, at=at, text=told)
        return row


def tick_step(*, step: ConferenceStep, by: User, at: datetime, done: bool) -> ConferenceStep:
    """Tick a step as done now, or take the tick back. Raises Refused where somebody was faster, with who and when."""
    require(by, Act.PLAN_CONFERENCE)
    with transaction.atomic():
        row = ConferenceStep.objects.select_related("conference__issue", "done_by").get(pk=step.pk)
        issue = check_step(row.conference.issue, name="plan_conference", version=None, by=by, at=at)
        if row.conference.state in (Conference.State.DROPPED, Conference.State.REFUSED):
            raise Refused("这场发布会已经取消或被退回，请先重新安排。")
        moved = ConferenceStep.objects.filter(pk=row.pk, done_at__isnull=done).update(
            done_at=at if done else None, done_by=by if done else None
        )
        row.refresh_from_db()
        if moved != 1:
            who = f"{row.done_by.name} {_time(row.done_at)} 已办" if row.done_by and row.done_at else "已改回未办"
            raise Refused(f"“{row.name}”{who}，请看过再决定。")
        told = f"发布会倒排：{row.name} 已办" if done else f"发布会倒排：{row.name} 改回未办"
        _note(row.conference, issue, "conference.step", by=by, at=at, text=told)
        return row


def drop_plan(*, conference: Conference, by: User, at: datetime, version: int, sentence: str) -> Conference:
    """The conference will not be held as planned. The clock, where it runs, goes on."""
    require(by, Act.PLAN_CONFERENCE)
    why = clean(sentence, "取消的理由")
    with transaction.atomic():
        row = Conference.objects.select_related("issue").get(pk=conference.pk)
        issue = check_step(row.issue, name="plan_conference", version=None, by=by, at=at)
        moved = Conference.objects.filter(pk=row.pk, state=PLANNED, version=version).update(
            state=Conference.State.DROPPED, check_note=why, version=F("version") + 1
        )
        if moved != 1:
            raise Refused(_who_was_first(row))
        row.refresh_from_db()
        _note(row, issue, "conference.drop", by=by, at=at, text=f"取消发布会《{row.title}》的安排：{why}；时限照走")
        return row


def _values(plan: Plan, *, at: datetime, before: datetime | None = None) -> dict[str, object]:
    if plan.planned_at <= at and plan.planned_at != before:
        raise Refused("安排的时间已经过去；已经举行的请填报发布会。")
    return {
        "title": clean(plan.title, "发布会主题")[:200],
        "place": plan.place.strip()[:100],
        "host": plan.host.strip()[:60],
        "planned_at": plan.planned_at,
    }


def _note(row: Conference, issue: Issue, kind: str, *, by: User, at: datetime, text: str) -> None:
    data = {"conference": row.pk, "planned_at": row.planned_at}
    note(issue, kind=kind, by=by, at=at, text=text, data=data)
    touch(issue)


def _who_was_first(row: Conference) -> str:
    """“王敏 刚刚改了发布会的安排，请看过再决定。”"""
    kinds = ("conference.plan", "conference.replan", "conference.drop", "conference.enter")
    found = Trail.objects.filter(object_kind="issue", object_id=str(row.issue_id), kind__in=kinds)
    last = found.select_related("by").order_by("-seq").first()
    return f"{last.by.name if last and last.by else '有人'} 刚刚改了发布会的安排，请看过再决定。"


def _time(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}" if moment else "未定"
