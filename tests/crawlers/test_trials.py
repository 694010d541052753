"""A pasted address: fetched by the real child, its kind guessed, five items shown, and what may not become a source."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as conf
from pytest_django.fixtures import Settings

from console.installation import take_in_pack
from crawlers.canonical import address_key
from crawlers.handles import current_keys
from crawlers.models import Post, Source, SourceChange, SourceTrial
from crawlers.services import (
    Registration,
    edit_source,
    export_register,
    keep_source,
    look_at,
    start_trial,
    switch_source,
    tidy_trials,
    visit_due,
)
from crawlers.services.visit import claim_due
from crawlers.spiders.job import Job, SourceJob, read_results
from crawlers.spiders.markup import Page, RawRow
from crawlers.spiders.trial import SEEN, as_seen
from office.errors import Refused
from office.models import Trail
from office.pack.sources import Sources
from tests.people import Office, clock
from tests.site.server import Site

pytestmark = pytest.mark.django_db
AT = clock("12:00", day=21)


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    site = Site().run()
    settings.LOOPBACK = site.pair
    yield site
    site.stop()


def tried(office: Office, address: str, **asked: str) -> SourceTrial:
    """The trial when its child is back."""
    trial = start_trial(address=address, by=office.zhao, at=AT, **asked)
    until = time.monotonic() + 60
    while trial.ended_at is None and time.monotonic() < until:
        time.sleep(0.1)
        trial = look_at(trial, at=AT)
    return trial


def decided(**changes: Any) -> Registration:
    fields: dict[str, Any] = {
        "name": "本地论坛 西城版", "klass": "board", "voice": "public", "scope": "open", "rhythm_minutes": 30,
        "legal_basis": "公开网页，不用登录，robots 允许", "impact": "居民常在此反映；电话、门牌入库前去除",
        "review_by": (AT + timedelta(days=300)).date(),
    }  # fmt: skip
    return Registration(**(fields | changes))


def test_the_page_as_seen_names_nobody_who_wrote_and_holds_no_personal_data() -> None:
    body = """<html><script>var phone="13800138000"</script><body><ul><li><a href="/t/1.html">暖气不热，求助</a>
    <span class="author">爱吃烤鸭的老李</span><span>回复 3</span></li><li>路过的小王：电话13812345678</li></ul>"""
    rows = [RawRow({"url": "http://a.test/t/1.html", "author": "路过的小王"})]
    seen = as_seen(Page("http://a.test/", body.encode(), "text/html"), rows)
    assert "暖气不热，求助" in seen and "回复 3" in seen
    assert not any(word in seen for word in ("老李", "小王", "13812345678", "13800138000", "<"))
    assert "［作者］" in seen and "［手机号］" in seen
    long = Page("http://a.test/", ("路灯坏了。" * 5000).encode(), "text/plain")
    assert len(as_seen(long, [])) == SEEN


def test_addresses_that_are_no_source_are_told_apart_in_a_sentence(site: Site, tmp_path: Path) -> None:
    addresses = {
        "login": (site.url("/tologin"), "forbidden", "要登录才能看"),
        "pdf": (site.url("/paper.pdf"), "malformed", "PDF"),
        "gone": (site.url("/nothing"), "missing", "地址不存在"),
        "private": ("http://192.168.0.10/list/", "private", "内部网络"),
        "to_private": (site.url("/toprivate"), "private", "内部网络"),
        "circle": (site.url("/circle/a"), "redirects", "来回跳转"),
        "closed": (site.url("/closed/"), "robots_forbid", "robots.txt 不允许"),
        "wall": (site.url("/captcha"), "forbidden", "要求验证"),
        "nothing": (site.url("/empty/"), "malformed", "没有认出条目"),
        "hanging": (site.url("/hang"), "hanging", "没有答复"),
        "huge": (site.url("/huge"), "too_big", "超过 5 MB"),
        "refused": (site.url("/403"), "forbidden", "拒绝访问"),
    }
    keys = tmp_path / "handles.json"
    current_keys(keys, at=AT)
    job = Job(
        name="t", inbox=str(tmp_path), result=str(tmp_path / "r.jsonl"), keys=str(keys), user_agent="HuiyingBot/0.1",
        zone="Asia/Shanghai", sources=[SourceJob(k, "", a, "t", "") for k, (a, _, _) in addresses.items()],
        delay_s=0.0, timeout_s=3.0, allow=[site.pair], fixed_at=AT.isoformat(), trial=True,
    )  # fmt: skip
    job.write(tmp_path / "job.json")
    words = [sys.executable, "-m", "crawlers.spiders", "--job", str(tmp_path / "job.json")]
    subprocess.run(words, cwd=conf.BASE_DIR, timeout=60, check=True)
    met = {r.source: (str(r.verdict), r.note) for r in read_results(tmp_path / "r.jsonl")}
    for key, (_, verdict, said) in addresses.items():
        assert met[key][0] == verdict and said in met[key][1], (key, met[key])


def test_a_board_is_recognised_and_becomes_a_source_that_is_visited(site: Site, office: Office) -> None:
    trial = tried(office, site.url("/forum/"))
    found = trial.found
    assert (trial.verdict, found["kind"], found["rows"], found["voice"]) == ("ok", "board", 8, "public")
    assert found["shape"] == "/thread/数字.html" and found["robots"] is True
    assert found["feeds"] == [site.url("/feed.xml")]
    assert [len(found["items"]), found["links"], len(found["times"])] == [5, 8, 8]
    assert all(item["handle"] and "停水" in item["text"] for item in found["items"])
    assert not Post.objects.exists() and not (Path(conf.HOME) / "inbox").exists()
    source = keep_source(trial=trial, register=decided(), on=True, why="居民常在这里说事", by=office.zhao, at=AT)
    assert (source.platform, source.state, source.in_pack) == ("127.0.0.1", "unchecked", False)
    assert SourceChange.objects.get().why == "居民常在这里说事"
    assert Trail.objects.filter(kind="edit_source").count() == 1
    trial.refresh_from_db()
    assert trial.kept == source and not trial.found
    with pytest.raises(Refused, match="登记过了|没有取到条目"):
        keep_source(trial=trial, register=decided(), on=True, why="再来", by=office.zhao, at=AT)
    with pytest.raises(Refused, match="已经登记为“本地论坛 西城版”"):
        start_trial(address=site.url("/forum/#top"), by=office.zhao, at=AT)
    assert visit_due(at=AT, wait=True) == (1, 1)
    source.refresh_from_db()
    assert source.state == "ok" and source.first_success_at is not None


def test_an_interface_is_recognised_with_its_fields(site: Site, office: Office) -> None:
    trial = tried(office, site.url("/rows.json"))
    spec = trial.found["config"]["json"]
    assert spec["items"] == "data.list" and spec["date_formats"] == ["epoch_s"]
    assert spec["fields"] == {"id": "tid", "title": "Subject", "url": "linkUrl", "published_at": "dateline"}
    first = trial.found["items"][0]
    assert first["title"] == "第2000件：路灯不亮" and first["precision"] == "minute"


def test_what_other_sources_already_bring_is_counted_before_anything_is_kept(site: Site, office: Office) -> None:
    one = Source.objects.create(
        key="one", name="老论坛", klass="board", kind="board", voice="public", platform="老平台", scope="open",
        address="https://old.example/", enabled=True,
    )  # fmt: skip
    from_trial = tried(office, site.url("/forum/"))
    for n in (9001, 9002):
        address = site.url(f"/thread/{n}.html")
        Post.objects.create(
            source=one, platform="老平台", voice="public", text="x", text_key="y" * 64, precision="minute",
            address=address, address_key=address_key(address), fetched_at=AT, seen_at=AT,
        )  # fmt: skip
    assert from_trial.found["same"] == []
    again = tried(office, site.url("/forum/"), kind="board", list_hint=r"/thread/\d+\.html$")
    assert again.found["same"] == [{"key": "one", "name": "老论坛", "platform": "老平台", "n": 2}]
    assert [item["same"] for item in again.found["items"]][:3] == ["同址，老论坛", "同址，老论坛", ""]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "网页地址"),
        ("ftp://a.example/x", "http"),
        ("javascript:alert(1)", "http"),
        ("https://u:p@a.example/", "用户名或口令"),
        ("http://a.example:99999/", "整条复制"),
        ("https://a.example/" + "x" * 1000, "1000"),
    ],
)
def test_what_is_no_web_address_is_refused_before_anybody_is_asked(office: Office, address: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        start_trial(address=address, by=office.zhao, at=AT)
    assert not SourceTrial.objects.exists()


def test_who_may_not_register_may_not_try_either(office: Office) -> None:
    with pytest.raises(Refused, match="登记和修改信源"):
        start_trial(address="https://a.example/", by=office.wang, at=AT)


def test_a_host_that_is_being_tried_is_left_alone_by_the_crawl(office: Office) -> None:
    Source.objects.create(
        key="s", name="s", klass="media", kind="page", voice="media", platform="s", scope="open", enabled=True,
        address="https://a.example/list/", next_visit_at=AT,
    )  # fmt: skip
    SourceTrial.objects.create(address="https://a.example/other/", by=office.zhao, at=AT, job="trial-x")
    assert claim_due(at=AT, limit=9) == []
    with pytest.raises(Refused, match="正在采集"):
        start_trial(address="https://a.example/third/", by=office.zhao, at=AT)
    assert len(claim_due(at=AT + timedelta(minutes=3), limit=9)) == 1


def good(office: Office, **found: Any) -> SourceTrial:
    """A trial that brought items, as a child left it."""
    facts: dict[str, Any] = {"kind": "feed", "config": {}, "items": [{"title": "一"}], "rows": 9, "delay": 0}
    return SourceTrial.objects.create(
        address="https://news.example.cn/rss.xml", by=office.zhao, at=AT, job=f"trial-{SourceTrial.objects.count()}",
        ended_at=AT, verdict="ok", found=facts | found,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rhythm_minutes": 3}, "5 分钟"),
        ({"review_by": AT.date()}, "复核日期"),
        ({"review_by": (AT + timedelta(days=400)).date()}, "一年以内"),
        ({"voice": "everybody"}, "voice"),
        ({"impact": " \n"}, "影响评估"),
    ],
)
def test_a_line_the_register_would_not_take_is_refused(office: Office, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        keep_source(trial=good(office), register=decided(**changes), on=True, why="有用", by=office.zhao, at=AT)
    assert not Source.objects.exists()


def test_what_was_fetched_only_to_be_looked_at_goes_after_a_day(office: Office) -> None:
    trial = good(office)
    tidy_trials(at=AT + timedelta(hours=23))
    assert SourceTrial.objects.get(pk=trial.pk).found
    tidy_trials(at=AT + timedelta(hours=25))
    assert SourceTrial.objects.get(pk=trial.pk).found == {}
    tidy_trials(at=AT + timedelta(days=8))
    assert not SourceTrial.objects.exists()


def test_a_trial_of_yesterday_or_without_items_is_not_registered(office: Office) -> None:
    with pytest.raises(Refused, match="超过一天"):
        keep_source(
            trial=good(office), register=decided(), on=True, why="有用", by=office.zhao, at=AT + timedelta(hours=25)
        )
    with pytest.raises(Refused, match="没有取到条目"):
        keep_source(trial=good(office, items=[]), register=decided(), on=True, why="有用", by=office.zhao, at=AT)
    with pytest.raises(Refused, match="10 分钟"):
        keep_source(
            trial=good(office, delay=50), register=decided(rhythm_minutes=5), on=True, why="有", by=office.zhao, at=AT
        )


def test_the_register_with_all_changes_is_exported_as_a_file_the_pack_takes(office: Office) -> None:
    take_in_pack(at=AT)
    keep_source(trial=good(office), register=decided(name="新订阅"), on=False, why="先登记", by=office.zhao, at=AT)
    known = Source.objects.filter(in_pack=True, enabled=True).order_by("key").first()
    assert known is not None
    edit_source(source=known, rhythm_minutes=45, voice=known.voice, reason="太密\n# 不是", by=office.zhao, at=AT)
    off = Source.objects.filter(in_pack=True, enabled=True).exclude(pk=known.pk).order_by("key")[0]
    switch_source(source=off, on=False, reason="改版", by=office.zhao, at=AT)
    text = export_register(by=office.zhao, at=AT)
    lines = {line.id: line for line in Sources.model_validate(yaml.safe_load(text)).sources}
    assert lines[known.key].rhythm_minutes == 45
    assert (lines[off.key].enabled, lines[off.key].disabled_reason) == (False, "改版")
    assert lines["news-example-cn"].name == "新订阅" and not lines["news-example-cn"].enabled
    assert "太密 # 不是" in text.splitlines()[4] + text.splitlines()[3]
    assert Trail.objects.filter(kind="source.export").count() == 1
    with pytest.raises(Refused, match="权限"):
        export_register(by=office.li, at=AT)
