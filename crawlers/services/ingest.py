"""Items become posts; repeats become counts (rules.md 1 and 3). Doing it twice is harmless: the keys are unique."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from crawlers.canonical import address_key, id_key, same_words, text_key
from crawlers.items import BadLine, PostItem, moment_of
from crawlers.models import CountReading, Post, Repeat, Snapshot, Source, Tombstone
from office.statements import add

HISTORY_AGE = timedelta(hours=48)  # rules.md 3
COUNTS = ("reads", "likes", "reposts", "comments")
POSTS, SNAPSHOTS, REPEATS, TOMBSTONES = (model._meta.db_table for model in (Post, Snapshot, Repeat, Tombstone))
TRIES = 3  # another process may store the same address between our question and our row
_BIGGEST = {"reads": 2**63 - 1, "likes": 2**31 - 1, "reposts": 2**31 - 1, "comments": 2**31 - 1}


@dataclass
class IngestResult:
    """`post_ids`: new posts, in the order given; `touched`: posts whose counts or repeats moved.

    `repeats` counts what was turned away as well: it was here before and was removed (Tombstone).
    """

    stored: int = 0
    repeats: int = 0
    post_ids: list[int] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)


@dataclass
class _Taken:
    """An item with its keys worked out."""

    item: PostItem
    source: Source
    address_key: str | None
    text_key: str
    words: list[tuple[str, str, str]]
    published_at: datetime | None
    fetched_at: datetime
    not_before: datetime | None


@dataclass(slots=True)
class _Known:
    """A post that is there already, or is being made in this batch."""

    post: Post
    changed: bool = False
    new: bool = False
    page: str = ""  # hash of the page a new post was seen on


def ingest_items(
    items: Sequence[PostItem], *, source: Source | None = None, at: datetime, history: bool = False
) -> IngestResult:
    """Store a batch in one short transaction. `source` None: each item names its own by key.

    `history`: the batch is an old import; what was published more than 48 h before it was fetched opens nothing.
    Raises BadLine for an item whose source is not registered (see `sources_of`).
    """
    known = {source.key: source} if source is not None else sources_of(items)
    taken = [_take(item, source or known.get(item.source)) for item in items]
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _store(taken, history=history, at=at)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError  # the loop returns or raises


def sources_of(items: Iterable[PostItem]) -> dict[str, Source]:
    """Sources by key for the items of a batch, one query."""
    return {s.key: s for s in Source.objects.filter(key__in={i.source for i in items})}


def _take(item: PostItem, source: Source | None) -> _Taken:
    if source is None:
        raise BadLine(f"来源“{item.source[:60]}”没有登记")
    key, length = text_key(item.text)
    platform = item.platform or source.platform
    address = address_key(item.url) if item.url else None
    if address is None and item.id:
        address = id_key(platform, item.id, key)
    fetched_at = moment_of(item.fetched_at)
    assert fetched_at is not None  # items always say when they were fetched
    return _Taken(
        item=item,
        source=source,
        address_key=address,
        text_key=key,
        words=same_words(platform, (item.handle, item.handle_before), key, length),
        published_at=moment_of(item.published_at),
        fetched_at=fetched_at,
        not_before=moment_of(item.not_before),
    )


def _store(taken: Sequence[_Taken], *, history: bool, at: datetime) -> IngestResult:
    by_address, by_words, again = _look_up(taken)
    result = IngestResult()
    made: list[_Known] = []
    touched: dict[int, _Known] = {}
    repeats: list[tuple[_Known, _Taken]] = []
    counted: list[tuple[_Known, CountReading]] = []
    removed = _removed(taken)
    for one in taken:
        if one.address_key in removed or one.text_key in removed:
            result.repeats += 1
            continue
        known = by_address.get(one.address_key) if one.address_key else None
        same_place = known is not None
        counted_before = known is None and one.address_key in again
        if counted_before:
            known = again[one.address_key]
        if known is None:
            known = next((by_words[w] for w in one.words if w in by_words), None)
        if known is None:
            known = _Known(_post(one, history=history, at=at), new=True, page=one.item.page_sha256[:64])
            made.append(known)
            if any(getattr(one.item, name) is not None for name in COUNTS):
                counted.append((known, _reading(known, one)))
        else:
            result.repeats += 1
            if _repeat_counts(known, one, same_place=same_place):
                counted.append((known, _reading(known, one)))
            if not counted_before and _another_time(known, one, same_place=same_place):
                known.post.repeats += 1
                known.changed = True
                repeats.append((known, one))
            if not known.new:
                touched[known.post.pk] = known
        if one.address_key and not same_place:
            (by_address if known.post.address_key == one.address_key else again).setdefault(one.address_key, known)
        for words in one.words:
            by_words.setdefault(words, known)
    _write(made, touched, repeats, counted)
    result.stored = len(made)
    result.post_ids = [k.post.pk for k in made]
    result.touched = [pk for pk, k in touched.items() if k.changed]
    return result


def _look_up(
    taken: Sequence[_Taken],
) -> tuple[dict[str, _Known], dict[tuple[str, str, str], _Known], dict[str | None, _Known]]:
    """Posts that are there already, by address, by words, and by the address of a repeat counted before: three plain
    queries, and a fourth only for what was found.

    Written in SQL because a replay asks this for every single post, and building the query through the ORM took five
    times as long as running it (docs/measurements.md).
    """
    addresses = sorted({t.address_key for t in taken if t.address_key})
    texts = sorted({t.text_key for t in taken if t.words})
    by_address: dict[str, int] = {}
    by_words: dict[tuple[str, str, str], int] = {}
    again: dict[str | None, int] = {}
    with connection.cursor() as cursor:
        if addresses:
            cursor.execute(f"SELECT id, address_key FROM {POSTS} WHERE address_key IN ({_marks(addresses)})", addresses)
            by_address = {key: pk for pk, key in cursor.fetchall()}
            cursor.execute(
                f"SELECT post_id, address_key FROM {REPEATS} WHERE address_key IN ({_marks(addresses)})", addresses
            )
            again = {key: pk for pk, key in cursor.fetchall()}
        if texts:
            platforms = sorted({w[0] for t in taken for w in t.words})
            cursor.execute(
                f"SELECT id, platform, text_key, handle, handle_before FROM {POSTS}"
                f" WHERE platform IN ({_marks(platforms)}) AND text_key IN ({_marks(texts)}) ORDER BY id",
                [*platforms, *texts],
            )
            for pk, platform, key, *handles in cursor.fetchall():
                for handle in filter(None, handles):
                    by_words.setdefault((platform, handle, key), pk)
    wanted = {*by_address.values(), *by_words.values(), *again.values()}
    posts = Post.objects.defer("text").in_bulk(wanted) if wanted else {}
    found = {pk: _Known(post) for pk, post in posts.items()}
    return (
        {k: found[pk] for k, pk in by_address.items()},
        {k: found[pk] for k, pk in by_words.items()},
        {k: found[pk] for k, pk in again.items()},
    )


def _removed(taken: Sequence[_Taken]) -> set[str]:
    """Keys of this batch that stand on a tombstone: what was removed is not stored again (rules.md 11)."""
    keys = sorted({key for one in taken for key in (one.address_key, one.text_key) if key})
    if not keys:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key, removal_id FROM {TOMBSTONES} WHERE key IN ({_marks(keys)})", keys)
        found = dict(cursor.fetchall())
    asked = [key for key, removal in found.items() if removal is not None]
    if asked:
        Tombstone.objects.filter(pk__in=asked).update(turned_away=F("turned_away") + 1)
    return set(found)


def _marks(values: Sequence[object]) -> str:
    return ",".join(["%s"] * len(values))


def _reading(known: _Known, one: _Taken) -> CountReading:
    """The figures as they stand after this item; the post gets its id when it is written."""
    return CountReading(at=one.fetched_at, **{n: getattr(known.post, n) for n in COUNTS})


def _repeat_counts(known: _Known, one: _Taken, *, same_place: bool) -> bool:
    """Bring the counts of the post up to date; True when a count reading has to be kept.

    The same address: the newest figures stand. Another address: figures are only raised, never added, since nobody
    knows whose readers they share.
    """
    moved = False
    for name in COUNTS:
        value, stands = getattr(one.item, name), getattr(known.post, name)
        if value is None or value == stands or (not same_place and stands is not None and value < stands):
            continue
        setattr(known.post, name, min(value, _BIGGEST[name]))
        moved = known.changed = True
    for name in ("rank", "heat"):
        value = getattr(one.item, name)
        if value is not None and known.post.extra.get(name) != value:
            known.post.extra[name] = value
            known.changed = True
    if one.item.official_reply and known.post.extra.get("official_reply") != one.item.official_reply:
        known.post.extra["official_reply"] = one.item.official_reply
        known.changed = True
    return moved


def _another_time(known: _Known, one: _Taken, *, same_place: bool) -> bool:
    """Whether this was said again, and not merely fetched again."""
    if not same_place:
        return True
    return known.post.source_id != one.source.pk or bool(one.item.id and one.item.id != known.post.ext_id)


def _post(one: _Taken, *, history: bool, at: datetime) -> Post:
    item, source = one.item, one.source
    extra: dict[str, Any] = dict(item.extra)
    for name in ("rank", "heat", "official_reply"):
        value = getattr(item, name)
        if value not in (None, ""):
            extra[name] = value
    day = item.precision == "day" and one.published_at is not None
    return Post(
        source=source,
        ext_id=item.id[:200],
        address=item.url[:1000],
        address_key=one.address_key,
        platform=(item.platform or source.platform)[:60],
        voice=(item.voice or source.voice)[:10],
        handle=item.handle[:64],
        handle_key=item.handle_key,
        handle_before=item.handle_before[:64],
        title=item.title[:500],
        text=item.text,
        text_key=one.text_key,
        published_at=one.published_at,
        published_raw=item.published_raw[:100],
        precision=item.precision,
        not_before=max(filter(None, (one.published_at, one.not_before))) if day else None,
        fetched_at=one.fetched_at,
        taken_at=at,
        seen_at=one.published_at or one.fetched_at,
        is_repost=item.is_repost,
        history=is_history(one.item, one.published_at, one.fetched_at, old_import=history),
        extra=extra,
        **{n: min(v, _BIGGEST[n]) for n in COUNTS if (v := getattr(item, n)) is not None},
    )


def is_history(item: PostItem, published_at: datetime | None, fetched_at: datetime, *, old_import: bool) -> bool:
    """Whether the post opens nothing (rules.md 3): found on a first visit or in an old import, and not of these days.

    A time that is not known counts as old there: a first visit shows what has stood for long, except on a hot list,
    which is of the hour.
    """
    if not (old_import or item.first_visit):
        return False
    if published_at is None:
        return item.kind != "hot_list"
    latest = published_at + timedelta(days=1) if item.precision == "day" else published_at
    return latest < fetched_at - HISTORY_AGE


def _write(
    made: Sequence[_Known],
    touched: dict[int, _Known],
    repeats: Sequence[tuple[_Known, _Taken]],
    counted: Sequence[tuple[_Known, CountReading]],
) -> None:
    for known in made:
        add(known.post)
    if made:
        moment = connection.ops.adapt_datetimefield_value
        with connection.cursor() as cursor:  # plain SQL for the reason given at `_look_up`
            cursor.executemany(
                f"INSERT INTO {SNAPSHOTS} (post_id, fetched_at, address, page_sha256, text) VALUES (%s, %s, "
                "%s, %s, %s)",
                [(k.post.pk, moment(k.post.fetched_at), k.post.address, k.page, k.post.text) for k in made],
            )
    for known, reading in counted:
        reading.post = known.post
        add(reading)
    for known, one in repeats:
        add(
            Repeat(
                post=known.post,
                ext_id=one.item.id[:200],
                address_key=one.address_key,
                source=one.source,
                at=one.published_at or one.fetched_at,
            )
        )
    moved = [k.post for k in touched.values() if k.changed]
    if moved:
        Post.objects.bulk_update(moved, ["repeats", "extra", *COUNTS], batch_size=100)
