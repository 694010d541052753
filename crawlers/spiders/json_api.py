"""Kinds `json_api` and `letters`: address, paging and fields from the source's YAML."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers.spiders.feed import ENOUGH_TEXT
from crawlers.spiders.markup import Malformed, Page, RawRow
from crawlers.spiders.rows import kept, raw_fields, url_of, with_time
from crawlers.spiders.tolerant import NotReadable, at_path, read_json


def json_rows(page: Page, config: Mapping[str, Any]) -> list[RawRow]:
    """Rows of an interface. Raises Malformed where the answer is not what the register says."""
    spec: Mapping[str, Any] = config.get("json") or {}
    try:
        answer = read_json(page.text, strip=spec.get("strip"))
    except NotReadable as error:
        raise Malformed(str(error)) from None
    items = at_path(answer, str(spec.get("items") or ""))
    if isinstance(items, dict):
        items = list(items.values())
    if not isinstance(items, list):
        raise Malformed(f"返回的数据里没有约定的列表（{spec.get('items') or '顶层'}）")
    hint = re.compile(config["list_hint"]) if config.get("list_hint") else None
    rows = []
    for row in items:
        if not isinstance(row, dict) or not row or not kept(row, spec):
            continue
        raw = with_time(row, raw_fields(row, spec.get("fields") or {}), spec)
        raw["url"] = url = url_of(row, raw, spec, page.url)
        if url and hint is not None and not hint.search(url):
            continue  # rows that lead elsewhere: videos, adverts, other hosts
        if raw.get("title") or raw.get("text"):
            rows.append(RawRow(raw, bool(url) and len(str(raw.get("text") or "")) < ENOUGH_TEXT))
    return rows


def page_addresses(address: str, config: Mapping[str, Any]) -> list[str]:
    """The addresses one visit reads, by `paging`."""
    paging: Mapping[str, Any] | None = config.get("paging")
    if not paging:
        return [address]
    parts = urlsplit(address)
    first = int(paging.get("first", 1))
    found = []
    for number in range(first, first + int(paging.get("pages", 1))):
        query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != paging["param"]]
        query.append((str(paging["param"]), str(number)))
        found.append(urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), "")))
    return found
