"""Two processes of one family on one database: no post twice, one lead, no rung twice (a second machine, a mistake)."""

import time
from pathlib import Path
from typing import Any

from tests.people import clock
from tests.stories.home import Stepper, drop_lines, rows
from tests.stories.made import made_posts
from tests.stories.ticks import said, set_clock, ticking, until

NINE = clock("09:06")


def test_two_reading_processes_store_no_post_twice_and_open_one_lead_a_matter(office_home: Path) -> None:
    home = office_home
    set_clock(home, base=NINE.timestamp(), real=0, speed=1, held=True)
    posts: list[Any] = list(made_posts(120, seed=5, begin=clock("00:00", day=10), days=7))
    fire = "今早7点半白纸坊东街一栋居民楼着火，3人遇难，楼下围了很多人"
    posts.insert(
        60, {"id": "fire", "source": "board", "text": fire, "author": "乙", "published_at": "2026-11-17 09:00"}
    )
    with ticking(home, "reading", count=2):
        for number in range(0, 121, 11):
            drop_lines(home, posts[number : number + 11], name=f"{number:03}.jsonl")
            time.sleep(0.05)
        until(lambda: rows(home, "SELECT sum(lines), count(*) FROM crawlers_inboxfile") == [(121, 11)], home)
        until(
            lambda: (
                rows(home, "SELECT count(*) FROM crawlers_post WHERE step < 2") == [(0,)]
                and rows(home, "SELECT count(*) FROM analysis_topic WHERE weigh_from IS NOT NULL") == [(0,)]
                and rows(home, "SELECT count(*) FROM alerts_alert WHERE handled_at IS NULL") == [(0,)]
            ),
            home,
        )
    stored = [post for (post,) in rows(home, "SELECT ext_id FROM crawlers_post")]
    (again,) = rows(home, "SELECT sum(repeats) FROM crawlers_post")
    assert len(stored) == len(set(stored)) and len(stored) + again[0] == 121
    readings = rows(home, "SELECT count(*), count(DISTINCT post_id) FROM analysis_reading")
    assert readings == [(len(stored), len(stored))]
    assert rows(home, "SELECT post_id FROM analysis_membership GROUP BY post_id HAVING count(*) > 1") == []
    assert rows(home, "SELECT topic_id FROM responses_issue GROUP BY topic_id HAVING count(*) > 1") == []
    of_fire = (
        "SELECT count(*) FROM responses_issue i JOIN analysis_membership m ON m.topic_id = i.topic_id"
        " JOIN crawlers_post p ON p.id = m.post_id WHERE p.ext_id = 'fire'"
    )
    assert rows(home, of_fire) == [(1,)]
    assert said(home, "sweep_failed") == []
    both = {row["process"] for row in said(home, "sweep")}
    assert both == {"reading1", "reading2"}  # both had their share


def test_two_clock_processes_fire_every_rung_once_and_tell_nobody_twice(office_home: Path) -> None:
    home = office_home
    lines = [
        {
            "id": f"fire{n}",
            "source": "board",
            "text": f"今早7点半{place}一栋居民楼着火，{n + 3}人遇难",
            "author": f"{n}",
            "published_at": "2026-11-17 09:00",
        }
        for n, place in enumerate(("白纸坊东街", "牛街", "德胜门外大街"))
    ]
    drop_lines(home, lines)
    with Stepper(home) as steps:
        steps.run("ingest", "read", "file", "warn", "lead", at=NINE)
    assert rows(home, "SELECT count(*) FROM alerts_clock") == [(6,)]
    # Two hours of the office's time a second: from the lead to past every due moment while both look.
    set_clock(home, base=NINE.timestamp(), real=time.time() + 3, speed=7200, held=False)
    with ticking(home, "clock", count=2):
        due = "SELECT count(*) FROM alerts_clock WHERE breached_at IS NOT NULL"
        until(lambda: rows(home, due) == [(6,)], home)
    fired = rows(home, "SELECT clock_id, name, due_at FROM alerts_rung WHERE name <> 'lead'")
    assert len(fired) == len(set(fired))
    for (pk,) in rows(home, "SELECT id FROM alerts_clock"):
        names = [name for number, name, _ in fired if number == pk]
        assert {"p40", "p60", "p80", "m30", "m10", "due"} <= set(names)
        assert len(names) == len(set(names))
    told = rows(home, "SELECT person_id, event FROM alerts_notice")
    assert len(told) == len(set(told)) and told
    assert said(home, "sweep_failed") == []
