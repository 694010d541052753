"""A person's word on a judgement of the machine, in one step and taken back in one step; both leave a trail row.

It holds at once for the post and its copies, now and later, and is an example to learn from. Of two that contradict
each other the later one is in force and both are kept. Clocks, anchors and open cases stay as they are: what is left of
a lead is for people to say.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from analysis.models import Correction, Judgement, Membership, Reading, Topic
from analysis.services import correcting
from analysis.services.correcting import Followed
from analysis.services.overlay import in_force
from analysis.services.standing import group_of, held_out, standing, values
from analysis.titles import title_of
from crawlers.canonical import REMOVED
from crawlers.models import Post
from office import trail
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act
from office.services.acts import require
from responses.models import Issue
from responses.services.topics.following import settle, tell_open_issue

FEELINGS = {"negative": "负面", "neutral": "中性", "positive": "正面"}
NEW_TOPIC = 0  # a topic of its own


@dataclass
class Corrected:
    """The correction and what followed; `cases`: open cases of the topics that posts left or came to."""

    correction: Correction
    followed: Followed
    cases: list[Issue]


def correct(*, post: Post, judgement: str, value: Any, by: User, at: datetime) -> Corrected:
    """Say otherwise than what stands about one judgement of a post. Raises Refused.

    `value`: as `analysis.models.Correction` has it; for a topic `NEW_TOPIC` for one of its own.
    """
    require(by, Act.CORRECT_READING)
    with transaction.atomic():
        post = Post.objects.get(pk=post.pk)  # as it now stands: copies are found while it is looked at
        reading = _readable(post)
        said = _checked(judgement, value)
        stands = _stands(reading, judgement)
        if said == stands and judgement != Judgement.TOPIC:
            raise Refused(f"“{Judgement(judgement).label}”现在就是“{worded(judgement, said)}”，不用改。")
        group = group_of(post)
        before = _before(group)
        if judgement == Judgement.TOPIC:
            said = _destination(reading, said, at=at)
        first = Post.objects.only("text_key").get(pk=group[0])
        row = Correction.objects.create(
            post=post,
            judgement=judgement,
            machine=stands,
            value=said,
            version=reading.version,
            held_out=held_out(first.text_key),
            before=before,
            by=by,
            at=at,
        )
        done = correcting.follow(group, home={}, at=at)
        change = f"由“{worded(judgement, stands)}”改为“{worded(judgement, said)}”"
        words = f"第 {post.pk} 帖的“{row.get_judgement_display()}”{change}"
        return _told(row, done, "reading.correct", words + _copies(group), by=by, at=at)


def take_back(*, correction: Correction, by: User, at: datetime) -> Corrected:
    """What stood before stands again: an earlier correction, or the machine's own answer. Raises Refused."""
    require(by, Act.CORRECT_READING)
    with transaction.atomic():
        moved = Correction.objects.filter(pk=correction.pk, undone_at=None).update(undone_by=by, undone_at=at)
        row = Correction.objects.select_related("post", "undone_by").get(pk=correction.pk)
        if not moved:
            raise Refused(f"{row.undone_by.name if row.undone_by else '有人'} 已经撤销了这一次更正。")
        if row.post is None:
            raise Refused("这一帖已按期清理，更正只留作数字，不用撤销。")
        _readable(row.post)
        group = group_of(row.post)
        home = {int(post): int(topic) for post, topic in row.before.get("topics", {}).items()}
        keep = row.judgement in values(standing(group)) or row.judgement not in (Judgement.RELEVANT, Judgement.TOPIC)
        done = correcting.follow(group, home={} if keep else home, at=at)
        words = (
            f"撤销更正：第 {row.post.pk} 帖的“{row.get_judgement_display()}”不再是“{worded(row.judgement, row.value)}”"
        )
        return _told(row, done, "reading.uncorrect", words + _copies(group), by=by, at=at)


def worded(judgement: str, value: Any) -> str:
    """A value in an officer's words."""
    if judgement == Judgement.RELEVANT:
        return "与本区相关" if value else "与本区无关"
    if judgement == Judgement.SENTIMENT:
        return FEELINGS.get(str(value), str(value))
    if judgement == Judgement.TOPIC:
        return f"T-{value}" if value else "不在热点里"
    return str(value) or "不能确定"


def _readable(post: Post) -> Reading:
    if post.text == REMOVED:
        raise Refused("这一帖已按本人要求移除，没有文字可以对照，不再更正。")
    reading = Reading.objects.filter(post=post).first()
    if reading is None:
        raise Refused("这一帖还没有判读，几秒后再改。")
    return reading


def _checked(judgement: str, value: Any) -> Any:
    """The value in its own type. Raises Refused for one that is not on the list."""
    pack = current_pack()
    if judgement == Judgement.RELEVANT and isinstance(value, bool):
        return value
    if judgement == Judgement.KLASS and (value == pack.taxonomy.other or pack.taxonomy.named(str(value))):
        return value
    if judgement == Judgement.SENTIMENT and value in FEELINGS:
        return value
    if judgement == Judgement.PLACE and (value == "" or value in {street.name for street in pack.streets}):
        return value
    if judgement == Judgement.TOPIC and isinstance(value, int):
        return value
    raise Refused("这个选项不在单子里，请重选。")


def _stands(reading: Reading, judgement: str) -> Any:
    if judgement != Judgement.TOPIC:
        return in_force(reading)[judgement]
    here = Membership.objects.filter(post=reading.post_id).values_list("topic_id", flat=True).first()
    return here or 0


def _before(group: list[int]) -> dict[str, Any]:
    members = Membership.objects.filter(post__in=group).values_list("post_id", "topic_id")
    return {"topics": {str(post): topic for post, topic in members}}


def _destination(reading: Reading, topic: int, *, at: datetime) -> int:
    """The topic that posts are to stand in, pinned as one that people arranged. Raises Refused."""
    if not reading.relevant:
        raise Refused("与本区无关的帖不归热点；先改为“与本区相关”。")
    here = Membership.objects.filter(post=reading.post_id).first()
    if topic == NEW_TOPIC:
        post = Post.objects.get(pk=reading.post_id)
        span = {name: post.seen_at for name in ("first_post_at", "last_post_at", "episode_started_at")}
        new = Topic.objects.create(title=title_of(post.title, post.text), pinned=True, changed_at=at, **span)
        to = new.pk
    else:
        found = correcting.resolved(topic)
        if found is None:
            raise Refused(f"没有编号为 T-{topic} 的热点，请核对。")
        to = found
    if here is not None and here.topic_id == to:
        raise Refused(f"这一帖现在就在 T-{to}，不用改。")
    touched = [to, here.topic_id] if here is not None else [to]
    # The machine joins neither with the other again (rules.md 2: what a person split stays so).
    Topic.objects.filter(pk__in=touched).update(pinned=True)
    return to


def _copies(group: list[int]) -> str:
    return f"，连同同文 {len(group) - 1} 帖" if len(group) > 1 else ""


def _told(row: Correction, done: Followed, kind: str, words: str, *, by: User, at: datetime) -> Corrected:
    trail.record(
        by=by,
        kind=kind,
        at=at,
        # Not as a row about the post: what a trail speaks of is kept, and a post goes when its time is over.
        object_kind="correction",
        object_id=str(row.pk),
        text=words,
        data={"judgement": row.judgement, "posts": len(done.posts), "held_out": row.held_out},
    )
    cases = list(Issue.objects.filter(topic__in=done.topics, state__in=Issue.OPEN).select_related("matter"))
    if done.topics:
        settle(*done.topics)
        for topic in Topic.objects.filter(pk__in=done.topics).order_by("pk"):
            told = f"{words}；本事项的起算时间和时限不变"
            tell_open_issue(topic, kind="issue.reading", text=told, by=by, at=at, data={"correction": row.pk})
    return Corrected(row, done, cases)
