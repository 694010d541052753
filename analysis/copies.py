"""Which earlier post a text is a copy of, found through the index of copies in the database."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from analysis.copy_memory import CANDIDATES, MIN_SHARED, NEWEST, whole
from analysis.models import CopyKey
from analysis.similarity import COPY_KEYS, Likeness, copy_keys, same_text, text_print
from crawlers.models import Post
from office.statements import fetch, run_many

__all__ = ["CopyFound", "find_copy", "whole"]
_COPY, _POST = CopyKey._meta.db_table, Post._meta.db_table


@dataclass(frozen=True)
class CopyFound:
    """The first post of the group of copies, and why."""

    of: int
    likeness: Likeness


def find_copy(post: int, title: str, text: str) -> CopyFound | None:
    """Indexes the post and returns the group it copies, if any. Doing it twice is harmless. Needs a transaction.

    Only posts with a smaller id count: of two copies the one stored first is the first. What a repeat is
    (same address, or same handle and text) was decided before, at ingest.
    """
    mine = whole(title, text)
    keys = copy_keys(mine)
    if not keys:
        return None
    values: list[int] = []
    for key in keys:
        values += [key, post, NEWEST]
    shared = Counter(other for (other,) in fetch(_asked(len(keys)), values))
    run_many(f"INSERT INTO {_COPY} (key, post) VALUES (%s,%s) ON CONFLICT DO NOTHING", [(key, post) for key in keys])
    needed = min(MIN_SHARED, len(keys))
    likeliest = sorted(
        (other for other, count in shared.items() if count >= needed), key=lambda other: (-shared[other], other)
    )[:CANDIDATES]
    if not likeliest:
        return None
    marks = ",".join(["%s"] * len(likeliest))
    rows = fetch(f"SELECT id, title, text, copy_of_id FROM {_POST} WHERE id IN ({marks}) ORDER BY id", likeliest)
    compared = text_print(mine)
    for other, other_title, other_text, root in rows:
        likeness = same_text(compared, whole(other_title, other_text))
        if likeness.copy:
            return CopyFound(int(root or other), likeness)
    return None


@lru_cache(maxsize=COPY_KEYS)
def _asked(keys: int) -> str:
    """The newest posts under each of so many keys."""
    one = f"SELECT * FROM (SELECT post FROM {_COPY} WHERE key=%s AND post<%s ORDER BY post DESC LIMIT %s) AS k"
    return " UNION ALL ".join([one] * keys)
