"""Plain facts the stories start from: posts on a topic, lines met, a lead that stands. All invented."""

from datetime import datetime, timedelta
from typing import Any

from alerts.models import Alert, Clock
from analysis.models import Membership, Reading, Topic
from crawlers.models import Post, Source
from responses.models import Issue
from responses.services.leads import open_leads
from tests.people import clock

PAGE = "<html><body>情况通报</body></html>".encode()


def source() -> Source:
    """The residents' board of an invented district."""
    return Source.objects.get_or_create(
        key="board",
        defaults={
            "name": "居民论坛",
            "klass": "board",
            "kind": "board",
            "voice": "public",
            "platform": "board",
            "scope": "district",
        },
    )[0]


def post(
    topic: Topic, at: datetime, text: str, *, voice: str = "public", handle: str = "", emergency: Any = None
) -> Post:
    """A post read and filed under the topic at its own time."""
    number = Post.objects.count() + 1
    row = Post.objects.create(
        source=source(),
        platform="board",
        voice=voice,
        handle=handle or f"{number:016x}",
        text=text,
        text_key=f"{number:064d}",
        published_at=at,
        precision="minute",
        fetched_at=at,
        seen_at=at,
        step=2,
    )
    Reading.objects.create(
        post=row,
        version="test",
        at=at,
        relevant=True,
        confidence=1.0,
        sentiment="negative",
        klass="公共安全",
        kind="投诉",
        demand=True,
        emergency=emergency,
    )
    Membership.objects.create(post=row, topic=topic, at=at, episode=topic.episode)
    Topic.objects.filter(pk=topic.pk).update(
        changed_at=at, last_post_at=at, posts_count=number, voices=topic.memberships.count()
    )
    topic.refresh_from_db()
    return row


def topic(title: str, at: datetime) -> Topic:
    return Topic.objects.create(
        title=title, first_post_at=at, last_post_at=at, episode_started_at=at, changed_at=at, voices=0
    )


def fire(*, dead: int | None = None, occurred_at: datetime | None = None) -> dict[str, Any]:
    """The emergency reading of a fire in the district."""
    return {
        "kind": "火灾",
        "current": True,
        "in_district": True,
        "dead": dead,
        "hurt": None,
        "missing": None,
        "trapped": None,
        "moved_out": None,
        "denied": False,
        "scope": "building",
        "occurred_at": occurred_at.isoformat() if occurred_at else None,
        "precision": "minute" if occurred_at else "unknown",
        "outage": None,
        "outage_begun_at": None,
    }


def alert(topic: Topic, rule: str, level: int, *, met_at: datetime, by: Post | None = None) -> Alert:
    """A line the machine has seen met."""
    return Alert.objects.create(
        topic=topic,
        rule=rule,
        episode=topic.episode,
        level=level,
        reason=f"满足 {rule}",
        figures={"have": 3, "need": 3, "posts": [by.pk] if by else [], "lines": []},
        met_at=met_at,
        met_by=by,
        raised_at=met_at,
        updated_at=met_at,
    )


def fire_lead(*, told_at: str = "09:00", found_at: str = "09:06", event: str | None = "07:30", dead: int = 3) -> Issue:
    """The fire of rules.md 8: told at 09:00 as begun at 07:30 with three dead, found at 09:06; proposed at II."""
    case = topic("槐树街某楼起火", clock(told_at))
    reading = fire(dead=dead, occurred_at=clock(event) if event else None)
    told = post(case, clock(told_at), "今早7点半某楼起火，3人死亡", emergency=reading)
    alert(case, "emergency_grave", 2, met_at=clock(told_at), by=told)
    open_leads(at=clock(found_at))
    return Issue.objects.get(topic=case)


def lamp_lead(*, voices: int = 3, last_at: str = "09:00") -> Issue:
    """Street lamps of one road are out: `voices` people, the last at `last_at`; proposed at IV."""
    last = clock(last_at)
    case = topic("琉璃巷路灯不亮", last - timedelta(hours=voices - 1))
    for n in range(voices):
        told = post(case, last - timedelta(hours=voices - 1 - n), "琉璃巷路灯坏了好几天，什么时候修")
    alert(case, "burst", 4, met_at=last, by=told)
    open_leads(at=last + timedelta(minutes=5))
    return Issue.objects.get(topic=case)


def clock_of(issue: Issue, kind: str) -> Clock:
    """The newest clock of that kind."""
    return Clock.objects.filter(matter=issue.matter_id, kind=kind).latest("round")


def statuses(issue: Issue) -> dict[str, str]:
    """Kind -> status of the newest round of each kind."""
    return {c.kind: c.status for c in Clock.objects.filter(matter=issue.matter_id).order_by("round")}
