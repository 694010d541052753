"""Planning the roster by shifts: one shift of one day at a time, or a whole week like the one before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from office import trail
from office.errors import Changed, Refused
from office.models import Duty, Swap, User
from office.pack.current import current_pack
from office.queries import duties
from office.roles import ROLE_NAMES, Act, Role
from office.services.acts import require
from office.services.duty import add_stint
from office.services.versions import who_was_first
from office.shifts import DAY, Slot, Span, slots_of

ON_CALL = "oncall"  # 随叫: the roles that stand by for a whole day
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Cell:
    """One shift of one day (or 随叫 of a day): its span, the roles in it, the rows that touch it, and their print."""

    day: date
    key: str
    name: str
    span: Span
    roles: tuple[Role, ...]
    duties: tuple[Duty, ...]

    @property
    def object_id(self) -> str:
        return f"{self.day.isoformat()}/{self.key}"

    @property
    def seen(self) -> str:
        """What the form was filled on: another digest means that somebody saved meanwhile."""
        rows = sorted((d.pk, d.user_id, d.role, d.starts_at.isoformat(), d.ends_at.isoformat()) for d in self.duties)
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]

    def people(self, role: str) -> list[User]:
        """Who is in it in this role, nobody twice."""
        return list({d.user_id: d.user for d in self.duties if d.role == role}.values())


@dataclass(frozen=True)
class Copied:
    """What came of copying a week: shifts made, and those left out with the reason."""

    made: int
    left_out: list[str]


def cell(*, day: date, key: str) -> Cell:
    """The cell of the roster. Raises Refused for a shift the pack does not have."""
    pack = current_pack()
    rule = pack.policy.duty
    slots = slots_of(day, rule, pack.zone)
    if key == ON_CALL:
        span = Span(slots[0].span.starts_at, slots_of(day + DAY, rule, pack.zone)[0].span.starts_at)
        name, roles = "随叫", tuple(Role(role) for role in rule.on_call)
    else:
        slot = _slot(slots, key)
        span, name, roles = slot.span, slot.shift.name, (Role.DUTY_LEAD, Role.MONITOR)
    rows = [d for d in duties(span.starts_at, span.ends_at) if d.role in roles]
    return Cell(day, key, name, span, roles, tuple(rows))


def _slot(slots: Sequence[Slot], key: str) -> Slot:
    for slot in slots:
        if slot.shift.key == key:
            return slot
    raise Refused(f"没有“{key}”这个班次。")


def plan_cell(
    *, day: date, key: str, wanted: Mapping[str, Sequence[User]], seen: str | None, by: User, at: datetime
) -> Cell:
    """Put these people, by role, on this shift and nobody else. A shift that runs is changed from now on only.

    `seen` is `Cell.seen` of the form. Raises Changed where somebody saved since, Refused for a shift that is over, a
    role the person does not hold, or a role that has no place here.
    """
    require(by, Act.PLAN_DUTY)
    with transaction.atomic():
        now = cell(day=day, key=key)
        if seen is not None and seen != now.seen:
            raise Changed(who_was_first("duty", now.object_id))
        if now.span.ends_at <= at:
            raise Refused(f"{day:%m-%d} {now.name}已经结束，不能再排。")
        if set(wanted) - set(now.roles):
            raise Refused(f"{now.name}不排这些角色，请分开排。")
        span = Span(max(now.span.starts_at, at), now.span.ends_at)
        before = _words(now)
        for role, people in wanted.items():
            keep = {person.pk for person in people}
            for duty in now.duties:
                if duty.role == role and duty.user_id not in keep:
                    _cut(duty, span)
            there = {d.user_id for d in now.duties if d.role == role}
            for person in people:
                if person.pk not in there:
                    add_stint(user=person, role=role, starts_at=span.starts_at, ends_at=span.ends_at)
        after = cell(day=day, key=key)
        if before != _words(after):
            trail.record(
                by=by,
                kind="duty.plan",
                at=at,
                object_kind="duty",
                object_id=now.object_id,
                text=f"排班 {day:%m-%d} {now.name}：{_words(after)}",
                data={"before": before},
            )
    return after


def _cut(duty: Duty, span: Span) -> None:
    """Take this stretch out of a duty; what lies before and after it stays."""
    ends_at = duty.ends_at
    if duty.starts_at < span.starts_at:
        Duty.objects.filter(pk=duty.pk).update(ends_at=span.starts_at)
        if ends_at > span.ends_at:
            Duty.objects.create(user=duty.user, role=duty.role, starts_at=span.ends_at, ends_at=ends_at)
    elif ends_at > span.ends_at:
        Duty.objects.filter(pk=duty.pk).update(starts_at=span.ends_at)
    else:
        duty.delete()


def _words(found: Cell) -> str:
    """“值班长 王敏；舆情工作人员 李卓、周岚”."""
    parts = [(ROLE_NAMES[role], found.people(role)) for role in found.roles]
    return "；".join(f"{name} {'、'.join(p.name for p in people)}" for name, people in parts if people) or "没有人"


def copy_week(*, monday: date, by: User, at: datetime) -> Copied:
    """Fill a week with the shifts of the week before, as they were planned (a swap is for once only).

    What is in the past, already planned, or no longer possible is left out and told.
    """
    require(by, Act.PLAN_DUTY)
    pack = current_pack()
    begin = slots_of(monday, pack.policy.duty, pack.zone)[0].span.starts_at
    source = [d for d in duties(begin - WEEK, begin) if begin - WEEK <= d.starts_at < begin]
    if not source:
        raise Refused("上一周没有排班，没有可照的。")
    planned = _planned([d.pk for d in source])
    made, left_out = 0, list[str]()
    with transaction.atomic():
        for duty in source:
            person = planned.get(duty.pk, duty.user)
            start, end = _week_later(duty.starts_at), _week_later(duty.ends_at)
            said = f"{person.name} {start.astimezone(pack.zone):%m-%d %H:%M}"
            if end <= at:
                left_out.append(f"{said} 已过")
                continue
            try:
                add_stint(user=person, role=duty.role, starts_at=max(start, at), ends_at=end)
                made += 1
            except Refused as error:
                left_out.append(f"{said} {error}")
        if made:
            trail.record(
                by=by,
                kind="duty.copy",
                at=at,
                object_kind="duty",
                object_id=monday.isoformat(),
                text=f"照上周排了 {monday:%m-%d} 一周，{made} 个班次",
                data={"left_out": left_out},
            )
    return Copied(made, left_out)


def _planned(rows: Sequence[int]) -> dict[int, User]:
    """Who a shift had been planned for before it was swapped, by row."""
    found: dict[int, User] = {}
    done = Swap.objects.filter(Q(duty__in=rows) | Q(back__in=rows), state=Swap.State.DONE)
    for swap in done.select_related("giver", "taker").order_by("decided_at", "pk"):
        if swap.duty_id is not None:
            found.setdefault(swap.duty_id, swap.giver)
        if swap.back_id is not None:
            found.setdefault(swap.back_id, swap.taker)
    return found


def _week_later(moment: datetime) -> datetime:
    zone = current_pack().zone
    local = moment.astimezone(zone).replace(tzinfo=None) + WEEK
    return local.replace(tzinfo=zone)
