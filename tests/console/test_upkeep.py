"""维护: backups, room on the disk, what is kept how long; the guard that stops collecting before a disk is full."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as conf
from django.test import Client
from pytest_django.fixtures import Settings

from alerts.models import Notice
from console import disk_watch
from console.backup.nightly import GOOD, TRIED
from console.processes import LOG_BYTES, LOG_FILES, Journal
from crawlers.models import Source
from crawlers.services import import_file
from crawlers.tasks import crawl
from office.diskroom import Verdict, judge, room
from office.errors import Refused
from office.models import User
from office.state import get_state, set_state
from tests.console.conftest import NIGHT
from tests.console.night import Night
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
AT = clock("09:30")
GB = 1024**3


def full(settings: Settings) -> None:
    settings.DISK_WARN, settings.DISK_STOP = 1, 1


def test_the_guard_warns_at_85_percent_and_stops_before_the_database_cannot_write() -> None:
    assert [judge(p, 50 * GB) for p in (84, 85, 94, 95)] == [Verdict.OK, Verdict.WARN, Verdict.WARN, Verdict.STOP]
    assert judge(10, 200 * 1024**2) is Verdict.STOP  # a small disk, whatever the share
    assert 0 <= room().percent <= 100 and room().free > 0


def test_with_too_little_room_nothing_is_crawled_or_imported_and_all_goes_on_by_itself_afterwards(
    office: Office, settings: Settings, tmp_path: Path
) -> None:
    source = Source.objects.create(
        key="s", name="论坛", klass="board", kind="board", voice="public", platform="s", scope="open",
        enabled=True, address="http://127.0.0.1:9/", next_visit_at=AT - timedelta(days=400),
    )  # fmt: skip
    (tmp_path / "a.csv").write_text("编号,内容\n1,话\n", encoding="utf-8")
    full(settings)
    assert crawl() == ""
    source.refresh_from_db()
    assert source.claimed_until is None and source.last_visit_at is None
    with pytest.raises(Refused, match="采集和导入已暂停"):
        import_file(tmp_path / "a.csv", source=source, historical=False, by=office.wang, at=AT)
    settings.DISK_WARN, settings.DISK_STOP = 99, 100
    assert "派出 1 个" in crawl()


def test_people_are_told_once_a_day_and_every_page_says_so_while_it_lasts(office: Office, settings: Settings) -> None:
    assert disk_watch.watch(at=AT) == "" or room().verdict is not Verdict.OK
    full(settings)
    assert "已暂停采集" in disk_watch.watch(at=AT)
    assert disk_watch.watch(at=AT + timedelta(minutes=1)) == ""
    told = Notice.objects.filter(event__startswith="disk-stop:")
    assert {notice.person for notice in told} == {office.admin, office.zhao, office.wang}
    assert "腾出空间" in told[0].body and get_state("disk")["verdict"] == "stop"
    disk_watch.watch(at=AT + timedelta(days=1))
    assert told.all().count() == 6
    User.objects.update(must_change_password=False)
    client = Client()
    client.force_login(office.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert "已暂停采集和导入" in client.get("/").content.decode()
    settings.DISK_WARN, settings.DISK_STOP = 99, 100
    assert "恢复正常" in disk_watch.watch(at=AT + timedelta(days=1, minutes=1))
    assert "已暂停采集和导入" not in client.get("/").content.decode()


def test_the_page_shows_the_last_good_backup_what_failed_the_rules_and_the_version(
    desk: Night, sign_in: SignIn, settings: Settings
) -> None:
    client = sign_in(desk.people["wangmin"])
    words = client.get("/upkeep/").content.decode()
    assert "没有设每日备份" in words and "90 天" in words and "还没有到期的" in words
    settings.BACKUP_DIR = Path("/mnt/backup")
    good = {
        "at": (NIGHT - timedelta(hours=5)).isoformat(),
        "folder": "/mnt/backup/huiying-x",
        "bytes": 3 * GB,
        "posts": 9,
    }
    set_state(GOOD, good, by=None, at=NIGHT)
    set_state("retention_removed", {"at": NIGHT.isoformat(), "removed": {"posts": 1200}}, by=None, at=NIGHT)
    words = client.get("/upkeep/").content.decode()
    assert "备份正常" in words and "3.0 GB" in words and "/mnt/backup/huiying-x" in words
    assert "原帖 1200 条" in words
    set_state(TRIED, {"at": NIGHT.isoformat(), "fault": "E40 磁盘空间不够：/mnt/backup"}, by=None, at=NIGHT)
    assert "E40 磁盘空间不够" in client.get("/upkeep/").content.decode()


def test_the_log_turns_over_at_ten_megabytes_and_five_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log" / "huiying.log"
    journal = Journal(path)
    for number in range(LOG_FILES + 2):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}\n" + "x" * (LOG_BYTES - 3), encoding="utf-8")
        journal.line("one line more")
    kept = sorted(file.name for file in path.parent.iterdir())
    assert kept == ["huiying.log", *(f"huiying.log.{n}" for n in range(1, LOG_FILES))]
    assert path.read_text(encoding="utf-8") == "one line more\n"
    assert (path.parent / "huiying.log.1").read_text(encoding="utf-8").startswith(str(LOG_FILES + 1))
    assert conf.DISK_WARN == 85
