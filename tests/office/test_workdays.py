"""Working days against the notices of the State Council (domain.md B4)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from office.workdays import (
    add_working_days,
    add_working_time,
    is_published,
    is_working_day,
    next_working_day,
    working_hours_between,
)

BEIJING = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2016-09-30", "2016-10-10"),
        ("2018-09-28", "2018-10-08"),
        ("2025-09-26", "2025-09-30"),
        ("2025-09-30", "2025-10-11"),
        ("2026-01-03", "2026-01-06"),
        ("2026-02-13", "2026-02-25"),
        ("2026-04-30", "2026-05-08"),
        ("2026-09-17", "2026-09-21"),
        ("2026-09-30", "2026-10-10"),
    ],
)
def test_three_working_days(start: str, end: str) -> None:
    answer = add_working_days(date.fromisoformat(start), 3, {})
    assert (answer.day, answer.provisional) == (date.fromisoformat(end), False)


def test_an_unpublished_year_is_an_estimate() -> None:
    assert add_working_days(date(2026, 12, 30), 3, {}).provisional
    assert not is_published(2027, {})
    assert is_published(2027, {date(2027, 2, 6): False})


@pytest.mark.parametrize(("year", "days"), [(2016, 250), (2018, 250), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, days: int) -> None:
    span = range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    assert sum(is_working_day(date.fromordinal(n), {}) for n in span) == days


def test_the_local_table_stands_over_the_calendar() -> None:
    assert not is_working_day(date(2026, 11, 17), {date(2026, 11, 17): False})
    assert is_working_day(date(2026, 11, 21), {date(2026, 11, 21): True})
    assert next_working_day(date(2026, 11, 21), {}).day == date(2026, 11, 23)


def test_working_hours_leave_out_the_night_and_the_weekend() -> None:
    friday = datetime(2026, 11, 20, 17, 0, tzinfo=BEIJING)
    monday = datetime(2026, 11, 23, 10, 0, tzinfo=BEIJING)
    assert working_hours_between(friday, monday, {}, zone=BEIJING) == 2.0
    assert working_hours_between(monday, friday, {}, zone=BEIJING) == 0.0


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-17T10:00", 4, "2026-11-17T14:00"),
        ("2026-11-17T16:00", 4, "2026-11-18T11:00"),
        ("2026-11-17T03:14", 4, "2026-11-17T13:00"),  # at night: from the beginning of the day
        ("2026-11-20T17:00", 4, "2026-11-23T12:00"),  # over a weekend
        ("2026-09-30T16:00", 4, "2026-10-08T11:00"),  # over the holiday of the notice
    ],
)
def test_a_limit_in_working_time_leaves_out_nights_weekends_and_holidays(start: str, hours: int, end: str) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=BEIJING)
    found = add_working_time(begun, timedelta(hours=hours), {}, zone=BEIJING)
    assert (found.at, found.provisional) == (datetime.fromisoformat(end).replace(tzinfo=BEIJING), False)


def test_a_limit_that_reaches_into_an_unpublished_year_is_an_estimate() -> None:
    begun = datetime(2026, 12, 31, 17, 0, tzinfo=BEIJING)
    assert add_working_time(begun, timedelta(hours=4), {}, zone=BEIJING).provisional
