"""How often a source is worth a visit, from the times of what it shows. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

STEPS = (5, 10, 15, 30, 60, 120, 240, 720, 1440)  # minutes; visits fall on a grid of five
LEAST, MOST = 5, 7 * 1440
UNKNOWN = 60  # where the list tells no times: once an hour, until its own visits teach more
RECENT = timedelta(days=7)


def usual_gap(times: Sequence[datetime], *, at: datetime) -> timedelta | None:
    """The usual stretch between two posts of the last seven days (of all, where those are fewer than three).

    None where fewer than three times are told, or all of them are one and the same.
    """
    past = sorted(t for t in times if t <= at)
    recent = [t for t in past if t > at - RECENT]
    chosen = recent if len(recent) >= 3 else past
    if len(chosen) < 3:
        return None
    minutes = [(later - earlier) / timedelta(minutes=1) for earlier, later in zip(chosen, chosen[1:], strict=False)]
    usual = max(median(minutes), sum(minutes) / len(minutes) / 4)  # a bulk put in at one minute says little
    return timedelta(minutes=usual) if usual > 0 else None


def proposed_rhythm(gap: timedelta | None, *, crawl_delay: float = 0.0, pages: int = 6) -> int:
    """Minutes between two visits: the step nearest below half the usual gap, so that a post waits no longer than that.

    `crawl_delay`: seconds robots.txt asks for between two pages; a visit of `pages` pages must fit into half of it.
    """
    wanted = UNKNOWN if gap is None else gap / timedelta(minutes=1) / 2
    floor = least_rhythm(crawl_delay, pages=pages)
    below = [step for step in STEPS if step <= wanted]
    return max(below[-1] if below else STEPS[0], next((s for s in STEPS if s >= floor), STEPS[-1]))


def least_rhythm(crawl_delay: float, *, pages: int = 6) -> int:
    """The shortest rhythm in minutes that leaves the site alone half of the time."""
    return max(LEAST, -int(-crawl_delay * pages * 2 // 60))
