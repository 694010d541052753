"""A small true-to-life stream for the stories of several machines, and what came of it, read from the database."""

import json
import re
import shutil
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import yaml

from tests.scale.compose import ROOT

SOURCES = (
    ("board-1", "board", "public", "district"),
    ("board-2", "board", "public", "open"),
    ("paper", "city", "media", "open"),
    ("office", "street", "official", "district"),
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")  # as SQLite keeps one
# (source, author, minutes before now, text): an emergency told by three and the press, a street lamp three complain
# of, a pasted text, praise, a drill, another town.
STREAM = (
    ("board-1", "a1", 58, "白纸坊东街12号楼着火了，好几层都是烟，有三个人被困在里面出不来，消防刚到"),
    ("board-2", "b1", 55, "西城白纸坊东街那边着火了，浓烟特别大，楼里还有人没下来"),
    ("paper", "", 50, "北京西城白纸坊东街一居民楼起火 3人被困"),
    ("office", "", 45, "西城消防：白纸坊东街12号楼火情正在处置，请绕行"),
    ("board-1", "a2", 44, "裕中西里的路灯坏了快一个星期了，晚上黑得看不见路，请尽快修好"),
    ("board-1", "a3", 40, "裕中西里整条路的路灯都不亮，老人晚上出门摔了怎么办，希望有人管"),
    ("board-2", "b2", 36, "北京西城裕中西里路灯不亮好几天了，打了几次电话没人来修，太让人生气了"),
    ("board-1", "a4", 30, "裕中西里的路灯坏了快一个星期了，晚上黑得看不见路，请尽快修好"),
    ("board-1", "a5", 25, "月坛公园的菊花开得真好，谢谢园林工人"),
    ("office", "", 20, "西城消防今天上午在金融街开展灭火疏散演练，请市民不要惊慌"),
    ("board-2", "b3", 15, "许昌西城区一化工厂爆炸，死了三个人"),
    ("board-1", "a6", 10, "白纸坊东街火灭了吗？什么时候能回家？"),
)


def pack(folder: Path) -> Path:
    """The district of Xicheng whose sources are files: no site is asked."""
    shutil.copytree(ROOT / "districts" / "xicheng", folder)
    rows = [
        {
            "id": key, "name": f"来源{key}", "class": klass, "voice": voice, "scope": scope, "kind": "file",
            "platform": key, "rhythm_minutes": 60, "legal_basis": "公开发布", "enabled": False,
            "disabled_reason": "由文件送入",
        }
        for key, klass, voice, scope in SOURCES
    ]  # fmt: skip
    told = {"version": 1, "district": "xicheng", "sources": rows}
    (folder / "sources.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return folder


def drop(home: Path, *, now: datetime, name: str = "one", parts: int = 4) -> None:
    """The stream into the inbox of a home, in several files, as finished spiders leave them."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    size = -(-len(STREAM) // parts)
    for part in range(parts):
        lines = []
        for number in range(part * size, min(len(STREAM), (part + 1) * size)):
            source, author, minutes, text = STREAM[number]
            told = {
                "source": source, "id": f"{name}-{number}", "text": text,
                "author": f"{author}-{name}" if author else "",
                "url": f"https://{source}.invalid/{name}/{number}",
                "published_at": (now - timedelta(minutes=minutes)).isoformat(),
            }  # fmt: skip
            lines.append(json.dumps(told, ensure_ascii=False))
        fresh = inbox / f"{name}-{part}.part"
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.rename(fresh.with_suffix(".jsonl"))


POSTS = "SELECT ext_id, step, copy_of_id IS NOT NULL FROM crawlers_post ORDER BY ext_id"
CASES = """SELECT m.title, m.level_proposed, i.state, c.kind, c.status, c.anchor_kind, c.anchor_at, c.due_at
 FROM responses_issue i JOIN alerts_matter m ON m.id = i.matter_id JOIN alerts_clock c ON c.matter_id = m.id
 ORDER BY m.title, c.kind, c.due_at"""
NOTICES = """SELECT m.title, n.role, n.number, count(*), count(DISTINCT n.event) FROM alerts_notice n
 JOIN alerts_matter m ON m.id = n.matter_id GROUP BY m.title, n.role, n.number ORDER BY m.title, n.role, n.number"""
DOUBLED = """SELECT count(*) FROM (SELECT person_id, event FROM alerts_notice GROUP BY person_id, event
 HAVING count(*) > 1) AS twice"""
WAITING = """SELECT (SELECT count(*) FROM crawlers_post WHERE step < 2)
 + (SELECT count(*) FROM analysis_topic WHERE weigh_from IS NOT NULL AND merged_into_id IS NULL)
 + (SELECT count(*) FROM alerts_alert WHERE handled_at IS NULL)
 + (SELECT count(*) FROM crawlers_inboxfile WHERE done_at IS NULL)"""


def asked(database: str | Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a service's database, as anybody beside it sees them: of a server by its address, of a file by its path.

    Moments as ISO 8601 in UTC, truths as 0 and 1.
    """
    if isinstance(database, Path):
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20) as line:
            rows = line.execute(sql).fetchall()
    else:
        with psycopg.connect(database, connect_timeout=10) as server:
            rows = server.execute(sql).fetchall()
    return [tuple(_plain(value) for value in row) for row in rows]


def outcome(database: str | Path) -> dict[str, Any]:
    """What came of the stream."""
    return {name: asked(database, sql) for name, sql in (("posts", POSTS), ("cases", CASES), ("notices", NOTICES))}


def settled(database: str | Path, *, posts: int, seconds: float) -> None:
    """Wait until so many posts are stored and nothing waits. Fails by saying what still does."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        stored, waiting = (asked(database, sql)[0][0] for sql in ("SELECT count(*) FROM crawlers_post", WAITING))
        if stored >= posts and not waiting:
            return
        time.sleep(0.3)
    raise AssertionError(f"{stored} of {posts} posts stored, {waiting} rows wait after {seconds:g} s")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).replace(tzinfo=UTC).isoformat()
    return value
