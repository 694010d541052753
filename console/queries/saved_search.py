"""A person's saved searches beside the page of 检索: which of them is open, and what came in since he looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from analysis.search import engine
from console.queries import addresses
from console.queries.conditions import Asked, asked
from office.models import User
from reports.models import SavedSearch


@dataclass(frozen=True)
class Open:
    """The saved search that is open. `fresh`: address of 只看新到, `count` what it finds, since `seen_at`."""

    saved: SavedSearch
    fresh: str
    count: int
    seen_at: datetime


def mine(who: User) -> list[SavedSearch]:
    return list(SavedSearch.objects.filter(person=who).order_by("pk"))


def opened(saved: list[SavedSearch], found: Asked, params: Mapping[str, Any], *, at: datetime) -> Open | None:
    """The one the address names, as long as it asks just what was saved (and 只看新到)."""
    number = addresses.number(params.get("saved"))
    one = next((each for each in saved if each.pk == number), None)
    rest = {key: value for key, value in found.given.items() if key != "after"}
    if one is None or dict(parse_qsl(one.address)) != rest:
        return None
    after = addresses.number(found.given.get("after")) or one.seen_post
    fresh = asked({**rest, "after": str(after)}, at=at)
    return Open(one, f"?{fresh.address}&saved={one.pk}", engine().figures(fresh.query).total, one.seen_at)
