"""What a lead's or an issue's page shows of its topic: posts, anchors, rule lines, who was told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from alerts.models import Anchor, Clock, Matter
from alerts.queries.telling import upward
from analysis.models import Topic
from console.charts import Stop
from crawlers.models import Post
from responses.models import Issue


def topic_posts(topic: Topic, *, episode: bool = True) -> QuerySet[Post]:
    """Posts of the topic, newest first; of its current episode unless told otherwise."""
    posts = Post.objects.filter(membership__topic=topic)
    if episode:
        posts = posts.filter(membership__episode=topic.episode)
    return posts.select_related("source").order_by("-seen_at", "-id")


ANCHOR_NAMES = {"event": "事件发生", "first_public": "首个公开帖", "line_met": "达到线索标准", "detected": "系统发现"}
BY_HAND_NAMES = ANCHOR_NAMES | {"line_met": "接到报送", "detected": "录入系统"}


@dataclass(frozen=True)
class AnchorLine:
    stops: list[Stop]
    lost: tuple[int, int] | None
    lost_words: str


def anchor_stops(matter: Matter, chosen: Clock | None, *, at: datetime, words: Callable[[datetime], str]) -> AnchorLine:
    """Event, first public post (or the line met), detection, now. `words(moment)` writes a time."""
    used = chosen.anchor_kind if chosen is not None else ""
    names = ANCHOR_NAMES if matter.topic_id is not None else BY_HAND_NAMES
    public_kind, public_at = "first_public", matter.first_public_at
    if used == "line_met" and matter.line_met_at is not None:
        public_kind, public_at = "line_met", matter.line_met_at

    def under(kind: str, moment: datetime | None) -> str:
        if moment is None:
            return "未知"
        return words(moment) + (" 起算" if kind == used else "")

    stops = [
        Stop(
            names["event"], under("event", matter.occurred_at), "event", matter.occurred_at is not None, used == "event"
        ),
        Stop(
            names[public_kind],
            under(public_kind, public_at),
            "public",
            public_at is not None,
            used == public_kind,
        ),
        Stop(names["detected"], under("detected", matter.detected_at), "detected", True, used == "detected"),
        Stop("现在", words(at), "now", True, False),
    ]
    start = matter.occurred_at or public_at
    if start is None or start >= matter.detected_at:
        return AnchorLine(stops, None, "")
    minutes = int((matter.detected_at - start).total_seconds() // 60)
    said = f"{minutes} 分" if minutes < 60 else f"{minutes // 60} 时 {minutes % 60} 分"
    return AnchorLine(stops, (0 if matter.occurred_at else 1, 2), f"发现前已过 {said}")


def anchors_of(matter: Matter) -> list[Anchor]:
    """All candidates, with their evidence."""
    return list(matter.anchors.select_related("post", "entered_by", "checked_by").order_by("at", "id"))


def mergeable(issue: Issue, *, limit: int = 60) -> list[Issue]:
    """Other open matters this one may be merged into; those of the same streets first."""
    others = (
        Issue.objects.filter(state__in=(Issue.State.LEAD, Issue.State.RESPONDING, Issue.State.RESPONDED))
        .exclude(pk=issue.pk)
        .select_related("matter__topic")
        .order_by("-opened_at")[:limit]
    )
    topic = issue.matter.topic
    mine = set(topic.streets) if topic is not None else set()

    def near(other: Issue) -> int:
        there = other.matter.topic
        return -len(mine & set(there.streets)) if there is not None else 0

    return sorted(others, key=near)


def neighbours(issue: Issue) -> tuple[int, int, Issue | None, Issue | None]:
    """(place, count, previous, next) of a lead among the leads that wait, in order of opening."""
    ids = list(Issue.objects.filter(state=Issue.State.LEAD).order_by("opened_at", "id").values_list("id", flat=True))
    if issue.pk not in ids:
        return 0, len(ids), None, None
    place = ids.index(issue.pk)
    before = Issue(pk=ids[place - 1]) if place > 0 else None
    after = Issue(pk=ids[place + 1]) if place + 1 < len(ids) else None
    return place + 1, len(ids), before, after


@dataclass(frozen=True)
class RuleLine:
    """One line of the rules as weighed: met or not, its sentence, its level, when it was met, the posts behind it."""

    met: bool
    sentence: str
    level: int | None
    met_at: str
    posts: int
    ids: str
    lacks: str


def rule_lines(matter: Matter) -> list[RuleLine]:
    """The rule line by line, those met first; the ones not met too."""
    lines = [
        RuleLine(
            met=bool(reason.get("met", True)),
            sentence=str(reason.get("sentence", "")),
            level=reason.get("level"),
            met_at=str(reason.get("met_at") or ""),
            posts=len(reason.get("posts") or ()),
            ids=",".join(str(i) for i in (reason.get("posts") or ())[:200]),
            lacks=_lacks(reason),
        )
        for reason in matter.reasons
    ]
    return sorted(lines, key=lambda r: not r.met)


def _lacks(reason: dict[str, Any]) -> str:
    """`3/5` of a line that is not met."""
    have, need = reason.get("have"), reason.get("need")
    return "" if reason.get("met", True) or have is None or need is None else f"{have}/{need}"


@dataclass(frozen=True)
class Told:
    """Who was told last, whether anybody took note, and who is told when if nobody does (empty: nobody is)."""

    names: list[str]
    at: datetime | None
    taken_by: str
    next_at: datetime | None
    next_step: str


def told(matter: Matter) -> Told:
    """The people told of a matter, and who has it."""
    notices = list(matter.notices.select_related("person").order_by("-id")[:40])
    names: list[str] = []
    for notice in notices:
        if notice.person is not None and notice.person.name not in names:
            names.append(notice.person.name)
    taken = matter.owner.name if matter.owner is not None else ""
    return Told(names[:5], notices[0].created_at if notices else None, taken, *upward(matter))
