"""Reading again what was read, newest first, with the version in force: in slices, held and gone on with at will.

Each slice is one transaction with the place it reached, so a process that dies loses nothing and nothing is done twice.
People's words stay (overlay). A post of more than two days that turns out to be the district's is filed as history: a
better reading of the past opens no lead (rules.md 3). Where people confirmed or arranged, no post leaves its topic.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from analysis.models import Membership, Reading, Rereading
from analysis.services import correcting
from analysis.services.overlay import in_force, machine_said, overlay
from analysis.services.reading import post_in, reader, reading_row
from analysis.services.standing import any_standing, wanted_of
from crawlers.canonical import REMOVED
from crawlers.models import Post
from office import trail
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require

SLICE = 100  # posts of one transaction
LIVE = timedelta(hours=48)  # older ones are history (rules.md 3)
WEIGHED = timedelta(hours=72)  # the window of most lines: topics of older posts are counted anew, not weighed
_KEPT = [one.name for one in Reading._meta.concrete_fields if one.name not in ("id", "post")]


def begin(*, by: User | None, at: datetime, why: str) -> Rereading:
    """Begin with the newest post; one that is under way ends where it is."""
    with transaction.atomic():
        Rereading.objects.filter(under_way=True).update(under_way=False, ended_at=at)
        last = Post.objects.aggregate(last=Max("pk"))["last"] or 0
        return Rereading.objects.create(
            begun_at=at, by=by, why=why[:200], total=Reading.objects.count(), before=last + 1
        )


def hold(*, by: User, at: datetime) -> None:
    """It waits until somebody lets it go on. Raises Refused."""
    _switch(True, "暂停重读", by=by, at=at)


def go_on(*, by: User, at: datetime) -> None:
    """It goes on where it stood. Raises Refused."""
    _switch(False, "继续重读", by=by, at=at)


def _switch(held: bool, words: str, *, by: User, at: datetime) -> None:
    require(by, Act.TRAIN_MODEL)
    with transaction.atomic():
        rows = Rereading.objects.filter(under_way=True, paused_at__isnull=held)
        key = rows.values_list("pk", flat=True).first()
        if key is None or not rows.update(paused_at=at if held else None):
            raise Refused("没有在进行的重读，或别人刚办过，请看过再办。")
        trail.record(by=by, kind="model.reread", at=at, object_kind="rereading", object_id=str(key), text=words)


@dataclass
class _Moved:
    """Topics that lost posts, that are counted anew from a moment on, posts on their way to `file`."""

    left: set[int] = field(default_factory=set)
    touched: dict[int, datetime] = field(default_factory=dict)
    filing: list[int] = field(default_factory=list)
    history: list[int] = field(default_factory=list)


def step(*, at: datetime) -> int:
    """Read one slice anew; how many posts. 0: nothing is under way, or it is held, or it is done now.

    The answers are worked out before the transaction, which stays short.
    """
    row = Rereading.objects.filter(under_way=True, paused_at=None).first()
    if row is None:
        return 0
    posts = list(Post.objects.filter(pk__lt=row.before, step__gte=1).select_related("source").order_by("-pk")[:SLICE])
    if not posts:
        Rereading.objects.filter(pk=row.pk, under_way=True).update(under_way=False, ended_at=at)
        return 0
    standing = [post for post in posts if post.text != REMOVED]
    answers = reader().read_batch([post_in(post) for post in standing])
    with transaction.atomic():
        moved, changed = _Moved(), 0
        keys = [post.pk for post in standing]
        held = Reading.objects.in_bulk(keys, field_name="post_id")
        # Words removed since they were read above do not come back with the answer.
        for gone in Post.objects.filter(pk__in=keys, text=REMOVED).values_list("pk", flat=True):
            held.pop(gone, None)
        corrected = any_standing()
        for post, answer in zip(standing, answers, strict=True):
            old = held.get(post.pk)
            if old is not None:
                fresh = reading_row(post, answer, at=at)
                changed += _write(
                    post, old, fresh, wanted_of(post.copy_of_id or post.pk) if corrected else {}, moved, at
                )
        _follow(moved, at=at)
        reached = {"before": posts[-1].pk, "done": row.done + len(posts), "changed": row.changed + changed}
        if not Rereading.objects.filter(pk=row.pk, under_way=True, before=row.before).update(**reached):
            transaction.set_rollback(True)  # another one was begun meanwhile
    return len(posts)


def _write(post: Post, old: Reading, fresh: Reading, wanted: dict[str, Any], moved: _Moved, at: datetime) -> bool:
    """Put the new answers under people's words; whether the machine judged otherwise than before."""
    stood, said = _followed(old), machine_said(old)
    otherwise = said != machine_said(fresh)
    for name in _KEPT:
        setattr(old, name, getattr(fresh, name))
    overlay(old, post, wanted)
    old.save(update_fields=_KEPT)
    if _followed(old) != stood:
        _place(post, old, moved, at)
    return otherwise


def _followed(reading: Reading) -> tuple[Any, ...]:
    # what topics, their weighing and their figures are made of
    told = (reading.emergency, reading.kind, reading.demand, reading.priority)
    return (in_force(reading), *told, reading.streets, reading.places, reading.units)


def _place(post: Post, reading: Reading, moved: _Moved, at: datetime) -> None:
    here = Membership.objects.select_related("topic").filter(post=post).first()
    if here is None:
        if reading.relevant and post.step == 2:
            (moved.history if post.seen_at < at - LIVE else moved.filing).append(post.pk)
        return
    arranged = here.by_hand or here.topic.frozen or here.topic.pinned
    if not reading.relevant and not arranged:
        here.delete()
        moved.left.add(here.topic_id)
        return
    moved.touched[here.topic_id] = min(here.at, moved.touched.get(here.topic_id, here.at))


def _follow(moved: _Moved, *, at: datetime) -> None:
    Post.objects.filter(pk__in=[*moved.history, *moved.filing], step=2).update(step=1)
    Post.objects.filter(pk__in=moved.history).update(history=True)
    correcting.settle(moved.left, moved.touched, at=at, emptied=set(), weigh_since=at - WEIGHED)
