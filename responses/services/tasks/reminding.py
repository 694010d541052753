"""Reminders of tasks: not signed for in time, half an hour left, over. Each person hears each once; nothing climbs."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from alerts.queries.telling import told_events
from alerts.services.notices import Addressee, tell
from office.models import User
from responses.models import Assignment
from responses.services.tasks.giving import moment, people_of

SOON = timedelta(minutes=30)
RECENT = timedelta(days=3)  # what ran out longer ago than this is told by the pages alone


def remind_tasks(*, at: datetime) -> int:
    """Tell what has come due of open tasks. Returns how many notices were written."""
    near = Q(state=Assignment.State.GIVEN, sign_by__lte=at, sign_by__gt=at - RECENT)
    near |= Q(due_at__lte=at + SOON, due_at__gt=at - RECENT)
    rows = Assignment.objects.filter(near, state__in=Assignment.OPEN).select_related(
        "unit", "given_by", "issue__matter__owner"
    )
    due = [(task, event, title) for task in rows.order_by("pk") for event, title in _due(task, at=at)]
    # What was told stays due until the task is done: it is asked for in one question, not told again in vain.
    heard = told_events({event for _, event, _ in due}, matters={task.issue.matter_id for task, _, _ in due})
    told = 0
    holders: dict[int, list[Addressee]] = {}
    for task, event, title in due:
        if task.unit_id not in holders:
            holders[task.unit_id] = people_of(task)
        # Whoever takes the case over, or gets the unit's account, later hears it too: each person once.
        people = [one for one in [*holders[task.unit_id], *_desk(task)] if (_key(one), event) not in heard]
        if people:
            with transaction.atomic():
                told += _tell(task, event, title, people, at=at)
    return told


def _desk(task: Assignment) -> list[Addressee]:
    owner = task.issue.matter.owner
    desk: list[User] = [task.given_by, *([owner] if owner else [])]
    return [Addressee(role=p.roles[0] if p.roles else "", person=p) for p in desk]


def _key(one: Addressee) -> int | None:
    return one.person.pk if one.person is not None else None


def _due(task: Assignment, *, at: datetime) -> Iterable[tuple[str, str]]:
    """Events and titles."""
    key = f"task:{task.pk}"
    if task.state == Assignment.State.GIVEN and task.sign_by is not None and task.sign_by <= at:
        yield f"{key}:unsigned", f"还没签收：{task.unit} {task.what}"
    if task.due_at <= at:
        yield f"{key}:over", f"任务到期没有反馈：{task.unit} {task.what}"
    elif task.due_at - at <= SOON < task.due_at - task.given_at:
        yield f"{key}:soon", f"任务将到期：{task.unit} {task.what}"


def _tell(task: Assignment, event: str, title: str, people: list[Addressee], *, at: datetime) -> int:
    matter = task.issue.matter
    notices = tell(
        people=people,
        event=event,
        title=title,
        body=f"{task.issue.label}“{matter.title}”转办给{task.unit.name}：{task.what}。限 {moment(task.due_at)} 反馈。",
        at=at,
        due_at=task.due_at,
        matter=matter,
    )
    return len(notices)
