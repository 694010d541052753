"""Reading the times that pages, interfaces and files write (rules.md 9). Pure; the moment of fetching is given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

PRECISIONS = ("minute", "hour", "day", "unknown")
FUTURE = timedelta(minutes=10)  # rules.md 9: later than this after fetching, the time is unknown
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class When:
    """`at`: aware, UTC, None = unknown; `precision`: minute, hour, day, unknown; `raw`: as written (≤ 100 letters)."""

    at: datetime | None
    precision: str
    raw: str


_DATE = (
    r"(?P<y>(?:19|20)\d{2}|\d{2}(?=年))\s*(?P<sep>[-/.年])\s*(?P<m>\d{1,2})\s*(?:(?P=sep)|月)\s*(?P<d>\d{1,"
    r"2})\s*(?:日|号)?"
)
_CLOCK = (
    r"(?P<half>上午|下午|凌晨|早上|中午|晚上|傍晚|AM|PM)?\s*(?P<h>\d{1,2})\s*(?:[:：](?P<mi>\d{1,"
    r"2})(?:[:：](?P<s>\d{1,2})(?:[.,]\d+)?)?"
    r"|[时点](?:(?P<mi2>\d{1,2})分?|(?P<halfhour>半))?(?:(?P<s2>\d{1,2})秒)?)(?:\s*(?P<ampm>AM|PM))?"
)
_ZONE = r"(?:\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_FULL = re.compile(
    _DATE
    + r"(?:[\sT,，]*(?:星期[一二三四五六日天]|周[一二三四五六日天]|[（(][^)）]{1,4}[)）])?[\sT,，]*"
    + _CLOCK
    + _ZONE
    + ")?",
    re.I,
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>20\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)(?:T?(?P<h>[0-2]\d)(?P<mi>[0-5]\d)(?P<s>[0-5]\d)?)?(?!\d)"
)
_NO_YEAR = re.compile(r"(?<!\d)(?P<m>\d{1,2})(?:月|[-/])(?P<d>\d{1,2})(?:日|号)?(?:[\sT]*" + _CLOCK + ")?")
_DAY_WORD = re.compile(r"(?P<word>今天|今日|昨天|昨日|前天)\s*(?:" + _CLOCK + ")?")
_CLOCK_ONLY = re.compile("^" + _CLOCK + "$", re.I)
_AGO = re.compile(
    r"(?P<n>\d+|半|几|[一二两三四五六七八九十])\s*个?(?P<unit>秒钟?|分钟?|小时|钟头|天|日|周|星期|月|年)(?:之|以"
    r")?前"
)
_MINUTES_AGO = {"秒": 1 / 60, "分": 1.0, "小": 60.0, "钟": 60.0}
_NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_EPOCH = re.compile(r"^\d{10}(?:\.\d+)?$|^\d{13}$|^\d{16}$")
_RFC = re.compile(r"^(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{2,4}\s")


def parse_when(
    raw: object, zone: ZoneInfo, formats: Sequence[str] = (), *, fetched_at: datetime, midnight_is_day: bool = False
) -> When:
    """Read a time as somebody wrote it.

    `raw`: text, epoch seconds or milliseconds, or a datetime (a cell of a sheet). Naive times are of `zone`, the
    pack's. `formats` (strptime) are tried first. More than 10 min after `fetched_at`, or before 2000: unknown, the
    string kept. `midnight_is_day`: 00:00:00 means that only the day is known (sites that print it for every article).
    """
    text = "" if raw is None else str(raw).strip()
    kept = text[:100]
    found = _find(raw, text, zone, formats, fetched_at)
    if found is None:
        return When(None, "unknown", kept)
    moment, precision = found
    if midnight_is_day and precision == "minute" and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        precision = "day"
    try:
        at = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return When(None, "unknown", kept)
    if at > fetched_at + FUTURE or at < EARLIEST:
        return When(None, "unknown", kept)
    return When(at, precision, kept)


Found = tuple[datetime, str]


def _find(raw: object, text: str, zone: ZoneInfo, formats: Sequence[str], fetched_at: datetime) -> Found | None:
    if isinstance(raw, datetime):
        return raw, "day" if (raw.hour, raw.minute, raw.second) == (0, 0, 0) else "minute"
    if not text or isinstance(raw, bool):
        return None
    for form in formats:
        try:
            return datetime.strptime(text, form), _format_precision(form)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            continue
    if _EPOCH.match(text):
        seconds = float(text) / {13: 1e3, 16: 1e6}.get(len(text), 1)
        return datetime.fromtimestamp(seconds, UTC), "minute"
    if _RFC.match(text):
        try:
            return parsedate_to_datetime(text), "minute"
        except (TypeError, ValueError):
            return None
    local = fetched_at.astimezone(zone)
    return _written(text) or _relative(text, local)


def _format_precision(form: str) -> str:
    if any(code in form for code in ("%M", "%T", "%R", "%c", "%X", "%s")):
        return "minute"
    return "hour" if "%H" in form or "%I" in form else "day"


def _written(text: str) -> Found | None:
    """A date with its year. Two stamps run together (PubDate of some portals): the first counts."""
    match = _FULL.search(text) or _COMPACT.search(text)
    if match is None:
        return None
    parts = match.groupdict()
    year = int(parts["y"])
    return _build(year + 2000 if year < 100 else year, int(parts["m"]), int(parts["d"]), parts)


def _build(year: int, month: int, day: int, parts: dict[str, str | None]) -> Found | None:
    hour_text = parts.get("h")
    try:
        if hour_text is None:
            return datetime(year, month, day), "day"  # noqa: DTZ001 - the caller adds the zone
        minute_text = parts.get("mi") or parts.get("mi2")
        hour, minute = int(hour_text), int(minute_text or (30 if parts.get("halfhour") else 0))
        half = (parts.get("half") or parts.get("ampm") or "").upper()
        if half in ("下午", "晚上", "傍晚", "PM") and hour < 12:
            hour += 12
        elif half == "AM" and hour == 12:
            hour = 0
        second = int(parts.get("s") or parts.get("s2") or 0)
        moment = datetime(year, month, day, tzinfo=None) + timedelta(  # noqa: DTZ001 - the caller adds the zone
            hours=hour, minutes=minute, seconds=second
        )
        if hour > 24 or minute > 59 or second > 60:
            return None
    except ValueError:
        return None
    known = minute_text is not None or parts.get("halfhour") is not None
    offset = parts.get("z")
    if offset:
        moment = moment.replace(tzinfo=datetime.strptime(offset.replace("UTC", "Z").replace("GMT", "Z"), "%z").tzinfo)
    return moment, "minute" if known else "hour"


def _relative(text: str, local: datetime) -> Found | None:
    """Times told from the moment of fetching; `local` is that moment in the pack's zone."""
    if re.search(r"刚刚|刚才|just now", text):
        return local, "minute"
    ago = _AGO.search(text)
    if ago is not None:
        return _ago(ago.group("n"), ago.group("unit"), local)
    word = _DAY_WORD.search(text)
    if word is not None:
        back = {"今": 0, "昨": 1, "前": 2}[word.group("word")[0]]
        day = local - timedelta(days=back)
        return _build(day.year, day.month, day.day, word.groupdict())
    clock = _CLOCK_ONLY.match(text)
    if clock is not None:
        return _build(local.year, local.month, local.day, clock.groupdict())
    short = _NO_YEAR.search(text)
    if short is not None:
        month, day_no = int(short.group("m")), int(short.group("d"))
        year = local.year - ((month, day_no) > (local.month, local.day))
        return _build(year, month, day_no, short.groupdict())
    return None


def _ago(number: str, unit: str, local: datetime) -> Found | None:
    if number == "几":
        return None
    count = 0.5 if number == "半" else float(_NUMERALS.get(number) or number)
    minutes = _MINUTES_AGO.get(unit[0])
    try:
        if minutes is not None:
            return local - timedelta(minutes=count * minutes), "hour" if minutes == 60 and count != 0.5 else "minute"
        days = {"天": 1, "日": 1, "周": 7, "星": 7, "月": 30, "年": 365}[unit[0]]
        day = local - timedelta(days=count * days)
    except OverflowError:
        return None
    if days > 7:
        return None  # "2个月前" gives no day
    return day.replace(hour=0, minute=0, second=0, microsecond=0), "day"
