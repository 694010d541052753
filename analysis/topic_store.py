"""Topics, memberships and their index in the database: the `Store` of `analysis/grouping.py`.

Plain SQL through Django's connection, because each post costs a dozen statements and must be filed in about a
millisecond; the same statements run on SQLite and PostgreSQL. Nothing is kept between two posts but the seed of word
frequencies, which is a file. Callers put a batch of posts in one transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model, Q, QuerySet

from analysis.grouping import (
    EPISODE_GAP,
    INDEX_TERMS,
    RENAMED_AT,
    Filed,
    Happening,
    Member,
    NewPost,
    TopicFacts,
    episodes,
)
from analysis.models import CopyKey, Membership, PostVector, Reading, TermCount, Topic, TopicDay, TopicTerm
from analysis.similarity import Seed, Vector, load_seed, packed, unpacked
from analysis.titles import AUTHORITIES, READ, Telling, standings, telling_of, title_of
from crawlers.models import Post
from office.statements import adapted, fetch, run, run_many

POSTS = -1  # the term that counts the posts themselves
_TOPIC, _MEMBER = Topic._meta.db_table, Membership._meta.db_table
_TERM, _COUNT, _VECTOR = TopicTerm._meta.db_table, TermCount._meta.db_table, PostVector._meta.db_table
_COPY, _READING, _POST = CopyKey._meta.db_table, Reading._meta.db_table, Post._meta.db_table


@lru_cache(maxsize=1)
def _seed() -> Seed:
    return load_seed()


def _moment(value: datetime) -> datetime:
    """A moment as the drivers give it: psycopg's is aware, SQLite's is naive and means UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


@lru_cache(maxsize=8)
def _blank(model: type[Model], vendor: str) -> dict[str, Any]:
    """A row of the model's defaults, column by column, as the database of `vendor` takes them."""
    blank, meta = model(), model._meta
    return {
        str(field.column): field.get_db_prep_save(getattr(blank, field.attname), connection)
        for field in meta.concrete_fields
        if not field.primary_key
    }


def _insert(model: type[Model], values: Mapping[str, Any]) -> int:
    """A new row; what is not named has the model's default. A tenth of the time of `objects.create`."""
    row = _blank(model, connection.vendor) | {name: adapted(value) for name, value in values.items()}
    columns = ", ".join(row)
    sql = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({_marks([0] * len(row))}) RETURNING id"
    return int(fetch(sql, list(row.values()))[0][0])


def _marks(values: Sequence[int]) -> str:
    return ",".join(["%s"] * len(values))


def _padded(values: Sequence[int]) -> list[int]:
    """The values, the last one repeated up to a multiple of 16: few lengths, so that few statements are prepared."""
    return [*values, *[values[-1]] * (-len(values) % 16)]


def seconds(moment: datetime) -> int:
    """Whole seconds of the epoch: how the index keeps moments."""
    return int(moment.timestamp())


def happening_of(
    emergency: Mapping[str, Any] | None, places: Sequence[Mapping[str, Any]], streets: Sequence[str]
) -> Happening | None:
    """A Reading's `emergency`, `places` and `streets` as filing needs them; None for no emergency of these days.

    Its place counts only where it is a road, a compound or the like: the name of a street office or of the whole
    district holds many places, and is no other place than one of them.
    """
    if emergency is None or not emergency["current"] or emergency["denied"]:
        return None
    told = str(emergency["place"])
    exact = any(place["kind"] != "street" and place["name"] in told for place in places)
    return Happening(str(emergency["kind"]), told if exact else "", frozenset(streets))


def _decoded(value: Any) -> Any:
    """A JSON column as the drivers give it: text, or what it stands for."""
    return json.loads(value) if isinstance(value, str) else value


class DatabaseStore:
    """The database as the store of filing. Needs an open transaction; holds no state of its own."""

    def topic_of(self, post: int) -> int | None:
        found = fetch(f"SELECT topic_id FROM {_MEMBER} WHERE post_id=%s", [post])
        return int(found[0][0]) if found else None

    def frequency(self, terms: Sequence[int]) -> tuple[int, dict[int, int]]:
        seed = _seed()
        known = seed.frequency(terms)
        documents = seed.documents
        asked = _padded([POSTS, *terms])
        for number, posts in fetch(f"SELECT term, posts FROM {_COUNT} WHERE term IN ({_marks(asked)})", asked):
            if number == POSTS:
                documents += posts
            else:
                known[number] = known.get(number, 0) + posts
        return documents, known

    def posts_with(self, terms: Sequence[int], at: datetime, window: timedelta, newest: int) -> dict[int, list[int]]:
        if not terms:
            return {}
        one = f"SELECT * FROM (SELECT term, post FROM {_TERM} WHERE term=%s AND at>=%s AND at<=%s"
        one += " ORDER BY at DESC, post DESC LIMIT %s) AS t"
        early, late = seconds(at - window), seconds(at + window)
        values: list[int] = []
        for number in terms:
            values += [number, early, late, newest]
        found: dict[int, list[int]] = {}
        for number, post in fetch(" UNION ALL ".join([one] * len(terms)), values):
            found.setdefault(number, []).append(post)
        return found

    def members(self, posts: Sequence[int]) -> list[Member]:
        if not posts:
            return []
        sql = f"SELECT v.post, m.topic_id, v.terms FROM {_VECTOR} v JOIN {_MEMBER} m ON m.post_id=v.post"
        asked = _padded(posts)
        return _members(fetch(f"{sql} WHERE v.post IN ({_marks(asked)}) ORDER BY v.post", asked))

    def newest_members(self, topic: int, count: int) -> list[Member]:
        sql = f"SELECT v.post, m.topic_id, v.terms FROM {_MEMBER} m JOIN {_VECTOR} v ON v.post=m.post_id"
        newest = fetch(f"{sql} WHERE m.topic_id=%s ORDER BY m.at DESC, m.post_id DESC LIMIT %s", [topic, count])
        return _members(sorted(newest, key=lambda row: int(row[0])))

    def topics(self, ids: Sequence[int]) -> dict[int, TopicFacts]:
        if not ids:
            return {}
        sized = (
            f"(SELECT count(*) FROM (SELECT 1 FROM {_MEMBER} m WHERE m.topic_id=t.id LIMIT {RENAMED_AT[-1]}) AS few)"
        )
        asked = _padded(ids)
        found = fetch(
            f"SELECT t.id, {sized}, t.last_post_at, t.frozen, t.pinned FROM {_TOPIC} t WHERE t.id IN ({_marks(asked)})",
            asked,
        )
        return {row[0]: TopicFacts(row[0], row[1], _moment(row[2]), bool(row[3] or row[4])) for row in found}

    def happenings(self, topics: Sequence[int]) -> dict[int, list[Happening]]:
        sql = f"SELECT m.topic_id, r.emergency, r.places, r.streets FROM {_MEMBER} m"
        sql += f" JOIN {_READING} r ON r.post_id=m.post_id"
        sql += f" WHERE m.topic_id IN ({_marks(topics)}) AND r.emergency IS NOT NULL ORDER BY m.at DESC LIMIT 200"
        found: dict[int, list[Happening]] = {}
        for topic, *reading in fetch(sql, topics):
            told = happening_of(*map(_decoded, reading))
            if told is not None:
                found.setdefault(int(topic), []).append(told)
        return found

    def open_topic(self, post: NewPost, title: str, at: datetime) -> int:
        span = {"first_post_at": post.at, "last_post_at": post.at, "episode_started_at": post.at}
        return _insert(Topic, {"title": title, "changed_at": at, **span})

    def add(self, post: NewPost, topic: int, terms: Vector, filed: Filed, at: datetime) -> None:
        moment = seconds(post.at)
        episode, late = (1, False) if filed.opened else self._stretch(post, topic, at)
        run_many(
            f"INSERT INTO {_TERM} (term, at, post) VALUES (%s,%s,%s) ON CONFLICT DO NOTHING",
            [(number, moment, post.id) for number in list(terms)[:INDEX_TERMS]],
        )
        run(
            f"INSERT INTO {_VECTOR} (post, at, terms) VALUES (%s,%s,%s) ON CONFLICT DO NOTHING",
            [post.id, moment, packed(terms)],
        )
        place = {"post_id": post.id, "topic_id": topic, "episode": episode, "at": post.at}
        _insert(Membership, {**place, "similarity": round(filed.similarity, 4), "why": filed.why})
        if late:
            self.renumber(topic, at)

    def count(self, terms: Sequence[int]) -> None:
        run_many(
            f"INSERT INTO {_COUNT} (term, posts) VALUES (%s,1)"
            f" ON CONFLICT (term) DO UPDATE SET posts = {_COUNT}.posts + 1",
            [(number,) for number in [POSTS, *terms]],
        )

    def _stretch(self, post: NewPost, topic: int, at: datetime) -> tuple[int, bool]:
        """Moves the topic's span to the post; the post's episode, and whether it lies before the topic's last one."""
        [(last, episode)] = fetch(f"SELECT last_post_at, episode FROM {_TOPIC} WHERE id=%s", [topic])
        before = _moment(last)
        if post.at <= before:
            return int(episode), post.at < before
        if post.at - before <= EPISODE_GAP:
            run(f"UPDATE {_TOPIC} SET last_post_at=%s, changed_at=%s WHERE id=%s", [post.at, at, topic])
            return int(episode), False
        run(
            f"UPDATE {_TOPIC} SET last_post_at=%s, changed_at=%s, episode=%s, episode_started_at=%s,"
            " previous_seen_at=%s WHERE id=%s",
            [post.at, at, episode + 1, post.at, before, topic],
        )
        return int(episode) + 1, False

    def renumber(self, topic: int, at: datetime) -> None:
        """Span and episodes of a topic from its posts: after a joining, a late post, a split by hand."""
        rows = list(
            Membership.objects.filter(topic_id=topic).order_by("at", "post_id").only("at", "episode", "post_id")
        )
        if not rows:
            return
        numbers = episodes([row.at for row in rows])
        moved = []
        for row, number in zip(rows, numbers, strict=True):
            if row.episode != number:
                row.episode = number
                moved.append(row)
        Membership.objects.bulk_update(moved, ["episode"], batch_size=500)
        current = [row.at for row, number in zip(rows, numbers, strict=True) if number == numbers[-1]]
        before = [row.at for row, number in zip(rows, numbers, strict=True) if number < numbers[-1]]
        Topic.objects.filter(pk=topic).update(
            first_post_at=rows[0].at,
            last_post_at=rows[-1].at,
            episode=numbers[-1],
            episode_started_at=current[0],
            previous_seen_at=before[-1] if before else None,
            changed_at=at,
        )

    def join(self, survivor: int, gone: int, at: datetime) -> None:
        Membership.objects.filter(topic_id=gone).update(topic_id=survivor)
        Topic.objects.filter(merged_into_id=gone).update(merged_into_id=survivor)
        Topic.objects.filter(pk=gone).update(merged_into_id=survivor, changed_at=at)
        TopicDay.objects.filter(topic_id__in=(survivor, gone)).delete()  # counted anew with the figures
        self.renumber(survivor, at)

    def tellings(self, posts: Sequence[int]) -> dict[int, Telling]:
        sql = f"SELECT p.id, p.voice, p.title, substr(p.text, 1, {READ}), r.emergency FROM {_POST} p"
        sql += f" LEFT JOIN {_READING} r ON r.post_id=p.id WHERE p.id IN ({_marks(posts)}) ORDER BY p.id"
        return {
            int(post): telling_of(voice, title, text, _decoded(emergency))
            for post, voice, title, text, emergency in fetch(sql, posts)
        }

    def rename(self, topic: int, post: int) -> None:
        [told] = fetch(f"SELECT title, text FROM {_POST} WHERE id=%s", [post])
        run(f"UPDATE {_TOPIC} SET title=%s WHERE id=%s", [title_of(*told), topic])


def _members(rows: Iterable[tuple[Any, ...]]) -> list[Member]:
    return [Member(int(post), int(topic), unpacked(bytes(terms))) for post, topic, terms in rows]


def _bearing(topic: int, title: str) -> QuerySet[Post]:
    """The topic's posts from which this title could be taken."""
    head = title.rstrip("…")
    members = Post.objects.filter(membership__topic_id=topic)
    return members.filter(Q(title__startswith=head) | Q(title="", text__startswith=head))


def bears(topic: int, title: str) -> bool:
    """Whether a post of the topic bears its title."""
    return _bearing(topic, title).exists()


def title_stands(topic: int, title: str) -> bool:
    """False where every post of the topic that bears this title is hearsay, a denial or contradicted since."""
    asked = set(_bearing(topic, title).order_by("id").values_list("pk", flat=True)[:20])
    if not asked:
        return True
    members = Post.objects.filter(membership__topic_id=topic)
    said = members.filter(voice__in=AUTHORITIES).order_by("-id").values_list("pk", flat=True)[:20]
    ranks = standings(DatabaseStore().tellings(sorted({*asked, *said})))
    return any(ranks[post] > 0 for post in asked)


def prune(*, before: datetime) -> int:
    """Deletes index rows of posts older than `before` (at most 60 days are ever asked for); returns how many rows."""
    return sum(run(f"DELETE FROM {table} WHERE at<%s", [seconds(before)]) for table in (_TERM, _VECTOR))


def forget(post: int) -> None:
    """Removes a post from the index, for a post whose text was purged. Counts of words stay: they name nobody."""
    for table in (_TERM, _COPY, _VECTOR):
        run(f"DELETE FROM {table} WHERE post=%s", [post])
