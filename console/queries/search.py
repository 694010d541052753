"""What the search page shows: hits with their words marked, counts beside them, what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from analysis.models import Reading, Topic
from analysis.search import RANKED, Figures, Order, Query, Words, engine, shown
from analysis.search.marks import Piece, pieces, score
from analysis.services.indexing import waiting
from crawlers.models import Post, Source
from responses.models import Issue

PER_PAGE = 20
FARTHEST = 500  # pages: beyond the ten thousandth post a person narrows the search
DAYS = 14
CLASSES = 8
TITLE = 40  # characters of a title shown before its text
RANKED_TEXT = 2000  # characters of a text that ranking looks at
WHOLE = 4000  # characters of a text shown beside the list
# What a line of the list and the post beside it say; building whole rows would take half as long again.
_SHOWN = (
    *("title", "text", "seen_at", "published_at", "fetched_at", "voice", "copy_of_id", "address", "source__name"),
    *("reading__streets", "reading__places", "reading__klass", "reading__kind", "reading__sentiment"),
    *("reading__relevant", "reading__asks", "membership__topic__title"),
)
_CASE = (
    *("number", "topic_id", "matter__title", "matter__level_decided"),
    *("matter__level_proposed", "matter__provisional"),
)
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Hit:
    """A post of the list: what it says with the words marked, its reading, its copies, what it belongs to."""

    post: Post
    said: list[Piece]
    reading: Reading | None
    copies: int
    topic: Topic | None
    issue: Issue | None

    @property
    def first(self) -> int:
        """The post whose text this one has."""
        return self.post.copy_of_id or self.post.pk


@dataclass(frozen=True)
class Day:
    """A day with the number of its hits; `key` as an address names it."""

    key: str
    label: str
    weekday: str
    count: int


@dataclass(frozen=True)
class Part:
    """One line of the counts by class, voice or feeling."""

    key: str
    name: str
    count: int


@dataclass(frozen=True)
class Beside:
    """The counts beside the list. `earlier`: hits before the days shown; `instead`: why the database answered."""

    figures: Figures
    days: list[Day]
    earlier: int
    classes: list[Part]
    other_classes: int
    voices: list[Part]
    feelings: list[Part]
    missing: list[Source]
    unindexed: int
    instead: str

    @property
    def most(self) -> int:
        return max((day.count for day in self.days), default=0)


def page_of(query: Query, number: int) -> tuple[list[int], bool]:
    """The posts of page `number` (from 1) in the order asked, and whether there are more."""
    start = (number - 1) * PER_PAGE
    if query.order == Order.BEST and query.words.shown:
        ranked = _ranked(query)
        return ranked[start : start + PER_PAGE], len(ranked) > start + PER_PAGE
    found = engine().newest(query, start=start, count=PER_PAGE + 1)
    return found[:PER_PAGE], len(found) > PER_PAGE


def _ranked(query: Query) -> list[int]:
    """The newest hits, best first; equally good ones newest first."""
    found = engine().newest(query, start=0, count=RANKED)
    texts = {
        pk: (title, text[:RANKED_TEXT])
        for pk, title, text in Post.objects.filter(pk__in=found).values_list("pk", "title", "text")
    }
    fits = {pk: score(*texts[pk], query.words.shown) for pk in found if pk in texts}
    return sorted(fits, key=lambda pk: -fits[pk])  # sorting keeps the order of equals


def hits(posts: Sequence[int], words: Words) -> list[Hit]:
    """The posts with everything a line of the list says: four queries, however many."""
    told = Post.objects.filter(pk__in=posts).select_related("source", "reading", "membership__topic").only(*_SHOWN)
    found = {post.pk: post for post in told}
    rows = [found[pk] for pk in posts if pk in found]
    copies = _copies(rows)
    topics = {post.pk: post.membership.topic for post in rows if hasattr(post, "membership")}
    issues = _issues([topic.pk for topic in topics.values()])
    return [
        Hit(
            post=post,
            said=said(post, words),
            reading=getattr(post, "reading", None),
            copies=copies.get(post.copy_of_id or post.pk, 0),
            topic=topics.get(post.pk),
            issue=issues.get(topics[post.pk].pk) if post.pk in topics else None,
        )
        for post in rows
    ]


def said(post: Post, words: Words) -> list[Piece]:
    """Title and text in one line, a title that the text repeats once; around the first word found."""
    terms = words.shown
    if not post.title or post.text.startswith(post.title):
        return pieces(post.text, terms)
    text = pieces(post.text, terms, window=60)
    return [*pieces(post.title, terms, window=TITLE), *([Piece("　", False)] if text else []), *text]


def whole(post: Post, words: Words) -> list[Piece]:
    """The text for reading beside the list."""
    return pieces(post.text, words.shown, window=WHOLE)


def beside(query: Query, *, at: datetime, newest: datetime | None) -> Beside:
    """Counts by day, class, voice and feeling. `newest`: the moment of the newest hit, where the days shown end."""
    figures = engine().figures(query)
    spans = _spans(query, at=at, newest=newest) if figures.total else []
    counts = engine().by_span(query, spans)
    lead = next((place for place, count in enumerate(counts) if count), 0)  # days before the first hit say nothing
    spans, counts = spans[lead:], counts[lead:]
    now = shown()
    classes = [Part(name, name or "未分类", count) for name, count in figures.klass.items()]
    return Beside(
        figures=figures,
        days=[_day(begin, count, at=at) for (begin, _), count in zip(spans, counts, strict=True)],
        earlier=figures.total - sum(counts),
        classes=classes[:CLASSES],
        other_classes=sum(part.count for part in classes[CLASSES:]),
        voices=_parts(figures.voice),
        feelings=_parts(figures.sentiment),
        missing=list(Source.objects.filter(enabled=True, down_since__isnull=False).order_by("down_since")[:4]),
        unindexed=waiting() + (0 if now.why else now.unsent),
        instead=now.why,
    )


def newest_of(query: Query, shown: Sequence[Hit], *, first_page: bool) -> datetime | None:
    """The moment of the newest hit; the list itself tells it where it begins with it."""
    if shown and first_page and query.order == Order.NEWEST:
        return shown[0].post.seen_at
    found = engine().newest(replace(query, order=Order.NEWEST), start=0, count=1)
    return Post.objects.filter(pk__in=found).values_list("seen_at", flat=True).first()


def _spans(query: Query, *, at: datetime, newest: datetime | None) -> list[tuple[datetime, datetime]]:
    """The last days up to the newest hit, at most `DAYS`, the earliest first; in the district's zone."""
    last = timezone.localtime(newest or at).replace(hour=0, minute=0, second=0, microsecond=0)
    first = last - timedelta(days=DAYS - 1)
    if query.since is not None:
        since = timezone.localtime(query.since).replace(hour=0, minute=0, second=0, microsecond=0)
        first = min(max(first, since), last)
    return [(day, day + timedelta(days=1)) for day in _days(first, last)]


def _days(first: datetime, last: datetime) -> list[datetime]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _day(begin: datetime, count: int, *, at: datetime) -> Day:
    today = timezone.localtime(at).date() == begin.date()
    label = f"{begin:%m-%d}" if begin.year == timezone.localtime(at).year else f"{begin:%Y-%m-%d}"
    return Day(f"{begin:%Y-%m-%d}", label, "今" if today else WEEKDAYS[begin.weekday()], count)


def _parts(counts: Mapping[str, int]) -> list[Part]:
    return [Part(key, key, count) for key, count in counts.items() if key]


def _copies(rows: Sequence[Post]) -> dict[int, int]:
    """First post -> how many others have its text."""
    firsts = {post.copy_of_id or post.pk for post in rows}
    counted = Post.objects.filter(copy_of__in=firsts).order_by().values("copy_of").annotate(n=Count("pk"))
    return {row["copy_of"]: row["n"] for row in counted if row["copy_of"] is not None}


def _issues(topics: Sequence[int]) -> dict[int | None, Issue]:
    """Topic -> its newest case."""
    found = Issue.objects.filter(topic__in=topics).select_related("matter").order_by("pk").only(*_CASE)
    return {issue.topic_id: issue for issue in found}
