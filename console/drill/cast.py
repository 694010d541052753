"""The people of a drill: scripted accounts, their shifts, and the guest who looks on."""

from datetime import datetime, timedelta

from console.drill.scenario import Scenario
from office.models import Department, User
from office.pack.current import current_pack
from office.roles import Role
from office.services.duty import put_on_duty
from office.services.people import create_user
from office.shifts import slots_of

GUEST = "guest"
# Together they may look at everything; none of them stands in a chain before the scripted people on duty.
GUEST_ROLES = (Role.GOV_OFFICE, Role.AUDITOR)
# 我来办: the guest sits at the desk as a monitor on duty, beside the scripted one.
HANDS_ON_ROLE = Role.MONITOR
MARGIN = timedelta(hours=12)  # the shifts reach over the ends of the story


def make_cast(scenario: Scenario, *, full: bool, hands_on: bool = False, at: datetime) -> dict[str, User]:
    """The accounts by name; nobody of the cast can sign in. The guest comes in by one-time links only."""
    people = {
        player.username: create_user(
            username=player.username,
            name=player.name,
            roles=player.roles,
            department=Department.objects.filter(name=player.unit).first() if player.unit else None,
            at=at,
            by=None,
            scripted=True,
        )
        for player in scenario.cast
    }
    roles = (*GUEST_ROLES, HANDS_ON_ROLE) if hands_on else GUEST_ROLES
    guest = create_user(username=GUEST, name="演练访客", roles=roles, at=at, by=None, scripted=True)
    User.objects.filter(pk=guest.pk).update(must_change_password=False)  # it has no password
    begins = _change(scenario.starts_at - MARGIN, after=False)
    ends = _change(scenario.end(full=full) + MARGIN, after=True)
    for stint in scenario.duty:
        put_on_duty(
            user=people[stint.who],
            role=stint.role,
            starts_at=stint.begins or begins,
            ends_at=stint.until or ends,
            by=None,
            at=at,
        )
    if hands_on:
        put_on_duty(user=guest, role=HANDS_ON_ROLE.value, starts_at=begins, ends_at=ends, by=None, at=at)
    return people


def _change(moment: datetime, *, after: bool) -> datetime:
    """The change of shifts next to a moment, so that the roster shows whole shifts."""
    pack = current_pack()
    day = moment.astimezone(pack.zone).date()
    changes = [
        slot.span.starts_at
        for days in range(-1, 3)
        for slot in slots_of(day + timedelta(days=days), pack.policy.duty, pack.zone)
    ]
    return min(c for c in changes if c >= moment) if after else max(c for c in changes if c <= moment)
