"""Who is there now, as the ladder asks it: read once a sweep."""

from dataclasses import replace
from datetime import datetime

from alerts.ladder import Roster
from alerts.models import Matter
from office.models import Duty, User
from office.statements import Prepared

_anybody = Prepared(lambda: User.objects.filter(is_active=True).values_list("pk")[:1])
_on_duty = Prepared(
    lambda at: (
        Duty.objects.filter(starts_at__lte=at, ends_at__gt=at)
        .order_by("starts_at", "pk")
        .values_list("user_id", "role")
    ),
    at=datetime,
)


class People:
    """The people of one sweep: the roster by role, and the rows behind the ids."""

    def __init__(self, *, at: datetime) -> None:
        users = list(User.objects.filter(is_active=True).order_by("pk")) if _anybody() else []
        self.by_id = {user.pk: user for user in users}
        holders: dict[str, list[int]] = {}
        for user in users:
            for role in user.roles:
                holders.setdefault(role, []).append(user.pk)
        on_duty: dict[str, list[int]] = {}
        for user_id, role in _on_duty(at=at):
            if user_id in self.by_id and user_id not in on_duty.setdefault(role, []):
                on_duty[role].append(user_id)
        self._roster = Roster(
            on_duty={role: tuple(ids) for role, ids in on_duty.items()},
            holders={role: tuple(ids) for role, ids in holders.items()},
        )

    def roster(self, matter: Matter) -> Roster:
        """The roster with the heads of the matter's responsible unit."""
        if matter.lead_unit_id is None:
            return self._roster
        heads = tuple(
            pk
            for pk, user in self.by_id.items()
            if user.department_id == matter.lead_unit_id and "unit_head" in user.roles
        )
        return replace(self._roster, unit_heads=heads)
