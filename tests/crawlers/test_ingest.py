"""What comes into the database, what is a repeat, what goes to quarantine, and that nothing is lost or doubled."""

import json
import os
import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection, connections

from crawlers.handles import single
from crawlers.items import Door, PostItem
from crawlers.models import CountReading, InboxFile, Post, Quarantine, Repeat, Snapshot, Source
from crawlers.services import ingest_files, ingest_items, retake_quarantine
from office.errors import Refused
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
AT = clock("09:00")
WORDS = "白纸坊街道菜市口大街路灯坏了一个星期，晚上走路看不见"


@pytest.fixture
def board() -> Source:
    return Source.objects.create(
        key="board",
        name="居民论坛",
        klass="board",
        kind="board",
        voice="public",
        platform="论坛",
        scope="district",
        enabled=True,
    )


@pytest.fixture
def letters() -> Source:
    return Source.objects.create(
        key="letters", name="来信", klass="letters", kind="json_api", voice="public", platform="来信", scope="district"
    )


def post(text: str = WORDS, *, at: datetime = AT, author: str = "甲", source: str = "board", **raw: Any) -> PostItem:
    options = {k: raw.pop(k) for k in ("first_visit", "not_before") if k in raw}
    door = Door(source, raw.pop("platform", ""), "public", ZONE, single(b"k" * 32), kind=raw.pop("kind", "board"))
    return door.admit({"text": text, "author": author, **raw}, fetched_at=at, **options)


def drop(name: str, *lines: str | bytes) -> Path:
    folder = Path(settings.HOME) / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"".join(x.encode() if isinstance(x, str) else x for x in lines))
    return path


def test_a_post_is_stored_with_its_snapshot_and_its_first_figures(board: Source) -> None:
    result = ingest_items(
        [post(url="http://b.cn/t/1", likes=3, page_sha256="x", published_at="2026-11-17 08:00")], source=board, at=AT
    )
    stored = Post.objects.get(pk=result.post_ids[0])
    assert stored.published_at == clock("08:00") and stored.precision == "minute"
    assert Snapshot.objects.get(post=stored).text == WORDS
    assert [(c.likes, c.at) for c in CountReading.objects.all()] == [(3, AT)]
    assert stored.step == 0 and stored.handle and "甲" not in stored.handle


def test_the_same_address_is_a_repeat_that_only_brings_new_figures(board: Source) -> None:
    ingest_items([post(url="http://b.cn/t/1?utm_source=a", likes=3)], source=board, at=AT)
    later = AT + timedelta(hours=1)
    result = ingest_items(
        [post("改过的正文也不成为新帖文，地址说了算", at=later, url="https://b.cn/t/1#top", likes=9)],
        source=board,
        at=later,
    )
    assert (result.stored, result.repeats, Post.objects.count()) == (0, 1, 1)
    assert Post.objects.get().likes == 9 and Post.objects.get().repeats == 0
    assert [c.likes for c in CountReading.objects.order_by("id")] == [3, 9]


def test_the_same_words_of_the_same_person_on_one_platform_are_a_repeat(board: Source) -> None:
    result = ingest_items(
        [
            post(id="1"),
            post("\n\t" + WORDS.replace("，", ",") + " \u200b", id="2"),
            post(id="3", author="乙"),
            post(id="4", platform="别处"),
        ],
        source=board,
        at=AT,
    )
    assert (result.stored, result.repeats) == (3, 1)
    first = Post.objects.get(ext_id="1")
    assert first.repeats == 1 and [r.ext_id for r in Repeat.objects.filter(post=first)] == ["2"]
    again = ingest_items([post(id="5")], source=board, at=AT)
    assert (again.stored, again.repeats) == (0, 1)
    assert Post.objects.get(ext_id="1").repeats == 2


def test_under_twelve_letters_only_the_address_decides(board: Source) -> None:
    result = ingest_items([post("路灯坏了！", id="1"), post("路灯坏了！", id="2")], source=board, at=AT)
    assert result.stored == 2


def test_without_an_author_the_same_words_are_not_a_repeat(board: Source) -> None:
    assert ingest_items([post(id="1", author=""), post(id="2", author="")], source=board, at=AT).stored == 2


def test_one_person_stays_one_over_a_change_of_keys(board: Source) -> None:
    old, new = single(b"o" * 32), single(b"n" * 32)
    first = Door("board", "论坛", "public", ZONE, old).admit({"text": WORDS, "author": "甲"}, fetched_at=AT)
    changed = type(new)(20271, b"n" * 32, b"o" * 32)
    second = Door("board", "论坛", "public", ZONE, changed).admit({"text": WORDS, "author": "甲"}, fetched_at=AT)
    result = ingest_items([first, second], source=board, at=AT)
    assert (result.stored, result.repeats) == (1, 1)


def test_old_posts_of_a_first_visit_are_history_and_those_of_these_days_are_not(board: Source) -> None:
    items = [
        post("三月里说过的旧事，早已经过去了没有下文", id="1", published_at="2026-03-01", first_visit=True),
        post("昨天才说的新事，今天还没有人来处理过", id="2", published_at="2026-11-16 10:00", first_visit=True),
        post("不知道什么时候说的，页面上没有写日期", id="3", first_visit=True),
        post("热榜上的词条没有日期但是就是现在的事", id="4", first_visit=True, kind="hot_list"),
        post("很久以前说的，但是不是第一次访问才见到", id="5", published_at="2026-03-01"),
    ]
    ingest_items(items, source=board, at=AT)
    assert {p.ext_id: p.history for p in Post.objects.all()} == {
        "1": True,
        "2": False,
        "3": True,
        "4": False,
        "5": False,
    }


def test_a_post_dated_by_day_is_not_before_the_last_visit_without_it(board: Source) -> None:
    seen = clock("07:00")
    ingest_items([post(id="1", published_at="2026-11-17", not_before=seen)], source=board, at=AT)
    ingest_items([post(WORDS + "二", id="2", published_at="2026-11-17")], source=board, at=AT)
    assert Post.objects.get(ext_id="1").not_before == seen
    assert Post.objects.get(ext_id="2").not_before == clock("00:00")


def test_each_bad_line_goes_to_quarantine_with_its_reason_and_the_others_come_in(board: Source) -> None:
    good = post(id="1", url="http://b.cn/1").to_line()
    drop(
        "a.jsonl",
        good,
        '{"v":1,"source":"board","text":"断了\n',
        b'{"v":1,"source":"board","text":"' + b"x" * 10_000_000 + b'"}\n',
        '{"v":1,"source":"board","fetched_at":"2026-11-17T09:00:00+08:00","text":"含\x00字节"}\n',
        '{"source":"board","text":"  "}\n',
        '{"source":"nobody","text":"谁的"}\n',
        '["不是对象"]\n',
        "\n",
        b'{"source":"board","text":"\xff\xfe\xff"}\n',
        '{"source":"board","id":"9","text":"😀😀😀","author":"丙","published_at":"2030-01-01"}\n',
    )
    taken = ingest_files(at=AT)
    assert (taken.stored, taken.quarantined) == (2, 7)
    reasons = list(Quarantine.objects.order_by("line").values_list("line", "reason"))
    assert [n for n, _ in reasons] == [2, 3, 4, 5, 6, 7, 9]
    assert "JSON" in reasons[0][1] and "MB" in reasons[1][1] and "NUL" in reasons[2][1]
    assert (
        "空" in reasons[3][1] and "没有登记" in reasons[4][1] and "对象" in reasons[5][1] and "UTF-8" in reasons[6][1]
    )
    emoji = Post.objects.get(ext_id="9")
    assert (emoji.text, emoji.published_at, emoji.precision, emoji.published_raw) == (
        "😀😀😀",
        None,
        "unknown",
        "2030-01-01",
    )
    assert emoji.seen_at == AT
    assert InboxFile.objects.get().done_at == AT
    assert ingest_files(at=AT).lines == 0


def test_a_preview_in_quarantine_is_masked_and_short(board: Source) -> None:
    drop("a.jsonl", '{"text":"我的电话13800138000，' + "很长" * 3000 + "\n")
    ingest_files(at=AT)
    preview = Quarantine.objects.get().preview
    assert "13800138000" not in preview and "［手机号］" in preview and len(preview) <= 2000


def test_a_line_is_taken_in_again_after_its_source_was_registered(office: Office) -> None:
    drop("a.jsonl", post(id="1", source="late").to_line())
    ingest_files(at=AT)
    line = Quarantine.objects.get()
    with pytest.raises(Refused, match="仍然收不下"):
        retake_quarantine(quarantine=line, by=office.qian, at=AT)
    Source.objects.create(
        key="late", name="后登记", klass="board", kind="board", voice="public", platform="p", scope="open"
    )
    retake_quarantine(quarantine=line, by=office.qian, at=AT)
    assert Post.objects.get().text == WORDS
    with pytest.raises(Refused, match="已经收下"):
        retake_quarantine(quarantine=line, by=office.qian, at=AT)
    assert Post.objects.count() == 1


def test_raw_lines_are_masked_and_their_authors_keyed_at_the_door(board: Source) -> None:
    drop("a.jsonl", json.dumps({"source": "board", "text": WORDS + "，电话13800138000", "author": "网友张三"}) + "\n")
    ingest_files(at=AT)
    stored = Post.objects.get()
    assert "［手机号］" in stored.text and len(stored.handle) == 64 and stored.platform == "论坛"


def test_a_file_that_grows_is_read_on_and_a_half_written_line_waits(board: Source) -> None:
    path = drop("grow.jsonl", post(id="1", url="http://b.cn/1").to_line())
    assert ingest_files(at=AT).stored == 1
    with path.open("a") as file:
        file.write(post(WORDS + "又一次", id="2", url="http://b.cn/2").to_line()[:30])
    assert ingest_files(at=AT).lines == 0
    with path.open("a") as file:
        file.write(post(WORDS + "又一次", id="2", url="http://b.cn/2").to_line()[30:])
    assert ingest_files(at=AT).stored == 1
    assert Quarantine.objects.count() == 0


def test_the_sweep_takes_no_more_than_its_share_and_goes_on_where_it_stopped(board: Source) -> None:
    drop("many.jsonl", *(post(WORDS + str(n), id=str(n), url=f"http://b.cn/{n}").to_line() for n in range(450)))
    assert ingest_files(at=AT, limit=200).stored == 200
    assert ingest_files(at=AT, limit=200).stored == 200
    assert ingest_files(at=AT, limit=200).stored == 50
    assert Post.objects.count() == 450 and InboxFile.objects.get().lines == 450


def test_a_file_is_kept_while_a_line_waits_and_goes_when_it_is_done(board: Source) -> None:
    good, bad = drop("good.jsonl", post(id="1").to_line()), drop("bad.jsonl", "{\n")
    ingest_files(at=AT)
    ingest_files(at=AT + timedelta(hours=2))
    assert not good.exists() and bad.exists()


def ingest_and_die(step: int) -> bool:
    """Run the sweep in a process of its own that kills itself before its `step`-th write; True when it was killed."""
    connections.close_all()
    getattr(connection, "close_pool", bool)()  # a connection of PostgreSQL can not be shared with a child
    pid = os.fork()
    if pid == 0:
        written = 0

        def blow(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal written
            written += sql.startswith(("INSERT", "UPDATE"))
            if written == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(blow):
                ingest_files(at=AT)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_step_no_post_is_lost_and_none_comes_twice() -> None:
    Source.objects.create(
        key="board", name="居民论坛", klass="board", kind="board", voice="public", platform="论坛", scope="district"
    )
    count, killed, step = 230, 0, 0
    for step in range(1, 40):
        Post.objects.all().delete()
        InboxFile.objects.all().delete()
        lines = [post(f"{WORDS}第{n}次", id=str(n), url=f"http://b.cn/{n}").to_line() for n in range(count)]
        drop("k.jsonl", *lines, lines[0], "{\n")
        if not ingest_and_die(step):
            break
        killed += 1
        ingest_files(at=AT)
        assert Post.objects.count() == count
        assert sorted(Post.objects.values_list("ext_id", flat=True)) == sorted(str(n) for n in range(count))
        assert Snapshot.objects.count() == count and Quarantine.objects.count() == 1
        assert InboxFile.objects.get().lines == count + 2
    assert killed >= 8


def test_a_repeat_fetched_again_at_its_own_address_is_counted_once(board: Source) -> None:
    first, second = post(url="http://b.cn/1"), post(url="http://b.cn/2")
    ingest_items([first, second], source=board, at=AT)
    ingest_items([first, second], source=board, at=AT + timedelta(minutes=5))
    ingest_items([second, second], source=board, at=AT + timedelta(minutes=9))
    assert Post.objects.get().repeats == 1 and Repeat.objects.count() == 1
    ingest_items([post(url="http://b.cn/3", likes=2)], source=board, at=AT + timedelta(minutes=9))
    assert Post.objects.get().repeats == 2 and Post.objects.get().likes == 2
