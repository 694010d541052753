"""Lists of posts behind every number, and one post with everything the machine made of it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from analysis.models import Topic
from console.queries import addresses
from crawlers.models import Post, Source
from responses.models import Issue

COUNTED = 10_000  # a total above this reads 10 000+
PER_PAGE = 50


@dataclass(frozen=True)
class Chip:
    """One condition of the list, with what it reads as, and the parameter that carries it."""

    name: str
    words: str
    key: str


def filtered(params: dict[str, str]) -> tuple[QuerySet[Post], list[Chip]]:
    """Posts by the conditions in the address: topic, issue, source, class, kind, voice, sentiment, street, day, …"""
    posts = Post.objects.select_related("source", "reading", "membership__topic")
    chips: list[Chip] = []

    def chip(name: str, words: Any, key: str) -> None:
        chips.append(Chip(name, str(words), key))

    if number := addresses.number(params.get("topic")):
        posts = posts.filter(membership__topic=number)
        chip("热点", _topic_title(number), "topic")
    if number := addresses.number(params.get("episode")):
        posts = posts.filter(membership__episode=number)
        chip("段", f"第 {number} 段", "episode")
    if number := addresses.number(params.get("issue")):
        issue = Issue.objects.select_related("matter").filter(pk=number).first()
        posts = posts.filter(membership__topic__matters__issue=number)
        chip("舆情", issue.matter.title if issue else number, "issue")
    if number := addresses.number(params.get("source")):
        posts = posts.filter(source=number)
        chip("来源", Source.objects.filter(pk=number).values_list("name", flat=True).first() or number, "source")
    if number := addresses.number(params.get("copy_of")):
        posts = posts.filter(Q(copy_of=number) | Q(pk=number))
        chip("同文", f"与第 {number} 帖", "copy_of")
    if ids := addresses.numbers(params.get("ids", "")):
        posts = posts.filter(pk__in=ids[:500])
        chip("只看", f"依据的 {len(ids)} 帖", "ids")
    simple = {
        "klass": ("类别", "reading__klass"),
        "kind": ("诉求", "reading__kind"),
        "voice": ("声音", "voice"),
        "sentiment": ("情绪", "reading__sentiment"),
        "platform": ("平台", "platform"),
    }
    for key, (name, path) in simple.items():
        if value := params.get(key, ""):
            posts = posts.filter(**{path: value})
            chip(name, _words(key, value), key)
    if params.get("copies"):
        posts = posts.exclude(copy_of=None)
        chip("只看", "同文（近似转发）", "copies")
    if params.get("first"):
        posts = posts.filter(copy_of=None, is_repost=False)
        chip("只看", "去重后（不含同文、转发）", "first")
    if params.get("relevant"):
        posts = posts.filter(reading__relevant=params["relevant"] == "1")
        chip("只看", "与本区相关" if params["relevant"] == "1" else "不相关", "relevant")
    if street := params.get("street", ""):
        posts = posts.filter(reading__streets__icontains=f'"{_escaped(street)}"')
        chip("街道", street, "street")
    return _by_time(posts, params, chips), chips


def _by_time(posts: QuerySet[Post], params: dict[str, str], chips: list[Chip]) -> QuerySet[Post]:
    if day := addresses.day(params.get("day", "")):
        posts = posts.filter(seen_at__gte=day[0], seen_at__lt=day[1])
        chips.append(Chip("日期", f"{day[0]:%m-%d}", "day"))
    for key, name in (("since", "从"), ("until", "到")):
        moment = addresses.moment(params.get(key, ""))
        if moment is not None:
            posts = posts.filter(**{"seen_at__gte" if key == "since" else "seen_at__lt": moment})
            chips.append(Chip(name, f"{timezone.localtime(moment):%m-%d %H:%M}", key))
    return posts.order_by("-seen_at", "-id")


def _escaped(words: str) -> str:
    return words.encode("unicode_escape").decode("ascii") if not words.isascii() else words


def _topic_title(number: int) -> str:
    return Topic.objects.filter(pk=number).values_list("title", flat=True).first() or str(number)


def _words(key: str, value: str) -> str:
    voices = {"public": "公众", "media": "媒体", "official": "官方", "own": "自有"}
    feelings = {"negative": "负面", "neutral": "中性", "positive": "正面"}
    return {"voice": voices, "sentiment": feelings}.get(key, {}).get(value, value)


def count_up_to(posts: QuerySet[Post], limit: int = COUNTED) -> tuple[int, bool]:
    """(count, exact): counting stops at the limit."""
    found = posts.order_by().values("pk")[: limit + 1].count()
    return min(found, limit), found <= limit


def issues_of(post: Post) -> list[Issue]:
    """The cases whose topic holds the post."""
    return list(
        Issue.objects.filter(matter__topic__memberships__post=post).select_related("matter").order_by("-id")[:5]
    )


def copies_of(post: Post, *, limit: int = 30) -> list[Post]:
    """Posts of the same words: the first and its copies, the post itself left out."""
    first = post.copy_of_id or post.pk
    return list(
        Post.objects.filter(Q(copy_of=first) | Q(pk=first))
        .exclude(pk=post.pk)
        .select_related("source")
        .order_by("seen_at", "id")[:limit]
    )


def evidence_words(found: list[Any] | None) -> str:
    """Each piece of evidence once: `青槐路（独有地名）；来源属于本区`."""
    said: list[str] = []
    for piece in found or []:
        word, rule = (piece.get("word", ""), piece.get("rule", "")) if isinstance(piece, dict) else (str(piece), "")
        words = f"{word}（{rule}）" if word and rule else word or rule
        if words and words not in said:
            said.append(words)
    return "；".join(said)
