"""The wall clock that jumps (rules.md 9)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.timejump import Hold, Jump, Reading, jump_between, weigh

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def reading(wall_seconds: float, boot: float, boot_id: str = "a") -> Reading:
    return Reading(wall=NOON + timedelta(seconds=wall_seconds), boot=boot, boot_id=boot_id)


@pytest.mark.parametrize(
    ("before", "now", "seconds"),
    [
        (reading(0, 100), reading(2, 102), None),  # two seconds pass on both
        (reading(0, 100), reading(32, 102), None),  # 30 s is not yet a jump
        (reading(0, 100), reading(33, 102), 31),
        (reading(0, 100), reading(-29, 101), None),
        (reading(0, 100), reading(-3600, 102), -3602),  # one hour back
        (reading(0, 100), reading(86402, 102), 86400),  # one day forward
        (reading(0, 100), reading(28800, 28900), None),  # the machine slept for eight hours: both clocks went on
        (reading(0, 90000), reading(600, 40, "b"), None),  # restarted ten minutes later
        (reading(0, 90000), reading(-600, 40, "b"), -600),  # restarted into the past
    ],
)
def test_a_jump_is_a_difference_of_more_than_30_seconds_between_the_clocks(
    before: Reading, now: Reading, seconds: float | None
) -> None:
    jump = jump_between(before, now)
    assert (jump.seconds if jump else None) == seconds
    if jump:
        assert jump.found - jump.expected == timedelta(seconds=jump.seconds)


def test_sending_waits_two_minutes_after_a_jump_and_then_goes_on() -> None:
    begun = weigh(reading(0, 100), None, reading(3600, 102))
    assert begun.jump is not None and begun.hold is not None
    later = weigh(reading(3600, 102), begun.hold, reading(3719, 221))
    assert later.hold == begun.hold and not later.lifted
    over = weigh(reading(3719, 221), begun.hold, reading(3720, 222))
    assert over.hold is None and over.lifted


def test_a_second_jump_starts_the_two_minutes_again() -> None:
    first = weigh(reading(0, 100), None, reading(3600, 102)).hold
    second = weigh(reading(3700, 202), first, reading(103, 205)).hold
    assert second is not None and second.quiet_since == 205
    assert not weigh(reading(120, 222), second, reading(121, 223)).lifted


def test_a_restart_of_the_machine_during_the_hold_waits_two_minutes_more() -> None:
    jump = Jump(expected=NOON, found=NOON, seconds=-3600)
    hold = Hold(jump=jump, quiet_since=5000, boot_id="a")
    again = weigh(reading(0, 5010), hold, reading(60, 30, "b"))
    assert again.hold == Hold(jump=jump, quiet_since=30, boot_id="b")


def test_the_first_reading_ever_holds_nothing() -> None:
    assert weigh(None, None, reading(0, 1)).hold is None


@given(st.lists(st.floats(min_value=0.1, max_value=86400), max_size=30))
def test_a_clock_that_only_runs_never_holds_sending(steps: list[float]) -> None:
    seen, moment = reading(0, 0), 0.0
    for step in steps:
        moment += step
        now = reading(moment, moment)
        assert weigh(seen, None, now).hold is None
        seen = now
