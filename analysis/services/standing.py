"""Which corrections by people are in force for a post and its copies."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from analysis.models import Correction
from crawlers.models import Post

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


def wanted_of(root: int) -> dict[str, Any]:
    """What is in force for a group of copies, for a post that has just been found to be one of them."""
    rows = Correction.objects.filter(undone_at=None).filter(
        Q(post=root) | Q(post__in=Post.objects.filter(copy_of=root).values("pk"))
    )
    return values(rows.order_by("pk").only("judgement", "value"))


def any_standing() -> bool:
    """Whether anybody ever corrected anything that still stands."""
    return Correction.objects.filter(undone_at=None).exists()
