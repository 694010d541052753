"""The volumes a topic is weighed against: a look-up table in memory that can be thrown away at any time.

Built from readings, grown by what was read since (ids only grow), so a second process and a restart see the same.
About 40 bytes a post: 1 million live posts take some 40 MB.
"""

from array import array
from bisect import bisect_right
from datetime import datetime, timedelta

from analysis.models import Reading
from office.statements import Prepared

REACH = timedelta(days=70)  # 28 days before a 30-day window, and some for late posts


_FIELDS = (
    "pk",
    "post__platform",
    "post__seen_at",
    "post__handle",
    "post_id",
    "klass",
    "demand",
    "sentiment",
    "post__voice",
)
_rows = Prepared(
    lambda last, since: (
        Reading.objects.filter(pk__gt=last, relevant=True, post__seen_at__gt=since).order_by("pk").values_list(*_FIELDS)
    ),
    last=int,
    since=datetime,
)


class Past:
    """Answers both protocols of `alerts.grading`: relevant posts a platform, distinct voices a class."""

    def __init__(self) -> None:
        self._last = 0
        self._volumes: dict[str, array[float]] = {}
        self._classes: dict[str, tuple[array[float], array[int]]] = {}

    def refresh(self, *, at: datetime) -> None:
        """Take in the readings made since the last call; forget what no window reaches."""
        since = at - REACH if self._last == 0 else datetime.min.replace(year=1900, tzinfo=at.tzinfo)
        for row in _rows(last=self._last, since=since):
            pk, platform, seen_at, handle, post_id, klass, demand, sentiment, voice = row
            self._last = pk
            moment = seen_at.timestamp()
            _insert(self._volumes.setdefault(platform, array("d")), moment)
            if voice == "public" and (demand or sentiment == "negative"):
                times, voices = self._classes.setdefault(klass, (array("d"), array("q")))
                where = bisect_right(times, moment)
                times.insert(where, moment)
                voices.insert(where, int(handle[:15], 16) if handle else -post_id)
        edge = (at - REACH).timestamp()
        for times in self._volumes.values():
            if times and times[0] < edge - 86400:
                del times[: bisect_right(times, edge)]
        for times, voices in self._classes.values():
            if times and times[0] < edge - 86400:
                cut = bisect_right(times, edge)
                del times[:cut], voices[:cut]

    def relevant(self, platform: str, since: datetime, until: datetime) -> int:
        """Relevant posts of a platform in (since, until]."""
        times = self._volumes.get(platform)
        if times is None:
            return 0
        return bisect_right(times, until.timestamp()) - bisect_right(times, since.timestamp())

    def voices(self, klass: str, since: datetime, until: datetime) -> int:
        """Distinct voices with a demand or a negative feeling in a class in (since, until]."""
        pair = self._classes.get(klass)
        if pair is None:
            return 0
        times, voices = pair
        return len(set(voices[bisect_right(times, since.timestamp()) : bisect_right(times, until.timestamp())]))


def _insert(times: "array[float]", moment: float) -> None:
    if not times or times[-1] <= moment:
        times.append(moment)
    else:
        times.insert(bisect_right(times, moment), moment)
