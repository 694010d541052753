"""Posts of a topic by equal stretches of time: of its episode as suits its length, by the hour, or by the day."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from alerts.grading.course import BurstStand
from alerts.queries.course import topic_course
from analysis.models import Membership, Topic, TopicDay
from console.charts import Column
from office.pack.current import current_pack

HOURS = 72  # drawn of a curve by the hour
DAYS = 60  # drawn of a curve by the day
SHORTEST = 24  # stretches drawn at least: some silence before it shows what is usual


@dataclass(frozen=True)
class Curve:
    """`columns` for drawing, `table` of (from, own, copies). `starts`, `seconds`: to find the column of a moment.

    `silent`: columns (first, last) between two episodes without a post.
    """

    unit: str
    columns: list[Column]
    table: list[tuple[datetime, int, int]]
    starts: datetime
    seconds: float
    silent: list[tuple[int, int]] = field(default_factory=list)

    def column(self, moment: datetime) -> int | None:
        """The column a moment falls into; None outside the curve."""
        place = int((moment - self.starts).total_seconds() // self.seconds)
        return place if 0 <= place < len(self.columns) else None

    def ends(self, at: datetime) -> list[datetime]:
        """The end of each column; of the one that runs, now."""
        return [min(moment + timedelta(seconds=self.seconds), at) for moment, _, _ in self.table]


@dataclass(frozen=True)
class Course:
    """People in the window of the burst rule at the end of each column. `rows`: (from, own, copies, stand) for the
    table. `days`: length of the window. `words`: how it stands now, in a sentence. `other`: length of the rule's other
    window, 0 where it has none here. `slow`: the window of quiet sources.
    """

    stands: list[BurstStand]
    rows: list[tuple[datetime, int, int, BurstStand]]
    days: int
    words: str
    other: int = 0
    slow: bool = False


def course(topic: Topic, drawn: Curve, *, at: datetime, days: int | None = None) -> Course:
    """The same stretches of time as the curve. Two queries. `days`: which of the rule's two windows; by itself the one
    that is nearer to its line now, for either of them meets the rule.
    """
    both = topic_course(topic, drawn.ends(at))
    rule = current_pack().policy.lines.burst
    short, long = rule.hours // 24, rule.quiet_hours // 24
    slow = False
    if both.long is not None and long != short:
        slow = _gap(both.long) < _gap(both.short) if days not in (short, long) else days == long
    stands = both.long if slow and both.long is not None else both.short
    rows = [(*row, stand) for row, stand in zip(drawn.table, stands, strict=True)]
    last = stands[-1]
    usual = f" {last.usual:.1f} 人" if last.usual >= 0.1 else "不到 0.1 人"
    words = f"现在 {last.have} 人，平时{usual}（此前 {rule.past_days} 日 {last.past} 人），突增线 {last.limit} 人"
    other = (short if slow else long) if both.long is not None and long != short else 0
    return Course(stands, rows, long if slow else short, words, other, slow)


def _gap(stands: list[BurstStand]) -> int:
    """How many people are missing to the line now."""
    return stands[-1].limit - stands[-1].have


UNITS = ((timedelta(minutes=10), " 10 分钟"), (timedelta(hours=1), "小时"), (timedelta(days=1), "天"))
MINUTES, HOUR, DAY = (unit for unit, _ in UNITS)
WAYS = {"hour": "按小时", "day": "按天"}


def curve(topic: Topic, *, at: datetime, by: str = "") -> Curve:
    """One query. `by`: "hour" (the last three days), "day" (the last sixty, earlier episodes with them), or of itself:
    the current episode in stretches of 10 minutes, an hour or a day according to its length (at most 72).
    """
    if by == "day":
        return _by_day(topic, at=at)
    start = topic.episode_started_at
    length = max(at - start, MINUTES)
    unit = HOUR if by == "hour" else next((u for u, _ in UNITS if length / u <= 48), DAY)
    if by != "hour" and unit == DAY:
        return _by_day(topic, at=at, since=start)
    last = _place(at, unit)
    first = last - HOURS + 1 if by == "hour" else max(min(_place(start, unit), last - SHORTEST + 1), last - HOURS + 1)
    begins = _moment(first, unit)
    own: Counter[float] = Counter()
    copies: Counter[float] = Counter()
    rows = Membership.objects.filter(topic=topic, at__gte=begins).values_list("at", "post__copy_of")
    for moment, copy_of in rows:
        (own if copy_of is None else copies)[_place(moment, unit)] += 1
    table = [(_moment(place, unit), own[place], copies[place]) for place in range(int(first), int(last) + 1)]
    return _curve(unit, table, [])


def _by_day(topic: Topic, *, at: datetime, since: datetime | None = None) -> Curve:
    """From the days that filing keeps. `since`: only from that day on, as far as the drawing reaches back."""
    last = _place(at, DAY)
    first = last - DAYS + 1
    if since is not None:
        first = max(first, min(_place(since, DAY), last - SHORTEST + 1))
    days = {
        row.day: row
        for row in TopicDay.objects.filter(topic=topic, day__gte=_moment(first, DAY).date()).only(
            "day", "posts", "copies"
        )
    }
    table: list[tuple[datetime, int, int]] = []
    for place in range(int(first), int(last) + 1):
        moment = _moment(place, DAY)
        row = days.get(moment.date())
        table.append((moment, row.posts - row.copies if row else 0, row.copies if row else 0))
    return _curve(DAY, table, _silence(topic, table))


def _silence(topic: Topic, table: list[tuple[datetime, int, int]]) -> list[tuple[int, int]]:
    """The columns between the episode before and this one."""
    if topic.previous_seen_at is None:
        return []
    first, last = table[0][0], table[-1][0]
    if topic.episode_started_at < first or topic.previous_seen_at > last:
        return []
    inside = [
        place
        for place, (moment, _, _) in enumerate(table)
        if topic.previous_seen_at < moment and moment + DAY <= topic.episode_started_at
    ]
    return [(inside[0], inside[-1])] if inside else []


def _curve(unit: timedelta, table: list[tuple[datetime, int, int]], silent: list[tuple[int, int]]) -> Curve:
    every = max(len(table) // 8, 1)
    label = "%m-%d" if unit == DAY else "%m-%d %H:%M" if len(table) > 24 and unit == HOUR else "%H:%M"
    drawn = [
        Column(own, copies, f"{moment:{label}}" if place % every == 0 else "")
        for place, (moment, own, copies) in enumerate(table)
    ]
    return Curve(dict(UNITS)[unit], drawn, table, table[0][0], unit.total_seconds(), silent)


def _place(moment: datetime, unit: timedelta) -> float:
    """Stretches since the epoch, cut by the district's wall clock."""
    offset = moment.astimezone(timezone.get_default_timezone()).utcoffset() or timedelta()
    return (moment.timestamp() + offset.total_seconds()) // unit.total_seconds()


def _moment(place: float, unit: timedelta) -> datetime:
    zone = timezone.get_default_timezone()
    naive = place * unit.total_seconds()
    offset = datetime.fromtimestamp(naive, zone).utcoffset() or timedelta()
    return datetime.fromtimestamp(naive - offset.total_seconds(), zone)
