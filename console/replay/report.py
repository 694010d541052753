"""The report of a replay, in the fixed shape of docs/commands.md. Ids of topics and issues are by opening order."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts import ladder
from alerts.models import Clock, Notice
from alerts.services.speaking import ladder_clock
from analysis.models import Membership, Topic
from console.replay.run import Played
from console.replay.stream import Stream
from crawlers.models import Post, Repeat
from office.pack import Pack
from reports.models import Brief
from responses.models import Issue


def report(stream: Stream, played: Played, *, pack: Pack) -> dict[str, Any]:
    """Everything the replay left in its database, times ISO 8601 in the pack's zone."""
    ids = _ids_by_topic()
    return {
        "posts_read": stream.read,
        "posts_stored": played.stored,
        "duplicates": played.duplicates,
        "quarantined": stream.quarantined,
        "topics": [_topic(topic, ids, pack.zone) for topic in _ranked()],
        "issues": [_issue(issue, ids, pack=pack, ended_at=played.ended_at) for issue in _issues()],
        "notices": [_notice(notice, pack.zone) for notice in _notices()],
        "briefs": [_brief(brief) for brief in Brief.objects.order_by("day", "edition")],
        "seconds": round(played.seconds, 3),
        "posts_per_second": round(stream.read / played.seconds, 1) if played.seconds > 0 else 0.0,
    }


def _ids_by_topic() -> dict[int, list[str]]:
    """Ids of the posts of each topic by time, repeats behind the post they repeat; copies are posts of their own."""
    repeats: dict[int, list[str]] = defaultdict(list)
    for post_id, ext_id in Repeat.objects.order_by("at", "pk").values_list("post_id", "ext_id"):
        repeats[post_id].append(ext_id)
    found: dict[int, list[str]] = defaultdict(list)
    rows = Membership.objects.order_by("at", "post_id").values_list("topic_id", "post_id", "post__ext_id")
    for topic_id, post_id, ext_id in rows:
        found[topic_id] += [ext_id or str(post_id), *(e for e in repeats[post_id] if e)]
    return found


def _ranked() -> Iterable[Topic]:
    """By the height their heat reached; ties by first time, then smallest id (rules.md 10)."""
    return Topic.objects.filter(merged_into=None).order_by("-peak_heat", "first_post_at", "pk")


def _topic(topic: Topic, ids: dict[int, list[str]], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": topic.pk,
        "title": topic.title,
        "posts": ids[topic.pk],
        "first_post_at": _stamp(topic.first_post_at, zone),
        "peak_heat": round(topic.peak_heat, 4),
        "places": [place["name"] if isinstance(place, dict) else place for place in topic.places],
        "departments": [unit["name"] if isinstance(unit, dict) else unit for unit in topic.departments],
    }


def _issues() -> Iterable[Issue]:
    return (
        Issue.objects.exclude(state=Issue.State.MERGED)
        .select_related("matter__topic")
        .prefetch_related("matter__clocks")
        .order_by("number")
    )


def _issue(issue: Issue, ids: dict[int, list[str]], *, pack: Pack, ended_at: datetime) -> dict[str, Any]:
    matter = issue.matter
    clocks = sorted(matter.clocks.all(), key=lambda c: c.pk)
    anchor = min(clocks, key=lambda c: (not c.is_open, c.due_at, c.pk), default=None)
    return {
        "id": issue.number,
        "title": matter.title,
        "topic": matter.topic_id,
        "posts": ids[matter.topic_id] if matter.topic_id is not None else [],
        "level": matter.level_proposed,
        "reasons": [line["sentence"] for line in matter.reasons if line["met"]],
        "detected_at": _stamp(matter.detected_at, pack.zone),
        "anchor": {
            "kind": anchor.anchor_kind if anchor else "detected",
            "at": _stamp(anchor.anchor_at if anchor else matter.detected_at, pack.zone),
        },
        "clocks": [_clock(clock, pack=pack, ended_at=ended_at) for clock in clocks],
    }


def _clock(clock: Clock, *, pack: Pack, ended_at: datetime) -> dict[str, Any]:
    return {
        "kind": clock.kind,
        "anchor_kind": clock.anchor_kind,
        "anchor_at": _stamp(clock.anchor_at, pack.zone),
        "due_at": _stamp(clock.due_at, pack.zone),
        "status": clock.status,
        "cause": clock.cause,
        "repeats": ladder.repeats_past_due(ladder_clock(clock, pack.policy), ended_at, pack.policy),
    }


def _notices() -> Iterable[Notice]:
    rows = Notice.objects.exclude(matter=None).select_related("matter__issue", "clock", "rung")
    return rows.order_by("created_at", "pk")


def _notice(notice: Notice, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "issue": notice.matter.issue.number if notice.matter is not None else None,
        "clock": notice.clock.kind if notice.clock is not None else "",
        "rung": notice.rung.name if notice.rung is not None else "",
        "due_at": _stamp(notice.due_at, zone),
        "fired_at": _stamp(notice.created_at, zone),
        "to": notice.role,
    }


def _brief(brief: Brief) -> dict[str, Any]:
    return {
        "date": brief.day.isoformat(),
        "issue_no": brief.issue_no,
        "items": [entry["number"] for entry in brief.numbers["focus"]],
    }


def _stamp(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()


def unread_posts() -> int:
    """Posts of the replay nobody has read or filed: must be none at its end."""
    return Post.objects.filter(step__lt=2).count()
