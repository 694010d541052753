"""No nickname and no counter stands in what is kept: authors are known by a keyed handle alone (rules.md 11, 15)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawlers.bylines import hidden_author, without_bylines
from crawlers.handles import single
from crawlers.items import Door
from crawlers.spiders.extract import extract_article
from crawlers.spiders.markup import Page
from drills.site import Site, load_entries

POSTS = Path(__file__).resolve().parents[2] / "drills" / "qinghuai" / "posts.yaml"
AFTER = datetime(2026, 12, 1, tzinfo=UTC)
DOOR = Door("s", "论坛", "public", ZoneInfo("Asia/Shanghai"), single(b"k" * 32))


@pytest.mark.parametrize(
    "selectors", [{"body": "div.body"}, {}, {"body": "#gone"}], ids=["known", "unknown", "site was rebuilt"]
)
def test_no_page_of_the_rehearsal_leaves_its_author_or_its_counters_in_the_text(selectors: dict[str, str]) -> None:
    site = Site(load_entries(POSTS), lambda: AFTER)
    entries = [e for e in site.entries if e.place in ("board", "portal", "paper")]
    for entry in entries:
        article = extract_article(Page(f"http://x.cn/{entry.place}/{entry.id}.html", site.article(entry)), selectors)
        assert not entry.author or entry.author not in article.text.replace(entry.text, ""), entry.id
        assert "浏览：" not in article.text and "点赞：" not in article.text, entry.id
        if selectors.get("body") == "div.body":
            assert article.text.split() == entry.text.split(), entry.id
        else:
            assert entry.text.split()[0] in article.text, entry.id


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("暖气来了\n着急的妈妈 2026-11-17 22:40\n浏览：77 点赞：0 回复：1,024\n谢谢师傅。", "暖气来了\n谢谢师傅。"),
        ("着急的妈妈：停暖四个小时了", "停暖四个小时了"),
        ("作者：随便起的名 | 浏览 1.2万次\n路灯坏了", "路灯坏了"),
        ("网友：随便起的名 时间：2026-11-17 08:00\n路灯坏了", "路灯坏了"),
        # none of these is a byline
        ("网友：太吓人了", "网友：太吓人了"),
        ("我给着急的妈妈们说一句", "我给着急的妈妈们说一句"),
        ("特此通告。\n2026年11月17日", "特此通告。\n2026年11月17日"),
        ("赞 3 个街道的做法，回复 12345 的电话", "赞 3 个街道的做法，回复 12345 的电话"),
    ],
)
def test_lines_that_only_say_who_when_and_how_often_go(text: str, kept: str) -> None:
    assert without_bylines(text, ["着急的妈妈"]) == kept
    assert DOOR.admit({"text": text, "author": "着急的妈妈"}, fetched_at=AFTER).text == kept


def test_an_author_nested_in_an_author_is_taken_out_once() -> None:
    page = """<html><body><div class="author"><span class="username">夜跑老周</span></div><h1>路灯又不亮了</h1>
    <div class="author"><p>这一段路灯又不亮了，晚上回家一片漆黑，走路很不安全，老人摔了一跤，反映过好几次都没有人来修，
    请有关部门尽快处理，给一个说法，谢谢。</p></div></body></html>"""
    text = extract_article(Page("http://x.cn/1.html", page.encode())).text
    assert "夜跑老周" not in text and "一片漆黑" in text


def test_fields_that_tell_who_wrote_are_not_passed_through() -> None:
    raw = {
        "text": "路灯坏了",
        "author": "夜跑老周",
        "nickname": "老周",
        "用户昵称": "老周",
        "by": "夜跑老周",
        "楼层": 3,
    }
    assert DOOR.admit(raw, fetched_at=AFTER).extra == {"楼层": "3"}


def test_the_preview_of_a_refused_line_hides_its_author() -> None:
    row = {"id": 1, "author": '夜跑"老周', "text": ""}
    assert "老周" not in hidden_author(json.dumps(row, ensure_ascii=False))
    assert "老周" not in hidden_author('{"nickname": "夜跑老周')
    assert hidden_author("8801,夜跑老周,,2019-01-02", "夜跑老周") == "8801,［作者］,,2019-01-02"
