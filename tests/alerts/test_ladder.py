"""Which rung when, and who must know (rules.md 7)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.ladder import (
    FiredRung,
    LadderClock,
    Roster,
    RungMoment,
    address,
    behind,
    brief_rings,
    lead_event,
    next_repeat_at,
    next_rung_at,
    notices,
    repeat,
    repeats_between,
    repeats_past_due,
    rungs,
    rungs_between,
    span,
)
from tests.alerts.grading_facts import POLICY, moment

ROSTER = Roster(
    on_duty={"monitor": (1,), "duty_lead": (2,)},
    holders={
        "monitor": (1, 11),
        "duty_lead": (2, 12),
        "propaganda_lead": (3,),
        "gov_office": (4,),
        "leader": (5,),
        "press_officer": (6,),
        "sys_admin": (9,),
    },
    unit_heads=(7,),
)


def clock(hours: float = 5, *, level: int = 2, **more: object) -> LadderClock:
    base = LadderClock(
        clock_id=8,
        label="L-0612",
        name="5 小时首发",
        anchor_at=moment("07:30"),
        due_at=moment("07:30") + timedelta(hours=hours),
        opened_at=moment("07:30"),
        level=level,
        provisional=True,
    )
    return replace(base, **more)  # type: ignore[arg-type]  # the words are the fields themselves


def rung(of: LadderClock, name: str) -> RungMoment:
    until = of.due_at + timedelta(days=2)
    return next(
        r for r in rungs_between(of, of.anchor_at, until, POLICY) if r.name.split("-")[0] == name or r.name == name
    )


LADDERS = [
    (5, ["2:00", "3:00", "4:00", "4:30", "4:50", "5:00"]),
    (24, ["9:36", "14:24", "19:12", "23:30", "23:50", "24:00"]),
    (48, ["19:12", "28:48", "38:24", "47:30", "47:50", "48:00"]),
    (6, ["2:24", "3:36", "4:48", "5:30", "5:50", "6:00"]),
    (2, ["0:48", "1:12", "1:30", "1:36", "1:50", "2:00"]),
    (1.5, ["0:36", "0:54", "1:12", "1:30"]),
]


@pytest.mark.parametrize(("hours", "expected"), LADDERS)
def test_a_clock_rings_at_its_percents_at_its_last_minutes_and_when_due(hours: float, expected: list[str]) -> None:
    one = clock(hours)
    moments = [rung.due_at - one.anchor_at for rung in rungs(one, POLICY)]
    assert [f"{int(m.total_seconds()) // 3600}:{int(m.total_seconds()) // 60 % 60:02d}" for m in moments] == expected


def test_the_forty_percent_rung_of_an_event_at_half_past_seven_is_at_half_past_nine() -> None:
    assert rungs(clock(), POLICY)[0].due_at == moment("09:30")


BETWEEN = [
    ("07:30", "09:29", []),
    ("07:30", "09:30", ["p40"]),
    ("09:30", "09:30", []),
    ("09:30", "10:30", ["p60"]),
    ("11:00", "12:30", ["p80", "m30", "m10", "due"]),
    ("12:30", "12:59", []),
    ("12:30", "13:00", ["after-1"]),
    ("13:00", "14:10", ["after-2", "after-3"]),
    ("12:00", "13:30", ["m10", "due", "after-1", "after-2"]),
    ("20:15", "20:45", ["after-16"]),
]


@pytest.mark.parametrize(("after", "until", "expected"), BETWEEN)
def test_between_two_moments_exactly_the_rungs_that_lie_there_ring(after: str, until: str, expected: list[str]) -> None:
    assert [r.name for r in rungs_between(clock(), moment(after), moment(until), POLICY)] == expected


def test_an_event_dated_a_year_back_by_a_slip_rings_its_last_day_and_stops_no_other_clock() -> None:
    slip = clock(opened_at=moment("07:30") + timedelta(days=365))
    found = rungs_between(slip, slip.anchor_at - timedelta(seconds=1), slip.opened_at, POLICY)
    names = [r.name.split("-")[0] for r in found]
    assert names == ["p40", "p60", "p80", "m30", "m10", "due", *["after"] * 48]
    assert found[-1].due_at <= slip.opened_at < (next_rung_at(slip, slip.opened_at, POLICY) or slip.opened_at)


def test_steps_of_any_length_ring_every_rung_once_and_none_twice() -> None:
    one = clock()
    whole = [r.key for r in rungs_between(one, one.anchor_at, one.due_at + timedelta(hours=5), POLICY)]
    for step in (1, 5, 7, 61):
        keys: list[str] = []
        at = one.anchor_at
        while at < one.due_at + timedelta(hours=5):
            until = min(at + timedelta(minutes=step), one.due_at + timedelta(hours=5))
            keys += [r.key for r in rungs_between(one, at, until, POLICY)]
            at = until
        assert keys == whole
    assert len(set(whole)) == len(whole)


def test_the_next_rung_is_always_the_one_that_rings_next() -> None:
    one = clock()
    at = one.anchor_at
    for _ in range(14):
        upcoming = next_rung_at(one, at, POLICY)
        assert upcoming is not None
        assert rungs_between(one, at, upcoming - timedelta(seconds=1), POLICY) == ()
        assert rungs_between(one, at, upcoming, POLICY)
        at = upcoming


def test_a_clock_that_was_voided_or_moved_later_after_its_breach_rings_no_more() -> None:
    silent = clock(rings=False)
    assert rungs_between(silent, silent.anchor_at, silent.due_at + timedelta(days=1), POLICY) == ()
    assert next_rung_at(silent, silent.anchor_at, POLICY) is None
    assert repeats_past_due(silent, silent.due_at + timedelta(days=1), POLICY) == 0


def test_a_moved_due_moment_makes_new_keys_and_a_second_look_makes_the_same() -> None:
    assert rungs(clock(), POLICY) == rungs(clock(), POLICY)
    assert {r.key for r in rungs(clock(), POLICY)}.isdisjoint(r.key for r in rungs(clock(6.5), POLICY))


RECIPIENTS = [
    (1, True, "p40", [("monitor", 1), ("duty_lead", 2)]),
    (2, True, "p80", [("monitor", 1), ("duty_lead", 2)]),
    (3, True, "p40", [("monitor", 1)]),
    (4, True, "m10", [("monitor", 1)]),
    (1, True, "due", [("gov_office", 4), ("leader", 5)]),
    (2, True, "due", [("propaganda_lead", 3), ("unit_head", 7)]),
    (3, True, "due", [("duty_lead", 2)]),
    (4, True, "due", [("monitor", 1)]),
    (2, True, "after-1", [("propaganda_lead", 3), ("unit_head", 7)]),
    (1, False, "p40", [("gov_office", 4), ("leader", 5)]),
    (2, False, "p40", [("propaganda_lead", 3), ("unit_head", 7)]),
    (3, False, "p40", [("duty_lead", 2)]),
    (4, False, "p40", [("monitor", 1)]),
]


@pytest.mark.parametrize(("level", "provisional", "name", "expected"), RECIPIENTS)
def test_a_rung_goes_first_to_the_step_of_its_level(
    level: int, provisional: bool, name: str, expected: list[tuple[str, int]]
) -> None:
    one = clock(level=level, provisional=provisional)
    rows = notices(one, rung(one, name), ROSTER, POLICY)
    assert [(r.recipient.role, r.recipient.person) for r in rows] == expected
    assert len({(r.event, r.recipient.person) for r in rows}) == len(rows)


REPEATS = [
    (3, True, [2, 3, 4, 5]),
    (2, True, [3, 4, 5]),
    (4, False, [2, 3, 4, 5]),
    (3, False, [3, 4, 5]),
    (2, False, [4, 5]),
    (1, False, [5]),
]


@pytest.mark.parametrize(("level", "provisional", "steps"), REPEATS)
def test_an_unanswered_rung_goes_one_step_up_every_ten_minutes_to_the_top(
    level: int, provisional: bool, steps: list[int]
) -> None:
    one = clock(level=level, provisional=provisional)
    first = rung(one, "p40")
    start = notices(one, first, ROSTER, POLICY)[0].recipient.step
    fired = FiredRung(first, first.due_at, start)
    found = repeats_between(fired, one, first.due_at + timedelta(hours=5), POLICY)
    assert [step for _, step, _ in found] == steps
    assert [m - first.due_at for _, _, m in found] == [timedelta(minutes=10 * n) for n in range(1, len(steps) + 1)]


def test_each_repeat_is_an_event_of_its_own_with_its_number() -> None:
    one = clock(level=3)
    first = rung(one, "p40")
    fired = FiredRung(first, first.due_at, 1)
    rows = repeat(fired, one, ROSTER, POLICY)
    assert [(r.event, r.number, r.recipient.role) for r in rows] == [(f"{first.key}#1", 1, "duty_lead")]
    assert rows[0].due_at == first.due_at + timedelta(minutes=10)
    assert "第 1 次催办" in rows[0].sentence


def test_an_answered_rung_repeats_no_more() -> None:
    first = rung(clock(), "p40")
    fired = FiredRung(first, first.due_at, 2, acknowledged_at=first.due_at)
    assert next_repeat_at(fired, clock(), POLICY) is None
    assert repeat(fired, clock(), ROSTER, POLICY) == ()


def test_an_acknowledged_but_unanswered_clock_still_rings_every_half_hour_past_due() -> None:
    late = [r.name for r in rungs_between(clock(), moment("12:30"), moment("14:00"), POLICY)]
    assert late == ["after-1", "after-2", "after-3"]
    assert repeats_past_due(clock(), moment("14:00"), POLICY) == 3
    assert repeats_past_due(clock(), moment("12:00"), POLICY) == 0


def test_unchecked_evidence_quiets_all_but_the_checker() -> None:
    waiting = clock(level=2, provisional=False, evidence_at=moment("10:00"))
    names = [r.name.split("-")[0] for r in rungs_between(waiting, moment("10:00"), moment("11:30"), POLICY)]
    assert names == ["check", "p60", "p80"]
    for name in ("check", "p60"):
        rows = notices(waiting, rung(waiting, name), ROSTER, POLICY)
        assert [(r.recipient.role, r.recipient.person) for r in rows] == [("press_officer", 6), ("duty_lead", 2)]
        assert "待复核" in rows[0].sentence
    check = next(r for r in rungs_between(waiting, moment("10:00"), moment("10:30"), POLICY))
    assert check.due_at == moment("10:30")
    assert next_repeat_at(FiredRung(rung(waiting, "p40"), moment("09:30"), 3), waiting, POLICY) is None


def test_refused_evidence_wakes_it_all() -> None:
    awake = clock(level=2, provisional=False, evidence_at=None)
    rows = notices(awake, rung(awake, "p60"), ROSTER, POLICY)
    assert [r.recipient.role for r in rows] == ["propaganda_lead", "unit_head"]
    assert next_repeat_at(FiredRung(rung(awake, "p40"), moment("09:30"), 3), awake, POLICY) == moment("09:40")


BEHIND = [
    ("09:29", None),
    ("09:30", "L-0612 5 小时首发：已过 40 %，剩 3时00分"),
    ("11:18", "L-0612 5 小时首发：已过 40 %、60 %，剩 1时12分"),
    ("12:05", "L-0612 5 小时首发：已过 40 %、60 %、80 %，剩 0时25分"),
    ("13:00", "L-0612 5 小时首发：已过 40 %、60 %、80 %，已超时 0时30分"),
]


@pytest.mark.parametrize(("at", "sentence"), BEHIND)
def test_rungs_that_lay_behind_when_the_lead_opened_are_told_in_one_message(at: str, sentence: str | None) -> None:
    found = behind(clock(), moment(at), POLICY)
    assert (found.sentence if found else None) == sentence


def test_rungs_missed_while_the_service_was_down_are_each_recorded_and_told_once() -> None:
    found = behind(clock(), moment("11:40"), POLICY, after=moment("09:45"))
    assert found is not None
    assert [r.name for r in found.rungs] == ["p60", "p80"]
    assert found.event == behind(clock(), moment("11:45"), POLICY, after=moment("09:45")).event  # type: ignore[union-attr]  # same rungs


ROSTERS = [
    (
        Roster(on_duty={}, holders={"duty_lead": (2, 12), "sys_admin": (9,)}),
        [("duty_lead", 2), ("duty_lead", 12)],
        True,
    ),
    (Roster(on_duty={}, holders={"sys_admin": (9,)}), [("sys_admin", 9)], True),
    (Roster(on_duty={}, holders={"monitor": (1,)}), [("monitor", None)], True),
    (Roster(on_duty={"monitor": (1, 2)}), [("monitor", 1), ("monitor", 2)], False),
]


@pytest.mark.parametrize(("roster", "expected", "empty"), ROSTERS)
def test_an_empty_roster_means_all_duty_leads_then_the_administrators(
    roster: Roster, expected: list[tuple[str, int | None]], empty: bool
) -> None:
    found = address(("monitor",), 1, roster, POLICY)
    assert [(r.role, r.person) for r in found.recipients] == expected
    assert found.empty is empty


def test_a_person_in_two_roles_is_told_once() -> None:
    roster = Roster(on_duty={"monitor": (1,), "duty_lead": (1,)})
    assert len(address(("monitor", "duty_lead"), 2, roster, POLICY).recipients) == 1


SPANS = [
    (timedelta(minutes=56), "0时56分"),
    (timedelta(hours=1, minutes=12), "1时12分"),
    (timedelta(hours=38, minutes=24), "38时24分"),
    (timedelta(minutes=-30), "0时30分"),
    (timedelta(seconds=59), "0时00分"),
]


@pytest.mark.parametrize(("length", "words"), SPANS)
def test_spans_are_written_in_hours_and_minutes(length: timedelta, words: str) -> None:
    assert span(length) == words


def test_an_unsigned_brief_rings_half_an_hour_before_at_its_time_and_then_every_quarter() -> None:
    found = brief_rings(moment("09:30"), moment("08:59"), moment("10:01"), POLICY)
    assert found == tuple(moment(t) for t in ("09:00", "09:30", "09:45", "10:00"))
    assert brief_rings(moment("09:30"), moment("09:45"), moment("10:00"), POLICY) == (moment("10:00"),)


def test_a_lead_and_its_rise_are_two_events() -> None:
    assert lead_event(5, 3) != lead_event(5, 2)


def test_sentences_name_the_matter_the_promise_and_what_is_left() -> None:
    one = clock()
    said = {
        name: notices(one, rung(one, name), ROSTER, POLICY)[0].sentence for name in ("p40", "m30", "due", "after-1")
    }
    assert said == {
        "p40": "L-0612 5 小时首发：已过 40 %，剩 3时00分",
        "m30": "L-0612 5 小时首发：剩 0时30分",
        "due": "L-0612 5 小时首发：时限已到，未见发布",
        "after-1": "L-0612 5 小时首发：已超时 0时30分",
    }


def test_rungs_do_not_depend_on_the_zone_of_the_moments() -> None:
    def utc(at: datetime) -> datetime:
        return datetime.fromtimestamp(at.timestamp(), tz=moment("07:30").tzinfo)

    one = clock()
    assert rungs(replace(one, anchor_at=utc(one.anchor_at), due_at=utc(one.due_at)), POLICY) == rungs(one, POLICY)
