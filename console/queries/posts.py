"""One post with everything the machine made of it."""

from typing import Any

from crawlers.models import Post
from responses.models import Issue


def issues_of(post: Post) -> list[Issue]:
    """The cases whose topic holds the post."""
    return list(
        Issue.objects.filter(matter__topic__memberships__post=post).select_related("matter").order_by("-id")[:5]
    )


def copies_of(post: Post, *, limit: int = 30) -> list[Post]:
    """Posts of the same words: the first and its copies, the post itself left out."""
    first = post.copy_of_id or post.pk
    # Not one condition with OR: the database would walk all posts by their time to find the few.
    same = [first, *Post.objects.filter(copy_of=first).order_by("id").values_list("pk", flat=True)[: limit + 1]]
    rows = Post.objects.filter(pk__in=same).exclude(pk=post.pk).select_related("source")
    return sorted(rows, key=lambda row: (row.seen_at, row.pk))[:limit]


def evidence_words(found: list[Any] | None) -> str:
    """Each piece of evidence once: `青槐路（独有地名）；来源属于本区`."""
    said: list[str] = []
    for piece in found or []:
        word, rule = (piece.get("word", ""), piece.get("rule", "")) if isinstance(piece, dict) else (str(piece), "")
        words = f"{word}（{rule}）" if word and rule else word or rule
        if words and words not in said:
            said.append(words)
    return "；".join(said)
