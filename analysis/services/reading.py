"""Reading posts: a batch of unread posts in, one Reading per post out. Doing it twice is harmless."""

from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from analysis.models import Reading
from analysis.reader import PostIn, Reader, ReadingOut
from analysis.sentiment_engine import SentimentEngine, sentiment_engine
from analysis.services.indexing import index_posts
from analysis.services.learnt_models import in_force, key_in_force, reader_with
from crawlers.canonical import REMOVED
from crawlers.models import Post
from office.pack.current import current_pack
from office.statements import add

FEW = 5
_READ = ("text", "title", "voice", "published_at", "source__scope", "source__name")  # what `post_in` asks for
_readers: dict[str, Reader] = {}  # by pack, engine and learnt model; can be thrown away at any time


@lru_cache(maxsize=1)
def engine(name: str) -> SentimentEngine:
    """The process's engine of feeling; what was learnt is laid over it. Raises WeightsError."""
    return sentiment_engine(name)


def reader() -> Reader:
    """The process's reader for the pack in force, the engine chosen in settings and what was learnt and adopted."""
    pack = current_pack()
    key = f"{pack.digest}:{settings.SENTIMENT}:{key_in_force()}"
    if key not in _readers:
        _readers.clear()
        _readers[key] = reader_with(in_force(), pack, engine(settings.SENTIMENT))
    return _readers[key]


def read_posts(*, at: datetime, limit: int = 500) -> int:
    """Read up to `limit` posts that nobody has read, oldest first; returns how many. Raises a reader's fault when the
    posts it does not concern are read.

    Two processes at once make one reading a post (unique key); the later one's work is dropped.
    """
    unread = Post.objects.filter(step=0).select_related("source").only(*_READ).order_by("id")
    posts = list(unread[:limit])
    if not posts:
        return 0
    fault: Exception | None = None
    try:
        answers = reader().read_batch([post_in(post) for post in posts])
    except Exception as error:  # raised below: the sweep counts as failed, the post waits, the others go on
        fault = error
        posts, answers = _read_singly(posts)
    with transaction.atomic():
        # Words removed since they were read above do not come back with the answer: such a post is read as it is now.
        removed = Post.objects.filter(pk__in=[post.pk for post in posts if post.text != REMOVED], text=REMOVED)
        gone = set(removed.values_list("pk", flat=True))
        for post, answer in zip(posts, answers, strict=True):
            if post.pk not in gone:
                add(reading_row(post, answer, at=at), unless_there=True)
        keys = [post.pk for post in posts if post.pk not in gone]
        Post.objects.filter(pk__in=keys, step=0).update(step=1)
        if not settings.REPLAY:  # nobody searches in a replay; its report is made from the rows
            index_posts(keys, at=at)
    if fault is not None:
        raise fault
    return len(posts)


def _read_singly(posts: list[Post]) -> tuple[list[Post], list[ReadingOut]]:
    """The posts that can be read, with their readings: one text we stumble over holds up no other.

    Where every one fails it is no text's fault (the engine is gone), and the first few are enough to know.
    """
    read: list[Post] = []
    answers: list[ReadingOut] = []
    for number, post in enumerate(posts):
        try:
            answers += reader().read_batch([post_in(post)])
        except Exception:  # the caller raises the fault of the batch
            if not read and number >= FEW:
                break
            continue
        read.append(post)
    return read, answers


def post_in(post: Post) -> PostIn:
    """The post as the reader asks for it; times by day count from the day's beginning."""
    return PostIn(
        id=str(post.pk),
        text=post.text,
        title=post.title,
        voice=post.voice,
        scope=post.source.scope,
        source=post.source.name,
        published_at=post.published_at,
    )


def reading_row(post: Post, answer: ReadingOut, *, at: datetime) -> Reading:
    """The reader's answer as a row; shapes are those of `manage.py read`."""
    return Reading(
        post=post,
        version=answer.version,
        at=at,
        relevant=answer.relevant,
        confidence=answer.confidence,
        evidence=answer.evidence,
        places=answer.places,
        streets=answer.streets,
        units=answer.units,
        jurisdiction=answer.jurisdiction,
        sentiment=answer.sentiment,
        sentiment_p=answer.sentiment_p,
        emotion_p=answer.emotion_p,
        klass=answer.klass,
        klass_p=answer.klass_p,
        priority=answer.priority,
        kind=answer.kind,
        demand=answer.demand,
        asks=answer.asks,
        keywords=answer.keywords,
        emergency=None if answer.emergency is None else answer.emergency.as_json(),
    )
