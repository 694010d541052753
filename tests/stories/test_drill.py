"""The quick drill as a newcomer runs it, much faster: real spiders, real site, real doors, a home of its own."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 240  # seconds; some thirty on a machine with nothing else to do


@dataclass(frozen=True)
class Drilled:
    """A finished drill: its report, its folder, the home it ran under, what was said on the terminal."""

    report: dict[str, Any]
    folder: Path
    home: Path
    said: str

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.folder / 'huiying.sqlite3'}?mode=ro", uri=True) as database:
            return database.execute(question).fetchall()

    def clock(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = next(
            clock for issue in self.report["issues"] for clock in issue["clocks"] if clock["kind"] == kind
        )
        return found


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilled]:
    home = tmp_path_factory.mktemp("home of a drill")
    run = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "drill", "--speed", "7200"],
        env=surroundings(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    yield Drilled(report, home / "drills" / report["drill"], home, run.stderr)


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a fresh installation on ports nobody uses."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], other.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUIYING_", "DJANGO_"))}
    return kept | {
        "HUIYING_HOME": str(home),
        "HUIYING_LISTEN": f"127.0.0.1:{ports[0]}",
        "HUIYING_DRILL_PORT": str(ports[1]),
        "PYTHONUTF8": "1",
    }


def test_the_first_release_comes_22_minutes_late_and_stays_late(drilled: Drilled) -> None:
    clock = drilled.clock("first_release")
    assert clock["anchor_kind"] == "event"
    assert clock["anchor_at"] == "2026-11-17T09:10:00+08:00"
    assert clock["breached_at"] == clock["due_at"] == "2026-11-17T14:10:00+08:00"
    assert (clock["status"], clock["late_minutes"]) == ("met_late", 22)


def test_the_conference_is_held_in_time(drilled: Drilled) -> None:
    clock = drilled.clock("press_conference")
    assert (clock["status"], clock["due_at"]) == ("met", "2026-11-18T09:10:00+08:00")
    assert clock["breached_at"] is None


def test_the_brief_of_the_next_morning_is_signed_by_two_and_sent(drilled: Drilled) -> None:
    brief = drilled.report["brief"]
    assert (brief["day"], brief["state"], brief["issue_no"], brief["running_no"]) == ("2026-11-18", "sent", 1, 1)
    assert brief["signatures"] == ["审核 王敏（演练）", "签发 何川（演练）"]


def test_nobody_answers_so_the_reminders_climb_to_the_district_leader(drilled: Drilled) -> None:
    told = {row["person"]: row["count"] for row in drilled.report["notices"]}
    assert drilled.report["repeats"] > 0
    assert {"周岚（演练）", "王敏（演练）", "何川（演练）", "郑言（演练）", "孙副区长（演练）"} <= set(told)
    doubled = "SELECT person_id, event FROM alerts_notice GROUP BY person_id, event HAVING count(*) > 1"
    assert drilled.rows(doubled) == []


def test_units_sign_and_feed_back_one_of_them_late_and_through_the_desk(drilled: Drilled) -> None:
    done = drilled.rows("SELECT what, state, signed_told, fed_back_at > due_at FROM responses_assignment ORDER BY id")
    assert done == [
        ("抢修进度、恢复供热的时间", "fed_back", "", 0),
        ("临时取暖点清单", "fed_back", "街道值班室，电话", 1),
    ]


def test_what_the_public_asks_is_marked_with_the_release_that_answered(drilled: Drilled) -> None:
    marked = drilled.rows(
        "SELECT a.words, q.state, r.title, q.note FROM responses_question q"
        " JOIN responses_asked a ON a.question_id=q.id AND a.shown LEFT JOIN responses_release r ON r.id=q.release_id"
        " WHERE q.decided_at IS NOT NULL ORDER BY q.id"
    )
    assert {words: (state, note) for words, state, _, note in marked} == {
        "家里有老人，今晚怎么办": ("answered", ""),
        "听说死了两个人，真的假的": ("answered", ""),
        "请尽快恢复青槐路供暖": ("answered", ""),
        "什么时候能通": ("partly", "路面20日修好"),
        "现在塌了谁负责": ("open", "列入发布会答问"),
    }


def test_every_rung_is_written_at_its_own_simulated_moment(drilled: Drilled) -> None:
    late = "SELECT name FROM alerts_rung WHERE name NOT IN ('lead') AND due_at > clock_started AND fired_at > due_at"
    late = late.replace("due_at > clock_started", "due_at > (SELECT started_at FROM alerts_clock WHERE id = clock_id)")
    assert drilled.rows(late) == []


def test_street_lamps_open_at_level_four_with_the_third_voice(drilled: Drilled) -> None:
    lamps = next(issue for issue in drilled.report["issues"] if "路灯" in issue["title"])
    assert lamps["level_proposed"] == 4
    assert lamps["detected_at"] == "2026-11-17T19:40:00+08:00"
    assert lamps["clocks"][0]["anchor_at"] == "2026-11-17T19:30:00+08:00"


def test_a_release_passes_its_gates_and_the_conference_is_planned_back(drilled: Drilled) -> None:
    gates = drilled.rows("SELECT gate, passed FROM responses_gatemark ORDER BY id")
    assert gates == [("wording", 1), ("secrecy", 0), ("secrecy", 1), ("deidentify", 1), ("approval", 1)]
    named = "SELECT count(*) FROM responses_release r JOIN responses_releasedraft d ON d.id = r.draft_id"
    assert drilled.rows(named) == [(1,)]
    assert drilled.rows("SELECT count(*) FROM responses_conferencestep WHERE done_at IS NOT NULL") == [(6,)]
    assert drilled.rows("SELECT count(*) FROM responses_conference") == [(1,)], "the held one took up its plan"


def test_namesakes_songs_adverts_and_praise_open_nothing(drilled: Drilled) -> None:
    titles = [issue["title"] for issue in drilled.report["issues"]]
    assert len(titles) == 2, titles
    assert not any(word in title for title in titles for word in ("许昌", "西城男孩", "开锁", "菊花", "早点"))


def test_a_private_number_and_name_never_touch_the_disk(drilled: Drilled) -> None:
    names = ["13800138000", "张大力"]
    spellings = [name.encode() for name in names] + [json.dumps(name)[1:-1].encode() for name in names]
    spellings += [name.encode("utf-16-le") for name in names] + [name.encode("gb18030") for name in names]
    read = 0
    for path in drilled.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            read += 1
            assert not any(spelling in content for spelling in spellings), path
    assert read > 20
    (text,) = drilled.rows("SELECT text FROM crawlers_post WHERE title LIKE '%热力管爆了%'")[0]
    assert "三个人被困" in text


def test_a_drill_crawls_at_most_thirty_times_and_reads_simulated_time(drilled: Drilled) -> None:
    assert drilled.report["crawls"] <= drilled.report["visits"] <= 30
    assert drilled.rows("SELECT count(*) FROM crawlers_post WHERE fetched_at NOT LIKE '2026-11-1%'") == [(0,)]


def test_a_drill_leaves_the_installation_it_ran_in_untouched(drilled: Drilled) -> None:
    assert not (drilled.home / "huiying.sqlite3").exists()
    assert sorted(path.name for path in drilled.home.iterdir()) == ["drills", "keys"]


def test_evidence_is_kept_as_fetched_from_the_site(drilled: Drilled) -> None:
    rows = drilled.rows("SELECT copy_path, link FROM responses_release ORDER BY id")
    assert [link.rpartition("/")[2] for _, link in rows] == ["p030.html", "p035.html"]
    assert all("热力" in (drilled.folder / path).read_text(encoding="utf-8") for path, _ in rows)


def test_the_terminal_tells_the_story_and_a_link_into_the_pages(drilled: Drilled) -> None:
    assert "超时：" in drilled.said
    assert "/enter/" in drilled.said


def test_ctrl_c_ends_a_drill_in_order_and_leaves_it_readable(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "drill"],
        env=surroundings(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stderr is not None
    for line in run.stderr:
        if "演练开始" in line:
            break
    run.send_signal(signal.SIGINT)
    out, said = run.communicate(timeout=WITHIN)
    assert run.returncode != 0
    assert "提前结束" in said.strip().splitlines()[-1]
    report = json.loads(out)
    folder = tmp_path / "drills" / report["drill"]
    assert report["ended_early"]
    assert json.loads((folder / "progress.json").read_text(encoding="utf-8"))["state"] == "ended"
    assert (folder / "huiying.sqlite3").exists()
