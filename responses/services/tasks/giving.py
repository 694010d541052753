"""A task is given to a unit with a limit, and taken back with a reason. The clocks of the issue run on."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from alerts.services.notices import Addressee, tell
from crawlers.masking import mask
from office.errors import Refused
from office.models import Department, User
from office.pack.current import current_pack
from office.queries import holiday_overrides
from office.roles import Act, Role
from office.services.acts import require
from office.workdays import add_working_time
from responses.models import Assignment, Issue
from responses.services.claiming import check_step, clean, note

LONGEST = Assignment._meta.get_field("what").max_length or 200
FURTHEST = timedelta(days=60)  # a limit beyond it is a slip of the pen
SIGNING = "签收"  # name of the internal limit in the pack


def give_task(*, issue: Issue, unit: Department, what: str, due_at: datetime, by: User, at: datetime) -> Assignment:
    """转办. The limit of the signature follows from the level (`internal_clocks` of the pack). Raises Refused."""
    require(by, Act.GIVE_TASK)
    words = short(clean(what, "要这个单位办什么"))
    if not unit.active:
        raise Refused(f"{unit.name} 已停用，请选现在的单位。")
    if due_at <= at:
        raise Refused("办理期限要在现在以后。")
    if due_at - at > FURTHEST:
        raise Refused(f"办理期限不能超过 {FURTHEST.days} 天，请核对日期。")
    with transaction.atomic():
        now = check_step(issue, name="give_task", version=None, by=by, at=at)
        sign_by, rule = signing_limit(now.matter.level_decided or now.matter.level_proposed, at=at)
        task = Assignment.objects.create(
            issue=now, unit=unit, what=words, given_by=by, given_at=at, due_at=due_at, sign_by=sign_by, sign_rule=rule
        )
        record(task, kind="task.give", by=by, at=at, text=f"转办 {unit}：{words}，限 {moment(due_at)}")
        tell(
            people=people_of(task),
            event=f"task:{task.pk}:given",
            title=f"转办：{words}",
            body=f"{now.label}“{now.matter.title}”转办给{unit.name}：{words}。请先签收，限 {moment(due_at)} 反馈。",
            at=at,
            due_at=due_at,
            matter=now.matter,
        )
    return task


def withdraw_task(*, task: Assignment, reason: str, by: User, at: datetime, version: int | None = None) -> Assignment:
    """Taken back by the desk: what was signed stays in the record. Raises Refused."""
    require(by, Act.GIVE_TASK)
    why = short(clean(reason, "撤销的理由"))
    with transaction.atomic():
        now = move(
            task, Assignment.OPEN, by=by, version=version,
            state=Assignment.State.WITHDRAWN, ended_by=by, ended_at=at, end_reason=why,
        )  # fmt: skip
        record(now, kind="task.withdraw", by=by, at=at, text=f"撤销转办 {now.unit}：{now.what}，理由：{why}")
        tell(
            people=people_of(now),
            event=f"task:{now.pk}:withdrawn",
            title=f"转办已撤销：{now.what}",
            body=f"{by.name} 撤销了转办给{now.unit.name}的“{now.what}”：{why}。不用再办。",
            at=at,
            matter=now.issue.matter,
        )
    return now


def signing_limit(level: int, *, at: datetime) -> tuple[datetime | None, str]:
    """By when a task of this level is to be signed for, and the rule in words; None where the pack has no such limit.

    Working time only where the pack says so (domain.md B3: 4 working hours at level IV).
    """
    pack = current_pack()
    rule = next((r for r in pack.policy.internal_clocks if r.name == SIGNING and level in r.levels), None)
    if rule is None:
        return None, ""
    span = timedelta(minutes=rule.minutes)
    hours = f"{rule.minutes // 60} 小时" if rule.minutes % 60 == 0 else f"{rule.minutes} 分钟"
    if not rule.working_time:
        return at + span, f"{hours}内签收"
    found = add_working_time(at, span, holiday_overrides(), zone=pack.zone)
    return found.at, f"{hours}内签收，只算工作时间" + ("（暂估）" if found.provisional else "")


# --- what every act on a task needs -----------------------------------------------------------------------------------


def move(
    task: Assignment, states: tuple[Assignment.State, ...], *, by: User, version: int | None, **values: Any
) -> Assignment:
    """Write it if it is in one of `states` and nobody moved it since `version`. Raises Refused with how it stands."""
    now = Assignment.objects.select_related("issue__matter", "unit").get(pk=task.pk)
    seen = now.version if version is None else version
    moved = Assignment.objects.filter(pk=task.pk, state__in=states, version=seen).update(
        version=F("version") + 1, **values
    )
    if moved != 1:
        raise Refused(f"这项任务现在是“{now.get_state_display()}”，刚刚有人办过或已经了结，请看过再办。")
    now.refresh_from_db()
    return now


def record(task: Assignment, *, kind: str, by: User, at: datetime, text: str) -> None:
    """A row in the record of the issue."""
    note(task.issue, kind=kind, by=by, at=at, text=text, data={"task": task.pk, "unit": task.unit.name})


def people_of(task: Assignment) -> list[Addressee]:
    """The unit's own people, by account; nobody where it has none."""
    return [Addressee(role=Role.UNIT_CONTACT, person=person) for person in accounts_of(task.unit)]


def accounts_of(unit: Department) -> list[User]:
    """Open accounts of a unit whose holders sign for it."""
    people = User.objects.filter(department=unit, is_active=True).order_by("pk")
    return [user for user in people if user.holds(Role.UNIT_CONTACT) or user.holds(Role.UNIT_HEAD)]


def short(words: str) -> str:
    """Personal data out, and no longer than the column. Raises Refused."""
    kept = mask(words).text
    if len(kept) > LONGEST:
        raise Refused(f"最多 {LONGEST} 个字，现在 {len(kept)} 个；细节写进办理记录。")
    return kept


def moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"
