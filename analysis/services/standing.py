"""Which corrections by people are in force for a post and its copies."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from analysis.models import Correction
from crawlers.models import Post
from office.statements import Prepared

HELD_OUT = 5  # of so many texts one is never learnt from


def group_of(post: Post) -> list[int]:
    """The post's group of copies, the first of them first."""
    first = post.copy_of_id or post.pk
    return [first, *Post.objects.filter(copy_of=first).order_by("pk").values_list("pk", flat=True)]


def standing(group: Sequence[int]) -> list[Correction]:
    """The corrections of these posts that nobody took back, oldest first."""
    return list(Correction.objects.filter(post__in=group, undone_at=None).select_related("by").order_by("pk"))


def values(rows: Iterable[Correction]) -> dict[str, Any]:
    """Judgement -> what is in force: the later one wins."""
    return {row.judgement: row.value for row in rows}


def differing(rows: Iterable[Correction]) -> set[str]:
    """Judgements on which standing corrections say different things (有分歧)."""
    said: dict[str, list[Any]] = {}
    for row in rows:
        if row.value not in (known := said.setdefault(row.judgement, [])):
            known.append(row.value)
    return {judgement for judgement, several in said.items() if len(several) > 1}


def held_out(text_key: str) -> bool:
    """Whether corrections of this text are only measured on, ever: by its fingerprint, the same on any machine."""
    return hashlib.sha256(text_key.encode()).digest()[0] % HELD_OUT == 0


# Asked once a filed post while any correction stands: compiled once, and each by an index (one question with OR
# would walk all corrections).
_OF_ROOT, _OF_COPIES = (
    Prepared(
        lambda root, path=path: Correction.objects.filter(undone_at=None, **{path: root}).values_list(
            "pk", "judgement", "value"
        ),
        root=int,
    )
    for path in ("post", "post__copy_of")
)


def wanted_of(root: int) -> dict[str, Any]:
    """What is in force for a group of copies, for a post that has just been found to be one of them."""
    rows = sorted([*_OF_ROOT(root=root), *_OF_COPIES(root=root)], key=lambda row: int(row[0]))
    return {judgement: value for _, judgement, value in rows}


def any_standing() -> bool:
    """Whether anybody ever corrected anything that still stands."""
    return Correction.objects.filter(undone_at=None).exists()
