"""热点排行: topics with posts in a period by what their heat is worth at its end; two periods side by side.

Read from the days that filing keeps (`TopicDay`), so a page costs the same number of queries, and the same time, with
ten topics and with a million posts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from analysis.heat import cooled
from analysis.models import Topic, TopicDay
from console.queries.board import in_street
from console.queries.periods import Period
from office.pack.current import current_pack
from responses.models import Issue

PER_PAGE = 40
COMPARED = 300  # topics ranked on each side of a comparison; a rank beyond is told as such
SHOWN = 50  # of them shown
CURVE = 14  # days drawn beside a topic at least
LONGEST_CURVE = 31
STATES = {"none": "没有线索", "lead": "待判线索", "open": "在办", "ended": "办过"}
CONFIRMED = (Issue.State.RESPONDING, Issue.State.RESPONDED)


@dataclass(frozen=True)
class Chosen:
    """What the list is narrowed to; an empty value narrows nothing."""

    street: str = ""
    klass: str = ""
    state: str = ""

    def given(self) -> dict[str, str]:
        return {name: value for name, value in self.__dict__.items() if value}


def narrowed(given: Mapping[str, str]) -> Chosen:
    """The conditions of an address; a street, class or state that there is not counts nothing."""
    street, klass, state = (given.get(name, "") for name in ("street", "klass", "state"))
    return Chosen(
        street if street in streets() else "", klass if klass in classes() else "", state if state in STATES else ""
    )


def streets() -> list[str]:
    return [street.name for street in current_pack().streets]


def classes() -> list[str]:
    taxonomy = current_pack().taxonomy
    return [*(one.name for one in taxonomy.classes), taxonomy.other]


def standing_days(period: Period, which: Chosen) -> QuerySet[TopicDay, int]:
    """Keys of the last day in the period of each topic that spoke in it, the hottest at its end first.

    A topic that went into another has no days any more.
    """
    return _standing(period, which).order_by("-standing", "topic_id").values_list("pk", flat=True)


@dataclass(frozen=True)
class Beside:
    """Where a topic stands in the list: its rank, how many there are, the topics before and after it."""

    rank: int
    count: int
    before: int | None
    after: int | None


def beside(topic: Topic, period: Period, which: Chosen) -> Beside | None:
    """Its neighbours in the list of that period and those conditions; None where it is not in it. Five queries."""
    listed = _standing(period, which)
    own = listed.filter(topic=topic).values_list("standing", flat=True).first()
    if own is None:
        return None
    hotter = listed.filter(Q(standing__gt=own) | Q(standing=own, topic_id__lt=topic.pk))
    cooler = listed.filter(Q(standing__lt=own) | Q(standing=own, topic_id__gt=topic.pk))
    return Beside(
        hotter.count() + 1,
        listed.count(),
        hotter.order_by("standing", "-topic_id").values_list("topic_id", flat=True).first(),
        cooler.order_by("-standing", "topic_id").values_list("topic_id", flat=True).first(),
    )


def _standing(period: Period, which: Chosen) -> QuerySet[TopicDay]:
    later = TopicDay.objects.filter(topic=OuterRef("topic"), day__gt=OuterRef("day"), day__lte=period.until)
    days = TopicDay.objects.filter(day__gte=period.since, day__lte=period.until)
    days = days.filter(~Exists(later)).filter(in_street(which.street, "topic__streets"))
    if which.klass:
        days = days.filter(topic__klass=which.klass)
    if which.state:
        days = days.filter(_state(which.state))
    return days


def _rows(keys: Iterable[int]) -> list[TopicDay]:
    """The days of those keys with their topics, in that order."""
    wanted = list(keys)
    found = {row.pk: row for row in TopicDay.objects.filter(pk__in=wanted).select_related("topic")}
    return [found[key] for key in wanted if key in found]


def _state(state: str) -> Q:
    held = Issue.objects.filter(topic=OuterRef("topic"))
    if state == "none":
        return Q(~Exists(held))
    if state == "ended":
        return Q(Exists(held)) & ~Q(Exists(held.filter(state__in=Issue.OPEN)))
    wanted = (Issue.State.LEAD,) if state == "lead" else CONFIRMED
    return Q(Exists(held.filter(state__in=wanted)))


@dataclass(frozen=True)
class Row:
    """A topic of the list. `parts` add up to `heat`; `posts` and `copies` of the period; `curve`: posts a day."""

    rank: int
    topic: Topic
    heat: float
    parts: dict[str, float]
    voices: int
    posts: int
    copies: int
    curve: list[int]
    issue: Issue | None


@dataclass(frozen=True)
class Listed:
    """The rows of a page, the days their curves cover, and the hottest one's heat, which fills a bar."""

    rows: list[Row]
    days: list[date] = field(default_factory=list)
    hottest: float = 0.0


def listed(keys: Iterable[int], period: Period, *, first: int, at: datetime) -> Listed:
    """The page's rows by the keys of their days: three queries. `first`: the rank of the first of them."""
    standing = _rows(keys)
    topics = [row.topic for row in standing]
    days = curve_days(period)
    spoken = days_of([topic.pk for topic in topics], since=min(days[0], period.since), until=period.until)
    issues = latest_issues(topics)
    end = period.ends(at)
    rows = []
    for rank, day in enumerate(standing, start=first):
        parts = cooled(day.heat_parts, since=day.last_at, at=end)
        of_topic = spoken.get(day.topic_id, {})
        inside = [one for one in of_topic.values() if one.day >= period.since]
        rows.append(
            Row(
                rank=rank,
                topic=day.topic,
                heat=round(sum(parts.values()), 1),
                parts=parts,
                voices=day.voices,
                posts=sum(one.posts for one in inside),
                copies=sum(one.copies for one in inside),
                curve=[of_topic[one].posts if one in of_topic else 0 for one in days],
                issue=issues.get(day.topic_id),
            )
        )
    return Listed(rows, days, max((row.heat for row in rows), default=0.0))


def curve_days(period: Period) -> list[date]:
    """The days drawn beside each topic: those of the period, a fortnight at least, a month at most."""
    length = min(max(period.length, CURVE), LONGEST_CURVE)
    return [period.until - timedelta(days=back) for back in range(length - 1, -1, -1)]


def days_of(topics: Sequence[int], *, since: date, until: date) -> dict[int, dict[date, TopicDay]]:
    """Days of topics by topic and day, one query."""
    found: dict[int, dict[date, TopicDay]] = {}
    for row in TopicDay.objects.filter(topic__in=topics, day__gte=since, day__lte=until).defer("heat_parts"):
        found.setdefault(row.topic_id, {})[row.day] = row
    return found


def latest_issues(topics: Sequence[Topic]) -> dict[int, Issue]:
    """The open issue of each topic, else its last one; one query."""
    found = Issue.objects.filter(topic__in=topics).select_related("matter").order_by("id")
    by_topic: dict[int, Issue] = {}
    for issue in found:
        before = by_topic.get(issue.topic_id or 0)
        if before is None or issue.is_open or not before.is_open:
            by_topic[issue.topic_id or 0] = issue
    return by_topic


@dataclass(frozen=True)
class Side:
    """A topic in one of two periods: rank (None = beyond those ranked), heat at its end, voices, posts."""

    rank: int | None
    heat: float
    voices: int
    posts: int


@dataclass(frozen=True)
class Pair:
    """A topic in both periods; a side where it had no post is None."""

    topic: Topic
    now: Side | None
    then: Side | None
    issue: Issue | None

    @property
    def moved(self) -> int | None:
        """How many places up (down: negative); None where a rank is missing."""
        if self.now is None or self.then is None or self.now.rank is None or self.then.rank is None:
            return None
        return self.then.rank - self.now.rank


@dataclass(frozen=True)
class Comparison:
    """`kept`: topics of the later period, hottest first, new ones among them. `gone`: those it has no post of."""

    kept: list[Pair]
    gone: list[Pair]
    hottest: float
    new: int
    counted: tuple[int, int]  # topics in the later and in the earlier period; at most COMPARED


def compared(now: Period, then: Period, which: Chosen, *, at: datetime) -> Comparison:
    """Two periods: rank and heat then and now, what is new, what is gone. Nine queries, however many topics."""
    later, earlier = (_ranked(standing_days(period, which)) for period in (now, then))
    shown = list(later)[:SHOWN]
    spoke_now = later.keys() | _spoke(list(earlier), now)
    gone = [topic for topic in earlier if topic not in spoke_now][:SHOWN]
    rows = {row.topic_id: row for row in _rows([later[topic][1] for topic in shown])}
    old = {row.topic_id: row for row in _rows([earlier[topic][1] for topic in [*shown, *gone] if topic in earlier])}
    old |= _beyond([topic for topic in shown if topic not in earlier], then)
    posts_now, posts_then = _posts(now, shown), _posts(then, [*shown, *gone])
    issues = latest_issues([*(rows[topic].topic for topic in shown), *(old[topic].topic for topic in gone)])

    def side(topic: int, row: TopicDay | None, period: Period, ranked: _Ranked, posts: dict[int, int]) -> Side | None:
        if row is None:
            return None
        heat = sum(cooled(row.heat_parts, since=row.last_at, at=period.ends(at)).values())
        return Side(ranked[topic][0] if topic in ranked else None, round(heat, 1), row.voices, posts.get(topic, 0))

    def pair(topic: int) -> Pair:
        mine = side(topic, rows.get(topic), now, later, posts_now)
        other = side(topic, old.get(topic), then, earlier, posts_then)
        return Pair((rows.get(topic) or old[topic]).topic, mine, other, issues.get(topic))

    kept, ended = [pair(topic) for topic in shown], [pair(topic) for topic in gone]
    heats = [side.heat for one in [*kept, *ended] for side in (one.now, one.then) if side is not None]
    new = sum(one.then is None for one in kept)
    return Comparison(kept, ended, max(heats, default=0.0), new, (len(later), len(earlier)))


_Ranked = dict[int, tuple[int, int]]  # topic -> its rank and the key of its day, the hottest first


def _ranked(standing: QuerySet[TopicDay, int]) -> _Ranked:
    found = standing.values_list("topic_id", "pk")[:COMPARED]
    return {topic: (rank, key) for rank, (topic, key) in enumerate(found, start=1)}


def _posts(period: Period, topics: list[int]) -> dict[int, int]:
    spoken = days_of(topics, since=period.since, until=period.until)
    return {topic: sum(day.posts for day in days.values()) for topic, days in spoken.items()}


def _spoke(topics: list[int], period: Period) -> set[int]:
    """Which of the topics had posts in the period."""
    days = TopicDay.objects.filter(topic__in=topics, day__gte=period.since, day__lte=period.until)
    return set(days.values_list("topic", flat=True).distinct())


def _beyond(topics: list[int], period: Period) -> dict[int, TopicDay]:
    """The last day in the period of topics that spoke in it too, too cool to be among those ranked there."""
    days = TopicDay.objects.filter(topic__in=topics, day__gte=period.since, day__lte=period.until)
    return {day.topic_id: day for day in days.select_related("topic").order_by("day")}
