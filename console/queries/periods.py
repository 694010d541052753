"""Stretches of whole days as pages choose them: named ones, or from one day to another. The district's zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from console.queries import addresses

NAMED = {1: "今天", 3: "近 3 天", 7: "近 7 天", 30: "近 30 天"}
USUAL = 7
LONGEST = 92  # days; as far back as days are counted again after an upgrade (analysis/services/figures.py)


@dataclass(frozen=True)
class Period:
    """Days from `since` to `until`, both in it. `name` as a page says it; `given`: the parameters that chose it."""

    since: date
    until: date
    name: str
    given: Mapping[str, str]

    @property
    def length(self) -> int:
        return (self.until - self.since).days + 1

    def ends(self, at: datetime) -> datetime:
        """The moment its heat is told for: the end of its last day, or now where that day is not over."""
        zone = timezone.get_default_timezone()
        return min(at, datetime.combine(self.until + timedelta(days=1), time(), zone))


def chosen(given: Mapping[str, str], *, at: datetime, key: str = "days", prefix: str = "") -> Period:
    """The period that an address names; the last seven days where it names none or one that can not be.

    `days=3`, or `from` and `to` (with `prefix` before them). A longer one than `LONGEST` begins later.
    """
    today = at.astimezone(timezone.get_default_timezone()).date()
    since, until = (_day(given.get(f"{prefix}{name}")) for name in ("from", "to"))
    if since is not None or until is not None:
        return between(since or until or today, until or today, today=today, prefix=prefix)
    number = addresses.number(given.get(key))
    days = number if number in NAMED else USUAL
    assert days is not None
    return Period(today - timedelta(days=days - 1), today, NAMED[days], {key: str(days)})


def between(one: date, other: date, *, today: date, prefix: str = "") -> Period:
    """From the earlier day to the later one, none of them after today."""
    since, until = sorted(min(day, today) for day in (one, other))
    since = max(since, until - timedelta(days=LONGEST - 1))
    given = {f"{prefix}from": since.isoformat(), f"{prefix}to": until.isoformat()}
    return Period(since, until, _words(since, until), given)


def before(period: Period) -> Period:
    """As many days just before it."""
    until = period.since - timedelta(days=1)
    since = until - timedelta(days=period.length - 1)
    name = "昨天" if period.name == NAMED[1] else f"前 {period.length} 天" if period.name.startswith("近") else ""
    return Period(since, until, name or _words(since, until), {})


def _words(since: date, until: date) -> str:
    return f"{since:%m-%d}" if since == until else f"{since:%m-%d} 至 {until:%m-%d}"


def _day(raw: str | None) -> date | None:
    found = addresses.day(raw or "")
    return found[0].date() if found is not None else None
