"""The pack's policy: every number of the rules is data, and a slip of the pen is refused."""

from datetime import date, time
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from office.pack.policy import PolicyPack
from tests.alerts.grading_facts import PACK, POLICY


def raw() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(PACK.read_text(encoding="utf-8"))
    return loaded


def test_the_district_promises_5_24_and_48_hours_with_the_papers_that_say_so() -> None:
    promised = {rule.kind: (rule.minutes, rule.stopped_by) for rule in POLICY.clocks}
    assert promised["first_release"] == (300, "release")
    assert promised["press_conference"] == (1440, "conference")
    assert promised["response"] == (2880, "release")
    assert all(rule.document and rule.wording and rule.source for rule in POLICY.clocks)
    assert POLICY.apply_legal_clocks_to_level is True


def test_a_rule_holds_from_its_day_on() -> None:
    assert POLICY.clock("first_release", date(2016, 11, 9)) is None
    rule = POLICY.clock("first_release", date(2016, 11, 10))
    assert rule is not None and "80号" in rule.document


def test_the_brief_is_cut_at_eight_and_out_at_half_past_nine() -> None:
    assert (POLICY.brief.cut_off, POLICY.brief.out_by) == (time(8, 0), time(9, 30))
    assert [step.name for step in POLICY.brief.sign_steps] == ["审核", "签发"]


def test_the_chain_starts_by_level_as_settled() -> None:
    assert POLICY.escalation.start_step == {1: 4, 2: 3, 3: 2, 4: 1}
    assert len(POLICY.escalation.chain) == 5


def change(path: str, value: object) -> dict[str, Any]:
    data = raw()
    at: Any = data
    *way, last = path.split(".")
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return data


WRONG: list[tuple[str, object]] = [
    ("ladder.percent", [40]),
    ("clocks.0.minutes", 0),
    ("clocks.0.minutes", "五小时"),
    ("clocks.0.kind", "second_release"),
    ("clocks.0.levels", [0]),
    ("clocks.0.source", None),
    ("clocks.0.effective_from", "昨天"),
    ("response_anchor", "whenever"),
    ("brief.cut_off", "25:00"),
    ("lines.burst.probability", 1.5),
    ("ladder.percents", [40, 100]),
    ("escalation.start_step", {1: 4, 2: 3, 3: 2}),
    ("escalation.start_step", {1: 9, 2: 3, 3: 2, 4: 1}),
    ("escalation.provisional_roles", {1: ["monitor"]}),
    ("escalation.empty_roster", []),
    ("emergency_lines.serious_kinds", ["earthquake"]),
    ("decisions", []),
    ("dismissal.codes", []),
    ("history", None),
]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=[f"{path}={value}" for path, value in WRONG])
def test_a_wrong_key_or_value_is_refused(path: str, value: object) -> None:
    with pytest.raises(ValidationError):
        PolicyPack.model_validate(change(path, value))


def test_two_versions_of_a_rule_may_follow_each_other_but_not_overlap() -> None:
    data = raw()
    old = dict(data["clocks"][0], minutes=1440, effective_from=date(2016, 7, 30), effective_to=date(2016, 11, 9))
    data["clocks"].append(old)
    both = PolicyPack.model_validate(data)
    rule = both.clock("first_release", date(2016, 8, 1))
    assert rule is not None and rule.minutes == 1440
    old["effective_to"] = date(2016, 11, 10)
    with pytest.raises(ValidationError, match="同一天"):
        PolicyPack.model_validate(data)


def test_a_loaded_policy_can_not_be_changed() -> None:
    with pytest.raises(ValidationError):
        POLICY.version = "2"
