"""The roster as a week of days, and the clocks that are handed over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.models import Clock
from office.models import Duty
from office.queries import duties


@dataclass(frozen=True)
class Day:
    """One day of the roster."""

    start: datetime
    shifts: list[Duty]
    today: bool


def week(start: datetime, *, days: int = 7) -> list[Day]:
    """Seven days from `start` (00:00 of a day), each with the shifts that begin or run on it."""
    rows = duties(start, start + timedelta(days=days))
    found = []
    for number in range(days):
        morning = start + timedelta(days=number)
        evening = morning + timedelta(days=1)
        here = [d for d in rows if morning <= d.starts_at < evening or (number == 0 and d.starts_at < morning)]
        found.append(Day(morning, sorted(here, key=lambda d: (d.starts_at, d.role != "duty_lead")), number == 0))
    return found


def running_clocks() -> list[Clock]:
    """All open clocks by due time, with their cases."""
    return list(
        Clock.objects.filter(closed_at=None, matter__issue__state__in=("lead", "responding", "responded"))
        .select_related("matter__issue", "matter__owner")
        .order_by("due_at", "id")[:200]
    )
