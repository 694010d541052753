"""What the pack says about the daily brief, as one frozen value; and on which day a cut-off falls. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from office.pack.loading import Pack


@dataclass(frozen=True)
class Step:
    """One step of sign-off and the roles that may take it."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The daily brief by the pack: its head, hours, sign-off, numbers and foot. Times are local to `zone`."""

    district: str
    title: str
    issuer: str
    marking: str
    zone: ZoneInfo
    cut_off: time
    out_by: time
    working_days_only: bool
    steps: tuple[Step, ...]
    first_issue_no: int
    first_running_no: int
    ring_before: timedelta
    ring_every: timedelta
    ring_roles: tuple[str, ...]
    copies: int
    report: tuple[str, ...]
    send: tuple[str, ...]
    issue: tuple[str, ...]
    streets: tuple[str, ...]

    def local(self, at: datetime) -> datetime:
        """The moment in the district's own time."""
        return at.astimezone(self.zone)

    def cut_off_on(self, day: date) -> datetime:
        """The cut-off of a day, aware."""
        return datetime.combine(day, self.cut_off, self.zone)

    def due_on(self, day: date) -> datetime:
        """When the brief of a day must be out, aware."""
        return datetime.combine(day, self.out_by, self.zone)


def plan_of(pack: Pack) -> Plan:
    """Read the plan out of a pack. A pack without the masthead of the daily brief uses the rule's own name."""
    rule = pack.policy.brief
    head = pack.district.masthead("daily_brief")
    foot = pack.district.distribution
    return Plan(
        district=pack.district.name,
        title=head.title if head else rule.name,
        issuer=head.issuer if head else pack.district.name,
        marking=(head.marking if head else "") or "内部资料　注意保管",
        zone=pack.zone,
        cut_off=rule.cut_off,
        out_by=rule.out_by,
        working_days_only=rule.working_days_only,
        steps=tuple(Step(step.name, tuple(step.roles)) for step in rule.sign_steps),
        first_issue_no=rule.first_issue_no,
        first_running_no=rule.first_running_no,
        ring_before=timedelta(minutes=rule.ring_before_minutes),
        ring_every=timedelta(minutes=rule.ring_every_minutes),
        ring_roles=tuple(rule.ring_roles),
        copies=foot.copies or rule.copies,
        report=foot.report,
        send=foot.send,
        issue=foot.issue,
        streets=tuple(street.name for street in pack.gazetteer.streets),
    )


def last_brief_day(plan: Plan, at: datetime, *, works: Callable[[date], bool]) -> date:
    """The latest day with a brief whose cut-off is not after `at`. `works` says whether a day is a working day."""
    local = plan.local(at)
    day = local.date() if local.time() >= plan.cut_off else local.date() - timedelta(days=1)
    return _walk(plan, day, works=works, step=-1)


def next_cut_off(plan: Plan, after: datetime, *, works: Callable[[date], bool]) -> datetime:
    """The first cut-off of a brief strictly after `after`."""
    local = plan.local(after)
    day = local.date() if local.time() < plan.cut_off else local.date() + timedelta(days=1)
    return plan.cut_off_on(_walk(plan, day, works=works, step=1))


def previous_cut_off(plan: Plan, day: date, *, works: Callable[[date], bool]) -> datetime:
    """The cut-off of the brief before that of `day` by the calendar."""
    return plan.cut_off_on(_walk(plan, day - timedelta(days=1), works=works, step=-1))


def _walk(plan: Plan, day: date, *, works: Callable[[date], bool], step: int) -> date:
    if not plan.working_days_only:
        return day
    for _ in range(40):  # no holiday of the calendar is longer; a broken table must not hang the sweep
        if works(day):
            return day
        day += timedelta(days=step)
    return day


def rings_after(due: datetime, at: datetime, *, before: timedelta, every: timedelta) -> datetime:
    """The next moment after `at` at which an unsigned brief rings: `before` its time, at its time, then `every`."""
    if at < due - before:
        return due - before
    if at < due:
        return due
    return due + every * ((at - due) // every + 1)
