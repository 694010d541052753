"""What is told of a matter beside its clocks: what people said, and who hears next if nobody takes note."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, Value
from django.db.models.functions import Coalesce

from alerts.models import Matter, Notice, Rung
from analysis.models import Reading, Topic
from crawlers.models import Post
from office.pack.current import current_pack

LETTERS = 60  # of a quote in a message
ASK_LETTERS = 26  # of a question
ASKED_IN = 400  # newest posts whose questions are counted


@dataclass(frozen=True)
class Quote:
    """A post picked for how far it spread: interactions and copies."""

    post: Post
    spread: int
    copies: int


def quotes(topic: Topic, *, limit: int = 6) -> list[Quote]:
    """Posts picked by how far they spread, whoever wrote them; copies stand behind their first post. Two queries."""
    zero = Value(0, output_field=IntegerField())
    spread = Coalesce(F("reposts"), zero) + Coalesce(F("comments"), zero) + Coalesce(F("likes"), zero)
    said = Post.objects.filter(membership__topic=topic, membership__episode=topic.episode, copy_of=None)
    posts = list(
        said.select_related("source").annotate(spread=spread).order_by("-spread", "seen_at", "id")[: limit * 4]
    )
    copies = dict(Post.objects.filter(copy_of__in=[p.pk for p in posts]).values_list("copy_of").annotate(n=Count("id")))
    found = [Quote(p, int(getattr(p, "spread", 0)), copies.get(p.pk, 0)) for p in posts]
    return sorted(found, key=lambda q: (-q.spread, -q.copies))[:limit]


def short(quote: Quote) -> str:
    """The stored text, which is masked, on one line and cut to `LETTERS`."""
    words = " ".join(quote.post.text.split())
    return words if len(words) <= LETTERS else f"{words[: LETTERS - 1]}…"


def ask_words(ask: Any) -> str:
    """A question as it was lifted from its post, on one line and cut to `ASK_LETTERS`."""
    told = ask.get("text") or ask.get("question") or ask if isinstance(ask, dict) else ask
    words = " ".join(str(told).split())
    return words if len(words) <= ASK_LETTERS else f"{words[: ASK_LETTERS - 1]}…"


def asked(topic: Topic, *, most: int = 2) -> list[tuple[str, int]]:
    """What the public asks most in the current episode, and in how many posts; ties: the newest first. One query."""
    rows = Reading.objects.filter(
        post__membership__topic=topic, post__membership__episode=topic.episode, post__voice="public"
    )
    counted: Counter[str] = Counter()
    for asks in rows.order_by("-post_id").values_list("asks", flat=True)[:ASKED_IN]:
        counted.update(list(dict.fromkeys(ask_words(ask) for ask in asks)))
    return counted.most_common(most)


def upward(matter: Matter) -> tuple[datetime | None, str]:
    """When the ladder goes one step up if nobody takes note until then, and to whom: “值班长”, by the pack's words."""
    return upward_of([matter.pk]).get(matter.pk, (None, ""))


def upward_of(matters: Collection[int]) -> dict[int, tuple[datetime | None, str]]:
    """The same of several matters by id, in one query; a matter of which nobody hears next is not in it."""
    waiting = Rung.objects.filter(
        matter__in=matters,
        matter__open=True,
        acknowledged_at=None,
        next_repeat_at__isnull=False,
        clock__closed_at=None,
        clock__evidence_pending_at=None,
    )
    chain = current_pack().policy.escalation.chain
    first: dict[int, Rung] = {}
    for rung in waiting.order_by("next_repeat_at"):
        if rung.matter_id is not None:
            first.setdefault(rung.matter_id, rung)
    return {
        matter: (rung.next_repeat_at, chain[rung.step + rung.repeats].name)
        for matter, rung in first.items()
        if rung.step + rung.repeats < len(chain)
    }


def told_events(events: Collection[str], *, matters: Collection[int]) -> set[tuple[int | None, str]]:
    """Who was told of which of `events` under one of the matters: (person, event). One query, none for no events."""
    if not events:
        return set()
    # By the matters: the key of notices begins with the person, so that events alone would read them all.
    return set(Notice.objects.filter(matter__in=matters, event__in=events).values_list("person_id", "event"))


def told_beside(matter: Matter, *, most: int = 2) -> str:
    """The lines a message carries after its own: up to `most` quotes and `most` questions, who hears next and when.

    Read when the message leaves, not kept with it: words removed since then leave no more.
    """
    zone = current_pack().zone
    lines: list[str] = []
    if matter.topic is not None and (picked := quotes(matter.topic, limit=most)):
        lines += ["", "原话："]
        for quote in picked:
            copies = f"，近似转发 {quote.copies}" if quote.copies else ""
            when = f"{quote.post.seen_at.astimezone(zone):%m月%d日 %H:%M}"
            lines.append(f"“{short(quote)}”（{quote.post.source.name} {when}{copies}）")
    if matter.topic is not None and (questions := asked(matter.topic, most=most)):
        lines += ["", f"在问：{'；'.join(f'{words} {posts} 帖' for words, posts in questions)}"]
    at, step = upward(matter)
    if at is not None:
        lines += ["", f"{at.astimezone(zone):%m月%d日 %H:%M} 前没人确认，报{step}。"]
    return "\n".join(lines)
