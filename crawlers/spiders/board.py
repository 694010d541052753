"""Kind `board`: a message board; threads are posts of people, with an author (keyed at the door) and counts."""

import re
from collections.abc import Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers.bylines import bare_author
from crawlers.spiders.markup import AUTHOR, Page, RawRow, first, tree_of, words
from crawlers.spiders.page import list_rows

# Where boards usually put it, when the register says nothing.
_REPLY = "[itemprop=acceptedAnswer], .official-reply, .reply-official, .reply_con, .answer"
_COUNTS = {
    "reads": re.compile(r"(?:浏览|阅读|查看|点击)(?:量|数|次数)?\s*[:：]?\s*([\d.,]+[万wW]?)"),
    "likes": re.compile(r"(?:点赞|赞)(?:数)?\s*[:：]?\s*([\d.,]+[万wW]?)"),
    "comments": re.compile(r"(?:回复|评论|跟帖)(?:量|数)?\s*[:：]?\s*([\d.,]+[万wW]?)"),
    "reposts": re.compile(r"(?:转发|分享)(?:数)?\s*[:：]?\s*([\d.,]+[万wW]?)"),
}


def board_rows(page: Page, config: Mapping[str, Any]) -> list[RawRow]:
    """Threads of a board's list page; the thread itself is read for its text. Raises Malformed."""
    return list_rows(page, config)


def thread_fields(page: Page, config: Mapping[str, Any], *, guess: bool = True) -> dict[str, object]:
    """Author, counts and the official reply of a thread page; what is not shown is left out.

    `guess`: look for the author where boards usually put it when the register does not say where.
    """
    selectors: Mapping[str, str] = config.get("selectors") or {}
    tree = tree_of(page.text)
    found: dict[str, object] = {}
    author = bare_author(words(_pick(tree, selectors.get("author"), AUTHOR if guess else "")))
    if author:
        found["author"] = author
    reply = words(_pick(tree, selectors.get("reply"), _REPLY))
    if reply:
        found["official_reply"] = reply
    seen = words(tree.body)[:4000]
    for name, pattern in _COUNTS.items():
        told = words(first(tree, selectors[name])) if selectors.get(name) else ""
        match = pattern.search(seen)
        if told or match:
            found[name] = told or (match.group(1) if match else "")
    return found


def _pick(tree: LexborHTMLParser, asked: str | None, usual: str) -> LexborNode | None:
    selector = asked or usual
    return first(tree, selector) if selector else None
