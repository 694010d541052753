"""Values of the rules changed in the text of the file, what a draft comes to, and what stays when the file changes."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from office.pack.amendable import groups
from office.pack.amending import Change, amend, joined, laid_over, names_of_entries, read, values_of
from office.pack.drafting import plan
from office.pack.errors import PackError
from office.pack.policy import PolicyPack

RAW = (Path(__file__).resolve().parents[2] / "districts" / "xicheng" / "policy.yaml").read_bytes()
DATA = values_of(RAW)
TODAY = date(2026, 11, 21)


def test_only_the_value_changes_and_every_comment_stays() -> None:
    out = amend(
        RAW, [Change(("ladder", "percents"), [40, 60, 80], [30, 60, 80]), Change(("brief", "out_by"), "09:30", "10:00")]
    )
    old, new = RAW.decode().split("\n"), out.decode().split("\n")
    assert [(a, b) for a, b in zip(old, new, strict=True) if a != b] == [
        ("  percents: [40, 60, 80]", "  percents: [30, 60, 80]"),
        ('  out_by: "09:30"', "  out_by: '10:00'"),
    ]


def test_every_value_that_may_be_changed_can_be_written_and_read_again() -> None:
    fields = [one for group in groups(DATA) for one in group.fields]
    assert len(fields) > 80 and len({one.key for one in fields}) == len(fields)
    changes = [Change(one.steps, read(DATA, one.steps), read(DATA, one.steps)) for one in fields]
    assert yaml.safe_load(amend(RAW, changes)) == yaml.safe_load(RAW)


def test_words_with_marks_of_yaml_stay_words() -> None:
    words = "甲: {乙}, [丙] # 丁"
    out = amend(RAW, [Change(("internal_clocks", "签收 3", "source"), "默认", words)])
    assert read(values_of(out), ("internal_clocks", "签收 3", "source")) == words


def test_a_file_whose_writing_would_carry_the_change_elsewhere_is_refused() -> None:
    shared = (
        RAW.decode().replace("outage_hours: 24", "outage_hours: &day 24").replace("calm_hours: 24", "calm_hours: *day")
    )
    with pytest.raises(PackError, match="请在文件里改"):
        amend(shared.encode(), [Change(("emergency_lines", "outage_hours"), 24, 12)])


def test_entries_are_known_by_what_they_are_called() -> None:
    assert names_of_entries([{"kind": "a"}, {"kind": "b"}, {"kind": "a"}]) == ["a", "b", "a#2"]
    assert read(DATA, ("internal_clocks", "签收 1、2", "minutes")) == 30
    assert read(DATA, ("clocks", "nothing", "minutes")) is None


@pytest.mark.parametrize(
    ("key", "text", "fault"),
    [
        ("clocks-response-minutes", "两天", "写的是 两天，允许的是 整数"),
        ("clocks-response-minutes", "0", "> 0 的数"),
        ("clocks-response-levels", "3、5", "写的是 5，允许的是 1、2、3、4"),
        ("clocks-response-wording", "", "写的是 空，允许的是 不能空着"),
        ("clocks-response-document_date", "2026-13-01", "日期，如"),
        ("ladder-percents", "40、六十", "写的是 六十，允许的是 整数"),
        ("ladder-percents", "40、100", "< 100 的数"),
        ("brief-out_by", "9点半", "时刻，如"),
        ("lines-burst-probability", "2", "< 1 的数"),
        ("brief-working_days_only", "也许", "true 或 false"),
        ("retention-trail_days", "10", "不得少于 183 天"),
        ("clocks-response-effective_to", "2000-01-01", "早于施行"),
        ("since-response", "2026-11-21", "须晚于今天"),
        ("since-response", "2026-12-01", "没有改"),
        ("since-response", "下月", "日期，如"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_chinese_beside_its_field(key: str, text: str, fault: str) -> None:
    found = plan(DATA, {key: text}, today=TODAY)
    told = found.faults.get(key) or found.faults[""]
    assert fault in told and "_" not in told


def test_a_draft_says_old_and_new_in_words() -> None:
    found = plan(
        DATA, {"followup-first_minutes": "240", "brief-out_by": "9:45", "ladder-percents": "40，60, 80"}, today=TODAY
    )
    assert not found.faults
    assert [(line.words, line.before, line.after) for line in found.lines] == [
        ("持续发布的间隔：首段每隔", "360 分", "240 分"),
        ("简报：发出", "09:30", "09:45"),
    ]


def test_a_clock_of_a_later_day_is_a_second_rule_and_the_old_one_ends_the_day_before() -> None:
    found = plan(DATA, {"clocks-response-minutes": "1440", "since-response": "2026-12-01"}, today=TODAY)
    assert not found.faults and found.lines[0].since == date(2026, 12, 1)
    policy = PolicyPack.model_validate(values_of(amend(RAW, found.changes)))
    lengths = [rule.minutes for day in (30, 1) if (rule := policy.clock("response", date(2026, 12 - (day > 1), day)))]
    assert lengths == [2880, 1440]
    again = plan(
        values_of(amend(RAW, found.changes)),
        {"clocks-response-minutes": "60", "since-response": "2026-12-05"},
        today=TODAY,
    )
    assert "已有以后生效的一条" in again.faults["since-response"]
    wrong = plan(DATA, {"clocks-response-minutes": "x", "since-response": "2026-12-01"}, today=TODAY)
    assert "整数" in wrong.faults["clocks-response-minutes"]
    both = {"clocks-response-effective_from": "2026-12-02", "since-response": "2026-12-01"}
    assert "就不要再改" in plan(DATA, both, today=TODAY).faults["since-response"]


def test_changes_of_the_page_hold_until_the_file_says_something_else() -> None:
    ladder = Change(("ladder", "after_due_minutes"), 30, 20)
    brief = Change(("brief", "copies"), 20, 25)
    trail = Change(("retention", "trail_days"), 1095, 730)
    other = amend(RAW, [Change(brief.steps, 20, 40), Change(trail.steps, 1095, 730)])
    stay, over = laid_over(values_of(other), [ladder, brief, trail])
    assert (stay, over) == ([ladder], [brief])


def test_two_amendments_are_one_change_to_the_file() -> None:
    first = [
        Change(("brief", "copies"), 20, 25),
        Change(("clocks", "response#2"), None, {"kind": "response", "minutes": 60}),
    ]
    second = [Change(("brief", "copies"), 25, 20), Change(("clocks", "response#2", "minutes"), 60, 90)]
    assert joined(first, second) == [Change(("clocks", "response#2"), None, {"kind": "response", "minutes": 90})]
