"""The clock bar: which state, which words, where the marks stand."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from console import clockbar
from console.clockbar import Facts
from tests.console.conftest import BEIJING, NIGHT

HOUR = timedelta(hours=1)


def facts(left: int, *, minutes: int = 300, status: str = "running", **more: Any) -> Facts:
    due = NIGHT + timedelta(minutes=left)
    return Facts(status=status, anchor_at=due - timedelta(minutes=minutes), due_at=due, minutes=minutes, **more)


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        (facts(234), "running", "剩 3时54分"),
        (facts(181), "running", "剩 3时01分"),
        (facts(180), "warned", "剩 3时00分"),
        (facts(108), "warned", "剩 1时48分"),
        (facts(60), "due_soon", "剩 1时00分"),
        (facts(1), "due_soon", "剩 0时01分"),
        (facts(0), "overdue", "超时 0时00分"),
        (facts(-30), "overdue", "超时 0时30分"),
        (facts(28, minutes=40), "due_soon", "剩 0时28分"),
        (facts(234, status="provisional", provisional=True), "provisional", "暂 剩 3时54分"),
        (facts(-30, status="provisional", provisional=True), "overdue", "暂 超时 0时30分"),
        (facts(-30, status="void"), "void", "已作废"),
        (facts(100, status="superseded"), "superseded", "已被取代"),
        (facts(60, status="met", met_at=NIGHT - HOUR), "met", "02:14 已发"),
        (facts(-90, status="met_late", met_at=NIGHT - HOUR), "met_late", "已发，晚 0时30分"),
        (facts(60, evidence_pending_at=NIGHT - HOUR), "checking", "02:14 已填，待复核"),
        (facts(-10, evidence_pending_at=NIGHT), "checking", "03:14 已填，待复核"),
        (facts(26 * 60 + 24, minutes=2880), "warned", "剩 26时24分"),
    ],
)
def test_each_state_of_a_clock_has_its_words(given: Facts, state: str, words: str) -> None:
    bar = clockbar.draw(given, at=NIGHT, zone=BEIJING)
    assert (bar.state, bar.words) == (state, words)


def test_the_due_line_leaves_room_for_lateness_which_grows_and_never_leaves_the_bar() -> None:
    shares = [clockbar.draw(facts(-minutes), at=NIGHT, zone=BEIJING) for minutes in (1, 30, 600, 60 * 24 * 30)]
    assert [bar.fill for bar in shares] == [86.0] * 4
    late = [bar.late for bar in shares]
    assert late == sorted(late)
    assert 0 < late[0] < late[-1] < 14


def test_rungs_ahead_are_gaps_and_those_behind_have_fired() -> None:
    bar = clockbar.draw(facts(110), at=NIGHT, zone=BEIJING)
    assert [fired for _, fired in bar.rungs] == [True, True, False, False, False]
    assert [round(x / 86, 3) for x, _ in bar.rungs] == [0.4, 0.6, 0.8, 0.9, 0.967]


def test_a_short_span_has_no_rungs_by_minutes_left() -> None:
    assert clockbar.rung_shares(60) == [0.4, 0.6, 0.8]


def test_a_clock_met_before_its_anchor_is_drawn_at_the_start() -> None:
    met = facts(60, status="met", met_at=NIGHT - 10 * HOUR)
    assert clockbar.draw(met, at=NIGHT, zone=BEIJING).mark == 0.0


def test_spans_and_clock_times_cannot_be_confused() -> None:
    assert clockbar.span(56) == "0时56分"
    assert clockbar.span(-1445) == "24时05分"
    assert f"{datetime(2026, 11, 18, 4, 10, tzinfo=BEIJING):%H:%M}" == "04:10"
