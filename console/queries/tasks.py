"""任务 as the pages draw it: what is to be done by whom until when, how it stands, what is late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from console import clockbar
from console.clockbar import Facts
from console.templatetags.desk import local, when_words
from office.models import User
from office.roles import Act, Role, may
from responses.models import Assignment, Issue
from responses.services.tasks.giving import accounts_of

SHOWN = 12


@dataclass(frozen=True)
class Line:
    """A task in a list. `state`: running, due_soon, overdue, done, ended; `words`: what stands beside the unit."""

    task: Assignment
    state: str
    words: str
    facts: Facts
    unsigned: bool  # the limit of the signature is over

    @property
    def ticks(self) -> bool:
        return self.state in ("due_soon", "overdue")


def of_issue(issue: Issue) -> QuerySet[Assignment]:
    """Tasks of the issue and of those merged into it: open ones by their limit, then the others, the newest first."""
    rows = Assignment.objects.filter(Q(issue=issue) | Q(issue__merged_into=issue, issue__state=Issue.State.MERGED))
    return in_order(rows)


def in_order(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    ended = Case(When(state__in=Assignment.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.select_related("unit").order_by(ended, "due_at", "pk")


def lines(tasks: Iterable[Assignment], *, at: datetime) -> list[Line]:
    return [_line(task, at) for task in tasks]


def section(issue: Issue, *, at: datetime) -> dict[str, Any]:
    """What the issue's page shows. Two queries."""
    rows = of_issue(issue)
    shown = list(rows[: SHOWN + 1])
    count = len(shown) if len(shown) <= SHOWN else rows.count()
    return {"tasks": lines(shown[:SHOWN], at=at), "tasks_count": count}


def _line(task: Assignment, at: datetime) -> Line:
    minutes = int((task.due_at - task.given_at).total_seconds() // 60)
    facts = Facts("running", task.given_at, task.due_at, minutes)
    unsigned = task.state == Assignment.State.GIVEN and task.sign_by is not None and task.sign_by <= at
    if task.state == Assignment.State.FED_BACK and task.fed_back_at is not None:
        late = clockbar.whole_minutes(task.fed_back_at - task.due_at)
        words = f"{when_words(task.fed_back_at, at)} 已反馈" + (f"，晚 {clockbar.span(late)}" if late > 0 else "")
        return Line(task, "done", words, facts, False)
    if not task.is_open:
        return Line(task, "ended", task.get_state_display(), facts, False)
    bar = clockbar.draw(facts, at=at, zone=local(at).tzinfo)  # type: ignore[arg-type]  # the district's zone
    state = bar.state if bar.state in ("due_soon", "overdue") else "running"
    return Line(task, state, bar.words if state != "running" else when_words(task.due_at, at), facts, unsigned)


@dataclass(frozen=True)
class Doing:
    """What this person may do to a task. `desk`: enters the word of a unit without an account, so says whose it is.

    `own`: names of the unit's accounts where the desk may not speak for them.
    """

    answers: bool
    desk: bool
    withdraws: bool
    own: str = ""


def doing(task: Assignment, by: User) -> Doing:
    mine = by.department_id == task.unit_id and (by.holds(Role.UNIT_CONTACT) or by.holds(Role.UNIT_HEAD))
    gives = may(by.roles, Act.GIVE_TASK)
    if not task.is_open or not (mine or gives):
        return Doing(False, False, False)
    own = [] if mine else accounts_of(task.unit)
    return Doing(mine or not own, not mine, gives, "、".join(user.name for user in own[:3]))


def open_tasks() -> QuerySet[Assignment]:
    """Of every issue: the nearest limit first."""
    rows = Assignment.objects.filter(state__in=Assignment.OPEN)
    return rows.select_related("unit", "issue__matter").order_by("due_at", "pk")


@dataclass(frozen=True)
class Tally:
    """Open tasks, how many of them are over, of one unit or of all."""

    open: int
    over: int


def tally(by: User, *, at: datetime) -> Tally:
    """Of one's own unit for those who sign for it, else of all. One query."""
    rows = Assignment.objects.filter(state__in=Assignment.OPEN)
    if by.department_id is not None and (by.holds(Role.UNIT_CONTACT) or by.holds(Role.UNIT_HEAD)):
        rows = rows.filter(unit=by.department_id)
    return Tally(**rows.aggregate(open=Count("pk"), over=Count("pk", filter=Q(due_at__lte=at))))
