"""Taking items in: what is new becomes a Post with its Snapshot, what repeats raises counts, all in one transaction.

Doing a batch twice is harmless: a post is known by its address (or its file's id), or by platform, handle and text
(rules.md 1). Two processes at once store a post once (unique key).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from crawlers.canonical import address_key, id_key, same_words, text_key
from crawlers.items import PostItem, moment_of
from crawlers.models import CountReading, Post, Repeat, Snapshot, Source
from office.pack.current import current_pack

TRIES = 3  # another process may have stored one of ours between our look and our write
Words = tuple[str, str, str]


@dataclass
class IngestResult:
    """What became of a batch: rows stored, repeats counted, and the post each item ended at, in the order given."""

    stored: int = 0
    repeats: int = 0
    post_ids: list[int] = field(default_factory=list)


@dataclass
class _Arrival:
    """An item with the keys it is known by."""

    item: PostItem
    key: str | None
    words: list[Words]
    text_key: str


def ingest_items(items: Sequence[PostItem], *, source: Source, at: datetime, history: bool = False) -> IngestResult:
    """Store a batch of one source. `history`: an import marked 历史; older than 48 h it opens nothing (rules.md 3)."""
    arrivals = [_arrival(item, source) for item in items]
    for last in range(TRIES):
        try:
            with transaction.atomic():
                return _take(arrivals, source=source, at=at, history=history)
        except IntegrityError:
            if last == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _arrival(item: PostItem, source: Source) -> _Arrival:
    platform = item.platform or source.platform
    key, length = text_key(item.text)
    handles = [handle for handle in (item.handle, item.handle_before) if handle]
    known_by = address_key(item.url) or (id_key(platform, item.id, key) if item.id else None)
    return _Arrival(item, known_by, same_words(platform, handles, key, length), key)


def _take(arrivals: list[_Arrival], *, source: Source, at: datetime, history: bool) -> IngestResult:
    by_key, by_words = _known(arrivals)
    fresh: list[Post] = []
    result = IngestResult()
    ends: list[Post] = []
    repeats: list[Repeat] = []
    counts: list[CountReading] = []
    raised: dict[int, int] = {}
    for arrival in arrivals:
        post = by_key.get(arrival.key) if arrival.key else None
        post = post or next((by_words[w] for w in arrival.words if w in by_words), None)
        if post is None:
            post = _post(arrival, source=source, at=at, history=history)
            fresh.append(post)
            result.stored += 1
        else:
            result.repeats += 1
            _recount(post, arrival.item, counts, at=at)
            if _is_repeat(post, arrival, source):
                repeats.append(Repeat(post=post, ext_id=arrival.item.id, source=source, at=_moment(arrival.item, at)))
        if arrival.key:
            by_key.setdefault(arrival.key, post)
        for words in arrival.words:
            by_words.setdefault(words, post)
        ends.append(post)
    Post.objects.bulk_create(fresh)
    Snapshot.objects.bulk_create([_snapshot(post, a.item) for post, a in _firsts(fresh, ends, arrivals)])
    known = set(
        Repeat.objects.filter(post_id__in={r.post.pk for r in repeats}).values_list("post_id", "source_id", "ext_id")
    )
    for repeat in repeats:
        mark = (repeat.post.pk, source.pk, repeat.ext_id)
        if mark not in known:
            known.add(mark)
            raised[repeat.post.pk] = raised.get(repeat.post.pk, 0) + 1
            repeat.post_id = repeat.post.pk
            repeat.save(force_insert=True)
    for pk, number in raised.items():
        Post.objects.filter(pk=pk).update(repeats=F("repeats") + number)
    if counts:
        for count in counts:
            count.post_id = count.post.pk
        CountReading.objects.bulk_create(counts)
    result.post_ids = [post.pk for post in ends]
    return result


def _known(arrivals: list[_Arrival]) -> tuple[dict[str, Post], dict[Words, Post]]:
    """Posts of the database that one of these could be, by their keys: two queries a batch."""
    keys = {a.key for a in arrivals if a.key}
    by_key = {p.address_key: p for p in Post.objects.filter(address_key__in=keys) if p.address_key}
    wanted = {words for a in arrivals for words in a.words}
    by_words: dict[Words, Post] = {}
    if wanted:
        rows = Post.objects.filter(platform__in={w[0] for w in wanted}, text_key__in={w[2] for w in wanted}).exclude(
            handle=""
        )
        for post in rows.order_by("-pk"):
            for handle in (post.handle, post.handle_before):
                if handle:
                    by_words[(post.platform, handle, post.text_key)] = post
    return by_key, by_words


def _is_repeat(post: Post, arrival: _Arrival, source: Source) -> bool:
    """Whether a person said it again, or we merely saw the same post again on a later visit."""
    if post.source_id != source.pk:
        return True
    return post.address_key != arrival.key


def _post(arrival: _Arrival, *, source: Source, at: datetime, history: bool) -> Post:
    item = arrival.item
    fetched = moment_of(item.fetched_at) or at
    published = moment_of(item.published_at)
    not_before = None
    if published is not None and item.precision == "day":
        # The earlier end of what is possible: 00:00 of the day, or the last visit without it (rules.md 4).
        not_before = max(published, moment_of(item.not_before) or published)
    old = timedelta(hours=current_pack().policy.history.hours)
    found_late = published is None or fetched - published > old
    return Post(
        source=source,
        ext_id=item.id,
        address=item.url,
        address_key=arrival.key,
        platform=item.platform or source.platform,
        voice=item.voice or source.voice,
        handle=item.handle,
        handle_key=item.handle_key,
        handle_before=item.handle_before,
        title=item.title,
        text=item.text,
        text_key=arrival.text_key,
        published_at=published,
        published_raw=item.published_raw,
        precision=item.precision if published is not None else "unknown",
        not_before=not_before,
        fetched_at=fetched,
        seen_at=not_before or published or fetched,
        reads=item.reads,
        likes=item.likes,
        reposts=item.reposts,
        comments=item.comments,
        is_repost=item.is_repost,
        history=(item.first_visit or history) and found_late,
        extra=_extra(item),
    )


def _extra(item: PostItem) -> dict[str, object]:
    extra = dict(item.extra)
    for name in ("rank", "heat", "official_reply"):
        value = getattr(item, name)
        if value not in (None, ""):
            extra[name] = value
    return extra


def _moment(item: PostItem, at: datetime) -> datetime:
    return moment_of(item.published_at) or moment_of(item.fetched_at) or at


def _recount(post: Post, item: PostItem, counts: list[CountReading], *, at: datetime) -> None:
    """Counts that moved since the last visit become a reading of their own, and the post shows the newest."""
    told = {name: getattr(item, name) for name in ("reads", "likes", "reposts", "comments")}
    moved = {name: value for name, value in told.items() if value is not None and value != getattr(post, name)}
    if not moved:
        return
    for name, value in moved.items():
        setattr(post, name, value)
    counts.append(CountReading(post=post, at=moment_of(item.fetched_at) or at, **told))
    if post.pk is not None:
        Post.objects.filter(pk=post.pk).update(**moved)


def _firsts(fresh: list[Post], ends: list[Post], arrivals: list[_Arrival]) -> list[tuple[Post, _Arrival]]:
    """Each new post with the item it came from."""
    first: dict[int, _Arrival] = {}
    for post, arrival in zip(ends, arrivals, strict=True):
        first.setdefault(id(post), arrival)
    return [(post, first[id(post)]) for post in fresh]


def _snapshot(post: Post, item: PostItem) -> Snapshot:
    page = item.page_sha256 or hashlib.sha256(item.text.encode("utf-8", errors="replace")).hexdigest()
    return Snapshot(post=post, fetched_at=post.fetched_at, address=item.url, page_sha256=page, text=item.text)
