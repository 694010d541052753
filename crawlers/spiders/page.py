"""Kind `page`: a list page whose rows lead to articles."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawlers.spiders.markup import VISIBLE_DATE, Malformed, Page, RawRow, every, first, link_at, tree_of, words

_NOT_ARTICLES = re.compile(r"\.(?:css|js|png|jpe?g|gif|ico|svg|zip|rar|docx?|xlsx?|pdf|mp4|apk)$", re.I)
_ARTICLE_PATH = re.compile(r"\d{4,}|/20\d{2}|detail|article|content|/a/|thread|view", re.I)


def list_rows(page: Page, config: Mapping[str, Any]) -> list[RawRow]:
    """Links of a list page that lead to articles, in the order of the page, each once, with title and date if shown.

    `config`: `list_hint` (a regular expression on the absolute address) and `selectors` of the register.
    Raises Malformed where the page is no HTML.
    """
    text = page.text
    if "<" not in text:
        raise Malformed("返回的不是网页")
    tree = tree_of(text)
    selectors: Mapping[str, str] = config.get("selectors") or {}
    hint = re.compile(config["list_hint"]) if config.get("list_hint") else None
    rows: dict[str, RawRow] = {}
    nodes = every(tree, selectors["rows"]) if selectors.get("rows") else []
    for node in nodes:
        _add(rows, _row(node, page.url, selectors), hint, page.url)
    if not rows:  # the site was rebuilt, or nothing is known of it: every link that looks like an article
        attribute = selectors.get("link_attr") or "href"
        for node in every(tree, f"a[{attribute}]"):
            url = link_at(page.url, node.attributes.get(attribute))
            title = (node.attributes.get("title") or "").strip() or words(node)
            _add(rows, RawRow({"url": url, "title": title, "published_at": _date_beside(node)}, True), hint, page.url)
    if selectors.get("script_rows"):
        for match in re.finditer(selectors["script_rows"], text):
            _add(rows, RawRow({"url": link_at(page.url, match.group(1)), "title": ""}, True), hint, page.url)
    return list(rows.values())


def jump(page: Page, config: Mapping[str, Any]) -> str:
    """The address a page jumps to by script, where the register knows how (`selectors.follow`); else empty."""
    pattern = (config.get("selectors") or {}).get("follow")
    match = re.search(pattern, page.text) if pattern else None
    return link_at(page.url, match.group(1)) if match else ""


def _row(node: LexborNode, base: str, selectors: Mapping[str, str]) -> RawRow:
    attribute = selectors.get("link_attr") or "href"
    holder = node if node.attributes.get(attribute) else first(node, f"a[{attribute}]")
    url = link_at(base, holder.attributes.get(attribute)) if holder is not None else ""
    titled = first(node, selectors["title"]) if selectors.get("title") else None
    title = (titled.attributes.get("title") or words(titled)) if titled is not None else ""
    if not title and holder is not None:
        title = (holder.attributes.get("title") or words(holder)).strip()
    shown = words(first(node, selectors["date"])) if selectors.get("date") else ""
    date = VISIBLE_DATE.search(shown) or VISIBLE_DATE.search(words(node))
    raw: dict[str, object] = {"url": url, "title": title, "published_at": date.group() if date else shown[:40]}
    for name in ("author", "reads", "comments", "likes", "reposts"):
        if selectors.get(name):
            raw[name] = words(first(node, selectors[name]))
    return RawRow(raw, True)


def _add(rows: dict[str, RawRow], row: RawRow, hint: re.Pattern[str] | None, base: str) -> None:
    url = row.url
    if not url:
        return
    if hint is not None:
        if not hint.search(url) and not hint.search(url.replace("https://", "http://", 1)):
            return
    elif not _looks_like_article(url, base, str(row.raw.get("title") or "")):
        return
    known = rows.get(url)
    if known is None:
        rows[url] = row
    else:  # a picture and a headline often link to one article
        for name, value in row.raw.items():
            if value and (not known.raw.get(name) or (name == "title" and len(str(value)) > len(str(known.raw[name])))):
                known.raw[name] = value


def _looks_like_article(url: str, base: str, title: str) -> bool:
    there, here = urlsplit(url), urlsplit(base)
    if here.hostname and not _same_site(there.hostname or "", here.hostname):
        return False
    path = there.path + ("?" + there.query if there.query else "")
    return len(title) >= 6 and not _NOT_ARTICLES.search(there.path) and bool(_ARTICLE_PATH.search(path))


def _same_site(one: str, other: str) -> bool:
    return (
        one == other
        or one.split(".")[-3:] == other.split(".")[-3:]
        or one.removeprefix("www.").endswith(other.removeprefix("www."))
    )


def _date_beside(node: LexborNode) -> str:
    """The date in the row around a link: its own text, then two levels up as long as the row stays small."""
    around: LexborNode | None = node
    for _ in range(3):
        if around is None:
            return ""
        text = around.text()
        if len(text) > 400:
            return ""
        match = VISIBLE_DATE.search(text)
        if match:
            return match.group()
        around = around.parent
    return ""
