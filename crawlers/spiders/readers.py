"""Which reader serves which kind of the register."""

from collections.abc import Callable, Mapping
from typing import Any

from crawlers.spiders.board import board_rows
from crawlers.spiders.feed import feed_rows
from crawlers.spiders.hot_list import hot_rows
from crawlers.spiders.job import SourceJob
from crawlers.spiders.json_api import json_rows
from crawlers.spiders.markup import Page, RawRow
from crawlers.spiders.page import list_rows
from crawlers.spiders.rows import strptime_forms

READERS: dict[str, Callable[[Page, Mapping[str, Any]], list[RawRow]]] = {
    "feed": feed_rows,
    "page": list_rows,
    "board": board_rows,
    "hot_list": hot_rows,
    "json_api": json_rows,
    "letters": json_rows,
}


def door_formats(source: SourceJob) -> tuple[str, ...]:
    """The date formats the register gives for this source."""
    return strptime_forms(source.config.get("json") or source.config.get("hot") or {})
