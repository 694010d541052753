"""What is past its time goes in small slices, with a report; what a case, a brief or the trail needs stays."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from alerts.models import Anchor
from analysis.copies import find_copy
from analysis.models import CopyKey, Membership, Reading, Topic
from console.retention import clean, preview, sweep
from console.retention import posts as slices
from console.tasks import retain
from crawlers.handles import single
from crawlers.items import Door
from crawlers.models import InboxFile, Post, Quarantine, Run, Snapshot
from crawlers.services import ingest_items
from office import trail
from office.clock import now as clock_now
from office.models import AccessLog, Trail, TrailText
from office.pack.current import current_pack
from office.services.timewatch import ages_in_doubt, watch_clock
from office.state import set_state
from office.timejump import Reading as ClockReading
from reports.models import Brief
from responses.models import Asked, Question
from tests.people import Office, clock
from tests.reports.world import World

pytestmark = pytest.mark.django_db
NOW = clock("03:00")
OLD, YOUNG = NOW - timedelta(days=120), NOW - timedelta(days=30)


LONG = "一段长得足以在副本索引里留下指纹的文字，说的是路灯坏了没人修的事情"


def old_post(world: World, text: str = "路灯坏了没人修", at: datetime = OLD, **more: Any) -> Post:
    made = world.post(at, text, fetched_at=at, **more)
    Snapshot.objects.create(post=made, fetched_at=at, text=text)
    return made


def there(*posts: Post) -> list[bool]:
    found = set(Post.objects.filter(pk__in=[post.pk for post in posts]).values_list("pk", flat=True))
    return [post.pk in found for post in posts]


def test_an_old_post_goes_with_all_that_hangs_on_it_and_a_young_one_stays() -> None:
    world = World()
    old, young = old_post(world, LONG), old_post(world, "水管爆了", at=YOUNG)
    find_copy(old.pk, "", LONG)
    words = clean(at=NOW)
    assert there(old, young) == [False, True]
    assert not Reading.objects.filter(post=old.pk).exists() and not Snapshot.objects.filter(post=old.pk).exists()
    assert not CopyKey.objects.filter(post=old.pk).exists()
    assert "原帖 1 条" in words
    row = Trail.objects.get(kind="retention.done")
    assert trail.words_of([row])[row.text_digest].data["removed"]["posts"] == 1
    assert trail.verify() == []
    assert clean(at=NOW + timedelta(days=1)) == "" and Trail.objects.count() == 1  # nothing went: no row


def test_what_a_case_an_anchor_a_brief_or_the_trail_needs_stays() -> None:
    world = World()
    topic = world.topic("停水", OLD)
    in_case = old_post(world, topic=topic)
    issue = world.issue("停水", OLD, topic=topic)
    anchor = old_post(world, "从别处分出来的帖")
    Anchor.objects.create(matter=issue.matter, kind="event", at=OLD, source="人工填写", post=anchor, entered_at=OLD)
    named = old_post(world, "媒体报道停水", voice="media")
    not_named = old_post(world, "媒体报道别的", voice="media")
    Brief.objects.create(
        day=date(2026, 7, 21), since=OLD - timedelta(days=1), until=OLD + timedelta(hours=1), due_at=OLD,
        drafted_at=OLD, numbers={"media": [{"post": named.pk}], "figures": {}}, content={},
    )  # fmt: skip
    spoken_of = old_post(world, "留痕里提到的")
    trail.record(by=None, kind="issue.note", at=OLD, object_kind="post", object_id=str(spoken_of.pk), text="看过")
    unread = old_post(world, "还没判读")
    Post.objects.filter(pk=unread.pk).update(step=0)
    told = {line.kind.key: line.due for line in preview(at=NOW)}
    assert (told["posts"].past, told["posts"].needed) == (6, 5)
    clean(at=NOW)
    assert there(in_case, anchor, named, not_named, spoken_of, unread) == [True, True, True, False, True, True]


def test_a_lead_that_was_dismissed_just_as_long_ago_needs_its_posts_no_more() -> None:
    world = World()
    topic = world.topic("误判的", OLD)
    post = old_post(world, topic=topic)
    issue = world.issue("误判的", OLD, topic=topic)
    question = Question.objects.create(issue=issue, opened_at=OLD)
    Asked.objects.create(question=question, post=post, words="什么时候能修", shown=True)
    issue.state, issue.closed_at = "dismissed", NOW - timedelta(days=60)
    issue.save()
    clean(at=NOW)
    assert there(post) == [True]
    issue.closed_at = NOW - timedelta(days=100)
    issue.save()
    clean(at=NOW + timedelta(days=1))
    assert not Asked.objects.exists(), "what was asked goes with the post that asked it"
    assert there(post) == [False] and Topic.objects.filter(pk=topic.pk).exists()  # the case keeps its topic


def test_copies_that_stay_remain_one_group_and_count_as_one_voice_still() -> None:
    world = World()
    root = old_post(world, "同一段话")
    first, second = (old_post(world, "同一段话", at=YOUNG, copy_of=root) for _ in range(2))
    clean(at=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert there(root) == [False] and first.copy_of_id is None and second.copy_of_id == first.pk


def test_a_topic_that_goes_on_is_counted_anew_and_one_that_is_empty_goes() -> None:
    world = World()
    gone, goes_on = world.topic("没人说了", OLD), world.topic("还有人说", OLD)
    old_post(world, topic=gone)
    old_post(world, topic=goes_on)
    old_post(world, at=YOUNG, topic=goes_on)
    Topic.objects.filter(pk=goes_on.pk).update(last_post_at=YOUNG, posts_count=2, voices=2)
    clean(at=NOW)
    assert not Topic.objects.filter(pk=gone.pk).exists()
    goes_on.refresh_from_db()
    assert goes_on.first_post_at == YOUNG and goes_on.posts_count == 1


def test_what_is_past_its_time_is_not_stored_again_when_the_board_still_shows_it() -> None:
    world = World()
    source = world.source("区留言板")
    door = Door(source.key, source.platform, "public", current_pack().zone, single(b"k" * 32), kind="board")
    raw = {"text": "置顶的旧帖，路灯坏了没人修，说了很久", "author": "甲", "url": "https://board.test/t/1"}
    ingest_items([door.admit(raw, fetched_at=OLD)], source=source, at=OLD)
    Post.objects.update(step=2)
    clean(at=NOW)
    assert Post.objects.count() == 0
    again = ingest_items([door.admit(raw, fetched_at=NOW)], source=source, at=NOW)
    assert (again.stored, again.repeats) == (0, 1) and Post.objects.count() == 0
    other = ingest_items([door.admit({**raw, "url": "https://board.test/t/2"}, fetched_at=NOW)], source=source, at=NOW)
    assert other.stored == 1  # said again elsewhere, it is new


def test_a_dry_run_says_what_would_go_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    post = old_post(World())
    Post.objects.update(fetched_at=clock("00:00") - timedelta(days=4000))
    call_command("retention", "--dry-run")
    told = capsys.readouterr().out
    assert "保存 90 天，到期 1 条" in told and "将清理 1 条" in told and "没有删除任何数据" in told
    assert there(post) == [True] and not Trail.objects.exists()


def test_a_sweep_takes_a_little_and_goes_on_where_it_stopped_once_a_day() -> None:
    source = World().source("区留言板")
    same = {"source": source, "platform": "x", "voice": "public", "text": "旧帖", "precision": "minute", "step": 2}
    Post.objects.bulk_create(Post(text_key=str(n), fetched_at=OLD, seen_at=OLD, **same) for n in range(60))
    assert sweep(at=NOW, seconds=0) == "" and Post.objects.count() == 60  # no time at all: a pass has begun
    said: list[str] = []
    left: list[int] = []
    while not any(said):
        said.append(sweep(at=NOW + timedelta(minutes=len(said) + 1), seconds=0.001))
        left.append(Post.objects.count())
    assert [count for count in dict.fromkeys(left) if count < 60] == [35, 10, 0] and "原帖 60 条" in said[-1]
    Post.objects.create(text_key="later", fetched_at=OLD, seen_at=OLD, **same)
    assert sweep(at=NOW + timedelta(hours=2)) == "" and Post.objects.count() == 1
    assert "原帖 1 条" in sweep(at=NOW + timedelta(hours=30)) and Post.objects.count() == 0


def test_after_the_clock_was_set_nothing_is_removed_by_its_age_for_a_day() -> None:
    post = old_post(World())
    now, boot = clock_now(), 5000.0
    watch_clock(reading=ClockReading(now - timedelta(days=400), boot, "a"))
    watch_clock(reading=ClockReading(now, boot + 1, "a"))  # more than a year forward
    later = ClockReading(now + timedelta(hours=23), boot + 23 * 3600, "a")
    assert ages_in_doubt(reading=later)  # though sending goes on after two minutes
    assert retain() == "" and there(post) == [True]
    watch_clock(reading=ClockReading(now - timedelta(days=399), boot + 86400, "a"))  # put right: a day again
    assert ages_in_doubt(reading=ClockReading(now - timedelta(days=398.5), boot + 86400 * 1.5, "a"))
    settled = ClockReading(now - timedelta(days=397), boot + 86400 * 3, "a")
    watch_clock(reading=settled)
    assert not ages_in_doubt(reading=settled)


def test_a_pass_begun_by_a_clock_that_was_ahead_goes_on_by_the_time_that_is() -> None:
    young = old_post(World(), at=YOUNG)
    ahead = NOW + timedelta(days=365)
    assert sweep(at=ahead, seconds=0) == ""  # begun, nothing looked at yet
    assert sweep(at=NOW) == "" and there(young) == [True]
    set_state("retention_done", {"at": ahead.isoformat()}, by=None, at=ahead)
    old_post(World(), "水管爆了没人修")
    assert "原帖 1 条" in sweep(at=NOW)  # and one that was through a year from now is no reason to wait a year


def test_kept_files_go_with_the_lines_that_were_not_taken_in_and_visits_with_the_posts() -> None:
    world = World()
    source = world.source("区留言板")
    home = Path(settings.HOME)
    for name, at in (("imports/old.csv", OLD), ("imports/young.csv", YOUNG), ("inbox/old.jsonl", OLD)):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x", encoding="utf-8")
        kind = "import" if name.startswith("imports") else "crawl"
        row = InboxFile.objects.create(path=name, kind=kind, source=source, arrived_at=at, done_at=at)
        Quarantine.objects.create(inbox=row, line=1, offset=0, length=1, reason="坏行", preview="旧话", at=at)
    for at in (OLD, YOUNG):
        Run.objects.create(source=source, started_at=at, ended_at=at)
    clean(at=NOW)
    assert [path.name for path in sorted(home.glob("i*/*"))] == ["young.csv"]
    assert [row.inbox.path for row in Quarantine.objects.select_related("inbox")] == ["imports/young.csv"]
    assert sorted(InboxFile.objects.values_list("path", flat=True)) == ["imports/old.csv", "imports/young.csv"]
    assert Run.objects.get().started_at == YOUNG


def test_words_of_the_trail_go_after_three_years_but_those_of_cases_and_the_chain_stay(office: Office) -> None:
    long_ago = NOW - timedelta(days=1200)
    trail.record(by=office.wang, kind="login", at=long_ago, object_kind="user", data={"address": "10.0.0.9"})
    trail.record(by=office.wang, kind="login", at=long_ago, object_kind="user", data={"address": "10.0.0.8"})
    trail.record(by=office.wang, kind="issue.confirm", at=long_ago, object_kind="issue", object_id="1", text="确认")
    trail.record(by=office.wang, kind="login", at=YOUNG, object_kind="user", data={"address": "10.0.0.8"})
    AccessLog.objects.create(at=long_ago, by=office.wang, kind="post", what="post 1")
    AccessLog.objects.create(at=YOUNG, by=office.wang, kind="post", what="post 2")
    rows = Trail.objects.count()
    clean(at=NOW)
    told = {str(text.data.get("address") or text.text) for text in TrailText.objects.all()}
    assert {"10.0.0.8", "确认"} <= told and "10.0.0.9" not in told
    assert Trail.objects.count() == rows + 1 and trail.verify() == []
    assert AccessLog.objects.get().what == "post 2"


def test_a_slice_asks_the_same_number_of_questions_however_many_posts_there_are(
    django_assert_max_num_queries: Any,
) -> None:
    world = World()
    for n in range(20):
        old_post(world, f"第{n}条", topic=world.topic(f"热点{n}", OLD))
    with django_assert_max_num_queries(40):
        slices.take_posts(NOW - timedelta(days=90), [])
    assert Post.objects.count() == 0 and not Membership.objects.exists()
    assert connection.in_atomic_block
