"""Commands that take posts and give answers, one JSON object a line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.running.service import ROOT, environment, free_port

FIRE = "今早七点半白纸坊街道某小区起火，我叫李明明，电话13800138000"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("commands")


def run(home: Path, *words: str, lines: list[Any]) -> subprocess.CompletedProcess[str]:
    text = "".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    env = environment(home, free_port())
    return subprocess.run(command, env=env, input=text, capture_output=True, text=True, check=False)


def answers(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_read_answers_in_the_order_of_the_input_and_never_writes_an_author_out(home: Path) -> None:
    posts = [
        {"id": 7, "text": FIRE, "author": "某网友", "our_own_field": [1]},
        {"id": "空", "text": ""},
        {"text": "没有编号的一条"},
    ]
    done = run(home, "read", "--pack", "xicheng", lines=posts)
    first, second, third = answers(done)
    assert [first["id"], second["id"], third["id"]] == [7, "空", 3]
    assert first["relevant"] and first["streets"] == ["白纸坊街道"] and first["our_own_field"] == [1]
    assert first["emergency"]["kind"] and not second["relevant"]
    assert "某网友" not in done.stdout and "13800138000" not in done.stdout and "李明明" not in done.stdout


def test_copies_and_every_key_of_a_reading_are_told(home: Path) -> None:
    text = "白纸坊街道某小区从昨晚停水到现在，整栋楼都没有水用，打电话没人接"
    posts = [
        {"id": "a", "text": text, "published_at": "2026-11-02 09:00:00"},
        {"id": "b", "text": f"转发：{text}，求扩散", "published_at": "不是时间"},
        {"id": "c", "text": "德\u200b胜\u200b门的路灯不亮"},
        *(
            {"id": n, "text": odd}
            for n, odd in enumerate(("", "啊", "😀😀😀", "http://a.cn/b", "tingshui le", "水" * 1_000_000))
        ),
    ]
    told = answers(run(home, "read", "--pack", "xicheng", lines=posts))
    assert [one["copy_of"] for one in told[:3]] == [None, "a", None] and len(told) == len(posts)
    keys = {"id", "relevant", "relevance", "places", "units", "sentiment", "emotion", "class", "kind", "asks"}
    assert all(keys | {"emergency", "copy_of"} <= set(one) for one in told)
    for one in told:
        assert set(one["sentiment"]["probability"]) == {"negative", "neutral", "positive"}
        assert set(one["emotion"]["probability"]) == {"neutral", "angry", "happy", "sad", "fear", "surprise"}
    assert any(place["name"].replace("\u200b", "") == "德胜门" for place in told[2]["places"])


def test_topics_come_hottest_first_with_the_ids_of_their_posts(home: Path) -> None:
    posts = [
        {"id": "a", "author": "甲", "text": "地铁口共享单车堆满人行道没人管", "published_at": "2026-11-02 09:00:00"},
        {
            "id": "b",
            "author": "乙",
            "text": "白纸坊街道小区暖气不热室内只有十四度",
            "published_at": "2026-11-03 09:00:00",
        },
        {
            "id": "c",
            "author": "丙",
            "text": "小区暖气不热，室内十四度，白纸坊街道",
            "published_at": "2026-11-03 10:00:00",
        },
        {
            "id": "d",
            "author": "丁",
            "text": "暖气不热！白纸坊街道小区室内只有十四度",
            "published_at": "2026-11-03 11:00:00",
        },
    ]
    hot, cold = answers(run(home, "topics", "--pack", "xicheng", lines=posts))
    assert (hot["rank"], hot["posts"], cold["posts"]) == (1, ["b", "c", "d"], ["a"])
    assert hot["heat"] > cold["heat"] and hot["first_post_at"] == "2026-11-03T09:00:00+08:00"
    assert hot["last_post_at"] == "2026-11-03T11:00:00+08:00"
    keys = ["rank", "title", "heat", "heat_parts", "posts", "first_post_at", "last_post_at", "places", "units"]
    assert list(hot) == keys and hot["heat"] == pytest.approx(sum(hot["heat_parts"].values()))


def test_mask_replaces_personal_data_and_keeps_the_rest_of_the_line(home: Path) -> None:
    (line,) = answers(run(home, "mask", lines=[{"id": 1, "text": FIRE, "note": "x"}]))
    assert line["id"] == 1 and line["note"] == "x" and "白纸坊街道" in line["text"]
    assert "13800138000" not in line["text"]


@pytest.mark.parametrize("command", ["read", "topics", "mask"])
@pytest.mark.parametrize("line", ["{broken\n", "[1]\n", '"text"\n'])
def test_a_line_that_is_no_post_ends_the_command_with_its_number(home: Path, command: str, line: str) -> None:
    done = run(home, command, lines=[{"id": 1, "text": "好"}, line])
    assert done.returncode == 1
    assert "第 2 行" in done.stderr and "Traceback" not in done.stderr


def test_a_pack_that_does_not_exist_is_named(home: Path) -> None:
    done = run(home, "read", "--pack", "nowhere", lines=[])
    assert done.returncode == 1 and "nowhere" in done.stderr and "Traceback" not in done.stderr


def test_a_report_that_can_not_be_written_is_said_before_anything_is_played(tmp_path: Path) -> None:
    stream = tmp_path / "stream.jsonl"
    stream.write_text('{"id": 1, "text": "路灯坏了", "published_at": "2026-11-01 10:00"}\n', encoding="utf-8")
    for report, words in ((tmp_path / "nowhere" / "out.json", "没有"), (tmp_path, "不能写")):
        with pytest.raises(CommandError, match=words):
            call_command("replay", str(stream), pack="xicheng", report=report)
