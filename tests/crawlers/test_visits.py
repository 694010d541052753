"""The service and its children: claimed once, collected, the source's state and next visit, imports, coverage."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from crawlers.backoff import Verdict
from crawlers.models import InboxFile, Post, Quarantine, Run, Source
from crawlers.queries import coverage, source_health
from crawlers.services import (
    check_sources,
    collect_finished,
    import_file,
    ingest_files,
    review_forbidden,
    run_now,
    switch_source,
    visit_due,
)
from crawlers.services.visit import claim_due, finish_run, jobs_folder, start_crawl
from crawlers.spiders.job import Result
from office.errors import Refused
from office.models import Trail
from tests.people import Office, clock
from tests.site.server import Site

pytestmark = pytest.mark.django_db
AT = clock("09:00")


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    site = Site().run()
    settings.LOOPBACK = site.pair
    yield site
    site.stop()


def source(key: str, address: str, kind: str = "feed", **fields: object) -> Source:
    values: dict[str, object] = {
        "name": f"来源{key}", "klass": "media", "voice": "media", "platform": key, "scope": "open", "enabled": True,
        "next_visit_at": AT, "rhythm_minutes": 30,
    }  # fmt: skip
    return Source.objects.create(key=key, kind=kind, address=address, **(values | fields))


def test_a_sweep_sends_one_child_for_many_sources_and_their_posts_arrive(site: Site) -> None:
    source("a", site.url("/feed.xml"))
    source("b", site.url("/list/"), "page")
    source("c", site.url("/403"), "page")
    source("later", site.url("/feed.xml"), next_visit_at=AT + timedelta(minutes=1))
    source("off", site.url("/feed.xml"), enabled=False)
    assert visit_due(at=AT, wait=True) == (3, 3)
    assert not list(jobs_folder().iterdir())
    ingest_files(at=AT)
    assert set(Post.objects.values_list("source__key", flat=True)) == {"a", "b"}
    a, c = Source.objects.get(key="a"), Source.objects.get(key="c")
    assert (a.state, a.failures, a.claimed_until) == ("ok", 0, None)
    assert a.next_visit_at == AT + timedelta(minutes=30) and a.first_success_at is not None and a.cursor["seen"]
    assert (c.state, c.next_visit_at) == ("forbidden", None) and "待人工复核" in c.note
    assert Run.objects.filter(ended_at__isnull=False).count() == 3
    assert visit_due(at=AT, wait=True) == (0, 0)


def test_two_workers_never_claim_one_source(site: Site) -> None:
    for n in range(5):
        source(f"s{n}", f"http://s{n}.example/feed.xml")
    assert len(claim_due(at=AT, limit=3)) == 3
    assert len(claim_due(at=AT, limit=9)) == 2
    assert claim_due(at=AT, limit=9) == []
    assert len(claim_due(at=AT + timedelta(hours=1), limit=9)) == 5


def test_a_host_is_never_visited_by_two_children_at_once() -> None:
    source("list", "https://a.example/list/", "page")
    assert [s.key for s in claim_due(at=AT, limit=9)] == ["list"]
    source("feed", "https://a.example/feed.xml")
    source("other", "https://b.example/feed.xml")
    assert [s.key for s in claim_due(at=AT, limit=9)] == ["other"]


def test_a_child_that_dies_costs_one_visit_and_the_sources_come_again_soon(site: Site) -> None:
    one = source("hangs", site.url("/hang"), "page")
    job = start_crawl([one], at=AT)
    os.kill(int((job.folder / "pid").read_text()), 9)
    results = collect_finished(at=AT + timedelta(minutes=1))
    while not results:  # the kernel may need a moment to tell
        results = collect_finished(at=AT + timedelta(minutes=1))
    assert results[0].verdict == Verdict.CRASHED
    one.refresh_from_db()
    assert one.state == "failing" and "采集进程中断" in one.note
    assert one.next_visit_at is not None and one.next_visit_at <= AT + timedelta(minutes=10)


def test_checking_all_sources_tells_of_each_and_marks_those_seen(site: Site) -> None:
    sources = [source("good", site.url("/feed.xml")), source("bad", site.url("/missing"), "page")]
    assert [r.verdict for r in check_sources(sources, at=AT)] == ["ok", "missing"]
    assert Source.objects.get(key="good").verified_at is not None
    assert Source.objects.get(key="bad").verified_at is None


def test_a_refusal_stays_until_a_person_has_looked(site: Site, office: Office) -> None:
    one = source("s", site.url("/feed.xml"), state="forbidden", next_visit_at=None)
    with pytest.raises(Refused, match="人工复核"):
        run_now(source=one, by=office.admin, at=AT)
    with pytest.raises(Refused, match="权限"):
        review_forbidden(source=one, reason="看过", by=office.han, at=AT)
    review_forbidden(source=one, reason="对方来函同意采集", by=office.zhao, at=AT)
    one.refresh_from_db()
    assert (one.state, one.next_visit_at) == ("unchecked", AT)
    assert Trail.objects.filter(kind="review_forbidden").count() == 1


def test_a_source_is_switched_with_a_reason_and_a_trail(site: Site, office: Office) -> None:
    one = source("s", site.url("/feed.xml"))
    with pytest.raises(Refused, match="理由"):
        switch_source(source=one, on=False, reason=" ", by=office.admin, at=AT)
    switch_source(source=one, on=False, reason="改版，待核对", by=office.admin, at=AT)
    one.refresh_from_db()
    assert (one.enabled, one.disabled_reason) == (False, "改版，待核对")
    assert claim_due(at=AT, limit=9) == []


def test_failures_wait_longer_each_time_and_a_success_forgets_them(site: Site) -> None:
    one = source("s", site.url("/500"))
    waits = []
    for _ in range(3):
        job = start_crawl([], at=AT)
        Run.objects.create(source=one, started_at=AT, note=job.name)
        finish_run(Result("s", Verdict.TEMPORARY, "对方服务器出错"), job=job, at=AT)
        one.refresh_from_db()
        assert one.next_visit_at is not None
        waits.append(one.next_visit_at - AT)
    assert waits == [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)]
    assert one.down_since == AT
    finish_run(Result("s", Verdict.OK, "取到 1 条", visited_at=AT.isoformat()), job=job, at=AT)
    again = Source.objects.get(key="s")
    assert (again.failures, again.down_since, again.last_success_at) == (0, None, AT)


def test_the_brief_learns_which_source_was_down_from_when_to_when(site: Site) -> None:
    one = source("s", site.url("/feed.xml"), last_success_at=clock("12:00"))
    for time, verdict in (("08:00", "ok"), ("09:00", "temporary"), ("10:00", "hanging"), ("11:00", "unchanged")):
        Run.objects.create(source=one, started_at=clock(time), ended_at=clock(time), verdict=verdict, note="没有答复")
    never = source("never", site.url("/x"), down_since=clock("07:00"), note="连接失败")
    gaps = coverage(clock("06:00"), clock("13:00"))
    assert [(g.key, g.since, g.until, g.collected) for g in gaps] == [
        ("never", clock("07:00"), None, False),
        ("s", clock("08:00"), clock("11:00"), True),
    ]
    assert {h.key: h.late for h in source_health(clock("12:30"))} == {"never": True, "s": False}
    assert never.pk


def imported(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode("gb18030"))
    return path


def test_a_file_is_imported_once_kept_by_its_hash_and_its_old_posts_are_history(office: Office, tmp_path: Path) -> None:
    one = source("file", "", "file", voice="public", next_visit_at=None)
    path = imported(
        tmp_path,
        "留言.csv",
        "编号,用户,标题,时间,正文\n1,甲,路灯,2019/3/1 8:00:00,菜市口大街路灯坏了一个星期没人修理\n2,乙,停水,"
        "2026-11-17 08:00:00,昨晚停水到现在整栋楼没水用，电话13800138000\n3,丙,空,2019-01-01,\n,,,,\n4,丁\n",
    )
    inbox = import_file(path, source=one, historical=True, by=office.qian, at=AT)
    again = import_file(path, source=one, historical=True, by=office.qian, at=AT)
    assert inbox.pk == again.pk and Trail.objects.filter(kind="import_file").count() == 1
    kept = Path(settings.HOME) / inbox.path
    assert inbox.sha256 in kept.name and kept.stat().st_mode & 0o777 == 0o600
    taken = ingest_files(at=AT)
    assert (taken.stored, taken.quarantined) == (3, 1)
    assert {p.ext_id: p.history for p in Post.objects.all()} == {"1": True, "2": False, "3": True}
    assert "［手机号］" in Post.objects.get(ext_id="2").text
    assert Quarantine.objects.get().reason.startswith("标题和正文都是空的")
    assert ingest_files(at=AT).lines == 0


def test_a_file_nobody_can_read_is_refused_in_a_sentence(office: Office, tmp_path: Path) -> None:
    one = source("file", "", "file")
    with pytest.raises(Refused, match="缺少必需的列"):
        import_file(
            imported(tmp_path, "a.csv", "编号,时间\n1,2\n"), source=one, historical=False, by=office.qian, at=AT
        )
    with pytest.raises(Refused, match="权限"):
        import_file(imported(tmp_path, "b.csv", "正文\n字\n"), source=one, historical=False, by=office.han, at=AT)
    assert InboxFile.objects.count() == 0


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_loses_nothing_and_is_tried_again() -> None:
    source("s", "http://x.cn/")
    folder = Path(settings.HOME) / "inbox"
    folder.mkdir(parents=True)
    line = {"v": 1, "source": "s", "text": "一条等着收下的帖文，数据库正被占用", "fetched_at": AT.isoformat()}
    (folder / "a.jsonl").write_text(json.dumps(line) + "\n")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=200")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        ingest_files(at=AT)
    other.execute("ROLLBACK")
    other.close()
    assert ingest_files(at=AT).stored == 1
    assert Post.objects.count() == 1


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_loses_nothing_and_is_tried_again() -> None:
    source("s", "http://x.cn/")
    folder = Path(settings.HOME) / "inbox"
    folder.mkdir(parents=True)
    text = "磁盘写满的时候等着收下的一条很长的帖文" * 500
    lines = [
        {"v": 1, "source": "s", "id": str(n), "text": f"{n}{text}", "fetched_at": AT.isoformat()} for n in range(80)
    ]
    (folder / "a.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count={pages + 20}")
    with pytest.raises(OperationalError, match="full"):
        ingest_files(at=AT)
    assert Post.objects.count() == 0 and InboxFile.objects.get().offset == 0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count=1073741823")
    assert ingest_files(at=AT).stored == 80


def test_the_web_process_does_not_carry_the_spiders_libraries() -> None:
    code = (
        "import os,sys; os.environ['DJANGO_SETTINGS_MODULE']='config.settings'; import django; django.setup();"
        "import crawlers.tasks, crawlers.queries;"
        "heavy = ('scrapy','twisted','trafilatura','readability','feedparser','openpyxl','lxml');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
        env=os.environ | {"HUIYING_HOME": str(settings.HOME)},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
