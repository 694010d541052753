"""Kind `hot_list`: words, rank and heat of a public hot list; never followed (sources.md 6)."""

from collections.abc import Mapping
from typing import Any

from crawlers.items import text_of
from crawlers.spiders.markup import Malformed, Page, RawRow, every, first, link_at, tree_of, words
from crawlers.spiders.rows import raw_fields, url_of, with_time
from crawlers.spiders.tolerant import NotReadable, at_path, read_json


def hot_rows(page: Page, config: Mapping[str, Any]) -> list[RawRow]:
    """Entries of a hot list with their rank (1 = top). Raises Malformed."""
    spec: Mapping[str, Any] = config.get("hot") or {}
    if spec.get("mode") == "html":
        entries = _html_entries(page, spec)
    else:
        pattern = spec.get("pattern") if spec.get("mode") == "script_json" else None
        try:
            items = at_path(read_json(page.text, pattern=pattern), str(spec.get("items") or ""))
        except NotReadable as error:
            raise Malformed(str(error)) from None
        if not isinstance(items, list):
            raise Malformed("返回的数据里没有约定的榜单")
        entries = []
        for row in items[int(spec.get("skip_first") or 0) :]:
            raw = with_time(row, raw_fields(row, spec.get("fields") or {}), spec)
            entries.append(raw | {"url": url_of(row, raw, spec, page.url)})
    rows = []
    for place, raw in enumerate((e for e in entries if e.get("title")), 1):
        told = text_of(raw.get("rank"))
        raw["rank"] = int(told) if told.isdigit() and int(told) else place
        raw.setdefault("id", raw["title"])
        rows.append(RawRow(raw, False))
    return rows


def _html_entries(page: Page, spec: Mapping[str, Any]) -> list[dict[str, object]]:
    fields: Mapping[str, str] = spec.get("fields") or {}
    entries: list[dict[str, object]] = []
    for node in every(tree_of(page.text), str(spec.get("items") or "li")):
        raw: dict[str, object] = {}
        for name, selector in fields.items():
            if name == "url":
                link = first(node, selector)
                raw["url"] = link_at(page.url, link.attributes.get("href")) if link is not None else ""
            else:
                raw[name] = words(first(node, selector))
        if "url" not in fields:
            link = node if node.tag == "a" else first(node, "a[href]")
            raw["url"] = link_at(page.url, link.attributes.get("href")) if link is not None else ""
        if not raw.get("title"):
            raw["title"] = words(first(node, "a")) if "title" not in fields else ""
        entries.append(raw)
    return entries
