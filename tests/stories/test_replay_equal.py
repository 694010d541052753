"""A replay of 200 posts tells the same story each time, and at every rhythm of the sweeps (rules.md 10)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.running.service import ROOT
from tests.stories.home import surroundings
from tests.stories.made import made_posts

RUNS = {"first": "5m", "second": "5m", "fine": "1m"}
FIGURES_OF_TIME = ("seconds", "posts_per_second")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """The same 200 posts (and two lines that cannot be placed) three times, at once, each in a home of its own."""
    folder = tmp_path_factory.mktemp("replays")
    stream = folder / "stream.jsonl"
    lines = [json.dumps(row, ensure_ascii=False) for row in made_posts(198)]
    lines[50:50] = ['{"id": "broken", "text": "断在', '{"id": "undated", "text": "没有时间的一条，说路灯坏了很久了"}']
    stream.write_text("\n".join(lines) + "\n", encoding="utf-8")
    processes = {}
    for name, step in RUNS.items():
        words = ["replay", str(stream), "--pack", "xicheng", "--report", str(folder / f"{name}.json"), "--step", step]
        env = surroundings(folder / f"home of {name}")
        env.pop("HUIYING_CLOCK_FILE")
        processes[name] = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *words], env=env, stderr=subprocess.PIPE, text=True
        )
    for process in processes.values():
        _, said = process.communicate(timeout=600)
        assert process.returncode == 0, said
    yield {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in RUNS}


def without_times(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in FIGURES_OF_TIME}


def test_two_replays_give_the_same_report_but_for_the_two_figures_of_time(
    reports: dict[str, dict[str, Any]],
) -> None:
    assert without_times(reports["first"]) == without_times(reports["second"])


def test_sweeps_every_minute_and_every_five_give_the_same_leads_anchors_and_clocks(
    reports: dict[str, dict[str, Any]],
) -> None:
    def told(report: dict[str, Any]) -> list[dict[str, Any]]:
        return [{key: value for key, value in issue.items() if key != "detected_at"} for issue in report["issues"]]

    assert told(reports["first"]) == told(reports["fine"])
    assert [t["posts"] for t in reports["first"]["topics"]] == [t["posts"] for t in reports["fine"]["topics"]]


def test_the_stream_has_something_to_tell_and_every_line_is_accounted_for(reports: dict[str, dict[str, Any]]) -> None:
    report = reports["first"]
    assert report["posts_read"] == 200
    assert [line["line"] for line in report["quarantined"]] == [51, 52]
    assert report["posts_stored"] + report["duplicates"] + 2 == 200 and report["duplicates"] > 0
    assert len(report["issues"]) >= 3 and report["briefs"] and report["notices"]
    assert {clock["kind"] for issue in report["issues"] for clock in issue["clocks"]} >= {"response"}


def test_every_topic_names_its_repeats_and_copies_too_and_no_post_stands_in_two(
    reports: dict[str, dict[str, Any]],
) -> None:
    named = [post for topic in reports["first"]["topics"] for post in topic["posts"]]
    assert len(named) == len(set(named))
    assert set(named) <= {row["id"] for row in made_posts(198)}
