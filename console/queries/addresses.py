"""Numbers and moments as they come in an address. What cannot be one is no condition; it never breaks a page."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

DIGITS = 17  # more than any row number, fewer than the database's largest
EARLIEST, LATEST = 1900, 2200  # years; beyond them a shift of the time zone may leave the calendar


def number(raw: str | None) -> int | None:
    """A row or page number, or None."""
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) <= DIGITS else None


def numbers(raw: str) -> list[int]:
    """The numbers of a list separated by commas; anything else in it is passed over."""
    return [found for part in raw.split(",") if (found := number(part)) is not None]


def day(raw: str) -> tuple[datetime, datetime] | None:
    """Beginning and end of a day (`2026-11-21`) in the district's zone, or None."""
    try:
        found = parse_date(raw)
    except ValueError:
        return None
    if found is None or not EARLIEST <= found.year <= LATEST:
        return None
    start = datetime(found.year, found.month, found.day, tzinfo=timezone.get_default_timezone())
    return start, start + timedelta(days=1)


def moment(raw: str) -> datetime | None:
    """An ISO 8601 moment, in the district's zone where it names none, or None."""
    try:
        found = parse_datetime(raw)
    except ValueError:
        return None
    if found is None or not EARLIEST <= found.year <= LATEST:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=timezone.get_default_timezone())
    return aware.astimezone(UTC)
