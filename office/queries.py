"""Who is on now, who must be told, and where the roster has a hole."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from office.models import Duty, Holiday, User
from office.roles import Role
from office.statements import Prepared

# Roles that stand a shift; of the others everybody who holds the role is meant.
ROSTERED = (Role.MONITOR, Role.DUTY_LEAD)


@dataclass(frozen=True)
class Gap:
    """A stretch in which nobody is on duty in `role`."""

    role: Role
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Handover:
    """交接班: who goes, who comes, and when. The running clocks that are handed over are `alerts.queries`."""

    going: list[Duty]
    coming: list[Duty]
    changes_at: datetime | None


def people() -> list[User]:
    """Everybody whose account is open, the drill's cast included, by name of account."""
    return list(User.objects.filter(is_active=True).select_related("department").order_by("username"))


def holders(role: str) -> list[User]:
    """Everybody who holds `role`, on duty or not, in the order the accounts were made."""
    return [user for user in User.objects.filter(is_active=True).order_by("pk") if user.holds(role)]


def on_duty(role: str, at: datetime) -> list[User]:
    """Who is on duty in `role` at this moment, longest on first, nobody twice."""
    rows = (
        Duty.objects.filter(role=role, starts_at__lte=at, ends_at__gt=at, user__is_active=True)
        .select_related("user")
        .order_by("starts_at", "pk")
    )
    return list({row.user_id: row.user for row in rows}.values())


def people_for(role: str, at: datetime) -> tuple[list[User], bool]:
    """Who is told in this role, and whether that is the fall-back of an empty roster (rules.md 7).

    On duty in the role; for a role without shifts, all its holders; else all duty leads; else administrators.
    """
    there = on_duty(role, at)
    if there:
        return there, False
    everybody = list(User.objects.filter(is_active=True).order_by("pk"))
    if role not in ROSTERED:
        held = [user for user in everybody if user.holds(role)]
        if held:
            return held, False
    leads = [user for user in everybody if user.holds(Role.DUTY_LEAD)]
    return leads or [user for user in everybody if user.holds(Role.SYS_ADMIN)], True


def duties(since: datetime, until: datetime) -> list[Duty]:
    """Shifts that touch the span, by start."""
    rows = Duty.objects.filter(starts_at__lt=until, ends_at__gt=since).select_related("user")
    return list(rows.order_by("starts_at", "role", "pk"))


def duty_gaps(at: datetime, *, days: int = 7) -> list[Gap]:
    """Stretches of the next `days` in which a rostered role has nobody."""
    until = at + timedelta(days=days)
    rows = duties(at, until)
    gaps: list[Gap] = []
    for role in ROSTERED:
        covered = at
        for row in rows:
            if row.role != role or not row.user.is_active:
                continue
            if row.starts_at > covered:
                gaps.append(Gap(role, covered, row.starts_at))
            covered = max(covered, row.ends_at)
        if covered < until:
            gaps.append(Gap(role, covered, until))
    return gaps


def handover(at: datetime) -> Handover:
    """Who is on now and who comes when the first of them leaves."""
    now_on = [row for row in duties(at, at + timedelta(microseconds=1)) if row.role in ROSTERED]
    changes_at = min((row.ends_at for row in now_on), default=None)
    following = Duty.objects.filter(starts_at__gt=at, role__in=ROSTERED).select_related("user")
    following = following.order_by("starts_at", "pk")
    coming = list(following[:20])
    if changes_at is None:
        changes_at = coming[0].starts_at if coming else None
    if changes_at is None:
        return Handover(now_on, [], None)
    hour = timedelta(hours=1)
    return Handover(
        [row for row in now_on if row.ends_at <= changes_at],
        [row for row in coming if row.starts_at <= changes_at + hour],
        changes_at,
    )


@dataclass(frozen=True)
class Change:
    """A change of shift: when, who leaves then, and who is there afterwards (ids of people)."""

    at: datetime
    going: frozenset[int]
    coming: frozenset[int]


LATE = timedelta(hours=1)  # somebody who comes up to an hour after the change still belongs to the next shift
LOOK_BACK = timedelta(hours=6)  # a handover forgotten for longer is not made up any more


def last_change(at: datetime, *, early: timedelta, exactly: bool = False) -> Change | None:
    """The latest change of a rostered role that lies at most `early` ahead and six hours back; None = there is none.

    `exactly`: the change of that very moment.
    """
    since = at if exactly else at - LOOK_BACK
    rows = [d for d in duties(since - LATE, at + early + LATE) if d.role in ROSTERED and d.user.is_active]
    moments = {d.ends_at for d in rows if since <= d.ends_at <= at + early}
    for moment in sorted(moments, reverse=True):
        after = {d.user_id for d in rows if d.starts_at <= moment + LATE and d.ends_at > moment}
        going = {d.user_id for d in rows if d.ends_at == moment} - {
            d.user_id for d in rows if d.starts_at <= moment < d.ends_at
        }
        if going:
            return Change(moment, frozenset(going), frozenset(after - going))
    return None


_holidays = Prepared(lambda: Holiday.objects.values_list("day", "works"))


def holiday_overrides() -> dict[date, bool]:
    """The local table over the calendar, for `office.workdays`."""
    return {day: works for day, works in _holidays()}
