"""Finding what a request is about: by the address, the post's number, or a passage of the words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from analysis.search import BadWords, Query, engine, parse
from crawlers.canonical import REMOVED, address_key, normal_text, text_key
from crawlers.models import Post, Quarantine, Repeat, Tombstone
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services import access
from office.services.acts import require

SHOWN = 200  # posts of one request; more than that is asked in parts
FEWEST = 4  # letters of a passage: fewer name no text


@dataclass(frozen=True)
class Found:
    """Posts that are meant, those that say the same, lines set aside; `gone`: removed by an earlier request."""

    posts: list[Post]
    copies: list[Post]
    lines: list[Quarantine]
    gone: int
    more: bool


def find(words: str, *, by: User, at: datetime) -> Found:
    """What `words` (address, number or passage) may mean. Leaves an AccessLog row without the words. Raises Refused."""
    require(by, Act.REMOVE_PERSONAL)
    asked = words.strip()
    if not asked:
        raise Refused("请填网址、帖文编号或原文里的一段话。")
    access.log(by=by, at=at, kind="removal", what="按移除请求查找原文")
    ids = _named(asked)
    if ids is None:
        ids = _saying(asked)
    standing = Post.objects.filter(pk__in=ids[:SHOWN]).exclude(text=REMOVED)
    posts = list(standing.select_related("source").order_by("-seen_at", "-id"))
    copies = _same(posts)
    keys = {key for key in (address_key(asked), text_key(asked)[0]) if key}
    return Found(
        posts=posts,
        copies=copies,
        lines=_lines(asked) if not asked.isdigit() else [],
        gone=Tombstone.objects.filter(pk__in=keys, removal__isnull=False).count(),
        more=len(ids) > SHOWN,
    )


def _named(asked: str) -> list[int] | None:
    """Posts of an address or a number; None where the words are neither."""
    if re.match(r"https?://", asked, re.IGNORECASE):
        key = address_key(asked)
        if key is None:
            return []
        repeats = Repeat.objects.filter(address_key=key).values("post")
        return list(Post.objects.filter(Q(address_key=key) | Q(pk__in=repeats)).values_list("pk", flat=True))
    number = asked.removeprefix("第").removesuffix("帖").strip()
    if number.isdecimal() and len(number) < 12:
        return list(Post.objects.filter(pk=int(number)).values_list("pk", flat=True))
    return None


def _saying(passage: str) -> list[int]:
    """Posts with this passage: those of the same text, those the index finds, those too fresh for it."""
    normal = normal_text(passage)
    if len(normal) < FEWEST:
        raise Refused(f"至少写 {FEWEST} 个字，写原文里连着的一段。")
    key, _ = text_key(passage)
    ids = list(Post.objects.filter(text_key=key, step__gte=0).values_list("pk", flat=True)[: SHOWN + 1])
    try:
        ids += engine().newest(Query(words=parse(f'"{passage[:100]}"')), start=0, count=SHOWN + 1)
    except BadWords as error:
        raise Refused(str(error)) from error
    ids += Post.objects.filter(step__lt=2, text__contains=passage).values_list("pk", flat=True)[:SHOWN]
    return list(dict.fromkeys(ids))


def _same(posts: Iterable[Post]) -> list[Post]:
    """Copies of them, and what they are copies of; the person decides which of these go too."""
    known = {post.pk for post in posts}
    roots = {post.copy_of_id or post.pk for post in posts}
    texts = {(post.platform, post.text_key) for post in posts}
    if not known:
        return []
    group = Q(copy_of__in=roots) | Q(pk__in=roots)
    for platform, key in texts:
        group |= Q(platform=platform, text_key=key)
    found = Post.objects.filter(group).exclude(pk__in=known).exclude(text=REMOVED)
    return list(found.select_related("source").order_by("-seen_at", "-id")[:SHOWN])


def _lines(asked: str) -> list[Quarantine]:
    passage = asked[:200]
    found = Quarantine.objects.filter(preview__contains=passage).select_related("inbox__source")
    return list(found.order_by("-id")[:SHOWN])
