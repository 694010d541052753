"""Issues of topics that a person merges or takes apart: one open issue a topic, and none loses its posts."""

from datetime import datetime
from typing import Any, TypedDict

from django.db.models import F

from alerts.models import Matter
from analysis.models import Membership, Topic
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.models import Issue
from responses.services.claiming import note
from responses.services.decide.merging import join, part


class Stood(TypedDict):
    """How an issue stood before two topics became one; `into`: the issue it was merged into by it."""

    id: int
    topic: int
    episode: int
    state: str
    into: int | None


def gather(kept: Topic, gone: Topic, *, by: User, at: datetime, reason: str) -> list[Stood]:
    """Issues of `gone` go to `kept`; of two open ones the confirmed one stays, else that of `kept` (rules.md 5).

    Inside the caller's transaction, before the topics are joined. Returns how they stood, for `scatter`.
    """
    issues = list(Issue.objects.filter(topic__in=(kept, gone)).select_related("matter", "topic").order_by("pk"))
    stood = [
        Stood(id=issue.pk, topic=issue.topic_id or 0, episode=issue.episode, state=issue.state, into=None)
        for issue in issues
    ]
    mine = next((issue for issue in issues if issue.is_open and issue.topic_id == kept.pk), None)
    theirs = next((issue for issue in issues if issue.is_open and issue.topic_id == gone.pk), None)
    if mine is not None and theirs is not None:
        require(by, Act.MERGE_ISSUE)
        into, merged = (theirs, mine) if _confirmed(theirs) and not _confirmed(mine) else (mine, theirs)
        join(merged, into=into, by=by, at=at, reason=f"所在热点合并：{reason}")
        next(row for row in stood if row["id"] == merged.pk)["into"] = into.pk
    moved = [issue for issue in issues if issue.topic_id == gone.pk]
    _put(moved, on=kept)
    for issue in moved:
        words = f"所在热点 T-{gone.pk} 并入 T-{kept.pk}，事项随之转入：{reason}"
        note(issue, kind="issue.topic_joined", by=by, at=at, text=words, data={"topic": kept.pk, "was": gone.pk})
    return stood


def scatter(rows: list[Stood], *, by: User, at: datetime, reason: str) -> None:
    """Issues go back to the topics they came from; those merged by it stand again as they stood.

    Inside the caller's transaction, after the topics were parted.
    """
    for row in rows:
        issue = Issue.objects.get(pk=row["id"])
        if issue.topic_id != row["topic"]:
            topic = Topic.objects.get(pk=row["topic"])
            _put([issue], on=topic)
            words = f"热点撤销合并，事项回到 T-{topic.pk}：{reason}"
            note(issue, kind="issue.topic_joined", by=by, at=at, text=words, data={"topic": topic.pk})
    for row in rows:
        if row["into"] is None:
            continue
        issue = Issue.objects.select_related("matter", "topic", "merged_into__matter").get(pk=row["id"])
        if issue.state == Issue.State.MERGED and issue.merged_into_id == row["into"]:
            other = Issue.objects.filter(topic=row["topic"], state__in=Issue.OPEN).exclude(pk=issue.pk).first()
            if other is not None:
                raise Refused(f"热点 T-{row['topic']} 已另有未了结的事项 {other.label}，并案不能撤销。")
            part(issue, state=row["state"], by=by, at=at, reason=reason)


def settle(*topics: int) -> None:
    """After topics were joined or parted: the episode of each issue anew, and open ones look at every post again."""
    for topic in Topic.objects.filter(pk__in=topics):
        for issue in Issue.objects.filter(topic=topic):
            Issue.objects.filter(pk=issue.pk).update(episode=_episode_at(topic, issue.opened_at), looked_member=0)
        # After confirmation the machine joins it with nothing, whichever topic it came from (rules.md 2).
        frozen = Issue.objects.filter(topic=topic, confirmed_at__isnull=False).exists()
        Topic.objects.filter(pk=topic.pk).update(frozen=frozen)


def answered_until(topic: Topic) -> datetime | None:
    """Until when the topic's talk was answered by an issue that is closed; None where none is."""
    closed: datetime | None = (
        Issue.objects.filter(topic=topic, state=Issue.State.CLOSED)
        .order_by("-closed_at")
        .values_list("closed_at", flat=True)
        .first()
    )
    return closed


def tell_open_issue(topic: Topic, *, kind: str, text: str, by: User, at: datetime, data: dict[str, Any]) -> None:
    """A line in the record of the topic's open issue, if it has one; nothing else of it changes."""
    issue = Issue.objects.filter(topic=topic, state__in=Issue.OPEN).first()
    if issue is not None:
        Issue.objects.filter(pk=issue.pk).update(version=F("version") + 1)
        note(issue, kind=kind, by=by, at=at, text=text, data=data)


def _confirmed(issue: Issue) -> bool:
    return issue.state != Issue.State.LEAD


def _put(issues: list[Issue], *, on: Topic) -> None:
    keys = [issue.pk for issue in issues]
    Issue.objects.filter(pk__in=keys).update(topic=on, version=F("version") + 1)
    Matter.objects.filter(issue__in=keys).update(topic=on)


def _episode_at(topic: Topic, moment: datetime) -> int:
    """The episode of the topic's last post at a moment; of its first, where the moment lies before all."""
    members = Membership.objects.filter(topic=topic)
    before = members.filter(at__lte=moment).order_by("-at", "-post_id").values_list("episode", flat=True).first()
    first = members.order_by("at", "post_id").values_list("episode", flat=True).first()
    return before or first or topic.episode
