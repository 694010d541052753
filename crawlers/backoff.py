"""What a visit met, and when to come again: a fetch returns a verdict, one function writes it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """How a visit went. The Chinese sentence for people is the visit's note."""

    OK = "ok"
    UNCHANGED = "unchanged"  # 304, or the same page as last time
    EMPTY = "empty"  # read, but nothing that looks like an item
    MALFORMED = "malformed"  # not what the register says it is
    TEMPORARY = "temporary"  # 5xx, connection, name
    HANGING = "hanging"  # time limit
    TOO_BIG = "too_big"
    REDIRECTS = "redirects"  # in a circle
    PRIVATE = "private"  # led to an address that is not public
    MISSING = "missing"  # 404, 410 and other 4xx
    LIMITED = "limited"  # 429, or an article page that was refused
    FORBIDDEN = "forbidden"  # 401, 403, 412, 521, CAPTCHA, challenge
    ROBOTS_FORBID = "robots_forbid"
    ROBOTS_UNREADABLE = "robots_unreadable"
    POSTPONED = "postponed"  # the child's time was over before it came to this source
    CRASHED = "crashed"  # the child died


VERDICT_NAMES = {
    Verdict.OK: "正常",
    Verdict.UNCHANGED: "没有变化",
    Verdict.EMPTY: "没有条目",
    Verdict.MALFORMED: "内容不对",
    Verdict.TEMPORARY: "连不上",
    Verdict.HANGING: "超时",
    Verdict.TOO_BIG: "页面过大",
    Verdict.REDIRECTS: "循环跳转",
    Verdict.PRIVATE: "内部地址",
    Verdict.MISSING: "地址不存在",
    Verdict.LIMITED: "要求放慢",
    Verdict.FORBIDDEN: "对方拒绝",
    Verdict.ROBOTS_FORBID: "robots 不允许",
    Verdict.ROBOTS_UNREADABLE: "robots 不可读",
    Verdict.POSTPONED: "顺延",
    Verdict.CRASHED: "采集中断",
}
SEEN = frozenset({Verdict.OK, Verdict.UNCHANGED, Verdict.EMPTY})
# Refusals of the whole source; 429 is a request to slow down first (see `LIMITS_BEFORE_FORBIDDEN`).
REFUSING_STATUS = frozenset({401, 403, 412, 521})
LIMITS_BEFORE_FORBIDDEN = 3
LONGEST = timedelta(hours=24)
GRID = timedelta(minutes=5)  # visits fall on this grid, so that one child takes many sources


@dataclass(frozen=True)
class Visit:
    """What a verdict makes of a source: its state ("" = as it was), failures in a row, next visit (None = never)."""

    state: str
    failures: int
    next_at: datetime | None


def verdict_of_status(status: int) -> Verdict:
    """The verdict an HTTP status alone gives."""
    if status == 304:
        return Verdict.UNCHANGED
    if status in REFUSING_STATUS:
        return Verdict.FORBIDDEN
    if status == 429:
        return Verdict.LIMITED
    if status >= 500:
        return Verdict.TEMPORARY
    if status >= 400:
        return Verdict.MISSING
    if status >= 300:
        return Verdict.REDIRECTS
    return Verdict.OK


def next_visit(
    verdict: Verdict, *, rhythm: timedelta, failures: int, at: datetime, retry_after: timedelta | None = None
) -> Visit:
    """When to come again. `failures`: failed visits in a row before this one; `retry_after`: what the site asked for.

    Seen → after the rhythm. A failure doubles the wait up to a day. Refused, or closed by robots.txt → never until a
    person reviews it. robots.txt that can not be read → wait, at least an hour, and look again.
    """
    if verdict in SEEN:
        return Visit("ok", 0, on_grid(at + rhythm))
    if verdict is Verdict.POSTPONED:
        return Visit("", failures, on_grid(at + min(rhythm, GRID)))
    failures += 1
    if verdict in (Verdict.FORBIDDEN, Verdict.ROBOTS_FORBID):
        return Visit("forbidden", failures, None)
    if verdict is Verdict.LIMITED and failures >= LIMITS_BEFORE_FORBIDDEN:
        return Visit("forbidden", failures, None)
    floor = timedelta(hours=1) if verdict in (Verdict.LIMITED, Verdict.ROBOTS_UNREADABLE) else min(rhythm, GRID * 2)
    if verdict is Verdict.CRASHED:  # our own fault, not the site's
        return Visit("failing", failures, on_grid(at + min(rhythm, GRID) * min(failures, 12)))
    wait = min(max(rhythm, floor) * 2 ** min(failures - 1, 8), LONGEST)
    if retry_after is not None:
        wait = max(wait, min(retry_after, timedelta(days=7)))
    state = "waiting" if verdict is Verdict.ROBOTS_UNREADABLE else "failing"
    return Visit(state, failures, on_grid(at + wait))


def on_grid(moment: datetime) -> datetime:
    """The next point of the five-minute grid at or after the moment, less a second (a sweep on the point finds it)."""
    past = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not past else moment + GRID - past
