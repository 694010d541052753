"""Kind `feed`: RSS and Atom, read by feedparser."""

import io
from collections.abc import Mapping
from typing import Any

import feedparser

from crawlers.spiders.markup import Malformed, Page, RawRow, link_at, plain

ENOUGH_TEXT = 100  # letters; a summary shorter than this sends us to the article


def feed_rows(page: Page, config: Mapping[str, Any]) -> list[RawRow]:
    """Entries of a feed. A feed with faults is read as far as it goes; raises Malformed where nothing can be read."""
    headers = {"content-type": page.content_type, "content-location": page.url}
    parsed = feedparser.parse(io.BytesIO(page.body), response_headers=headers)
    if not parsed.entries:
        if parsed.bozo or not parsed.version:
            raise Malformed("返回的不是 RSS 或 Atom，或内容残缺到读不出条目")
        return []
    rows = []
    for entry in parsed.entries:
        content = entry.get("content") or []
        text = plain(str(content[0].get("value") or "")) if content else ""
        text = text or plain(str(entry.get("summary") or ""))
        url = link_at(page.url, entry.get("link"))
        raw: dict[str, object] = {
            "id": entry.get("id") or "",
            "url": url,
            "title": plain(str(entry.get("title") or "")),
            "text": text,
            "author": entry.get("author") or "",
            "published_at": entry.get("published") or entry.get("updated") or "",
        }
        follow = config.get("follow")
        rows.append(RawRow(raw, bool(url) and (len(text) < ENOUGH_TEXT if follow is None else bool(follow))))
    return rows
