"""The report of a replay has exactly the shape that scripts were promised (docs/commands.md)."""

import json
import subprocess
import sys
from datetime import date, datetime
from typing import Any

import pytest

from office.roles import Role
from tests.running.service import ROOT
from tests.stories.home import surroundings
from tests.stories.made import made_posts

MADE = 60


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Sixty made posts, one of them twice, and a line without a time, played once."""
    folder = tmp_path_factory.mktemp("replay")
    posts = made_posts(MADE)
    rows = [*posts, {**posts[-1], "id": "again"}, {"id": "undated", "text": "没有时间的一条，说路灯坏了很久了"}]
    stream, out = folder / "stream.jsonl", folder / "report.json"
    stream.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    env = surroundings(folder / "home")
    env.pop("HUIYING_CLOCK_FILE")
    words = ["replay", str(stream), "--pack", "xicheng", "--report", str(out), "--step", "5m"]
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return told


def keys(rows: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    return {tuple(row) for row in rows}


def moment(text: str) -> datetime:
    told = datetime.fromisoformat(text)
    assert told.utcoffset() is not None
    return told


def test_the_report_has_its_parts_and_no_other(report: dict[str, Any]) -> None:
    parts = "posts_read posts_stored duplicates quarantined topics issues notices briefs seconds posts_per_second"
    assert list(report) == parts.split()


def test_every_line_read_is_stored_or_a_repeat_or_quarantined_with_file_line_and_reason(report: dict[str, Any]) -> None:
    refused = report["quarantined"]
    assert keys(refused) == {("file", "line", "reason")}
    assert (refused[0]["file"], refused[0]["line"]) == ("stream.jsonl", MADE + 2) and refused[0]["reason"]
    assert report["posts_read"] == report["posts_stored"] + report["duplicates"] + len(refused) == MADE + 2


def test_topics_come_by_heat_with_the_ids_of_their_posts_and_names_of_places_and_departments(
    report: dict[str, Any],
) -> None:
    topics = report["topics"]
    assert keys(topics) == {("id", "title", "posts", "first_post_at", "peak_heat", "places", "departments")}
    assert [t["peak_heat"] for t in topics] == sorted((t["peak_heat"] for t in topics), reverse=True)
    for topic in topics:
        assert topic["posts"] and topic["title"] and moment(topic["first_post_at"])
        assert all(isinstance(name, str) for name in [*topic["posts"], *topic["places"], *topic["departments"]])
    assert any("again" in topic["posts"] for topic in topics)


def test_issues_have_their_topic_reasons_anchor_and_clocks(report: dict[str, Any]) -> None:
    issues = report["issues"]
    named = "id title topic posts level reasons detected_at anchor clocks"
    assert keys(issues) == {tuple(named.split())}
    topics = {topic["id"]: topic["posts"] for topic in report["topics"]}
    for issue in issues:
        assert issue["posts"] == topics[issue["topic"]]
        assert issue["level"] in (1, 2, 3, 4) and issue["reasons"] and moment(issue["detected_at"])
        assert list(issue["anchor"]) == ["kind", "at"] and moment(issue["anchor"]["at"])
        clock_keys = ("kind", "anchor_kind", "anchor_at", "due_at", "status", "cause", "repeats")
        assert keys(issue["clocks"]) == {clock_keys}
        for clock in issue["clocks"]:
            assert moment(clock["anchor_at"]) < moment(clock["due_at"]) and clock["repeats"] >= 0


def test_notices_name_their_issue_clock_rung_times_and_the_role_they_went_to(report: dict[str, Any]) -> None:
    notices = report["notices"]
    assert keys(notices) == {("issue", "clock", "rung", "due_at", "fired_at", "to")}
    numbers = {issue["id"] for issue in report["issues"]}
    for notice in notices:
        assert notice["issue"] in numbers and notice["to"] in set(Role)
        assert moment(notice["due_at"]) <= moment(notice["fired_at"])


def test_briefs_are_numbered_by_day_and_name_the_issues_they_tell_of(report: dict[str, Any]) -> None:
    briefs = report["briefs"]
    assert keys(briefs) == {("date", "issue_no", "items")}
    days = [date.fromisoformat(brief["date"]) for brief in briefs]
    assert days == sorted(set(days))
    told = {number for brief in briefs for number in brief["items"]}
    assert told and told <= {issue["id"] for issue in report["issues"]}


def test_the_speed_told_is_that_of_the_lines_read(report: dict[str, Any]) -> None:
    assert report["seconds"] > 0
    assert report["posts_per_second"] == pytest.approx(report["posts_read"] / report["seconds"], rel=0.02)
