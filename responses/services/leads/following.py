"""Leads follow their topics: joined ones, and posts that tell an earlier beginning without meeting a new line."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from alerts.queries.candidates import topic_candidates
from alerts.services.anchors import follow_anchors, keep_candidates
from alerts.services.matters import retitle
from analysis.models import Topic
from analysis.topic_store import title_stands
from office.pack.current import current_pack
from responses.models import Issue
from responses.services.claiming import note
from responses.services.decide.merging import join
from responses.services.leads.reasons import alerts_of, answered_until
from responses.services.leads.waiting import Waiting, mark_looked, newest_member


def look_for_anchors(waits: Waiting, *, at: datetime, limit: int) -> None:
    """Posts that joined the topic of an open issue without meeting a new line may still tell an earlier beginning."""
    keys = [*waits.telling, *waits.changed][:limit]
    telling = set(waits.telling)
    for issue in Issue.objects.filter(pk__in=keys).select_related("matter", "topic").order_by("pk"):
        topic = issue.topic
        assert topic is not None
        follow_title(issue, topic, at=at)
        member = newest_member(topic.pk)
        if issue.pk not in telling:
            mark_looked(issue.pk, changed_at=topic.changed_at, member=member)
            continue
        with transaction.atomic():
            matter = issue.matter
            learnt = topic_candidates(
                topic,
                alerts_of(topic),
                detected_at=matter.detected_at,
                policy=current_pack().policy,
                since=answered_until(issue.earlier),
            )
            keep_candidates(matter, learnt, at=at)
            follow_anchors(matter, at=at)
            mark_looked(issue.pk, changed_at=topic.changed_at, member=member)


def follow_title(issue: Issue, topic: Topic, *, at: datetime) -> None:
    """A lead nobody has decided on lets go of a title that came from a rumour; a person's issue keeps its own."""
    old, new = issue.matter.title, topic.title
    if issue.state != Issue.State.LEAD or old == new or title_stands(topic.pk, old):
        return
    with transaction.atomic():
        if retitle(issue.matter, new):
            note(
                issue,
                kind="issue.retitle",
                by=None,
                at=at,
                text=f"标题改为“{new}”：原标题“{old}”出自传言、辟谣或已被否认的帖文",
            )


def follow_joined_topics(keys: list[int], *, at: datetime) -> None:
    """Topics the machine joined before confirmation take their leads along; the earliest anchor survives."""
    moved = Issue.objects.filter(pk__in=keys, state=Issue.State.LEAD).select_related("matter", "topic")
    for issue in moved.order_by("number"):
        assert issue.topic is not None
        topic = final_topic(issue.topic)
        with transaction.atomic():
            other = Issue.objects.filter(topic=topic, state__in=Issue.OPEN).select_related("matter").first()
            if other is not None:
                join(issue, into=other, by=None, at=at, reason="两个热点说的是同一件事，系统合并")
                continue
            moved_now = Issue.objects.filter(pk=issue.pk, version=issue.version, state=Issue.State.LEAD).update(
                topic=topic, episode=topic.episode, version=F("version") + 1
            )
            if moved_now:
                issue.matter.topic = topic
                issue.matter.save(update_fields=["topic"])
                note(issue, kind="issue.topic_joined", by=None, at=at, text="所在热点与另一热点合并，线索随之转入")


def final_topic(topic: Topic) -> Topic:
    """The topic itself, or the one it was joined into."""
    while topic.merged_into_id is not None:
        topic = Topic.objects.get(pk=topic.merged_into_id)
    return topic
