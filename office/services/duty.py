"""The roster: who is on from when to when, in which role."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from office import trail
from office.errors import Refused
from office.models import Duty, User
from office.pack.current import current_pack
from office.roles import ROLE_NAMES, Act, Role
from office.services.acts import require


def longest() -> timedelta:
    """A longer span is a slip of the pen."""
    return timedelta(hours=current_pack().policy.duty.longest_hours)


def put_on_duty(
    *, user: User, role: str, starts_at: datetime, ends_at: datetime, by: User | None, at: datetime
) -> Duty:
    """Put a person on duty in a role they hold. `by` None is the installation itself (a drill's cast).

    Raises Refused for an unknown role, a role the person does not hold, an empty or too long span, or a double entry.
    """
    if by is not None:
        require(by, Act.PLAN_DUTY)
    if ends_at > starts_at and by is not None and ends_at - starts_at > longest():
        hours = current_pack().policy.duty.longest_hours
        raise Refused(f"一个班次不能超过 {hours} 小时，请分成几个班次。")
    with transaction.atomic():
        duty = add_stint(user=user, role=role, starts_at=starts_at, ends_at=ends_at)
        _leave_row(duty, kind="duty.put", text=f"排班：{user.name}，{ROLE_NAMES[Role(role)]}", by=by, at=at)
    return duty


def add_stint(*, user: User, role: str, starts_at: datetime, ends_at: datetime) -> Duty:
    """The row itself, as part of an act that has asked who may and leaves the trail row. Raises Refused."""
    if role not in {r.value for r in Role}:
        raise Refused(f"没有“{role}”这个角色。")
    name = ROLE_NAMES[Role(role)]
    if not user.is_active:
        raise Refused(f"{user.name} 的账号已停用，不能排班。")
    if not user.holds(role):
        raise Refused(f"{user.name} 不是{name}，请先由安全保密管理员赋予这个角色。")
    if ends_at <= starts_at:
        raise Refused("下班时间要晚于上班时间。")
    if Duty.objects.filter(user=user, role=role, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise Refused(f"{user.name} 这段时间已经排了{name}的班。")
    return Duty.objects.create(user=user, role=role, starts_at=starts_at, ends_at=ends_at)


def remove_duty(*, duty: Duty, by: User, at: datetime) -> None:
    """Take a shift off the roster. A shift that has ended stays: it tells who was on."""
    require(by, Act.PLAN_DUTY)
    if duty.ends_at <= at:
        raise Refused("这个班次已经结束，不能删除。")
    with transaction.atomic():
        if duty.starts_at < at:
            Duty.objects.filter(pk=duty.pk).update(ends_at=at)  # who was on until now stays known
        _leave_row(duty, kind="duty.remove", text=f"撤班：{duty.user.name}", by=by, at=at)
        if duty.starts_at >= at:
            duty.delete()


def take_off_roster(*, user: User, roles: Collection[str] | None, at: datetime) -> int:
    """A person's coming shifts in these roles (None: in any) leave the roster, a running one ends now.

    Part of another act that leaves the trail row. Returns how many shifts it was.
    """
    rows = Duty.objects.filter(user=user, ends_at__gt=at)
    if roles is not None:
        rows = rows.filter(role__in=roles)
    ended = rows.filter(starts_at__lt=at).update(ends_at=at)
    removed, _ = rows.filter(starts_at__gte=at).delete()
    return int(ended) + int(removed)


def _leave_row(duty: Duty, *, kind: str, text: str, by: User | None, at: datetime) -> None:
    trail.record(
        by=by,
        kind=kind,
        at=at,
        object_kind="duty",
        object_id=str(duty.pk),
        text=text,
        data={"role": duty.role, "starts_at": duty.starts_at, "ends_at": duty.ends_at},
    )
