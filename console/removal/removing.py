"""Removing: words and handle go, place and hash stay; a trail row says by whom, on which request, why.

The post keeps its number, its time and its counts, so that topics, anchors and clocks that rest on it stay true. Its
address and text stand on tombstones by hash alone: what comes in again under them is turned away (crawlers/ingest).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from alerts.models import Matter, Notice, Rung
from analysis.models import Membership, Reading, Topic
from analysis.services.indexing import settle
from console.database import keeper
from console.removal.files import blank_inbox, blank_line, drop_imports
from console.removal.quoting import STRETCH, Place, forget_trials, quoted_in
from console.retention.leaving import Places, forget_index, places_of
from crawlers.canonical import REMOVED, SHORT_TEXT, normal_text
from crawlers.models import Post, Quarantine, Removal, Repeat, Snapshot, Tombstone
from office import trail
from office.errors import Refused
from office.models import Trail, TrailText, User
from office.roles import Act
from office.services.acts import require
from responses.models import Asked, Issue
from responses.services.questions import recount

MANY = 300  # posts of one request


@dataclass
class Done:
    """What went. `look`: papers of people in which the words stand; the system does not rewrite them."""

    removal: Removal
    posts: int
    look: list[Place] = field(default_factory=list)


def remove(
    *, posts: Sequence[int], lines: Sequence[int] = (), reference: str, reason: str, by: User, at: datetime
) -> Done:
    """Remove these posts and lines of the quarantine. Raises Refused."""
    require(by, Act.REMOVE_PERSONAL)
    reference, reason = reference.strip(), reason.strip()
    if not reference or not reason:
        raise Refused("请填请求编号和理由。")
    if len(posts) > MANY:
        raise Refused(f"一次最多移除 {MANY} 帖，请分几次办。")
    with keeper().without_trace(at=at):
        places = places_of(list(posts))
        with transaction.atomic():
            standing = list(Post.objects.filter(pk__in=posts).exclude(text=REMOVED))
            held = list(Quarantine.objects.filter(pk__in=lines).select_related("inbox"))
            if not standing and not held:
                raise Refused("没有选中要移除的内容，或已经移除过了。")
            removal = Removal.objects.create(at=at, by=by, reference=reference[:100], reason=reason[:500])
            done = Done(removal, len(standing), quoted_in(standing))
            forget_trials(standing)
            keys = _leave_tombstones(standing, removal, at=at)
            _empty(standing, places)
            Quarantine.objects.filter(pk__in=[line.pk for line in held]).update(
                preview="", reason="内容已按本人要求移除", retaken_at=at
            )
            files = drop_imports(standing) + sum(blank_line(line) for line in held)
            removal.posts, removal.quarantined, removal.files = len(standing), len(held), files
            removal.places = [place.as_json() for place in done.look]
            removal.save(update_fields=["posts", "quarantined", "files", "places"])
            words = f"按本人要求移除 {len(standing)} 帖、{len(held)} 行未收下的"
            trail.record(
                by=by,
                kind=Act.REMOVE_PERSONAL,
                at=at,
                object_kind="removal",
                object_id=str(removal.pk),
                text=f"{words}（请求 {removal.reference}）：{removal.reason}",
                data={"posts": [post.pk for post in standing], "tombstones": len(keys)},
            )
        blank_inbox(keys)
        settle(at=at)  # the search index holds the words of what it has to let go of until it has done so
    return done


def _leave_tombstones(posts: Iterable[Post], removal: Removal, *, at: datetime) -> set[str]:
    """Addresses under which they came, and texts long enough to be nobody else's by chance (rules.md 1)."""
    ids = [post.pk for post in posts]
    elsewhere = Repeat.objects.filter(post__in=ids).values_list("address_key", flat=True)
    addresses = {key for key in (*elsewhere, *(post.address_key for post in posts)) if key}
    texts = {post.text_key for post in posts if len(normal_text(post.text)) >= SHORT_TEXT}
    kinds = {**dict.fromkeys(texts, Tombstone.Kind.TEXT), **dict.fromkeys(addresses, Tombstone.Kind.ADDRESS)}
    Tombstone.objects.bulk_create(
        [Tombstone(key=key, kind=kind, at=at, removal=removal) for key, kind in kinds.items()],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["removal"],
    )
    return set(kinds)


def _empty(posts: Sequence[Post], places: Places) -> None:
    """Everything of the words, wherever the machine put it."""
    ids = [post.pk for post in posts]
    forget_index(ids, [place for place in places if place[1] in set(ids)])
    _rename(posts)
    _forget_asks(ids)
    Snapshot.objects.filter(post__in=ids).delete()
    Repeat.objects.filter(post__in=ids).update(ext_id="")
    Membership.objects.filter(post__in=ids).update(why="")
    for reading in Reading.objects.filter(post__in=ids):
        reading.evidence, reading.places, reading.units, reading.asks, reading.keywords = {}, [], [], [], []
        reading.machine = None  # it repeats places and units; what people judged stays as a figure
        if reading.emergency is not None:
            reading.emergency |= {"evidence": [], "contradicting": [], "place": ""}
        reading.save(update_fields=["evidence", "places", "units", "asks", "keywords", "emergency", "machine"])
    Post.objects.filter(pk__in=ids).update(
        title="",
        text=REMOVED,
        address="",
        ext_id="",
        handle="",
        handle_before="",
        handle_key=0,
        published_raw="",
        extra={},
    )


def _forget_asks(ids: Sequence[int]) -> None:
    """What was asked in these words: the question goes on in the words of another post, or without any."""
    asked = Asked.objects.filter(post__in=ids)
    questions = set(asked.values_list("question", flat=True))
    # A reason names what both asks speak of, so those that came to a question by these words lose theirs.
    Asked.objects.filter(question__in=questions).update(why="")
    asked.delete()
    recount(questions)


def _rename(posts: Sequence[Post]) -> None:
    """Topics and cases whose title was taken from these words get one that says where to look instead."""
    ids = [post.pk for post in posts]
    said = [normal_text(f"{post.title} {post.text}") for post in posts]
    topics = Topic.objects.filter(memberships__post__in=ids).distinct()
    for topic in topics:
        if _taken_from(topic.title, said):
            title = f"{topic.klass or '热点'} {topic.pk}（原标题已按本人要求移除）"
            Topic.objects.filter(pk=topic.pk).update(title=title)
    for matter in Matter.objects.filter(topic__in=topics).distinct():
        if _taken_from(matter.title, said):
            _rename_matter(matter)


def _rename_matter(matter: Matter) -> None:
    old, new = matter.title, f"事项 {matter.pk}（原标题已按本人要求移除）"
    Matter.objects.filter(pk=matter.pk).update(title=new)
    for notice in Notice.objects.filter(matter=matter).filter(Q(title__contains=old) | Q(body__contains=old)):
        notice.title, notice.body = notice.title.replace(old, new)[:200], notice.body.replace(old, new)
        notice.save(update_fields=["title", "body"])
    for rung in Rung.objects.filter(matter=matter, sentence__contains=old):
        rung.sentence = rung.sentence.replace(old, new)
        rung.save(update_fields=["sentence"])
    issues = [str(pk) for pk in Issue.objects.filter(matter=matter).values_list("pk", flat=True)]
    about = Q(object_kind="issue", object_id__in=issues) | Q(object_kind="matter", object_id=str(matter.pk))
    spoken = Trail.objects.filter(about).values("text_digest")
    # The chain holds digests: words may go without breaking it (rules.md 14).
    TrailText.objects.filter(digest__in=spoken, text__contains=old).delete()


def _taken_from(title: str, said: Sequence[str]) -> bool:
    """Whether a stretch of the title stands in one of the texts."""
    plain = normal_text(title)
    if len(plain) < STRETCH:
        return any(plain and plain in text for text in said)
    return any(plain[n : n + STRETCH] in text for n in range(len(plain) - STRETCH + 1) for text in said)
