"""How posts leave: with their readings, counts and snapshots, and out of the index of copies and topics.

Plain statements by number, because a slice holds the only write lock of the embedded database: the object layer took
five times as long to build them as they take to run. The search index hears of it by its own triggers.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from django.db.models import CASCADE, SET_NULL

from analysis.copies import whole
from analysis.models import CopyKey, PostVector, TopicTerm
from analysis.similarity import copy_keys, unpacked
from crawlers.models import Post, Tombstone
from office.statements import fetch, run, run_many

_POST, _STONE = Post._meta.db_table, Tombstone._meta.db_table
_TERM, _COPY, _VECTOR = TopicTerm._meta.db_table, CopyKey._meta.db_table, PostVector._meta.db_table

Places = list[tuple[int, int]]  # key of the index of copies, post


@lru_cache(maxsize=1)
def dependents() -> tuple[tuple[str, str, bool], ...]:
    """(table, column, whether its rows go with the post or only let go of it) of everything that points at posts.

    Raises TypeError for a table that this way of deleting would not do justice to.
    """
    found = []
    for relation in Post._meta.related_objects:
        model, field = relation.related_model, relation.field
        if model is Post:  # copies: handed on
            continue
        if relation.on_delete not in (CASCADE, SET_NULL) or model._meta.related_objects:
            raise TypeError(f"{model._meta.label}.{field.name} does not simply go with its post")
        found.append((model._meta.db_table, str(field.column), relation.on_delete is CASCADE))
    return tuple(found)


def places_of(ids: Sequence[int]) -> Places:
    """Where these posts stand in the index of copies: by their words, so that nobody has to walk through it.

    An entry that older rules made is not found so; it names a post that is gone and is of no use to anybody.
    """
    texts = fetch(f"SELECT id, title, text FROM {_POST} WHERE id IN ({_marks(ids)})", ids) if ids else []
    return [(key, post) for post, title, text in texts for key in copy_keys(whole(title, text))]


def remove_posts(ids: Sequence[int], places: Places, *, at: datetime) -> None:
    """Delete posts and leave the fingerprints of their addresses. Needs a transaction.

    A board may show for years what is past its time here: it is not to come in again as something new.
    """
    if not ids:
        return
    marks = _marks(ids)
    run(
        f"INSERT INTO {_STONE} (key, kind, at, turned_away) SELECT address_key, %s, %s, 0 FROM {_POST}"
        f" WHERE id IN ({marks}) AND address_key IS NOT NULL ON CONFLICT DO NOTHING",
        [Tombstone.Kind.ADDRESS.value, at, *ids],
    )
    forget_index(ids, places)
    _hand_on(ids)
    for table, column, goes in dependents():
        run(
            f"DELETE FROM {table} WHERE {column} IN ({marks})"
            if goes
            else f"UPDATE {table} SET {column}=NULL WHERE {column} IN ({marks})",
            ids,
        )
    run(f"DELETE FROM {_POST} WHERE id IN ({marks})", ids)


def forget_index(ids: Sequence[int], places: Places) -> None:
    """Out of the index of copies and of topics. Counts of words stay: they name nobody."""
    if not ids:
        return
    run_many(f"DELETE FROM {_COPY} WHERE key=%s AND post=%s", places)
    vectors = fetch(f"SELECT post, at, terms FROM {_VECTOR} WHERE post IN ({_marks(ids)})", ids)
    run_many(
        f"DELETE FROM {_TERM} WHERE term=%s AND at=%s AND post=%s",
        [(number, at, post) for post, at, terms in vectors for number in unpacked(bytes(terms))],
    )
    run(f"DELETE FROM {_VECTOR} WHERE post IN ({_marks(ids)})", ids)


def _hand_on(ids: Sequence[int]) -> None:
    """A post whose copies stay hands on its place as the first of the group: copies that stood alone would count as so
    many voices."""
    marks = _marks(ids)
    heirs = fetch(
        f"SELECT copy_of_id, min(id) FROM {_POST} WHERE copy_of_id IN ({marks}) AND id NOT IN ({marks})"
        " GROUP BY copy_of_id",
        [*ids, *ids],
    )
    for root, heir in heirs:
        run(f"UPDATE {_POST} SET copy_of_id=%s WHERE copy_of_id=%s AND id<>%s", [heir, root, heir])
        run(f"UPDATE {_POST} SET copy_of_id=NULL WHERE id=%s", [heir])


def _marks(values: Sequence[int]) -> str:
    return ",".join(["%s"] * len(values))
