"""The table of states, acts and roles."""

import pytest

from office.pack.policy import DecisionRule
from office.roles import Role
from responses.flow import (
    EVERY,
    STEPS,
    Pair,
    Situation,
    buttons,
    confirmation_needs_second,
    dismissal_needs_second,
    is_lowering,
    pair_refusal,
    pairs_for,
    proposal_refusal,
    refusal,
)
from responses.models import Issue

DECISIONS = (
    DecisionRule(levels=(1, 2), first=("propaganda_lead",), second=("gov_office",), source="t"),
    DecisionRule(levels=(3, 4), first=("duty_lead",), second=("monitor",), source="t"),
)


def names(state: str, *roles: str, **more: object) -> list[str]:
    return [b.name for b in buttons(Situation(state=state, level_proposed=3, **more), roles) if b.enabled]  # type: ignore[arg-type]  # facts of the case


def test_the_table_knows_every_state_of_an_issue() -> None:
    assert set(EVERY) == {state.value for state in Issue.State}


def test_a_monitor_before_a_lead_confirms_dismisses_or_merges() -> None:
    assert names("lead", "monitor")[:2] == ["confirm", "dismiss"]
    assert "merge" in names("lead", "monitor")
    assert "close" not in names("lead", "monitor")


@pytest.mark.parametrize("role", ["sys_admin", "sec_admin", "auditor"])
def test_who_has_no_part_in_it_sees_no_button(role: str) -> None:
    assert all(names(state, role) == [] for state in EVERY)


def test_a_leader_reads_and_supervises_what_is_confirmed() -> None:
    for state in EVERY:
        assert names(state, "leader") == (["supervise"] if state in ("responding", "responded") else [])
        assert names(state, "leader", supervised=True) == ["end_supervision"]


def test_an_ended_issue_takes_nothing_but_notes() -> None:
    everybody = [role.value for role in Role]
    assert names("closed", *everybody) == ["add_note"]
    assert names("merged", *everybody) == ["add_note"]
    assert names("cancelled", *everybody) == ["add_note"]
    assert names("dismissed", *everybody) == ["reopen", "add_note"]


def test_a_page_has_one_main_button() -> None:
    everybody = [role.value for role in Role]
    for state in EVERY:
        drawn = buttons(Situation(state=state, level_proposed=2, level_pending=True), everybody)
        assert sum(button.main for button in drawn) <= 1


def test_closing_with_an_open_clock_is_drawn_grey_with_its_reason() -> None:
    situation = Situation(state="responding", level_proposed=3, clocks_open=2)
    close = next(b for b in buttons(situation, ["monitor"]) if b.name == "close")
    assert not close.enabled
    assert "还有 2 个时限" in close.reason


def test_each_refusal_names_the_state_and_where_the_act_is_possible() -> None:
    sentence = refusal("confirm", Situation(state="responding", level_proposed=3))
    assert sentence == "事项现在是“处置回应”，只有“待判线索”的事项可以确认。"
    for step in STEPS:
        for state in EVERY:
            situation = Situation(state=state, level_proposed=3, level_pending=True)
            assert bool(refusal(step.name, situation)) == (state not in step.states)


@pytest.mark.parametrize(
    ("level", "proposed", "needs"), [(3, 2, True), (2, 1, True), (2, 2, False), (1, 2, False), (4, 3, False)]
)
def test_confirming_below_a_proposal_of_I_or_II_needs_two(level: int, proposed: int, needs: bool) -> None:
    assert confirmation_needs_second(level=level, level_proposed=proposed) is needs


@pytest.mark.parametrize(
    ("facts", "needs"),
    [
        ({"level_proposed": 2}, True),
        ({"level_proposed": 4}, False),
        ({"level_proposed": 4, "overdue": True}, True),
        ({"level_proposed": 4, "own_unit": True}, True),
    ],
)
def test_which_dismissals_need_two(facts: dict[str, int], needs: bool) -> None:
    assert dismissal_needs_second(Situation(state="lead", **facts)) is needs  # type: ignore[arg-type]  # facts of the case


def test_taking_back_a_grave_grade_is_lowering_whatever_the_level() -> None:
    assert is_lowering(level=3, level_now=3, event_grade="serious", event_grade_now="major")
    assert not is_lowering(level=3, level_now=3, event_grade="major", event_grade_now="serious")
    assert is_lowering(level=4, level_now=3, event_grade="", event_grade_now="")


def test_the_pair_follows_the_level_and_the_graver_pair_may_do_the_lesser_too() -> None:
    assert pairs_for(level=2, event_grade="", decisions=DECISIONS) == [Pair(("propaganda_lead",), ("gov_office",))]
    assert pairs_for(level=3, event_grade="major", decisions=DECISIONS)[0].first == ("propaganda_lead",)
    low = pairs_for(level=4, event_grade="", decisions=DECISIONS)
    assert low[0] == Pair(("duty_lead",), ("monitor",))
    assert pair_refusal(low, ["monitor"], ["duty_lead"], "下调") == ""
    assert pair_refusal(low, ["gov_office"], ["propaganda_lead"], "下调") == ""
    assert "值班长与舆情工作人员" in pair_refusal(low, ["monitor"], ["monitor"], "下调")
    assert proposal_refusal(low, ["analyst"], "下调") != ""


def test_one_person_of_both_roles_and_another_of_one_are_a_pair() -> None:
    grave = pairs_for(level=1, event_grade="", decisions=DECISIONS)
    assert pair_refusal(grave, ["propaganda_lead", "gov_office"], ["gov_office"], "下调") == ""
    assert pair_refusal(grave, ["gov_office"], ["gov_office"], "下调") != ""
