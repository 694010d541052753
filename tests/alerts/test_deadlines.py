"""Where a clock starts, when it is due, what stops it (rules.md 4, 5 and the worked cases of 8)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from alerts.deadlines import (
    AnchorMove,
    Candidate,
    ClockFacts,
    Evidence,
    Published,
    ToldTime,
    anchor_move,
    check_evidence,
    choose_anchor,
    clocks_for,
    earliest_possible,
    event_times,
    followups,
    kinds_for,
    legal_clocks_apply,
    meet,
    merge_clocks,
    move_anchor,
    regrade,
    reopens,
    revive_clock,
    state_of,
    stops,
    supersede_clock,
    void_clock,
)
from office.pack.policy import PolicyPack
from tests.alerts.grading_facts import POLICY, moment


def event(at: str, **more: object) -> Candidate:
    return replace(Candidate("event", moment(at)), **more)  # type: ignore[arg-type]  # the words are the fields


def public(at: str, **more: object) -> Candidate:
    return replace(Candidate("first_public", moment(at)), **more)  # type: ignore[arg-type]  # the words are the fields


def line(at: str, level: int = 4) -> Candidate:
    return Candidate("line_met", moment(at), level=level)


def found(at: str) -> Candidate:
    return Candidate("detected", moment(at))


@dataclass(frozen=True)
class Opening:
    """What is known when a lead opens, and the clocks it must get: kind -> (anchor, at, due, status)."""

    name: str
    level: int
    candidates: list[Candidate]
    at: str
    clocks: dict[str, tuple[str, str, str, str]]
    emergency: bool = True
    confirmed: bool = False


OPENINGS = [
    Opening("a fire of half past seven told at nine", 3, [event("07:30"), public("09:00"), line("09:00", 3),
         found("09:06")],
            "09:06", {"response": ("event", "07:30", "18 07:30", "provisional")}),
    Opening("the same with three dead", 2, [event("07:30"), public("09:00"), line("09:00", 2), found("09:06")], "09:06",
            {"first_release": ("event", "07:30", "12:30", "provisional"),
             "press_conference": ("event", "07:30", "17 07:30", "provisional")}),
    Opening("three dead found only at one", 2, [event("07:30"), public("09:00"), found("13:00")], "13:00",
            {"first_release": ("event", "07:30", "12:30", "overdue"),
             "press_conference": ("event", "07:30", "17 07:30", "provisional")}),
    Opening("three lamps of one road", 4, [public("14 10:00"), line("15 20:00"), found("15 20:04")], "15 20:04",
            {"response": ("line_met", "15 20:00", "17 20:00", "provisional")}, emergency=False),
    Opening("no water since an evening told by part of day", 3,
            [event("15 20:00", pending=True), public("07:10"), line("07:10", 3), found("07:14")], "07:14",
            {"response": ("line_met", "07:10", "18 07:10", "provisional")}),
    Opening("the fifth voice of thirteen days", 4, [public("3 08:00"), line("16 08:00"), found("16 08:01")], "16 08:01",
            {"response": ("line_met", "16 08:00", "18 08:00", "provisional")}, emergency=False),
    Opening("gas smelt for a week, then an explosion without a time", 2,
            [public("9 10:00"), line("11 10:00", 3), public("16 15:00", tells_event=True), line("16 15:00", 2),
            found("16 15:02")],
            "16 15:02",
            {"first_release": ("first_public", "16 15:00", "16 20:00", "provisional"),
             "press_conference": ("first_public", "16 15:00", "17 15:00", "provisional")}),
    Opening("a police notice before the first public post", 2,
            [event("06:00"), public("08:50", tells_event=True), line("08:50", 2), found("08:52")], "08:52",
            {"first_release": ("event", "06:00", "11:00", "provisional"),
             "press_conference": ("event", "06:00", "17 06:00", "provisional")}),
    Opening("level II by figures, no emergency", 2, [public("10:00"), line("11:00", 3), line("14:00", 2),
         found("14:03")],
            "14:03",
            {"first_release": ("line_met", "14:00", "19:00", "provisional"),
             "press_conference": ("line_met", "14:00", "17 14:00", "provisional")}, emergency=False),
    Opening("nothing known but the detection", 4, [found("10:00")], "10:00",
            {"response": ("detected", "10:00", "18 10:00", "provisional")}, emergency=False),
    Opening("confirmed before", 3, [line("09:00"), found("09:06")], "09:06",
            {"response": ("line_met", "09:00", "18 09:00", "running")}, emergency=False, confirmed=True),
    Opening("a post of half an hour ago, service down before", 3, [public("08:10"), line("08:10", 3),
         found("13:05")], "13:05",
            {"response": ("line_met", "08:10", "18 08:10", "provisional")}),
    Opening("an event time of no emergency reading", 4, [event("07:00", emergency=False), line("09:00"),
         found("09:01")], "09:01",
            {"response": ("line_met", "09:00", "18 09:00", "provisional")}, emergency=False),
    Opening("the same for the five hours", 2, [event("07:00", emergency=False), line("09:00", 2),
         found("09:01")], "09:01",
            {"first_release": ("event", "07:00", "12:00", "provisional"),
             "press_conference": ("event", "07:00", "17 07:00", "provisional")}, emergency=False),
    Opening("two lines met, the first counts", 3, [line("10:00", 3), line("08:00", 4), found("10:01")], "10:01",
            {"response": ("line_met", "08:00", "18 08:00", "provisional")}, emergency=False),
    Opening("exactly due when it opens", 2, [event("07:30"), found("12:30")], "12:30",
            {"first_release": ("event", "07:30", "12:30", "overdue"),
             "press_conference": ("event", "07:30", "17 07:30", "provisional")}),
]  # fmt: skip


@pytest.mark.parametrize("case", OPENINGS, ids=[case.name for case in OPENINGS])
def test_a_lead_opens_with_the_clocks_and_anchors_of_the_table(case: Opening) -> None:
    planned = clocks_for(
        case.level, "", POLICY, case.candidates, at=moment(case.at), emergency=case.emergency, confirmed=case.confirmed
    )
    got = {p.kind: (p.anchor.kind, p.anchor.at, p.due_at, p.status) for p in planned}
    want = {k: (a, moment(start), moment(due), s) for k, (a, start, due, s) in case.clocks.items()}
    assert got == want
    for clock in planned:
        assert clock.wording and clock.document and clock.anchor.reason
        assert (clock.cause == "detected_late") == (clock.status == "overdue")


def test_all_candidates_stay_and_the_time_lost_before_detection_is_told() -> None:
    chosen = choose_anchor("first_release", [event("07:30"), public("09:00"), found("13:00")], POLICY, emergency=True)
    assert {c.kind for c in chosen.candidates} == {"event", "first_public", "detected"}
    assert chosen.lost == timedelta(hours=5, minutes=30)


def test_a_pack_may_start_the_48_hours_elsewhere() -> None:
    known = [public("14 08:00"), line("15 08:00"), found("16 08:00")]
    starts = {}
    for choice in ("line_met", "first_public", "detected"):
        policy = POLICY.model_copy(update={"response_anchor": choice})
        starts[choice] = choose_anchor("response", known, policy, emergency=False).kind
    assert starts == {"line_met": "line_met", "first_public": "first_public", "detected": "detected"}


def test_a_post_dated_by_its_day_says_not_before() -> None:
    day = moment("00:00")
    assert earliest_possible(day, None) == day
    assert earliest_possible(day, moment("05:00")) == moment("05:00")
    assert earliest_possible(day, moment("15 23:00")) == day
    chosen = choose_anchor(
        "response", [replace(line("00:00"), not_before=True), found("10:00")], POLICY, emergency=False
    )
    assert "不早于" in chosen.reason


KINDS = [
    (1, "", True, True),
    (2, "", True, True),
    (3, "", True, False),
    (4, "", True, False),
    (3, "major", True, True),
    (4, "extraordinary", True, True),
    (2, "serious", True, True),
    (3, "ordinary", True, False),
    (2, "", False, False),
    (2, "major", False, True),
]


@pytest.mark.parametrize(("level", "event_grade", "switch", "legal"), KINDS)
def test_five_and_24_hours_follow_the_event_grade_or_where_switched_on_the_level(
    level: int, event_grade: str, switch: bool, legal: bool
) -> None:
    policy: PolicyPack = POLICY.model_copy(update={"apply_legal_clocks_to_level": switch})
    assert legal_clocks_apply(level, event_grade, policy) is legal
    assert kinds_for(level, event_grade, policy) == (("first_release", "press_conference") if legal else ("response",))


def told(post: int, post_at: str, occurred: str, **more: object) -> ToldTime:
    base = ToldTime(post, moment(post_at), "public", f"v{post}", moment(occurred), "minute")
    return replace(base, **more)  # type: ignore[arg-type]  # the words are the fields themselves


EVENT_TIMES: list[tuple[str, list[ToldTime], int, str | None, int]] = [
    ("one post", [told(1, "09:00", "07:30")], 1, "07:30", 0),
    ("to the hour", [told(1, "09:00", "07:00", precision="hour")], 1, "07:00", 0),
    ("part of day", [told(1, "09:00", "07:00", precision="part_of_day")], 1, None, 1),
    ("a day", [told(1, "09:00", "00:00", precision="day")], 1, None, 1),
    ("four days before", [told(1, "16 09:00", "12 09:00")], 1, None, 1),
    ("exactly 72 hours before", [told(1, "16 09:00", "13 09:00")], 1, "13 09:00", 0),
    ("after its own post", [told(1, "09:00", "10:00")], 1, None, 1),
    ("later on the day of a post dated by day", [told(1, "00:00", "07:30", post_day_only=True)], 1, "07:30", 0),
    ("two that agree", [told(1, "09:00", "07:30"), told(2, "09:05", "07:45")], 1, "07:30", 0),
    ("two 30 min apart", [told(1, "09:00", "07:30"), told(2, "09:05", "08:00")], 2, "07:30", 0),
    ("two 31 min apart", [told(1, "09:00", "07:30"), told(2, "09:05", "08:01")], 2, "08:01", 1),
    ("two voices against the opener", [told(1, "09:00", "05:00"), told(2, "09:05", "07:30"), told(3, "09:06", "07:35")],
     1, "07:30", 1),
    ("one voice twice is one", [told(1, "09:00", "05:00"), told(2, "09:05", "07:30"), told(3, "09:06", "07:35",
         voice="v2")],
     1, "05:00", 2),
    ("one official post", [told(1, "09:00", "05:00"), told(2, "09:05", "07:30", voice_kind="official")], 1, "07:30", 1),
    ("one media post", [told(1, "09:00", "05:00"), told(2, "09:05", "07:30", voice_kind="media")], 1, "07:30", 1),
    ("our own says nothing", [told(1, "09:00", "05:00", voice_kind="own")], 1, None, 1),
    ("none agrees, the opener told none", [told(1, "09:00", "05:00"), told(2, "09:05", "07:30")], 9, None, 2),
    ("nothing told", [], 1, None, 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "times", "opener", "chosen", "waiting"), EVENT_TIMES, ids=[c[0] for c in EVENT_TIMES])
def test_an_event_time_counts_only_where_it_may_be_believed(
    name: str, times: list[ToldTime], opener: int, chosen: str | None, waiting: int
) -> None:
    best, pending = event_times(times, opened_by=opener, policy=POLICY)
    assert (best.at if best else None) == (moment(chosen) if chosen else None)
    assert len(pending) == waiting
    assert all(c.pending for c in pending)


MOVES = [
    ("05:00", False, True, AnchorMove.MOVE),
    ("05:00", True, True, AnchorMove.SUGGEST),
    ("05:00", True, False, AnchorMove.MOVE),
    ("09:00", True, False, AnchorMove.SECOND_PERSON),
    ("09:00", False, False, AnchorMove.SECOND_PERSON),
    ("09:00", False, True, AnchorMove.NONE),
    ("07:30", True, False, AnchorMove.NONE),
]


@pytest.mark.parametrize(("proposed", "confirmed", "machine", "expected"), MOVES)
def test_an_anchor_moves_earlier_easily_and_later_only_by_two(
    proposed: str, confirmed: bool, machine: bool, expected: AnchorMove
) -> None:
    move = anchor_move(current=moment("07:30"), proposed=moment(proposed), confirmed=confirmed, by_machine=machine)
    assert move is expected


def five(**more: object) -> ClockFacts:
    """The 5 h clock of an event of 07:30, due 12:30, confirmed at 10:00."""
    base = ClockFacts(
        "first_release",
        300,
        moment("07:30"),
        moment("12:30"),
        started_at=moment("09:06"),
        firm_at=moment("10:00"),
        id=1,
    )
    return replace(base, **more)  # type: ignore[arg-type]  # the words are the fields themselves


STATES: list[tuple[str, ClockFacts, str, tuple[str, bool, bool, bool, bool]]] = [
    # name, clock, at, (status, breached, breach withdrawn, 补录, breached as a lead)
    ("not confirmed", five(firm_at=None), "12:00", ("provisional", False, False, False, False)),
    ("running", five(), "12:29", ("running", False, False, False, False)),
    ("due", five(), "12:30", ("overdue", True, False, False, False)),
    ("overdue", five(), "15:00", ("overdue", True, False, False, False)),
    ("overdue while a lead", five(firm_at=None), "15:00", ("overdue", True, False, False, True)),
    ("confirmed after the breach", five(firm_at=moment("13:00")), "15:00", ("overdue", True, False, False, True)),
    ("opened firm and overdue by a new grade",
     five(started_at=moment("13:00"), firm_at=moment("13:00"), cause="graded_late"), "13:00", ("overdue", True,
     False, False, False)),
    ("met", meet(five(), published_at=moment("12:10"), known_at=moment("12:20")), "15:00", ("met", False,
         False, False, False)),
    ("met on the minute", meet(five(), published_at=moment("12:30"), known_at=moment("12:30")), "15:00",
     ("met", False, False, False, False)),
    ("entered late", meet(five(breached_at=moment("12:30")), published_at=moment("12:10"),
         known_at=moment("14:20")), "15:00",
     ("met", True, True, True, False)),
    ("met late", meet(five(breached_at=moment("12:30")), published_at=moment("13:10"),
         known_at=moment("13:20")), "15:00",
     ("met_late", True, False, False, False)),
    ("met late, breach never seen by a sweep", meet(five(), published_at=moment("13:10"),
         known_at=moment("13:20")), "15:00",
     ("met_late", True, False, False, False)),
    ("void before due", void_clock(five(), at=moment("11:00")), "15:00", ("void", False, False, False, False)),
    ("void after its breach", void_clock(five(), at=moment("13:00")), "15:00", ("void", True, False, False, False)),
    ("superseded", supersede_clock(five(), at=moment("11:00")), "15:00", ("superseded", False, False, False, False)),
    ("anchor earlier, now past", move_anchor(five(), moment("05:00"), at=moment("11:00")), "11:00",
     ("overdue", True, False, False, False)),
    ("anchor earlier, not yet past", move_anchor(five(), moment("07:00"), at=moment("11:00")), "11:00",
     ("running", False, False, False, False)),
    ("anchor later, not yet due", move_anchor(five(), moment("09:00"), at=moment("11:00")), "13:59",
     ("running", False, False, False, False)),
    ("anchor later after its breach", move_anchor(five(), moment("09:00"), at=moment("13:00")), "13:10",
     ("running", True, False, False, False)),
    ("anchor later after its breach, then met",
     meet(move_anchor(five(), moment("09:00"), at=moment("13:00")), published_at=moment("13:30"),
     known_at=moment("13:40")), "15:00",
     ("met", True, False, False, False)),
    ("anchor later after its breach, evidence of before it",
     meet(move_anchor(five(), moment("09:00"), at=moment("13:00")), published_at=moment("12:00"),
     known_at=moment("13:40")), "15:00",
     ("met", True, True, True, False)),
    ("anchor earlier after it was met",
     move_anchor(meet(five(), published_at=moment("12:10"), known_at=moment("12:20")), moment("05:00"),
     at=moment("14:00")), "15:00",
     ("met_late", True, False, False, False)),
    ("anchor earlier after it was entered late",
     move_anchor(meet(five(breached_at=moment("12:30")), published_at=moment("12:10"), known_at=moment("14:20")),
                 moment("05:00"), at=moment("15:00")), "16:00", ("met_late", True, False, False, False)),
    ("dismissed and back", revive_clock(void_clock(five(firm_at=None), at=moment("10:00"))), "12:00",
     ("provisional", False, False, False, False)),
    ("dismissed, back after its due moment", revive_clock(void_clock(five(firm_at=None), at=moment("10:00"))), "15:00",
     ("overdue", True, False, False, True)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "clock", "at", "expected"), STATES, ids=[c[0] for c in STATES])
def test_a_clock_is_in_the_state_its_facts_say(
    name: str, clock: ClockFacts, at: str, expected: tuple[str, bool, bool, bool, bool]
) -> None:
    state = state_of(clock, at=moment(at))
    got = (
        state.status,
        state.breached_at is not None,
        state.breach_withdrawn_at is not None,
        state.entered_late,
        state.breached_provisional,
    )
    assert got == expected


def test_a_release_entered_late_is_early_by_its_own_time() -> None:
    clock = meet(five(breached_at=moment("12:30")), published_at=moment("12:10"), known_at=moment("14:20"))
    state = state_of(clock, at=moment("14:20"))
    assert state.late == -timedelta(minutes=20)
    assert state.breach_withdrawn_at == moment("14:20")
    assert state.breached_at == moment("12:30")  # the trail keeps both


def test_a_corrected_anchor_is_the_cause_and_both_values_stay() -> None:
    moved = move_anchor(five(), moment("05:00"), at=moment("11:00"))
    state = state_of(moved, at=moment("11:00"))
    assert (moved.due_at, state.cause, state.breached_at) == (moment("10:00"), "anchor_corrected", moment("10:00"))
    assert state_of(move_anchor(five(), moment("09:00"), at=moment("11:00")), at=moment("11:00")).cause == ""


def test_a_breached_clock_voided_or_moved_later_rings_no_more() -> None:
    assert state_of(five(), at=moment("13:00")).rings
    assert not state_of(void_clock(five(), at=moment("13:00")), at=moment("14:00")).rings
    assert not state_of(move_anchor(five(), moment("09:00"), at=moment("13:00")), at=moment("15:00")).rings
    assert state_of(move_anchor(five(), moment("09:00"), at=moment("11:00")), at=moment("12:00")).rings


def whole(**more: object) -> Evidence:
    base = Evidence("release", moment("12:10"), "https://example.cn/1", "ab" * 32, entered_by=1)
    return replace(base, **more)  # type: ignore[arg-type]  # the words are the fields themselves


EVIDENCE: list[tuple[str, Evidence, str | None, bool, str | None]] = [
    ("complete", whole(), "07:30", False, None),
    ("dated before the event", whole(published_at=moment("06:00")), "07:30", False, "早于事发时间"),
    ("on the minute of the event", whole(published_at=moment("07:30")), "07:30", False, None),
    ("before the anchor, after the event", whole(published_at=moment("08:00")), "07:30", False, None),
    ("in the future", whole(published_at=moment("17 08:00")), "07:30", False, "在将来"),
    ("event unknown, before its post", whole(published_at=moment("08:40")), None, False, "早于本事项的第一条帖文"),
    ("event unknown, the notice itself", whole(published_at=moment("08:50")), None, False, None),
    ("no time", whole(published_at=None), "07:30", False, "请填写发布时间"),
    ("no copy", whole(copy_sha256=""), "07:30", False, "缺少存档"),
    ("no address", whole(address=""), "07:30", False, "请填写链接"),
    ("an uploaded file", whole(address="", uploaded=True), "07:30", False, None),
    ("checked by another", whole(checked_by=2), "07:30", True, None),
    ("checked by the same", whole(checked_by=1), "07:30", True, "不能复核自己"),
    ("checked by the same alone on duty", whole(checked_by=1, solo=True), "07:30", True, None),
    ("checked by nobody", whole(), "07:30", True, "另一人复核"),
    ("tomorrow", whole(what="press_conference", published_at=moment("17 10:00")), "07:30", False, "举行"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "evidence", "event_at", "checking", "refused"), EVIDENCE, ids=[c[0] for c in EVIDENCE]
)
def test_only_whole_and_possible_evidence_is_taken(
    name: str, evidence: Evidence, event_at: str | None, checking: bool, refused: str | None
) -> None:
    answer = check_evidence(
        evidence,
        at=moment("14:00"),
        event_at=moment(event_at) if event_at else None,
        episode_first_at=moment("08:50"),
        checking=checking,
    )
    assert (answer is None) == (refused is None)
    assert refused is None or (answer is not None and refused in answer)


def conference(**more: object) -> ClockFacts:
    base = replace(five(), kind="press_conference", minutes=1440, due_at=moment("17 07:30"), id=2)
    return replace(base, **more)  # type: ignore[arg-type]  # the words are the fields themselves


STOPS: list[tuple[str, Evidence, ClockFacts, bool]] = [
    ("a release stops the 5 h", whole(), five(), True),
    ("a release does not stop the 24 h", whole(), conference(), False),
    ("a press conference does", whole(what="press_conference"), conference(), True),
    ("a media briefing does not", whole(what="media_briefing"), conference(), False),
    ("a conference does not stop the 5 h", whole(what="press_conference"), five(), False),
    ("nothing stops a void clock", whole(), void_clock(five(), at=moment("11:00")), False),
    (
        "a release before a merged lead's first post",
        whole(),
        five(merged=True, merged_first_post_at=moment("12:30")),
        False,
    ),
    (
        "the same, named by two people",
        whole(names_merged=True),
        five(merged=True, merged_first_post_at=moment("12:30")),
        True,
    ),
    ("a release after it", whole(), five(merged=True, merged_first_post_at=moment("11:00")), True),
    ("the release that began a round", whole(), five(kind="followup_release", anchor_at=moment("12:10")), False),
    ("the next one", whole(), five(kind="followup_release", anchor_at=moment("12:00")), True),
]


@pytest.mark.parametrize(("name", "evidence", "clock", "expected"), STOPS, ids=[c[0] for c in STOPS])
def test_each_clock_is_stopped_by_its_own_kind_of_evidence(
    name: str, evidence: Evidence, clock: ClockFacts, expected: bool
) -> None:
    assert stops(evidence, clock, POLICY) is expected


KNOWN = [event("07:30"), public("09:00"), line("09:00", 2), found("09:06")]


def test_lowered_before_due_the_legal_clocks_are_void_and_48_hours_run_from_their_own_anchor() -> None:
    plan = regrade(
        [five(), conference()], level=3, event_grade="", policy=POLICY, candidates=KNOWN, at=moment("11:00"),
        emergency=True, confirmed=True,
    )  # fmt: skip
    assert plan.void == ("first_release", "press_conference")
    assert [(p.kind, p.due_at, p.status) for p in plan.start] == [("response", moment("18 07:30"), "running")]
    assert state_of(void_clock(five(), at=moment("11:00")), at=moment("15:00")).breached_at is None


def test_lowered_after_its_breach_the_five_hour_clock_keeps_it_and_rings_no_more() -> None:
    plan = regrade(
        [five(), conference()], level=3, event_grade="", policy=POLICY, candidates=KNOWN, at=moment("13:00"),
        emergency=True, confirmed=True,
    )  # fmt: skip
    closed = {c.kind: state_of(void_clock(c, at=moment("13:00")), at=moment("20:00")) for c in (five(), conference())}
    assert plan.void == ("first_release", "press_conference")
    assert closed["first_release"].breached_at == moment("12:30")
    assert closed["press_conference"].breached_at is None
    assert not closed["first_release"].rings


def test_raised_the_48_hours_are_superseded_and_the_legal_clocks_start_with_their_own_anchor() -> None:
    response = replace(five(), kind="response", minutes=2880, anchor_at=moment("11 10:00"), due_at=moment("13 10:00"))
    candidates = [
        public("9 10:00"),
        line("11 10:00", 3),
        public("15:00", tells_event=True),
        line("15:00", 2),
        found("9 10:05"),
    ]
    plan = regrade(
        [response], level=2, event_grade="", policy=POLICY, candidates=candidates, at=moment("15:02"), emergency=True,
        confirmed=False,
    )  # fmt: skip
    assert plan.supersede == ("response",)
    assert [(p.kind, p.anchor.at, p.status) for p in plan.start] == [
        ("first_release", moment("15:00"), "provisional"),
        ("press_conference", moment("15:00"), "provisional"),
    ]


def test_a_grade_that_comes_after_the_due_moment_opens_the_clock_overdue_graded_late() -> None:
    plan = regrade(
        [],
        level=3,
        event_grade="major",
        policy=POLICY,
        candidates=KNOWN,
        at=moment("14:00"),
        emergency=True,
        confirmed=True,
    )
    assert [(p.kind, p.status, p.cause) for p in plan.start] == [
        ("first_release", "overdue", "graded_late"),
        ("press_conference", "running", ""),
    ]


def test_a_clock_that_was_met_is_not_begun_again() -> None:
    met = meet(five(), published_at=moment("12:10"), known_at=moment("12:20"))
    plan = regrade(
        [met, conference()], level=1, event_grade="", policy=POLICY, candidates=KNOWN, at=moment("13:00"),
        emergency=True,
        confirmed=True,
    )  # fmt: skip
    assert (plan.void, plan.supersede, plan.start) == ((), (), ())


def test_merging_takes_the_earlier_anchor_for_open_clocks() -> None:
    other = five(id=7, anchor_at=moment("06:00"), due_at=moment("11:00"))
    plan = merge_clocks([five()], [other], merged_first_post_at=moment("06:10"), at=moment("10:00"))
    assert [(m.id, m.anchor_at, m.due_at) for m in plan.moved] == [(1, moment("06:00"), moment("11:00"))]
    assert (plan.absorbed, plan.taken) == ((7,), ())


def test_merging_a_later_lead_moves_nothing() -> None:
    other = five(id=7, anchor_at=moment("09:00"), due_at=moment("14:00"))
    plan = merge_clocks([five()], [other], merged_first_post_at=moment("09:10"), at=moment("10:00"))
    assert (plan.moved, plan.absorbed, plan.taken) == ((), (7,), ())


def test_where_the_survivor_has_answered_the_merged_clock_stays_open_on_it() -> None:
    answered = meet(five(), published_at=moment("09:30"), known_at=moment("09:40"))
    other = five(id=7, anchor_at=moment("09:00"), due_at=moment("14:00"))
    plan = merge_clocks([answered], [other], merged_first_post_at=moment("09:10"), at=moment("10:00"))
    assert plan.moved == ()
    assert [(t.id, t.merged, t.merged_first_post_at) for t in plan.taken] == [(7, True, moment("09:10"))]


def test_continuous_release_is_owed_every_six_hours_on_the_first_day_then_daily_until_the_outcome() -> None:
    given = ["16 12:00", "16 17:00", "17 11:59", "17 12:00", "18 10:00"]
    rounds = followups([Published(moment(t), "progress") for t in given], POLICY)
    assert [(r.anchor_at, r.due_at) for r in rounds] == [
        (moment("16 12:00"), moment("16 18:00")),
        (moment("16 17:00"), moment("16 23:00")),
        (moment("17 11:59"), moment("17 17:59")),
        (moment("17 12:00"), moment("18 12:00")),
        (moment("18 10:00"), moment("19 10:00")),
    ]
    assert [r.met_at for r in rounds] == [*(moment(t) for t in given[1:]), None]
    ended = followups([Published(moment("16 12:00"), "brief"), Published(moment("16 15:00"), "outcome")], POLICY)
    assert [(r.number, r.met_at) for r in ended] == [(1, moment("16 15:00"))]
    assert followups([Published(moment("16 12:00"), "outcome")], POLICY) == ()
    assert followups([], POLICY) == ()


REOPENS = [
    (2, 4, 4, 4, True),
    (2, 3, 4, 4, False),
    (0, 1, 4, 4, True),
    (1, 2, 4, 4, True),
    (5, 5, 4, 3, True),
    (5, 5, 3, 4, False),
]


@pytest.mark.parametrize(("before", "now", "dismissed_level", "level", "expected"), REOPENS)
def test_a_dismissed_matter_opens_again_at_a_graver_level_or_with_twice_the_voices(
    before: int, now: int, dismissed_level: int, level: int, expected: bool
) -> None:
    assert (
        reopens(dismissed_level=dismissed_level, dismissed_voices=before, level=level, voices=now, policy=POLICY)
        is expected
    )


def test_wall_clock_hours_run_through_nights_and_new_year() -> None:
    eve = datetime(2026, 2, 16, 23, 30, tzinfo=moment("09:00").tzinfo)
    planned = clocks_for(2, "", POLICY, [Candidate("event", eve), Candidate("detected", eve)], at=eve, emergency=True)
    assert planned[0].due_at == datetime(2026, 2, 17, 4, 30, tzinfo=eve.tzinfo)
