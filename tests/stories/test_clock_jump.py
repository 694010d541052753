"""The machine's clock is set while a case runs (libfaketime): rungs are neither lost nor doubled, sending waits."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import needs
from tests.gateways.mail import MailServer
from tests.stories.home import Stepper, drop_lines, rows
from tests.stories.ticks import said, ticking, until

RUNGS = "SELECT clock_id, name FROM alerts_rung WHERE name <> 'lead' ORDER BY id"
TRUE_RUNGS = "SELECT clock_id, name FROM alerts_rung WHERE name <> 'lead' AND key NOT LIKE '~%' ORDER BY id"
STANDING = "SELECT DISTINCT status, breached_at FROM alerts_clock"
JUMPS = (
    "SELECT t.data FROM office_trail r JOIN office_trailtext t ON t.digest = r.text_digest WHERE kind = 'clock.jump'"
)
HELD = "SELECT value FROM office_officestate WHERE key = 'sending_hold'"


@pytest.fixture
def library() -> str:
    return needs.faketime()


@pytest.fixture
def post_office() -> Any:
    with MailServer() as server:
        yield server


@contextmanager
def at_work(home: Path, library: str, post_office: MailServer) -> Iterator[Stepper]:
    """An office whose clock process runs; the stepper beside it lets a case come in."""
    smtp = {"HUIYING_SMTP": f"127.0.0.1:{post_office.port}"}
    with Stepper(home, **smtp) as steps:
        steps.run(at=datetime.now(UTC) - timedelta(hours=3), call="tests.stories.prepared.office")
        shift(home, "+0")
        with ticking(home, "clock", every=0.2, more=faked(home, library) | smtp):
            until(lambda: rows(home, "SELECT 1 FROM office_officestate WHERE key = 'clock_seen'"), home)
            yield steps


def case(steps: Stepper, *, rung_in: timedelta) -> None:
    """A fire that began so that the first rung of its 5 h clock (at 2 h) is due `rung_in` from now."""
    begun = datetime.now(UTC) + rung_in - timedelta(hours=2)
    text = "白纸坊东街一栋居民楼刚刚着火，3人遇难，楼下围了很多人"
    told = {"id": "fire", "source": "board", "text": text, "author": "乙", "published_at": begun.isoformat()}
    drop_lines(steps.home, [told])
    steps.run("ingest", "read", "file", "warn", "lead", at=begun + timedelta(minutes=2))
    assert rows(steps.home, "SELECT count(DISTINCT anchor_at) FROM alerts_clock") == [(1,)]


def faked(home: Path, library: str) -> dict[str, str]:
    return {
        "HUIYING_CLOCK_FILE": "",
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(home / "shift"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def shift(home: Path, by: str) -> None:
    (home / "shift").write_text(f"{by}\n")


def held(home: Path) -> Any:
    found = rows(home, HELD)
    return json.loads(found[0][0]) if found else None


def jumps(home: Path) -> list[dict[str, Any]]:
    return [json.loads(data) for (data,) in rows(home, JUMPS)]


def release(steps: Stepper) -> None:
    """A person looks at the clock, finds it right and lets sending go on."""
    steps.run(at=datetime.now(UTC), call="tests.stories.prepared.release")


def test_set_back_one_hour_and_put_right_again_each_rung_rings_once_and_sending_waits_for_a_person(
    tmp_path: Path, library: str, post_office: MailServer
) -> None:
    home = tmp_path / "home"
    with at_work(home, library, post_office) as steps:
        case(steps, rung_in=timedelta(seconds=6))
        shift(home, "-3600")
        until(lambda: held(home), home)
        before = len(post_office.mails)
        shift(home, "+0")
        until(lambda: len(jumps(home)) == 2, home)
        fired = until(lambda: rows(home, RUNGS), home)
        assert {name for _, name in fired} == {"p40"} and len(fired) == len(set(fired))
        assert len(post_office.mails) == before  # rungs are written, sending waits
        release(steps)
        until(lambda: len(post_office.mails) > before, home)
    assert rows(home, RUNGS) == fired
    back, forth = jumps(home)
    assert -3700 < back["seconds"] < -3500 and 3500 < forth["seconds"] < 3700
    for jump in (back, forth):  # both values are kept
        wall, expected = datetime.fromisoformat(jump["found"]), datetime.fromisoformat(jump["expected"])
        assert abs((wall - expected).total_seconds() - jump["seconds"]) < 1
    assert sent_once(post_office) and said(home, "sweep_failed") == []


def test_set_forward_one_day_and_put_right_what_has_not_come_is_taken_back_and_rings_at_its_moment(
    tmp_path: Path, library: str, post_office: MailServer
) -> None:
    home = tmp_path / "home"
    with at_work(home, library, post_office) as steps:
        case(steps, rung_in=timedelta(seconds=25))
        assert rows(home, RUNGS) == []
        shift(home, "+86400")
        until(lambda: held(home), home)
        before = len(post_office.mails)
        fired = until(lambda: [row for row in rows(home, RUNGS) if row[1] == "due"] and rows(home, RUNGS), home)
        assert len(fired) == len(set(fired)) and {"p40", "p60", "p80", "m30", "m10", "due"} <= {n for _, n in fired}
        assert len(post_office.mails) == before
        assert rows(home, "SELECT DISTINCT status FROM alerts_clock") == [("overdue",)]
        shift(home, "+0")
        until(lambda: len(jumps(home)) == 2, home)
        assert until(lambda: rows(home, STANDING) == [("provisional", None)], home)
        assert set(fired) <= set(rows(home, RUNGS))  # what was written stays, under another key
        release(steps)
        dated = [datetime.fromisoformat(f"{at}+00:00") for (at,) in rows(home, "SELECT fired_at FROM alerts_rung")]
        assert max(dated) <= datetime.now(UTC)  # nothing on the pages is of tomorrow
        true = until(lambda: rows(home, TRUE_RUNGS), home, 40)
        assert [name for _, name in true] == ["p40"]
        until(lambda: [m for m in post_office.mails if "已过 40 %，剩 3时00分" in m.message["Subject"]], home)
    assert not [m for m in post_office.mails if "已超时" in m.message["Subject"]]  # no false alarm left the house
    assert sent_once(post_office) and said(home, "sweep_failed") == []


def sent_once(post_office: MailServer) -> bool:
    ids = [(mail.recipients[0], str(mail.message["Message-ID"])) for mail in post_office.mails]
    return len(ids) == len(set(ids))
