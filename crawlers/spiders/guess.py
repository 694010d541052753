"""What a pasted address leads to: which reader fits it, with which settings of the register. Pure; sees one page.

A guess is shown to a person with the items it brings; nothing is registered by it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from crawlers.items import text_of
from crawlers.spiders.markup import Malformed, Page, RawRow, every, first, link_at, tree_of, words
from crawlers.spiders.page import list_rows
from crawlers.spiders.tolerant import NotReadable, read_json

KINDS = ("feed", "page", "board", "json_api")
FEW = 3  # rows: fewer of one shape are no list
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]", re.I)
_DATA = re.compile(r"^\s*(?:[\w$.]+\s*\(\s*)?[\[{]")
_LOGIN_PATH = re.compile(r"log-?in|sign-?in|passport|/sso\b|/cas/|denglu", re.I)
_LOGIN_TITLE = re.compile(r"登录|登陆|统一身份|log ?in|sign ?in", re.I)
_BOARD_LINK = re.compile(r"thread|topic|/t/|[?&]tid=|/read\.php|showtopic|liuyan|/post/\d", re.I)
_BOARD_WORD = re.compile(r"论坛|留言|信箱|社区版|贴吧|互动交流|BBS", re.I)
_BOARD_HOST = re.compile(r"^(?:bbs|club|forum|liuyan)\.", re.I)
# Names interfaces give to our fields; the first that a row carries counts.
_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "docid", "tid", "threadid", "newsid", "articleid", "originalid", "aid"),
    "title": ("title", "subject", "headline", "lettertitle", "name", "topic"),
    "text": ("content", "text", "body", "summary", "description", "abstract", "intro", "digest"),
    "url": ("url", "link", "href", "linkurl", "docurl", "shareurl", "puburl"),
    "published_at": (
        *("publishedat", "publishtime", "pubdate", "pubtime", "docrelpubtime", "publishdate", "releasetime"),
        *("createtime", "createdat", "writedate", "dateline", "ctime", "time", "date", "datetime"),
    ),
    "reads": ("reads", "views", "viewcount", "readcount", "hits", "clicks"),
    "comments": ("comments", "replies", "replycount", "commentcount", "replynum"),
    "likes": ("likes", "likecount", "praise", "agree"),
    "reposts": ("reposts", "sharecount", "forwardcount"),
}


class NoSource(Exception):
    """The address is no source; `str(error)` says in Chinese what it is and what to do."""


class LoginWall(NoSource):
    """What is there is shown only to those who sign in: it is not collected."""


@dataclass(frozen=True)
class Guess:
    """`kind` of the register, `config` as the register's line has it, `shape`: how the links of items look.

    `feeds`: feeds the page itself points to, which are kinder to both sides than a page.
    """

    kind: str
    config: dict[str, Any] = field(default_factory=dict)
    shape: str = ""
    feeds: tuple[str, ...] = ()


def guess(page: Page, *, kind: str = "", list_hint: str = "") -> Guess:
    """The reader for this page. `kind`, `list_hint`: what a person has said already, which counts.

    Raises NoSource, LoginWall, and Malformed where the page is not of the kind asked for.
    """
    _refuse_files(page)
    text = page.text
    if kind == "feed" or (not kind and _FEED.search(text[:3000])):
        return Guess("feed")
    if kind == "json_api" or (not kind and _DATA.match(text)):
        return _json(text)
    return _html(page, kind=kind, list_hint=list_hint)


def _refuse_files(page: Page) -> None:
    said = page.content_type.split(";")[0].strip().lower()
    if page.body.startswith(b"%PDF") or said == "application/pdf":
        raise NoSource("这是一份 PDF 文件，不是列表。请粘贴列出它的那个栏目页的地址。")
    office = ("application/msword", "application/vnd.", "application/zip", "application/x-", "application/octet-stream")
    data = said == "application/x-javascript" or "xml" in said
    if said.startswith(("image/", "video/", "audio/")) or (said.startswith(office) and not data):
        raise NoSource(f"这是一个文件（{said}），不是列表。请粘贴列出它的那个栏目页的地址。")


# --- web pages --------------------------------------------------------------------------------------------------------


def _html(page: Page, *, kind: str, list_hint: str) -> Guess:
    tree = tree_of(page.text)
    title = words(first(tree, "title"))
    rows = list_rows(page, {"list_hint": list_hint} if list_hint else {})
    if first(tree, "input[type=password]") is not None and (
        len(rows) < FEW or _LOGIN_PATH.search(urlsplit(page.url).path) or _LOGIN_TITLE.search(title)
    ):
        raise LoginWall("这个地址要登录才能看，按规定不采集。可请其所有者提供文件，再用“导入文件”收下。")
    feeds = tuple(
        dict.fromkeys(
            link_at(page.url, node.attributes.get("href"))
            for node in every(tree, "link[rel~=alternate]")
            if re.search(r"rss|atom", node.attributes.get("type") or "")
        )
    )
    if not rows:
        raise NoSource(
            "页面取到了，但没有认出条目。列表可能由脚本生成，或者这是一篇文章："
            + ("可以改用它自己的订阅地址。" if feeds else "请粘贴栏目页的地址，或写明条目地址的样式再取。")
        )
    config, shape = ({"list_hint": list_hint}, list_hint) if list_hint else hint_of(rows)
    return Guess(kind or _page_or_board(page, title, rows), config, shape, feeds)


def _page_or_board(page: Page, title: str, rows: list[RawRow]) -> str:
    threads = sum(1 for row in rows if _BOARD_LINK.search(row.url))
    host = urlsplit(page.url).hostname or ""
    board = 2 * threads > len(rows) or _BOARD_HOST.search(host) or _BOARD_WORD.search(title)
    return "board" if board else "page"


def hint_of(rows: list[RawRow]) -> tuple[dict[str, str], str]:
    """The pattern most links of the list share, as `list_hint` and as people read it; empty where there is none.

    Digits stand for digits. It counts from three rows and half of all, so that a menu beside the list is left out.
    """
    shapes = Counter(_shape(row.url) for row in rows)
    (host, path), count = shapes.most_common(1)[0]
    if count < FEW or 2 * count < len(rows) or "\0" not in path:
        return {}, ""
    pattern = r"\d+".join(re.escape(piece) for piece in path.split("\0"))
    return {"list_hint": f"^https?://{re.escape(host)}{pattern}$"}, path.replace("\0", "数字")


def _shape(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    whole = parts.path + (f"?{parts.query}" if parts.query else "")
    return parts.netloc, re.sub(r"\d+", "\0", whole)


# --- interfaces -------------------------------------------------------------------------------------------------------


def _json(text: str) -> Guess:
    try:
        answer = read_json(text)
    except NotReadable as error:
        raise Malformed(str(error)) from None
    found = max(_lists(answer), key=lambda pair: (_told(pair[1]), len(pair[1])), default=None)
    if found is None or not _told(found[1]):
        raise NoSource("返回的是数据，但没有认出带标题的条目列表。请由管理员在资料包里写明字段后登记。")
    path, rows = found
    fields = _fields(rows)
    spec: dict[str, Any] = {"items": path, "fields": fields}
    forms = _epochs(rows, fields.get("published_at", ""))
    if forms:
        spec["date_formats"] = forms
    if re.match(r"^\s*[\w$.]+\s*\(", text):
        spec["strip"] = "jsonp"
    return Guess("json_api", {"json": spec}, path or "（顶层）")


def _lists(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """Every list of objects with the path to it."""
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict) and row]
        if rows:
            yield path, rows
    elif isinstance(value, dict) and depth < 6:
        for key, inner in value.items():
            if "." not in key:
                yield from _lists(inner, f"{path}.{key}" if path else key, depth + 1)


def _fields(rows: list[dict[str, object]]) -> dict[str, str]:
    keys = {name.lower().replace("_", ""): name for row in rows[:20] for name in row if "." not in name}
    found = {ours: next((keys[n] for n in names if n in keys), "") for ours, names in _NAMES.items()}
    return {ours: name for ours, name in found.items() if name}


def _told(rows: list[dict[str, object]]) -> int:
    """In how many rows a title or a text stands."""
    fields = _fields(rows)
    names = [fields[n] for n in ("title", "text") if n in fields]
    return sum(1 for row in rows if any(text_of(row.get(name)) for name in names))


def _epochs(rows: list[dict[str, object]], name: str) -> list[str]:
    told = next((text_of(row.get(name)) for row in rows if row.get(name)), "") if name else ""
    if re.fullmatch(r"\d{10}", told):
        return ["epoch_s"]
    return ["epoch_ms"] if re.fullmatch(r"\d{13}", told) else []


def proposed_name(page: Page) -> str:
    """What the page calls itself, for the register; at most 60 letters, may be empty."""
    text = page.text
    if _FEED.search(text[:3000]):
        title = re.search(r"<title[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,200})", text)
        return title.group(1).strip()[:60] if title else ""
    if _DATA.match(text):
        return ""
    return words(first(tree_of(text), "title"))[:60]


def counts_told(rows: list[RawRow], config: Mapping[str, Any]) -> tuple[str, ...]:
    """Which counts the rows of the list carry: reads, comments, likes, reposts."""
    return tuple(n for n in ("reads", "comments", "likes", "reposts") if any(row.raw.get(n) for row in rows))
