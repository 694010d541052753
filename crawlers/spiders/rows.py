"""Rows of JSON by the register's map of paths; shared by the kinds `json_api`, `letters`, `hot_list`."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from crawlers.items import text_of
from crawlers.spiders.markup import link_at, plain
from crawlers.spiders.tolerant import at_path

_SLOT = re.compile(r"\{([\w.$-]+)\}")


def field_of(row: object, path: str | Sequence[str]) -> object:
    """The value of a field: one path, or the first of several that is there."""
    for one in [path] if isinstance(path, str) else path:
        value = at_path(row, one)
        if value not in (None, "", [], {}):
            return value
    return None


def raw_fields(row: object, fields: Mapping[str, Any]) -> dict[str, object]:
    """Our fields from a row; title and text without tags, lists joined."""
    raw: dict[str, object] = {}
    for name, path in fields.items():
        value = field_of(row, path)
        if isinstance(value, list):
            value = "、".join(text_of(v) for v in value if not isinstance(v, dict | list))
        raw[name] = plain(text_of(value)) if name in ("title", "text", "official_reply") else value
    if "source" in raw:  # the outlet or unit named in the row, not our source
        raw["outlet"] = text_of(raw.pop("source"))
    return raw


def filled(template: str, row: object) -> str:
    """`template` with `{path}` filled from the row; empty where one of them is missing."""
    values = {m: text_of(at_path(row, m)) for m in _SLOT.findall(template)}
    return "" if any(not v for v in values.values()) else _SLOT.sub(lambda m: values[m.group(1)], template)


def url_of(row: object, raw: Mapping[str, object], spec: Mapping[str, Any], base: str) -> str:
    """The address of a row: its own field with `url_prefix`, else `url_by`, else `url_template`."""
    own = text_of(raw.get("url"))
    prefix = str(spec.get("url_prefix") or "")
    if own:
        return link_at(base, own if own.startswith("http") or own.startswith("//") or not prefix else prefix + own)
    by = spec.get("url_by")
    if by:
        template = by["templates"].get(text_of(at_path(row, by["field"])), "")
        return link_at(base, filled(template, row)) if template else ""
    template = str(spec.get("url_template") or "")
    return link_at(base, filled(template, row)) if template else ""


def kept(row: object, spec: Mapping[str, Any]) -> bool:
    """Whether the row has the values `keep_if` asks for."""
    return all(text_of(at_path(row, path)) == str(value) for path, value in (spec.get("keep_if") or {}).items())


def with_time(row: object, raw: dict[str, object], spec: Mapping[str, Any]) -> dict[str, object]:
    """The time of the row as `parse_when` reads it; dropped where `no_time_if` says it is no publishing time."""
    if any(text_of(at_path(row, p)) == str(v) for p, v in (spec.get("no_time_if") or {}).items()):
        return raw | {"published_at": ""}
    told = text_of(raw.get("published_at"))
    forms = spec.get("date_formats") or ()
    for form in forms:
        divide = {"epoch_s": 1, "epoch_ms": 1000}.get(form)
        if divide and re.fullmatch(r"\d{9,14}", told):
            seconds = int(told) / divide
            if 9e8 < seconds < 5e9:
                return raw | {"published_at": datetime.fromtimestamp(seconds, UTC).isoformat()}
    return raw


def strptime_forms(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The date formats of the register without its own words for epochs."""
    return tuple(f for f in spec.get("date_formats") or () if not f.startswith("epoch"))
