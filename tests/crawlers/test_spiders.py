"""The real child against the real (local) site: what it brings, what it refuses, how it behaves."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.handles import current_keys
from crawlers.spiders.job import Job, Result, SourceJob, read_results
from tests.site.proxy import Proxy
from tests.site.server import Site

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@dataclass
class Run:
    results: dict[str, Result]
    items: dict[str, list[dict[str, Any]]]
    raw: str


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site().run()
    yield site
    site.stop()


def crawl(site: Site, folder: Path, *sources: SourceJob, **options: Any) -> Run:
    folder.mkdir(exist_ok=True)
    (folder / "inbox").mkdir(exist_ok=True)
    keys = folder / "handles.json"
    current_keys(keys, at=AT)
    settings: dict[str, Any] = {"delay_s": 0.0, "timeout_s": 3.0, "allow": [site.pair], "fixed_at": AT.isoformat()}
    job = Job(
        name="job",
        inbox=str(folder / "inbox"),
        result=str(folder / "result.jsonl"),
        keys=str(keys),
        user_agent="HuiyingBot/0.1 (+mailto:office@example.org)",
        zone="Asia/Shanghai",
        sources=list(sources),
        **(settings | options),
    )
    job.write(folder / "job.json")
    done = subprocess.run(
        [sys.executable, "-m", "crawlers.spiders", "--job", str(folder / "job.json")],
        cwd=ROOT,
        capture_output=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    results = {r.source: r for r in read_results(folder / "result.jsonl")}
    items: dict[str, list[dict[str, Any]]] = {}
    raw = ""
    for path in sorted((folder / "inbox").iterdir()):
        assert path.suffix == ".jsonl"
        raw += path.read_text(encoding="utf-8")
        for line in path.read_text(encoding="utf-8").splitlines():
            data = json.loads(line)
            items.setdefault(data["source"], []).append(data)
    return Run(results, items, raw)


def source(site: Site, key: str, kind: str, path: str, voice: str = "media", **config: Any) -> SourceJob:
    return SourceJob(key=key, kind=kind, address=site.url(path), platform="测试网", voice=voice, config=config)


LETTERS: dict[str, Any] = {
    "json": {
        "items": "result",
        "fields": {"id": "originalId", "title": "letterTitle", "published_at": "writeDate", "source": "orgNames"},
        "strip": "single_quotes",
        "date_formats": ["%Y-%m-%d"],
        "keep_if": {"orgNames": "西城区"},
        "url_by": {"field": "letterTypeName", "templates": {"投诉": "/letter?originalId={originalId}"}},
    },
    "selectors": {"body": "div.letter", "reply": "div.reply_con"},
}
JSONP: dict[str, Any] = {
    "json": {
        "items": "",
        "fields": {"id": "tid", "title": ["subject", "title"], "text": "content", "published_at": "dateline"},
        "strip": "jsonp",
        "date_formats": ["epoch_s"],
        "url_template": "/thread/{tid}",
    }
}
HOT: dict[str, Any] = {"hot": {"mode": "json", "items": "data", "fields": {"title": "Title", "heat": "HotValue"}}}


def test_one_child_reads_every_kind_of_source_and_masks_before_the_disk(site: Site, tmp_path: Path) -> None:
    run = crawl(
        site,
        tmp_path,
        source(site, "feed", "feed", "/feed.xml"),
        source(site, "page", "page", "/list/", voice="official"),
        source(site, "gb", "page", "/gb/", voice="official"),
        source(site, "board", "board", "/board/", voice="public", list_hint=r"/thread/\d+\.html"),
        source(site, "hot", "hot_list", "/hot.json", **HOT),
        source(site, "letters", "json_api", "/letters.action", voice="public", **LETTERS),
        source(site, "jsonp", "json_api", "/threads.jsonp", voice="public", **JSONP),
    )
    assert {k: r.verdict for k, r in run.results.items()} == dict.fromkeys(run.results, "ok")
    assert len(run.results) == 7
    assert len(run.items["feed"]) == 2
    first = run.items["feed"][0]
    assert first["url"] == site.url("/article/0001.html")
    assert "alert" not in first["text"] and "<" not in first["text"]
    assert first["published_at"] == "2026-11-21T01:00:00+00:00"
    article = run.items["page"][0]
    assert article["title"] == "第0011号文章：社区议事会听取加装电梯意见"
    assert article["published_at"] == "2026-11-20T02:30:00+00:00"
    assert "［手机号］" in article["text"] and "［姓名］" in article["text"]
    assert "13800138000" not in run.raw and "王建国" not in run.raw and "张建国" not in run.raw
    assert run.items["gb"][0]["title"] == "陶然亭街道整治背街小巷见成效"
    assert run.items["gb"][0]["precision"] == "day"
    thread = run.items["board"][0]
    assert (thread["reads"], thread["comments"]) == (12000, 35)
    assert len(thread["handle"]) == 64 and "用户9001" not in run.raw
    assert "预计今晚恢复供水" in thread["official_reply"]
    assert [i["rank"] for i in run.items["hot"]] == [1, 2, 3, 4, 5]
    assert run.items["hot"][0]["heat"] == 999
    assert [i["id"] for i in run.items["letters"]] == ["AH26110100001"]
    assert "停水三天" in run.items["letters"][0]["text"] and "handle" not in run.items["letters"][0]
    assert run.items["jsonp"][0]["published_at"] == datetime.fromtimestamp(1795222800, UTC).isoformat()
    assert site.agents == {"HuiyingBot/0.1 (+mailto:office@example.org)"}


def test_a_second_visit_asks_only_whether_anything_changed(site: Site, tmp_path: Path) -> None:
    once = crawl(site, tmp_path / "a", source(site, "s", "feed", "/changed.xml"))
    assert once.results["s"].items == 1
    again = source(site, "s", "feed", "/changed.xml")
    again.cursor = once.results["s"].cursor
    twice = crawl(site, tmp_path / "b", again)
    assert (twice.results["s"].verdict, twice.results["s"].status) == ("unchanged", 304)
    assert twice.items == {}
    page = crawl(site, tmp_path / "c", source(site, "p", "page", "/list/"))
    known = source(site, "p", "page", "/list/")
    known.cursor = page.results["p"].cursor | {"digest": "another"}
    hits = len(site.hits)
    more = crawl(site, tmp_path / "d", known)
    assert more.items == {} and more.results["p"].note == "没有新内容"
    assert [h for h in site.hits[hits:] if h.startswith("/article")] == []


BAD = [
    ("/nofeed.xml", "feed", "malformed", "不是 RSS"),
    ("/hang", "page", "hanging", "超过时限"),
    ("/drip", "page", "hanging", "超过时限"),
    ("/huge", "page", "too_big", "5 MB"),
    ("/circle/a", "page", "redirects", "来回跳转"),
    ("/toprivate", "page", "private", "内部网络"),
    ("/tootherport", "page", "private", "内部网络"),
    ("/toname", "page", "private", "内部网络"),
    ("/tofile", "page", "redirects", ""),
    ("/403", "page", "forbidden", "待人工复核"),
    ("/429", "page", "limited", "放慢"),
    ("/challenge", "page", "forbidden", "要求验证"),
    ("/captcha", "page", "forbidden", "要求验证"),
    ("/500", "page", "temporary", "稍后"),
    ("/missing", "page", "missing", "404"),
    ("/empty/", "page", "empty", "没有找到条目"),
    ("/closed/", "page", "robots_forbid", "robots"),
    ("/letters.action", "hot_list", "malformed", "榜单"),
]


def test_each_bad_site_gives_its_verdict_and_a_sentence_and_no_post(site: Site, tmp_path: Path) -> None:
    run = crawl(
        site, tmp_path, *(source(site, path, kind, path) for path, kind, _verdict, _words in BAD), timeout_s=2.0
    )
    assert {p: run.results[p].verdict for p, *_ in BAD} == {path: verdict for path, _kind, verdict, _words in BAD}
    for path, _kind, _verdict, words in BAD:
        assert words in run.results[path].note, path
    assert run.items == {}


def test_a_feed_that_breaks_off_gives_what_could_be_read(site: Site, tmp_path: Path) -> None:
    run = crawl(site, tmp_path, source(site, "half", "feed", "/broken.xml"))
    assert run.results["half"].verdict == "ok"
    assert run.items["half"][0]["title"] == "第1条消息"


def test_a_site_that_asks_to_wait_is_told_by_the_hour(site: Site, tmp_path: Path) -> None:
    run = crawl(site, tmp_path, source(site, "slow", "page", "/429"))
    assert run.results["slow"].retry_after_s == 7200


def test_nothing_more_is_asked_after_an_article_was_refused(site: Site, tmp_path: Path) -> None:
    run = crawl(site, tmp_path, source(site, "s", "page", "/halfrefused/"))
    assert run.results["s"].verdict == "limited"
    assert len([h for h in site.hits if h.startswith("/no/")]) <= 2


@pytest.mark.parametrize(
    "robots",
    [(403, "text/plain", ""), (500, "text/plain", ""), (200, "text/html", "<!DOCTYPE html><html>首页</html>")],
)
def test_robots_that_can_not_be_read_means_wait(site: Site, tmp_path: Path, robots: tuple[int, str, str]) -> None:
    site.robots = robots
    run = crawl(site, tmp_path, source(site, "s", "page", "/list/"))
    assert run.results["s"].verdict == "robots_unreadable"
    assert "等待" in run.results["s"].note
    assert "/list/" not in site.hits


def test_a_site_without_robots_may_be_read(site: Site, tmp_path: Path) -> None:
    site.robots = (404, "text/html", "")
    assert crawl(site, tmp_path, source(site, "s", "page", "/list/")).results["s"].verdict == "ok"


def test_without_the_parents_word_even_this_machine_is_refused(site: Site, tmp_path: Path) -> None:
    run = crawl(site, tmp_path, source(site, "s", "page", "/list/"), allow=[])
    assert run.results["s"].verdict == "private"
    assert site.hits == []


def test_a_job_that_runs_out_of_time_says_so_for_each_source(site: Site, tmp_path: Path) -> None:
    hanging = [source(site, f"hangs{n}", "page", "/hang") for n in range(4)]
    run = crawl(site, tmp_path, *hanging, budget_s=1.0, timeout_s=2.0)
    assert len(run.results) == 4
    assert {r.verdict for r in run.results.values()} == {"hanging", "postponed"}
    assert "本轮时间用完，下轮再访" in {r.note for r in run.results.values()}


def test_behind_a_proxy_the_guard_checks_the_name_itself_and_hands_on_the_address(site: Site, tmp_path: Path) -> None:
    proxy = Proxy().run()
    plain = source(site, "plain", "feed", "/feed.xml")
    plain.address = f"http://localhost:{site.port}/feed.xml"
    secret = source(site, "secret", "feed", "/feed.xml")
    secret.address = f"https://localhost:{site.port}/feed.xml"
    inside = source(site, "inside", "feed", "/feed.xml")
    inside.address = "http://localhost:9/feed.xml"
    away = source(site, "away", "page", "/toprivate")
    run = crawl(site, tmp_path, plain, secret, inside, away, proxy=proxy.url)
    proxy.stop()
    assert run.results["plain"].verdict == "ok" and len(run.items["plain"]) == 2
    assert (run.results["inside"].verdict, run.results["away"].verdict) == ("private", "private")
    assert run.results["secret"].verdict == "temporary"
    assert ("GET", f"http://127.0.0.1:{site.port}/feed.xml", f"localhost:{site.port}") in proxy.asked
    assert ("CONNECT", f"127.0.0.1:{site.port}", f"127.0.0.1:{site.port}") in proxy.asked
    assert not [line for line in proxy.asked if ":9/" in line[1] or "10.0.0.1" in line[1]]
