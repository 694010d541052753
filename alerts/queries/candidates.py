"""The moments a topic's clocks may start at, read from its posts and alerts (rules.md 4)."""

from collections.abc import Iterable
from datetime import datetime

from alerts.deadlines import Candidate, ToldTime, event_times
from alerts.grading import SeenPost
from alerts.models import Alert
from alerts.queries.facts import SEEN_FIELDS, seen_post
from analysis.models import Membership, Topic
from office.pack.policy import PolicyPack

DETECTED = "系统发现"
STOOD_STILL = "此前停机"  # in the source of a detection that came late for that reason


def topic_candidates(
    topic: Topic,
    alerts: Iterable[Alert],
    *,
    detected_at: datetime,
    policy: PolicyPack,
    how_detected: str = DETECTED,
) -> list[Candidate]:
    """Event times told (believed and 待核), first public posts, lines met, and the detection."""
    alerts = list(alerts)
    rows = Membership.objects.filter(topic=topic, at__gte=topic.episode_started_at).order_by("at", "post_id")
    posts = [seen_post(row) for row in rows.values_list(*SEEN_FIELDS)]
    relevant = [post for post in posts if post.relevant and post.voice_kind != "own"]
    opened_by = min(alerts, key=lambda a: (a.met_at, a.pk)).met_by_id if alerts else None
    candidates = list(_event_candidates(relevant, opened_by=opened_by, policy=policy))
    candidates += _first_posts(relevant)
    candidates += [
        Candidate(kind="line_met", at=alert.met_at, source=alert.reason, post_id=alert.met_by_id, level=alert.level)
        for alert in alerts
    ]
    candidates.append(Candidate(kind="detected", at=detected_at, source=how_detected))
    return candidates


def _event_candidates(posts: list[SeenPost], *, opened_by: int | None, policy: PolicyPack) -> Iterable[Candidate]:
    told = [
        ToldTime(
            post_id=post.post_id,
            post_at=post.at,
            voice_kind=post.voice_kind,
            voice=f"{post.platform}:{post.handle}" if post.handle else f"post:{post.copy_group}",
            occurred_at=post.emergency.occurred_at,
            precision=post.emergency.precision,
            post_day_only=post.published_day_only,
        )
        for post in posts
        if _tells(post) and post.emergency is not None and post.emergency.occurred_at is not None
    ]
    believed, pending = event_times(told, opened_by=opened_by, policy=policy)
    if believed is not None:
        yield believed
    yield from pending


def _first_posts(posts: list[SeenPost]) -> Iterable[Candidate]:
    first_of_all = posts[0] if posts else None
    first_telling = next((post for post in posts if _tells(post)), None)
    for post in {p.post_id: p for p in (first_of_all, first_telling) if p is not None}.values():
        yield Candidate(
            kind="first_public",
            at=post.at,
            source="首个公开帖",
            post_id=post.post_id,
            tells_event=_tells(post),
            not_before=post.published_day_only,
        )


def _tells(post: SeenPost) -> bool:
    fact = post.emergency
    return fact is not None and fact.current and not fact.denied and fact.in_district is not False
