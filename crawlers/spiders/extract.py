"""An article out of a page: title, text, time, source; and the article links of a list page.

Order (sources.md 4; technology.md 5): the meta tags of 国办发〔2017〕47号 first, selectors of known sites second,
readability and trafilatura last. Every value is treated as dirty. Run as a command it serves `manage.py extract`:
a page on standard input, one line of JSON on standard output.
"""

import argparse
import json
import logging
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import htmldate
import lxml.etree
import trafilatura
from lxml.html import document_fromstring
from readability import Document
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers.bylines import LONGEST, bare_author, without_bylines
from crawlers.spiders.markup import AUTHOR, VISIBLE_DATE, Page, every, first, plain, tree_of, words
from crawlers.spiders.page import list_rows

logging.getLogger("readability").setLevel(logging.CRITICAL)
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

# Bodies of sites that were seen (sources.md 3), tried in this order.
KNOWN_BODIES = (
    "#UCAP-CONTENT",
    ".pages_content",
    "#mainText",
    ".TRS_UEDITOR",
    ".TRS_Editor",
    ".view-content",
    "div.xiangqing",
    "#contentStr",
    ".rm_txt_con",
    "#detailContent",
    "#articleBox",
    ".left_zw",
    "#zoom",
    "#Zoom",
    ".article-content",
    ".article_content",
    ".article-body",
    "#article_content",
    "#js_content",
)
_TITLE_TAGS = ("ArticleTitle", "og:title", "twitter:title")
_TIME_TAGS = (
    "PubDate", "article:published_time", "firstpublishedtime", "publishdate", "pubdate", "og:release_date",
    "weibo:article:create_at", "weibo: article:create_at", "datePublished", "apub:time", "bytedance:published_time",
)  # fmt: skip
_SOURCE_TAGS = ("ContentSource", "og:article:source", "source", "mediaid", "article:author:source")
_SAID_TIME = re.compile(
    r"(?:发布时间|发布日期|发稿时间|发表时间|更新时间|时间|日期)\s*[:：]\s*(" + VISIBLE_DATE.pattern + ")", re.S
)
_SAID_SOURCE = re.compile(r"(?:信息来源|文章来源|稿件来源|来源)\s*[:：]\s*([^\s|<>　，,;；:：]{2,30})")
_URL_DATE = re.compile(r"(?:/|t)(20\d{2})[-/]?([01]\d)[-/]?([0-3]\d)(?:[_/.]|$)")
MIN_BODY = 20
MIN_ASKED = 2


@dataclass(frozen=True)
class Article:
    """`published_at`: as written, to be read in the pack's zone; `how`: which way gave the text."""

    title: str
    text: str
    published_at: str
    source: str
    how: str


def extract_article(page: Page, selectors: Mapping[str, str] | None = None) -> Article:
    """Read an article page. Nothing found gives empty fields, never an error: pages of the open web are as they are."""
    selectors = selectors or {}
    markup = page.text
    tree = tree_of(markup)
    metas = _metas(tree)
    title = _title(tree, metas, selectors)
    seen = plain(tree.body.html or "") if tree.body is not None else ""
    published_at = _time(tree, metas, selectors, seen, title, page, markup)
    authors = _take_out_bylines(tree, selectors)
    text, how = _body(tree, selectors, page.url)
    return Article(title, without_bylines(text, authors), published_at, _source(metas, seen, title), how)


def _take_out_bylines(tree: LexborHTMLParser, selectors: Mapping[str, str]) -> list[str]:
    """Remove from the tree who wrote and how often it was read, where page or register name the place.

    Gives the names found. What is longer than a byline stays: on some sites the class of an author holds the article.
    """
    asked = [selectors[name] for name in ("author", "reads", "likes", "comments", "reposts") if name in selectors]
    authors, nodes = [], []
    for selector in [AUTHOR, *asked]:
        for node in every(tree, selector):
            told = words(node)
            if told and len(told) <= LONGEST and node.tag not in ("html", "body"):
                nodes.append(node)
                if selector in (AUTHOR, selectors.get("author")):
                    authors.append(bare_author(told))
    taken = {node.mem_id for node in nodes}
    outer = {node.mem_id: node for node in nodes if not taken & _above(node)}
    for node in outer.values():  # what lies inside goes with it, and must not be touched after
        node.decompose()
    return authors


def _above(node: LexborNode) -> set[int]:
    """The nodes that hold this one."""
    found, around = set(), node.parent
    while around is not None:
        found.add(around.mem_id)
        around = around.parent
    return found


def _metas(tree: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.css("meta"):
        name = node.attributes.get("name") or node.attributes.get("property") or node.attributes.get("itemprop") or ""
        content = node.attributes.get("content") or ""
        if name and content.strip():
            found.setdefault(name.strip().lower(), content.strip())
    return found


def _tag(metas: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((metas[n.lower()] for n in names if n.lower() in metas), "")


def _title(tree: LexborHTMLParser, metas: Mapping[str, str], selectors: Mapping[str, str]) -> str:
    told = plain(_tag(metas, _TITLE_TAGS)).replace("\n", " ")
    if told:
        return told[:300]
    headings = [w for w in (words(n) for n in tree.css("h1, h2, .tit, .title")) if 6 <= len(w) <= 120]
    page_title = words(first(tree, "title"))
    for heading in headings:
        if heading[:10] in page_title:
            return heading
    parts = [p.strip() for p in re.split(r"_|[-—–]{2,}|\s[-–—]\s", page_title) if p.strip()]
    told = parts[0] if parts else ""
    left, bar, right = told.rpartition("|")
    if bar and len(right) <= 14 and re.search(r"[网报台]|新闻|客户端|政府", right):
        told = left.strip()
    return (told if len(told) >= 6 or not headings else headings[0])[:300]


def _body(tree: LexborHTMLParser, selectors: Mapping[str, str], url: str) -> tuple[str, str]:
    asked = selectors.get("body")
    for selector in ([asked] if asked else []) + list(KNOWN_BODIES):
        best = max((plain(n.html or "") for n in every(tree, selector)), key=len, default="")
        # What the register names is the text however short it is: people write one line.
        if len(best) >= (MIN_ASKED if selector == asked else MIN_BODY):
            return best, f"selector {selector}"
    markup = tree.html or ""
    try:
        readable = plain(Document(markup).summary())
    except (ValueError, TypeError, AttributeError, lxml.etree.LxmlError, RecursionError):
        readable = ""  # readability gives up on odd pages in many ways; trafilatura is next
    if len(readable) >= 80:
        return readable, "readability"
    full = trafilatura.extract(markup, url=url or None, include_comments=False, include_tables=True) or ""
    if len(full) > len(readable):
        return plain(full), "trafilatura"
    return readable, "readability" if readable else "none"


def _time(
    tree: LexborHTMLParser,
    metas: Mapping[str, str],
    selectors: Mapping[str, str],
    seen: str,
    title: str,
    page: Page,
    markup: str,
) -> str:
    told = _tag(metas, _TIME_TAGS)[:40]
    if selectors.get("time"):
        shown = VISIBLE_DATE.search(words(first(tree, selectors["time"])))
        told = _finer(told, shown.group() if shown else "")
    if selectors.get("time_text"):
        match = re.search(selectors["time_text"], seen)
        told = _finer(told, match.group(1) if match else "")
    said = _SAID_TIME.search(seen)
    told = _finer(told, said.group(1) if said else "")
    if title and title[:12] in seen:  # the line under the headline
        near = VISIBLE_DATE.search(seen, seen.index(title[:12]), seen.index(title[:12]) + 400)
        told = _finer(told, near.group() if near else "")
    if told:
        return told
    dated = _URL_DATE.search(page.url)
    if dated:
        return "-".join(dated.groups())
    try:
        found = htmldate.find_date(document_fromstring(markup), original_date=True, extensive_search=False)
    except (ValueError, TypeError, lxml.etree.LxmlError):
        return ""
    return found or ""


_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})(?:\D*?(\d{1,2})[:：时])?")


def _finer(told: str, other: str) -> str:
    """Two times of one day: the one with the clock, and with the same hour the one shown to readers.

    Some portals write the month where PubDate should hold the minute (seen on 11 of 30 pages of one site).
    """
    one, two = _DAY.search(told), _DAY.search(other)
    if one is None or two is None:
        return told or other
    if [int(p) for p in one.groups()[:3]] != [int(p) for p in two.groups()[:3]] or two.group(4) is None:
        return told
    return other if one.group(4) is None or int(one.group(4)) == int(two.group(4)) else told


def _source(metas: Mapping[str, str], seen: str, title: str) -> str:
    told = plain(_tag(metas, _SOURCE_TAGS))
    if told:
        return told[:60]
    at = seen.find(title[:12]) if title else 0
    said = _SAID_SOURCE.search(seen, max(0, at), max(0, at) + 600) or _SAID_SOURCE.search(seen)
    return said.group(1) if said else ""


def main() -> int:
    """`python -m crawlers.spiders.extract [--url U] [--list]`: HTML on standard input, JSON on standard output."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    page = Page(options.url, sys.stdin.buffer.read())
    answer: dict[str, object] = asdict(extract_article(page))
    if options.list:
        answer["links"] = [row.raw for row in list_rows(page, {})]
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
