"""Working days of the State Council's notices (调休) with a local table over them. Pure.

A year whose notice is not out yet is reckoned by weekends and statutory days alone; every answer over it carries
`provisional` = 暂估 (domain.md B4: a calendar that guesses silently has misled live systems each January).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

Overrides = Mapping[date, bool]  # True = works, False = off; from the Holiday table

WORKDAY = (time(9, 0), time(18, 0))  # internal clocks only; pack data may say otherwise


@dataclass(frozen=True)
class WorkingDay:
    """A day and whether it rests on a year whose notice is not published (暂估)."""

    day: date
    provisional: bool


_calendar = holidays.country_holidays("CN")


def is_published(year: int, overrides: Overrides) -> bool:
    """True when the year's notice is known: the library names its shifted days, or the local table has that year."""
    _ = date(year, 1, 1) in _calendar  # the library fills a year on first use
    return any(d.year == year for d in _calendar.weekend_workdays) or any(d.year == year for d in overrides)


def is_working_day(day: date, overrides: Overrides) -> bool:
    """True when `day` is worked: the local table first, then the published calendar."""
    if day in overrides:
        return overrides[day]
    return bool(_calendar.is_working_day(day))


def add_working_days(start: date, days: int, overrides: Overrides) -> WorkingDay:
    """The `days`-th working day after `start`; the start day is not counted."""
    day, left, provisional = start, days, False
    while left > 0:
        day += timedelta(days=1)
        provisional = provisional or not is_published(day.year, overrides)
        if is_working_day(day, overrides):
            left -= 1
    return WorkingDay(day, provisional)


def next_working_day(day: date, overrides: Overrides) -> WorkingDay:
    """The first working day on or after `day`."""
    if is_working_day(day, overrides):
        return WorkingDay(day, not is_published(day.year, overrides))
    return add_working_days(day, 1, overrides)


def working_hours_between(
    start: datetime,
    end: datetime,
    overrides: Overrides,
    *,
    zone: ZoneInfo,
    hours: tuple[time, time] = WORKDAY,
) -> float:
    """Working hours from `start` to `end` (aware), counting `hours` of each working day in `zone`."""
    if end <= start:
        return 0.0
    total, day, last = 0.0, start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        if is_working_day(day, overrides):
            opens = max(datetime.combine(day, hours[0], zone), start)
            closes = min(datetime.combine(day, hours[1], zone), end)
            total += max(0.0, (closes - opens).total_seconds() / 3600)
        day += timedelta(days=1)
    return total


@dataclass(frozen=True)
class WorkingMoment:
    """A moment reckoned in working time, and whether it rests on a year whose notice is not published (暂估)."""

    at: datetime
    provisional: bool


def add_working_time(
    start: datetime, span: timedelta, overrides: Overrides, *, zone: ZoneInfo, hours: tuple[time, time] = WORKDAY
) -> WorkingMoment:
    """The moment at which `span` of working time has gone by since `start` (aware)."""
    day, left, provisional = start.astimezone(zone).date(), span, False
    while True:
        provisional = provisional or not is_published(day.year, overrides)
        if is_working_day(day, overrides):
            opens = max(datetime.combine(day, hours[0], zone), start)
            closes = datetime.combine(day, hours[1], zone)
            if closes > opens:
                if left <= closes - opens:
                    return WorkingMoment(opens + left, provisional)
                left -= closes - opens
        day += timedelta(days=1)
