"""The roster's arithmetic: holes, double shifts, rest."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from office.pack.desk import DutyRule
from office.shifts import Span, Stint, candidates, clashes, monday, slots_of, uncovered

ZONE = ZoneInfo("Asia/Shanghai")
RULE = DutyRule()
REST = timedelta(hours=12)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def on(person: int, start: datetime, end: datetime, *, key: int = 0, role: str = "monitor") -> Stint:
    return Stint(key, person, role, Span(start, end))


def test_a_day_has_a_day_and_a_night_that_ends_on_the_next_morning() -> None:
    day, night = slots_of(date(2026, 11, 18), RULE, ZONE)
    assert (day.shift.name, day.span) == ("白班", Span(at(18, 8), at(18, 20)))
    assert (night.shift.name, night.span) == ("夜班", Span(at(18, 20), at(19, 8)))


def test_a_week_starts_on_its_monday() -> None:
    assert monday(date(2026, 11, 22)) == monday(date(2026, 11, 16)) == date(2026, 11, 16)


def test_a_shift_that_begins_late_and_ends_early_leaves_two_holes() -> None:
    night = Span(at(20, 20), at(21, 8))
    assert uncovered(night, [on(1, at(20, 22), at(21, 7))]) == [
        Span(at(20, 20), at(20, 22)),
        Span(at(21, 7), at(21, 8)),
    ]


def test_two_people_side_by_side_leave_no_hole_and_one_is_too_few_for_two() -> None:
    night = Span(at(20, 20), at(21, 8))
    both = [on(1, at(20, 20), at(21, 2)), on(2, at(21, 2), at(21, 8))]
    assert uncovered(night, both) == []
    assert uncovered(night, both, need=2) == [night]


def test_nobody_is_one_hole_from_end_to_end() -> None:
    night = Span(at(20, 20), at(21, 8))
    assert uncovered(night, [on(1, at(19, 8), at(19, 20))]) == [night]


def test_one_person_at_two_places_and_one_without_rest_are_told_apart() -> None:
    double = [on(1, at(18, 8), at(18, 20), key=1), on(1, at(18, 12), at(18, 18), key=2, role="duty_lead")]
    tired = [on(2, at(18, 8), at(18, 20), key=3), on(2, at(19, 2), at(19, 8), key=4)]
    found = clashes([*double, *tired], rest=REST)
    assert [(c.person, c.rest) for c in found] == [(1, None), (2, timedelta(hours=6))]


def test_who_can_fill_a_hole_is_said_with_what_speaks_against_the_others() -> None:
    night = Span(at(20, 20), at(21, 8))
    stints = [
        on(1, at(20, 8), at(20, 20)),  # straight into the night
        on(2, at(19, 20), at(20, 8)),  # twelve hours before
        on(3, at(20, 20), at(21, 8)),  # there already, in another role
        on(4, at(20, 4), at(20, 14)),  # six hours before
    ]
    assert [(c.person, c.why_not) for c in candidates(night, [1, 2, 3, 4, 5], stints, rest=REST)] == [
        (2, ""),
        (5, ""),
        (1, "前后连班"),
        (3, "这个时段已有班"),
        (4, "间隔不足 12 小时"),
    ]


def test_shifts_that_leave_a_hole_in_the_day_are_refused() -> None:
    raw = RULE.model_dump()
    raw["shifts"][0]["ends"] = "19:00"
    with pytest.raises(ValidationError, match="首尾相接"):
        DutyRule.model_validate(raw)
