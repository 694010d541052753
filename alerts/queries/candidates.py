"""The moments a topic's clocks may start at, read from its posts and alerts (rules.md 4)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.deadlines import Candidate, ToldTime, event_times
from alerts.grading import SeenPost
from alerts.grading.emergencies import GRAVE, GRAVEST, canonical_kind
from alerts.models import Alert
from alerts.queries.facts import SEEN_AT, seen_post, seen_rows
from analysis.models import Topic
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
    since: datetime | None = None,
) -> list[Candidate]:
    """Event times told (believed and 待核), first public posts, lines met, and the detection.

    `since`: when an earlier issue of the topic was closed: what was said before it has been answered.
    """
    alerts = list(alerts)
    rows = seen_rows(topic=topic.pk, since=topic.episode_started_at)
    fresh = [alert for alert in alerts if since is not None and alert.met_at > since]
    if since is not None and fresh:
        alerts, rows = fresh, [row for row in rows if row[SEEN_AT] > since]
    posts = [seen_post(row) for row in rows]
    relevant = [post for post in posts if post.relevant and post.voice_kind != "own"]
    opened_by = min(alerts, key=lambda a: (a.met_at, a.pk)).met_by_id if alerts else None
    candidates = list(_event_candidates(relevant, opened_by=opened_by, policy=policy))
    candidates += _first_posts(relevant)
    candidates += _of_grave_event(relevant, alerts, policy=policy)
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


def _of_grave_event(posts: list[SeenPost], alerts: list[Alert], *, policy: PolicyPack) -> Iterable[Candidate]:
    """When the event of level I-II began and was first told, where the topic speaks of something else before it.

    The blast after a week of gas smell starts its own 5 hours; the fire that later proves deadly keeps its beginning.
    """
    by_id = {post.post_id: post for post in posts}
    grave = [a for a in alerts if a.rule in (GRAVEST, GRAVE) and a.met_by_id in by_id]
    if not grave:
        return
    first = min(grave, key=lambda a: (a.met_at, a.pk))
    told_by = by_id[first.met_by_id or 0]
    telling = [post for post in posts if _tells(post) and _one_event(post, told_by, policy)]
    for candidate in _event_candidates(telling, opened_by=told_by.post_id, policy=policy):
        if not candidate.pending:
            yield replace(candidate, level=first.level)
    for candidate in _first_posts(telling):
        yield replace(candidate, level=first.level)


def _one_event(post: SeenPost, grave: SeenPost, policy: PolicyPack) -> bool:
    if post.at < grave.at - timedelta(hours=policy.event_time.before_post_hours):
        return False  # what is current began within so many hours before its post
    kinds = [canonical_kind(p.emergency.kind, policy.emergency_lines) for p in (post, grave) if p.emergency]
    # A smell of gas is not yet the blast; a fire and the collapse that follows it are one event.
    return len(set(kinds)) == 1 or kinds[0] != "gas"


def _tells(post: SeenPost) -> bool:
    fact = post.emergency
    return fact is not None and fact.current and not fact.denied and fact.in_district is not False
