"""The doctor names what is wrong in a sentence, and says by its status whether something must be done."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.fixtures import Settings

from analysis.models import SearchEntry
from analysis.search import triggers
from analysis.services import indexing
from analysis.services.indexing import RULES, rebuild, settle
from console.backup.nightly import GOOD, TRIED
from console.doctor import address, database, disk, examine, keys, mail, pack
from console.doctor_keeping import backups, bundle, network, search_index, upgrades
from console.findings import Weight
from office.models import OfficeState
from office.state import set_state
from tests.analysis.search_posts import told
from tests.running.service import environment, free_port, manage

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _home(settings: Settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    settings.LISTEN = ("127.0.0.1", free_port())


def test_keys_that_others_can_read_must_be_mended(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    key = folder / "handle.key"
    key.touch(mode=0o600)
    assert [finding.weight for finding in keys()] == [Weight.GOOD]
    key.chmod(0o644)
    (finding,) = keys()
    assert finding.weight is Weight.MUST and "handle.key" in finding.sentence and "chmod" in finding.sentence


def test_an_address_in_use_must_be_mended(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings.LISTEN = ("127.0.0.1", other.getsockname()[1])
        assert [finding.weight for finding in address()] == [Weight.MUST]


@pytest.mark.parametrize(
    ("listen", "url", "proxy", "hosts", "weights", "words"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", "", [], [], ""),
        ("0.0.0.0", "http://0.0.0.0:8000", "", [], [Weight.MUST], "HUIYING_URL"),
        ("0.0.0.0", "http://10.0.0.5:8000", "", [], [Weight.NOTE], "明文"),
        ("0.0.0.0", "http://10.0.0.5:8000", "", ["*"], [Weight.MUST, Weight.NOTE], "HUIYING_HOSTS"),
        ("127.0.0.1", "https://desk.test", "127.0.0.1", [], [], ""),
        ("127.0.0.1", "https://desk.test", "", [], [Weight.NOTE], "HUIYING_TRUSTED_PROXY"),
        ("127.0.0.1", "http://127.0.0.1:8000", "127.0.0.1", [], [Weight.MUST, Weight.MUST], "https"),
        ("0.0.0.0", "https://desk.test", "10.0.0.9", [], [Weight.NOTE], "绕过代理"),
    ],
)
def test_how_other_desks_reach_it(
    settings: Settings, listen: str, url: str, proxy: str, hosts: list[str], weights: list[Weight], words: str
) -> None:
    settings.LISTEN, settings.URL, settings.TRUSTED_PROXY, settings.HOSTS = (listen, 8000), url, proxy, hosts
    found = list(network())
    assert [finding.weight for finding in found] == weights
    assert words in "".join(finding.sentence for finding in found)


def test_a_disk_that_is_nearly_full_is_told_before_it_is(settings: Settings, tmp_path: Path) -> None:
    settings.DISK_WARN, settings.DISK_STOP = 99, 100
    assert Weight.MUST not in {finding.weight for finding in disk()}
    settings.DISK_WARN = 1
    (finding,) = disk()
    assert finding.weight is Weight.NOTE and "100%" in finding.sentence
    settings.DISK_STOP = 1
    (finding,) = disk()
    assert finding.weight is Weight.MUST and "已暂停" in finding.sentence


def test_an_offline_bundle_of_another_version_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("a==1", encoding="utf-8")
    (tmp_path / "huiying-offline-cut.tar").write_bytes(b"cut")
    (finding,) = bundle()
    assert finding.weight is Weight.MUST and "残缺" in finding.sentence


def test_a_pack_that_does_not_exist_must_be_mended(settings: Settings) -> None:
    settings.DISTRICT = "nowhere"
    (finding,) = pack()
    assert finding.weight is Weight.MUST and "nowhere" in finding.sentence


def test_a_mail_server_that_does_not_answer_must_be_mended(settings: Settings) -> None:
    settings.SMTP, settings.SMTP_TLS, settings.MAIL_FROM = ("127.0.0.1", free_port()), "none", "desk@example.org"
    assert [finding.weight for finding in mail()] == [Weight.MUST, Weight.NOTE]


def test_no_mail_server_is_a_hint_and_no_fault(settings: Settings) -> None:
    settings.SMTP = None
    assert {finding.weight for finding in mail()} == {Weight.NOTE}


def test_a_home_that_is_not_there_must_be_mended(settings: Settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path / "gone"
    assert [finding.weight for finding in disk()] == [Weight.MUST]


@pytest.mark.django_db
def test_a_good_database_is_called_good() -> None:
    assert Weight.MUST not in {finding.weight for finding in database(AT)}
    assert list(examine(at=AT))


def test_a_damaged_database_is_reported_in_one_sentence_and_the_status_is_1(home: Path) -> None:
    (home / "huiying.sqlite3").write_bytes(b"not a database, but long enough to be looked at" * 100)
    done = manage("doctor", env=environment(home, free_port()))
    assert done.returncode == 1
    assert "[要处理] 数据库" in done.stdout and "Traceback" not in done.stderr


def test_a_prepared_installation_has_nothing_that_must_be_done(home: Path) -> None:
    done = manage("doctor", "--quiet", env=environment(home, free_port()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[好]" not in done.stdout


@pytest.mark.django_db
def test_backups_that_nobody_makes_are_pointed_out_and_one_that_is_too_old_must_be_mended(
    settings: Settings, tmp_path: Path
) -> None:
    (finding,) = backups(AT)
    assert finding.weight is Weight.NOTE and "HUIYING_BACKUP_DIR" in finding.sentence
    settings.BACKUP_DIR = tmp_path / "not mounted"
    assert [f.weight for f in backups(AT) if "挂载" in f.sentence] == [Weight.MUST]
    settings.BACKUP_DIR.mkdir()
    facts = {"folder": "/b/huiying-1", "bytes": 5_000_000, "posts": 9}
    set_state(GOOD, {"at": (AT - timedelta(hours=3)).isoformat(), **facts}, by=None, at=AT)
    assert {f.weight for f in backups(AT)} == {Weight.NOTE, Weight.GOOD}  # the same disk, the keys beside
    set_state(GOOD, {"at": (AT - timedelta(hours=30)).isoformat(), **facts}, by=None, at=AT)
    set_state(TRIED, {"at": AT.isoformat(), "fault": "E40 磁盘空间不够"}, by=None, at=AT)
    told = [f.sentence for f in backups(AT) if f.weight is Weight.MUST]
    assert "E40" in told[0] and "manage.py backup" in told[1]


@pytest.mark.django_db
def test_a_database_of_a_newer_version_and_an_upgrade_that_was_cut_off_are_told(tmp_path: Path) -> None:
    assert list(upgrades(AT)) == []
    MigrationRecorder.Migration.objects.create(app="office", name="9999_later")
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "upgrade.json").write_text(json.dumps({"copy": "/x/before"}), encoding="utf-8")
    newer, broken = upgrades(AT)
    assert newer.weight is Weight.MUST and broken.weight is Weight.NOTE and "/x/before" in broken.sentence


def _index(at: datetime = AT) -> tuple[list[Weight], str]:
    found = list(search_index(at))
    return [finding.weight for finding in found], "".join(finding.sentence for finding in found)


@pytest.mark.django_db
def test_an_index_that_lacks_posts_or_holds_too_many_must_be_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_checked", set())  # as a process that has just begun: it writes down its rules
    settle(at=AT)
    for text in ("停水三天", "暖气不热"):
        told(text)
    assert _index() == ([Weight.GOOD], "检索索引收了 0 帖，2 帖待收")
    settle(at=AT)
    assert _index() == ([Weight.GOOD], "检索索引收了 2 帖")
    SearchEntry.objects.order_by("pk")[0].delete()
    weights, words = _index()
    assert weights == [Weight.MUST] and "少 1 帖" in words and "search rebuild" in words
    rebuild(at=AT)
    assert _index()[0] == [Weight.GOOD]
    for docid in (5, 6):
        SearchEntry.objects.create(docid=docid, post=9_000 + docid, facets="")
    weights, words = _index()
    assert weights == [Weight.MUST] and "多 2 帖" in words


@pytest.mark.django_db
def test_an_index_far_behind_or_without_rules_or_without_its_triggers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told("停水三天")
    monkeypatch.setattr("console.doctor_keeping.MANY_WAITING", 0)
    weights, words = _index()
    assert weights == [Weight.NOTE] and "1 帖待收" in words and "search status" in words
    settle(at=AT)
    triggers.take_down()
    OfficeState.objects.filter(key=RULES).delete()
    weights, words = _index()
    assert weights == [Weight.MUST, Weight.MUST] and "11 个触发器" in words and "切字" in words
    triggers.put_up()
    rebuild(at=AT)
    assert _index() == ([Weight.GOOD], "检索索引收了 1 帖")
