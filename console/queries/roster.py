"""The roster as a week of shifts: who is on, what is missing and who could take it, who is on twice, who swaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q

from console.templatetags.desk import WEEKDAYS, local
from console.templatetags.words import short_role
from office.models import Duty, Swap, User
from office.pack.current import current_pack
from office.queries import ROSTERED, duties
from office.roles import Role
from office.services.roster import ON_CALL, Cell
from office.shifts import DAY, Slot, Span, Stint, candidates, clashes, slots_of, uncovered

SUGGESTED = 6  # gaps with names of who could fill them
AROUND = timedelta(days=3)  # shifts beside the week that matter for rest


@dataclass(frozen=True)
class Name:
    """A person in a cell. `was`: replaced by a swap; `swapping`: a swap of this shift waits; `hours`: only a part."""

    text: str
    lead: bool = False
    was: bool = False
    swapping: bool = False
    hours: str = ""


@dataclass(frozen=True)
class Box:
    """One shift of one day. `missing`: which role has nobody, with the hours where it is only a part."""

    day: date
    key: str
    names: list[Name]
    missing: list[str]
    now: bool
    over: bool

    @property
    def words(self) -> str:
        """“周五 11-20”."""
        return day_words(self.day)

    @property
    def leads(self) -> list[Name]:
        return [name for name in self.names if name.lead]

    @property
    def others(self) -> list[Name]:
        return [name for name in self.names if not name.lead]


@dataclass(frozen=True)
class ShiftRow:
    """A shift through the week."""

    name: str
    under: str
    boxes: list[Box]
    stands_by: bool = False


@dataclass(frozen=True)
class Hole:
    """A stretch without somebody, and who could fill it: `able` first of all, `unable` with what speaks against."""

    day: date
    key: str
    words: str
    role: str
    able: list[User]
    unable: list[tuple[str, str]]


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday."""

    monday: date
    days: list[tuple[date, str, bool]]
    rows: list[ShiftRow]
    missing: int
    holes: list[Hole]
    clashes: list[str]
    swaps: list[Swap] = field(default_factory=list)

    @property
    def before(self) -> date:
        return self.monday - timedelta(days=7)

    @property
    def after(self) -> date:
        return self.monday + timedelta(days=7)


def week(monday: date, *, at: datetime) -> Week:
    """The week as planned, in a fixed number of queries."""
    pack = current_pack()
    rule = pack.policy.duty
    days = [monday + timedelta(days=n) for n in range(7)]
    slots = [slots_of(day, rule, pack.zone) for day in days]
    start, end = slots[0][0].span.starts_at, slots[-1][-1].span.ends_at
    around = duties(start - AROUND, end + AROUND)
    here = [d for d in around if d.starts_at < end and d.ends_at > start]
    drawn = _Drawing(here, _swaps_of(here), at=at)
    rows = []
    for number, shift in enumerate(rule.shifts):
        boxes = [drawn.box(day_slots[number], ROSTERED, needs=True) for day_slots in slots]
        rows.append(ShiftRow(shift.name, "、".join(short_role(role) for role in reversed(ROSTERED)), boxes))
    for role in rule.on_call:
        boxes = [drawn.on_call(day_slots[0], Role(role)) for day_slots in slots]
        rows.append(ShiftRow(short_role(role), "随叫", boxes, stands_by=True))
    stints = _stints(d for d in around if d.role in ROSTERED)  # who stands by at home needs no rest between days
    everybody = list(User.objects.filter(is_active=True).order_by("pk"))
    holes = [hole for row in rows for box in row.boxes for hole in _holes(box, slots, stints, everybody, at=at)]
    holes.sort(key=lambda hole: (hole.day, hole.key))
    today = local(at).date()
    return Week(
        monday,
        [(day, day_words(day), day == today) for day in days],
        rows,
        sum(1 for row in rows for box in row.boxes if box.missing and not box.over),
        holes[:SUGGESTED],
        _clash_words(stints, around, rest=timedelta(hours=rule.rest_hours), since=max(at, start), until=end),
        open_swaps(),
    )


def day_words(day: date) -> str:
    return f"周{WEEKDAYS[day.weekday()]} {day:%m-%d}"


def open_swaps() -> list[Swap]:
    """Swaps that wait for somebody, the nearest shift first."""
    rows = Swap.objects.filter(state__in=Swap.OPEN).select_related("giver", "taker", "asked_by")
    return list(rows.order_by("starts_at", "pk"))


class _Drawing:
    """The shifts of the week, put into cells."""

    def __init__(self, here: Sequence[Duty], swaps: Iterable[Swap], *, at: datetime) -> None:
        self.here, self.at = here, at
        self.was: dict[int, str] = {}
        self.waiting: set[int] = set()
        for swap in swaps:
            for duty, person in ((swap.duty_id, swap.giver), (swap.back_id, swap.taker)):
                if duty is None:
                    continue
                if swap.state == Swap.State.DONE:
                    self.was.setdefault(duty, person.name)
                else:
                    self.waiting.add(duty)

    def box(self, slot: Slot, roles: Sequence[Role], *, needs: bool) -> Box:
        rows = [d for d in self.here if d.role in roles and slot.span.meets(Span(d.starts_at, d.ends_at))]
        rows.sort(key=lambda d: (d.role != Role.DUTY_LEAD, d.starts_at, d.pk))
        names = [name for duty in rows for name in self._names(duty, slot.span)]
        missing = _missing(rows, slot.span) if needs else []
        over = slot.span.ends_at <= self.at
        return Box(slot.day, slot.shift.key, names, missing, slot.span.starts_at <= self.at and not over, over)

    def on_call(self, slot: Slot, role: Role) -> Box:
        whole = Span(slot.span.starts_at, slot.span.starts_at + DAY)
        rows = [d for d in self.here if d.role == role and whole.meets(Span(d.starts_at, d.ends_at))]
        names = [name for duty in rows for name in self._names(duty, whole)]
        over = whole.ends_at <= self.at
        return Box(slot.day, ON_CALL, names, [], False, over)

    def _names(self, duty: Duty, span: Span) -> list[Name]:
        lead = duty.role == Role.DUTY_LEAD
        start, end = max(duty.starts_at, span.starts_at), min(duty.ends_at, span.ends_at)
        hours = "" if (start, end) == (span.starts_at, span.ends_at) else f"{local(start):%H:%M}–{local(end):%H:%M}"
        found = [Name(duty.user.name, lead, swapping=duty.pk in self.waiting, hours=hours)]
        if duty.pk in self.was and self.was[duty.pk] != duty.user.name:
            found.insert(0, Name(self.was[duty.pk], lead, was=True))
        return found


def _missing(rows: Sequence[Duty], span: Span) -> list[str]:
    found = []
    stints = _stints(rows)
    for role in reversed(ROSTERED):
        for hole in uncovered(span, [s for s in stints if s.role == role], need=_need(role)):
            part = "" if hole == span else f" {local(hole.starts_at):%H:%M}–{local(hole.ends_at):%H:%M}"
            found.append(f"缺{short_role(role)}{part}")
    return found


def _need(role: Role) -> int:
    crew = current_pack().policy.duty.crew
    return crew.duty_lead if role == Role.DUTY_LEAD else crew.monitor


def _holes(
    box: Box, slots: list[list[Slot]], stints: Sequence[Stint], everybody: Sequence[User], *, at: datetime
) -> list[Hole]:
    """Gaps of a cell that lie ahead, each with those who hold the role and whether they could come."""
    if box.over or not box.missing:
        return []
    slot = next(s for day in slots for s in day if s.day == box.day and s.shift.key == box.key)
    span = Span(max(slot.span.starts_at, at), slot.span.ends_at)
    rest = timedelta(hours=current_pack().policy.duty.rest_hours)
    found = []
    for role in reversed(ROSTERED):
        holes = uncovered(span, [s for s in stints if s.role == role], need=_need(role))
        if not holes:
            continue
        people = {person.pk: person for person in everybody if person.holds(role)}
        able: list[User] = []
        unable: list[tuple[str, str]] = []
        for told in candidates(holes[0], list(people), stints, rest=rest):
            if told.why_not:
                unable.append((people[told.person].name, told.why_not))
            else:
                able.append(people[told.person])
        words = f"{box.words} {slot.shift.name}"
        found.append(Hole(box.day, box.key, words, role, able[:4], unable[:4]))
    return found


def against(found: Cell, people: Sequence[User]) -> dict[str, str]:
    """By role, what speaks against those who could be put on this shift: “前后连班：王敏、林静”."""
    rest = timedelta(hours=current_pack().policy.duty.rest_hours)
    around = duties(found.span.starts_at - AROUND, found.span.ends_at + AROUND)
    stints = _stints(d for d in around if d.role in ROSTERED)
    said = {}
    for role in found.roles:
        if role not in ROSTERED:
            continue
        there = {person.pk for person in found.people(role)}
        names = {p.pk: p.name for p in people if p.holds(role) and p.pk not in there}
        reasons: dict[str, list[str]] = {}
        for told in candidates(found.span, list(names), stints, rest=rest):
            if told.why_not:
                reasons.setdefault(told.why_not, []).append(names[told.person])
        if reasons:
            said[role.value] = "；".join(f"{why}：{'、'.join(who)}" for why, who in reasons.items())
    return said


def _stints(rows: Iterable[Duty]) -> list[Stint]:
    return [Stint(d.pk, d.user_id, d.role, Span(d.starts_at, d.ends_at)) for d in rows if d.user.is_active]


def _clash_words(
    stints: Sequence[Stint], rows: Iterable[Duty], *, rest: timedelta, since: datetime, until: datetime
) -> list[str]:
    """“林静 11-20 20:00 重班” and “王敏 11-21 08:00 前只歇 4 小时”, of shifts that lie ahead."""
    names = {d.user_id: d.user.name for d in rows}
    said = []
    for clash in clashes(stints, rest=rest):
        if clash.second.span.ends_at <= since or clash.second.span.starts_at >= until:
            continue
        when = f"{names[clash.person]} {local(clash.second.span.starts_at):%m-%d %H:%M}"
        if clash.rest is None:
            roles = {clash.first.role, clash.second.role}
            said.append(
                f"{when} 起重班"
                + ("，同时是" + "和".join(short_role(r) for r in sorted(roles)) if len(roles) > 1 else "")
            )
        elif not clash.rest:
            said.append(f"{when} 起连班")
        else:
            said.append(f"{when} 前只歇 {clash.rest.total_seconds() / 3600:g} 小时")
    return said


def _swaps_of(rows: Sequence[Duty]) -> list[Swap]:
    keys = [d.pk for d in rows]
    found = Swap.objects.filter(Q(duty__in=keys) | Q(back__in=keys), state__in=[*Swap.OPEN, Swap.State.DONE])
    return list(found.select_related("giver", "taker").order_by("decided_at", "pk"))
