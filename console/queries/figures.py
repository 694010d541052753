"""The figures behind a warning, each with the list of just the posts it counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.queries.telling import ask_words
from analysis.models import Reading, Topic
from console.queries.emergencies import counted_words

READ = 800  # readings counted; a topic is larger only in a storm, and then the newest speak for it
LISTED = 500  # posts an address names at most


def posts_address(topic: Topic) -> str:
    """The list of the posts a topic's figures count: those of its current episode."""
    return f"/search/?topic={topic.pk}&episode={topic.episode}"


@dataclass(frozen=True)
class Figure:
    """One line of 为什么提醒: its head, and parts of (words before, number, address)."""

    head: str
    parts: list[tuple[str, str, str]]


def figures(topic: Topic, *, asks: bool = True) -> list[Figure]:
    """Volume, spread, class, feeling, demands, what is told and what is asked, counted from the readings.

    `asks`: False where the page shows them as questions of a case.
    """
    base = posts_address(topic)
    rows = list(
        Reading.objects.filter(post__membership__topic=topic, post__membership__episode=topic.episode)
        .order_by("-post_id")
        .values(
            "post_id",
            "klass_p",
            "priority",
            "kind",
            "asks",
            "emergency",
            "post__source__name",
            "post__source_id",
            "post__voice",
            "post__copy_of_id",
            "post__is_repost",
        )[:READ]
    )
    lines = [_volume(topic, base), *_spread(rows, base), *_class(topic, rows), *_feeling(topic, rows, base)]
    kinds = Counter(r["kind"] for r in rows if r["kind"])
    parts = [("", f"{kind} {count}", f"{base}&kind={kind}") for kind, count in kinds.most_common(4)]
    lines += _listed("诉求", parts, "，")
    told = _by_words((words, r["post_id"]) for r in rows if r["emergency"] for words in counted_words(r["emergency"]))
    lines += _listed("说到的事", _counted(told, 5), "，")
    if asks:
        asked = _by_words((ask_words(ask), r["post_id"]) for r in rows for ask in r["asks"])
        lines += _listed("在问", _counted(asked, 4), "；")
    return lines


def _volume(topic: Topic, base: str) -> Figure:
    parts = [("", f"{topic.posts_count} 帖", base), ("，", f"{topic.voices} 人在说", f"{base}&voice=public")]
    if topic.copies_count:
        parts.append(("，同文 ", f"{topic.copies_count} 帖", f"{base}&copies=1"))
    return Figure("声量", parts)


def _spread(rows: Sequence[Mapping[str, Any]], base: str) -> list[Figure]:
    if not rows:
        return []
    counts = Counter((r["post__source__name"], r["post__source_id"]) for r in rows)
    (name, source), most = counts.most_common(1)[0]
    if len(counts) == 1:
        return [Figure("扩散", [(f"都在{name}", "", "")])]
    share = f"{most * 100 / len(rows):.0f} %"
    return [
        Figure("扩散", [("", f"{len(counts)} 个来源", base), (f"，{name}最多，占 ", share, f"{base}&source={source}")])
    ]


def _class(topic: Topic, rows: Sequence[Mapping[str, Any]]) -> list[Figure]:
    if not topic.klass:
        return []
    sure = max((r["klass_p"] for r in rows), default=0.0)
    first = "，优先监测" if any(r["priority"] for r in rows) else ""
    return [Figure("类别", [(f"{topic.klass}，把握 {sure:.2f}{first}", "", "")])]


def _feeling(topic: Topic, rows: Sequence[Mapping[str, Any]], base: str) -> list[Figure]:
    """The topic's own share: of public posts without copies and reposts (rules.md 1)."""
    counted = [
        r for r in rows if r["post__voice"] == "public" and not r["post__copy_of_id"] and not r["post__is_repost"]
    ]
    if not counted:
        return []
    address = f"{base}&voice=public&first=1"
    return [
        Figure(
            "情绪",
            [
                ("负面 ", f"{topic.negative_share * 100:.0f} %", f"{address}&sentiment=negative"),
                ("，按去重后的公众发声 ", f"{len(counted)} 帖", address),
            ],
        )
    ]


def _by_words(found: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    posts: dict[str, list[int]] = defaultdict(list)
    for words, post in found:
        if post not in posts[words]:
            posts[words].append(post)
    return posts


def _counted(found: dict[str, list[int]], most: int) -> list[tuple[str, str, str]]:
    """The words of most posts, each with its posts; ties in the order they were found."""
    ranked = sorted(found.items(), key=lambda pair: -len(pair[1]))[:most]
    return [
        (f"{words} ", f"{len(ids)} 帖", f"/search/?ids={','.join(str(i) for i in ids[:LISTED])}")
        for words, ids in ranked
    ]


def _listed(head: str, parts: list[tuple[str, str, str]], by: str) -> list[Figure]:
    joined = [(f"{by if place else ''}{before}", number, url) for place, (before, number, url) in enumerate(parts)]
    return [Figure(head, joined)] if joined else []
