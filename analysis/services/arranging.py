"""Topics as a person arranges them: two made one, posts split off, either taken back. Who may is for the callers.

What a person arranged is pinned: filing goes on putting posts in, and joins such a topic with nothing (rules.md 2).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from analysis.models import Arrangement, Membership, Topic, TopicDay
from analysis.services.figures import refresh_topics
from analysis.services.filing import mark_changed
from analysis.titles import TITLED_BY, most_typical, standings, title_of
from analysis.topic_store import DatabaseStore, bears
from crawlers.models import Post
from office.errors import Refused
from office.models import User

SLICE = 500  # posts named in one statement


def merge(
    *, topic: Topic, gone: Topic, by: User, at: datetime, reason: str, before: dict[str, Any] | None = None
) -> Arrangement:
    """Every post of `gone` goes to `topic`, whose title stays. `before`: what the caller wants back on undoing."""
    with transaction.atomic():
        kept, other = _locked(topic.pk, gone.pk)
        rows = _rows(Membership.objects.filter(topic=other))
        if not rows:
            raise Refused(f"T-{other.pk} 里没有帖文，不能合并。")
        chain = list(Topic.objects.filter(merged_into=other).values_list("pk", flat=True))
        done = Arrangement.objects.create(
            kind=Arrangement.Kind.MERGE,
            topic=kept,
            other=other,
            posts=[post for post, _, _ in rows],
            before={**(before or {}), **_stood(kept, rows), "chain": chain},
            by=by,
            at=at,
            reason=reason,
        )
        Membership.objects.filter(topic=other).update(by_hand=True)
        DatabaseStore().join(kept.pk, other.pk, at)
        Topic.objects.filter(pk=kept.pk).update(pinned=True, frozen=kept.frozen or other.frozen)
        _count({kept.pk: rows[0][1]}, at=at)
    return done


def split(
    *,
    topic: Topic,
    posts: Sequence[int],
    title: str,
    by: User,
    at: datetime,
    reason: str,
    answered_until: datetime | None = None,
) -> Arrangement:
    """Posts and their copies become a topic of their own, `title` or the most typical of them its name.

    It is weighed from its first post on, or from when a closed issue of the old topic had answered it.
    """
    with transaction.atomic():
        (kept,) = _locked(topic.pk)
        rows = _with_copies(kept, posts)
        if Membership.objects.filter(topic=kept).count() == len(rows):
            raise Refused("全部拆出等于没有拆：原热点里至少要留一帖（同文随原文一起拆）。")
        span = {"first_post_at": rows[0][1], "last_post_at": rows[-1][1], "episode_started_at": rows[0][1]}
        new = Topic.objects.create(title=title or "待定", pinned=True, changed_at=at, **span)
        done = Arrangement.objects.create(
            kind=Arrangement.Kind.SPLIT,
            topic=kept,
            other=new,
            posts=[post for post, _, _ in rows],
            before=_stood(kept, rows),
            by=by,
            at=at,
            reason=reason,
        )
        _move([post for post, _, _ in rows], to=new, by_hand=True)
        Topic.objects.filter(pk=kept.pk).update(pinned=True)
        _apart(kept, new, weigh=max(rows[0][1], answered_until or rows[0][1]), at=at)
        if not title:
            _name(new)
        if not bears(kept.pk, kept.title):
            _name(kept)
    return done


def take_back(arrangement: Arrangement, *, by: User, at: datetime, reason: str) -> Arrangement:
    """Undo a merge or a split: the posts that moved then go back; those that came since stay where they came.

    A topic that was split off and goes back takes all its posts along. Raises Refused where something was arranged
    after it, or nothing is left to take back.
    """
    with transaction.atomic():
        moved = Arrangement.objects.filter(pk=arrangement.pk, undone_at=None).update(
            undone_by=by, undone_at=at, undo_reason=reason
        )
        fresh = Arrangement.objects.select_related("topic", "other", "undone_by").get(pk=arrangement.pk)
        if moved != 1:
            raise Refused(f"{fresh.undone_by.name if fresh.undone_by else '有人'} 已经撤销了这一次，请看过再办。")
        both = (fresh.topic_id, fresh.other_id)
        later = Arrangement.objects.filter(pk__gt=fresh.pk, undone_at=None)
        if later.filter(Q(topic__in=both) | Q(other__in=both)).exists():
            raise Refused("这之后又合并或拆分过这个热点，请先撤销后来的那一次。")
        if fresh.kind == Arrangement.Kind.MERGE:
            _part(fresh, at=at)
        else:
            _rejoin(fresh, at=at)
    return fresh


def _part(done: Arrangement, *, at: datetime) -> None:
    kept, other = done.topic, done.other
    here = [
        post
        for some in _slices(done.posts)
        for post in Membership.objects.filter(topic=kept, post__in=some).values_list("post_id", flat=True)
    ]
    if not here or Membership.objects.filter(topic=kept).count() == len(here):
        raise Refused("两个热点中有一个的帖文都已不在，恢复不成两个。")
    Topic.objects.filter(pk=other.pk).update(merged_into=None, pinned=True)
    Topic.objects.filter(pk__in=done.before.get("chain", ())).update(merged_into=other)
    _move(here, to=other, by_hand=False)
    _by_hand(done)
    _apart(kept, other, weigh=None, at=at)


def _rejoin(done: Arrangement, *, at: datetime) -> None:
    kept, other = done.topic, done.other
    rows = _rows(Membership.objects.filter(topic=other))
    if other.merged_into_id is not None or not rows:
        raise Refused("拆出的帖文都已不在，没有可以并回的。")
    DatabaseStore().join(kept.pk, other.pk, at)
    for some in _slices(done.posts):
        Membership.objects.filter(topic=kept, post__in=some).update(by_hand=False)
    _by_hand(done)
    Topic.objects.filter(pk=kept.pk).update(pinned=bool(done.before.get("pinned")))
    _count({kept.pk: rows[0][1]}, at=at)


def _locked(*keys: int) -> list[Topic]:
    """The topics as they stand now, in the order asked for; nobody else arranges them meanwhile."""
    if len(set(keys)) < len(keys):
        raise Refused("不能并入自己。")
    found = {row.pk: row for row in Topic.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    for key in keys:
        if key not in found:
            raise Refused(f"没有编号为 T-{key} 的热点。")
        into = found[key].merged_into_id
        if into is not None:
            raise Refused(f"T-{key} 已经并入 T-{into}，请到 T-{into} 办理。")
    return [found[key] for key in keys]


Row = tuple[int, datetime, bool]  # post, its moment, placed by hand


def _rows(members: Any) -> list[Row]:
    return list(members.order_by("at", "post_id").values_list("post_id", "at", "by_hand"))


def _with_copies(topic: Topic, posts: Sequence[int]) -> list[Row]:
    """The chosen posts and what is a copy of them in this topic, in order of time."""
    wanted = set(posts)
    if not wanted:
        raise Refused("请先勾选要拆出的帖文。")
    if len(wanted) > SLICE:
        raise Refused(f"一次最多拆出 {SLICE} 帖。")
    chosen = list(Membership.objects.filter(topic=topic, post__in=wanted).values_list("post_id", "post__copy_of_id"))
    if len(chosen) < len(wanted):
        raise Refused(f"有 {len(wanted) - len(chosen)} 帖已不在这个热点里（可能刚被别人移走），请看过再拆。")
    groups = {first or post for post, first in chosen}
    return _rows(Membership.objects.filter(Q(post__in=groups) | Q(post__copy_of__in=groups), topic=topic))


def _stood(topic: Topic, rows: Iterable[Row]) -> dict[str, Any]:
    return {"pinned": topic.pinned, "by_hand": [post for post, _, by_hand in rows if by_hand]}


def _slices(posts: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(posts), SLICE):
        yield posts[first : first + SLICE]


def _move(posts: Sequence[int], *, to: Topic, by_hand: bool) -> None:
    for some in _slices(posts):
        Membership.objects.filter(post__in=some).update(topic=to, by_hand=by_hand)


def _by_hand(done: Arrangement) -> None:
    """Posts that a person had placed before stay marked as such."""
    for some in _slices(done.before.get("by_hand", [])):
        Membership.objects.filter(post__in=some).update(by_hand=True)


def _apart(kept: Topic, other: Topic, *, weigh: datetime | None, at: datetime) -> None:
    """Two topics after posts went from the one to the other: spans, episodes, figures, days.

    `weigh`: from when the other is weighed anew. Else only the last moment is: lines met stay met, and those not met
    say what is missing now.
    """
    store = DatabaseStore()
    TopicDay.objects.filter(topic__in=(kept, other)).delete()
    for topic in (kept, other):
        store.renumber(topic.pk, at)
        topic.refresh_from_db()
    _count({kept.pk: kept.last_post_at, other.pk: weigh or other.last_post_at}, at=at)


def _count(touched: dict[int, datetime], *, at: datetime) -> None:
    mark_changed(touched, at=at)
    Topic.objects.filter(pk__in=touched).update(peak_heat=0)
    refresh_topics(touched, at=at)
    for topic, peak in TopicDay.objects.filter(topic__in=touched).values_list("topic").annotate(peak=Max("heat")):
        Topic.objects.filter(pk=topic).update(peak_heat=peak)


def _name(topic: Topic) -> None:
    """The title of the post that stands nearest to the others; without the index of words, of the first."""
    store = DatabaseStore()
    members = store.newest_members(topic.pk, TITLED_BY)
    if members:
        store.rename(topic.pk, most_typical(members, standings(store.tellings([m.post for m in members]))))
        return
    first = Post.objects.filter(membership__topic=topic).order_by("seen_at", "pk").values_list("title", "text")[0]
    Topic.objects.filter(pk=topic.pk).update(title=title_of(*first))
