"""Addresses, texts, times, keys, verdicts and almost-JSON: small rules, many cases."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawlers.backoff import Verdict, next_visit, verdict_of_status
from crawlers.canonical import address_key, canonical_url, normal_text, same_words, text_key
from crawlers.dates import parse_when
from crawlers.handles import current_keys, quarter, single
from crawlers.items import BadLine, Door, count_of, from_line
from crawlers.spiders.egress import public
from crawlers.spiders.extract import extract_article
from crawlers.spiders.job import Result, append_result, read_results
from crawlers.spiders.json_api import page_addresses
from crawlers.spiders.markup import Page, decode, plain
from crawlers.spiders.page import list_rows
from crawlers.spiders.tolerant import NotReadable, at_path, read_json

ZONE = ZoneInfo("Asia/Shanghai")
FETCHED = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # 12:00 in Beijing


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://WWW.Example.com:80/a//b/index.html?utm_source=1&b=2&a=1#x", "http://www.example.com/a/b/?a=1&b=2"),
        ("https://news.cnr.cn/a.shtml?sign=abc", "https://news.cnr.cn/a.shtml"),
        ("https://other.cn/a?sign=abc", "https://other.cn/a?sign=abc"),
        ("https://m.bjnews.com.cn/detail-1234567890123.html", "https://www.bjnews.com.cn/detail/1234567890123.html"),
        ("https://例子.中国/路 径", "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF%20%E5%BE%84"),
        ("ftp://a/b", ""),
        ("javascript:alert(1)", ""),
        ("http://[::1", ""),
    ],
)
def test_one_page_has_one_address(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_scheme_and_front_pages_do_not_make_an_address_of_a_post() -> None:
    assert address_key("http://a.cn/1.html") == address_key("https://a.cn/1.html#top")
    assert address_key("https://weibo.com/") is None


def test_texts_that_look_the_same_are_the_same() -> None:
    assert normal_text(" Ａ市，\n\t路灯&nbsp;坏了\u200b ") == normal_text("a市,路灯坏了")
    assert same_words("p", ("h", ""), *text_key("正好十二个字的一句话呀呀")) == [
        ("p", "h", text_key("正好十二个字的一句话呀呀")[0])
    ]
    assert same_words("p", ("h",), *text_key("只有十一个字的一句话呀")) == []


@pytest.mark.parametrize(
    ("raw", "local", "precision"),
    [
        ("2019/1/2 3:04", "2019-01-02 03:04:00", "minute"),
        ("2019-01-02 03:04:05", "2019-01-02 03:04:05", "minute"),
        ("2026年1月2日", "2026-01-02 00:00:00", "day"),
        ("2026年01月02日15:30", "2026-01-02 15:30:00", "minute"),
        ("2026年1月2日 下午3点", "2026-01-02 15:00:00", "hour"),
        ("2018年3月1日凌晨2点半", "2018-03-01 02:30:00", "minute"),
        ("3分钟前", "2026-11-21 11:57:00", "minute"),
        ("2小时前", "2026-11-21 10:00:00", "hour"),
        ("昨天 12:30", "2026-11-20 12:30:00", "minute"),
        ("3天前", "2026-11-18 00:00:00", "day"),
        ("11-20 08:00", "2026-11-20 08:00:00", "minute"),
        ("12-25", "2025-12-25 00:00:00", "day"),
        ("2026-01-02T03:04:05Z", "2026-01-02 11:04:05", "minute"),
        ("Sat, 21 Nov 2026 03:00:00 +0800", "2026-11-21 03:00:00", "minute"),
        ("2026-01-02 03:04:052026-01-02 03:04:05", "2026-01-02 03:04:05", "minute"),
        ("1700000000", "2023-11-15 06:13:20", "minute"),
        ("1700000000000", "2023-11-15 06:13:20", "minute"),
        ("2026-11-21 12:09", "2026-11-21 12:09:00", "minute"),
        ("2026-11-21 12:11", None, "unknown"),
        ("1970-01-01 00:00:00", None, "unknown"),
        ("2027-01-01", None, "unknown"),
        ("2018-2-29", None, "unknown"),
        ("上周", None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_times_are_read_as_people_write_them(raw: str, local: str | None, precision: str) -> None:
    when = parse_when(raw, ZONE, fetched_at=FETCHED)
    shown = when.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S") if when.at else None
    assert (shown, when.precision, when.raw) == (local, precision, raw)


def test_a_declared_format_comes_first() -> None:
    when = parse_when("02/01/2019", ZONE, ("%d/%m/%Y",), fetched_at=FETCHED)
    assert when.at == datetime(2019, 1, 1, 16, tzinfo=UTC) and when.precision == "day"


def test_keys_change_with_the_quarter_overlap_sixty_days_and_then_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "handles.json"
    autumn = current_keys(path, at=datetime(2026, 11, 1, tzinfo=UTC))
    handle, number, before = autumn.handle("论坛", " 甲 ")
    assert (len(handle), number, before) == (64, 20264, "")
    assert path.stat().st_mode & 0o777 == 0o600
    assert autumn.handle("别处", "甲")[0] != handle
    winter = current_keys(path, at=datetime(2027, 1, 10, tzinfo=UTC))
    assert winter.handle("论坛", "甲")[1:] == (20271, handle)
    spring = current_keys(path, at=datetime(2027, 3, 5, tzinfo=UTC))
    assert spring.handle("论坛", "甲")[2] == "" and list(json.loads(path.read_text())) == ["20271"]
    assert quarter(datetime(2026, 1, 1, tzinfo=UTC)) == 20261


@pytest.mark.parametrize(
    ("verdict", "failures", "state", "wait"),
    [
        (Verdict.OK, 5, "ok", timedelta(minutes=30)),
        (Verdict.UNCHANGED, 0, "ok", timedelta(minutes=30)),
        (Verdict.TEMPORARY, 0, "failing", timedelta(minutes=30)),
        (Verdict.TEMPORARY, 3, "failing", timedelta(hours=4)),
        (Verdict.TEMPORARY, 50, "failing", timedelta(hours=24)),
        (Verdict.ROBOTS_UNREADABLE, 0, "waiting", timedelta(hours=1)),
        (Verdict.LIMITED, 0, "failing", timedelta(hours=1)),
        (Verdict.LIMITED, 2, "forbidden", None),
        (Verdict.FORBIDDEN, 0, "forbidden", None),
        (Verdict.ROBOTS_FORBID, 0, "forbidden", None),
        (Verdict.POSTPONED, 2, "", timedelta(minutes=5)),
        (Verdict.CRASHED, 0, "failing", timedelta(minutes=5)),
    ],
)
def test_when_to_come_again(verdict: Verdict, failures: int, state: str, wait: timedelta | None) -> None:
    at = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    visit = next_visit(verdict, rhythm=timedelta(minutes=30), failures=failures, at=at)
    assert visit.state == state
    assert visit.next_at == (at + wait if wait else None)


def test_what_a_site_asks_for_is_waited_for() -> None:
    at = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    visit = next_visit(Verdict.LIMITED, rhythm=timedelta(minutes=30), failures=0, at=at, retry_after=timedelta(hours=5))
    assert visit.next_at == at + timedelta(hours=5)


@pytest.mark.parametrize("status", [401, 403, 412, 521])
def test_a_refusal_is_a_refusal(status: int) -> None:
    assert verdict_of_status(status) is Verdict.FORBIDDEN


@pytest.mark.parametrize(
    ("address", "open_net"),
    [
        ("114.114.114.114", True),
        ("2400:3200::1", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.169.254", False),
        ("172.16.3.4", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("localhost", False),
    ],
)
def test_only_addresses_of_the_open_net_are_public(address: str, open_net: bool) -> None:
    assert public(address) is open_net


def test_almost_json_is_read_and_never_evaluated() -> None:
    text = "{page:{pageNo:1,total:'2',},result:[{id:'AH1',t:'a\\'b\\u4e2d',n:null,ok:true,x:1.5},/* c */{},],}"
    value = read_json(text)
    assert at_path(value, "result.0.t") == "a'b中" and at_path(value, "page.total") == "2"
    assert at_path(value, "result.9.t") is None
    assert read_json('cb([{"a":1}]);', strip="jsonp") == [{"a": 1}]
    assert read_json('<p>x</p><!--s-data:{"a":[1]}-->', pattern="<!--s-data:(.*?)-->") == {"a": [1]}
    assert read_json("var allData = {a:{b:'};'}}; next", pattern=r"allData\s*=\s*(\{.*?\});") == {"a": {"b": "};"}}
    for broken in ("", "<html>", "{a:__import__('os')}", "{a:1", "[" * 100):
        with pytest.raises(NotReadable):
            read_json(broken)


def test_pages_are_read_in_the_letters_they_are_written_in() -> None:
    text = "<html><meta charset='gb2312'><p>陶然亭镕</p>"
    assert decode(text.encode("gb18030")) == text
    assert decode(text.encode()) == text
    assert decode("陶然亭".encode("gbk"), "text/html; charset=utf-8") == "陶然亭"
    assert plain("<p>一</p><script>alert('x')</script><b>二</b>三<br>四<style>p{}</style>") == "一\n二三\n四"


def test_an_article_gives_its_tags_first_and_the_clock_readers_see() -> None:
    page = Page(
        "http://x.gov.cn/a/t20260102_1.html",
        """<html><head><title>通知公告_西城</title><meta name="ArticleTitle" content="<p>关于停水的通知</p>">
        <meta name="PubDate" content="2026-01-02 06:01"><meta name="ContentSource" content="区水务"></head><body>
        <h1>关于停水的通知</h1><div>2026-01-02 06:40 来源：区水务</div>
        <div class="TRS_Editor"><p>因管道检修，明天上午停水四小时，请储水备用。</p></div>
        </body></html>""".encode(),
    )
    article = extract_article(page)
    assert (article.title, article.published_at, article.source) == ("关于停水的通知", "2026-01-02 06:40", "区水务")
    assert article.text == "因管道检修，明天上午停水四小时，请储水备用。"


def test_a_list_gives_its_articles_once_with_their_dates() -> None:
    page = Page(
        "http://x.cn/list/",
        """<html><body><a href="/about.html">关于我们的网站</a><ul>
        <li><a href="/a/20260102/1.html"><img></a>
        <a href="/a/20260102/1.html">街道开展消防检查工作</a><span>2026-01-02</span></li>
        <li><a href="http://other.com/a/20260102/2.html">别家网站的一篇文章</a></li></ul></body></html>""".encode(),
    )
    assert [r.raw for r in list_rows(page, {})] == [
        {"url": "http://x.cn/a/20260102/1.html", "title": "街道开展消防检查工作", "published_at": "2026-01-02"}
    ]
    assert list_rows(page, {"list_hint": r"other\.com/a/\d+/2"})[0].url == "http://other.com/a/20260102/2.html"


def test_paging_asks_for_the_pages_of_the_register() -> None:
    config = {"paging": {"param": "page", "first": 1, "pages": 2}}
    assert page_addresses("http://x.cn/l?page=9&k=v", config) == [
        "http://x.cn/l?k=v&page=1",
        "http://x.cn/l?k=v&page=2",
    ]


def test_a_half_written_result_is_none(tmp_path: Path) -> None:
    path = tmp_path / "result.jsonl"
    append_result(path, Result("a", "ok"))
    with path.open("a") as file:
        file.write('{"source":"b","verd')
    assert [r.source for r in read_results(path)] == ["a"]


def test_counts_are_read_as_sites_write_them() -> None:
    assert [count_of(x) for x in ("1,234", "1.2万", "10万+", 7, "7.0", None, "", "很多", True)] == [
        1234, 12000, 100000, 7, 7, None, None, None, None,
    ]  # fmt: skip


def test_an_item_survives_its_line_and_a_wrong_one_says_why() -> None:
    door = Door("s", "p", "public", ZONE, single(b"k" * 32))
    item = door.admit(
        {
            "id": 7.0,
            "text": "正文\ud83d\ude00\x00",
            "author": "甲",
            "likes": "3",
            "more": "电话13800138000",
            "url": "http://a.cn/1",
        },
        fetched_at=FETCHED,
    )
    assert (item.id, item.text, item.likes, item.extra) == ("7", "正文😀", 3, {"more": "电话［手机号］"})
    assert from_line(item.to_line().encode(), door, fetched_at=FETCHED) == item
    for line, words in (
        (b'{"v":1,"source":"s","text":"a","fetched_at":"2026-11-21 10:00"}', "时区"),
        (b'{"v":1,"source":"s","text":"a","fetched_at":"gestern"}', "时间"),
        (b'{"v":1,"source":"s","text":5,"fetched_at":"2026-11-21T10:00:00Z"}', "文字"),
        (b'{"v":1,"source":"s","text":"a","fetched_at":"2026-11-21T10:00:00Z","precision":"era"}', "精度"),
    ):
        with pytest.raises(BadLine, match=words):
            from_line(line, door, fetched_at=FETCHED)
