"""The sweep that brings asks in: new posts join a question that stands or open one; what people did is never undone.

Held against what stands in the database at every look: a post that left the topic takes its asks away, one that came
by a merge brings them, whatever happened in between. Doing it twice changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from analysis.models import Membership, Reading
from analysis.questions import About, Book, stretch_of
from office.statements import Prepared
from responses.models import Asked, AskedUntil, Issue, Question, Release
from responses.services.questions.counting import about_of, family_of, recount
from responses.services.questions.suggesting import suggest

POSTS = 100  # posts of one transaction, as filing takes them: a tenth of a second
ISSUES = 20  # of one sweep
LONGEST = Asked._meta.get_field("words").max_length or 150
CONFIRMED = (Issue.State.RESPONDING, Issue.State.RESPONDED)


def _waiting() -> QuerySet[Issue, tuple[int, ...]]:
    """Confirmed issues, and those merged into one, whose topic or releases changed since they were looked at."""
    standing = Q(state__in=CONFIRMED) | Q(state=Issue.State.MERGED, merged_into__state__in=CONFIRMED)
    moved = (
        Q(asked_until=None)
        | Q(topic__changed_at__gt=F("asked_until__changed_at"))
        | ~Q(topic__posts_count=F("asked_until__posts_count"))
        | ~Q(topic=F("asked_until__topic"))
    )
    checked = Release.objects.filter(issue=OuterRef("pk"), state=Release.State.CHECKED)
    answered = Exists(checked.filter(checked_at__gt=OuterRef("asked_until__checked_at"))) | (
        Q(asked_until__isnull=False, asked_until__checked_at=None) & Exists(checked)
    )
    rows = Issue.objects.filter(standing & (moved | answered), topic__isnull=False)
    return rows.order_by("pk").values_list("pk")[:ISSUES]


_due = Prepared(_waiting)


def gather_questions(*, most: int = POSTS) -> int:
    """One sweep: the asks of every confirmed issue that changed, of at most so many posts of each; the rest come next
    time. Returns how many questions were opened."""
    return sum(_gather(issue, most) for (issue,) in _due())


def _gather(key: int, most: int) -> int:
    """What takes long is worked out before the transaction, which holds the only write lock and stays short."""
    issue = Issue.objects.select_related("matter", "topic").get(pk=key)
    topic, family = issue.topic, family_of(issue)
    assert topic is not None
    about = about_of(issue.matter.title, topic)
    checked = Release.objects.filter(issue=issue, state=Release.State.CHECKED).aggregate(at=Max("checked_at"))["at"]
    fresh = _fresh(issue, family, most)
    placed = _place(fresh, _book(family, about)) if fresh else []
    with transaction.atomic():
        touched = _let_go(family)
        opened = _write(issue, fresh, placed, touched)
        recount(touched)
        looked = AskedUntil.objects.filter(issue=issue).first()
        same = looked is not None and looked.checked_at == checked
        suggest(family, about=about, only=touched if same else None)
        if len(fresh) < most:
            # As read before the posts were: what comes in meanwhile changes the topic again, and is seen next time.
            looks = {"topic": topic, "changed_at": topic.changed_at, "posts_count": topic.posts_count}
            AskedUntil.objects.update_or_create(issue=issue, defaults={**looks, "checked_at": checked})
    return opened


def asks_of(kept: Iterable[Any]) -> list[str]:
    """The asks of a reading as words."""
    told = (str(ask.get("text") or "") if isinstance(ask, dict) else str(ask) for ask in kept)
    return [words for words in told if words.strip()]


def _let_go(family: Sequence[int]) -> set[int]:
    """Asks of posts that are no longer in the topics go; which questions they leave."""
    inside = Q()
    for topic, episode in Issue.objects.filter(pk__in=family).values_list("topic", "episode"):
        inside |= Q(topic=topic, episode__gte=episode)
    members = Membership.objects.filter(inside, post=OuterRef("post"))
    gone = Asked.objects.filter(question__issue__in=family).exclude(Exists(members))
    left = set(gone.values_list("question", flat=True))
    if left:
        gone.delete()
    return left


@dataclass(frozen=True)
class _Post:
    id: int
    at: datetime
    asks: list[str]


@dataclass(frozen=True)
class _Placed:
    """An ask and its question; a number below zero opens one."""

    post: _Post
    question: int
    words: str
    why: str


def _fresh(issue: Issue, family: Sequence[int], most: int) -> list[_Post]:
    """Posts of people in the issue's episodes that ask something and stand under no question yet, the oldest first."""
    rows = (
        Reading.objects.filter(
            post__membership__topic=issue.topic_id, post__membership__episode__gte=issue.episode, post__voice="public"
        )
        .exclude(asks=[])
        .exclude(Exists(Asked.objects.filter(question__issue__in=family, post=OuterRef("post"))))
        .order_by("post_id")
        .values_list("post_id", "post__seen_at", "asks")[:most]
    )
    return [_Post(post, seen_at, asks_of(asks)) for post, seen_at, asks in rows]


def _place(posts: Sequence[_Post], book: Book) -> list[_Placed]:
    """Each ask to its question, in the order of the posts; a post asks a question once, however often it says it."""
    placed: list[_Placed] = []
    opened = 0
    for post in posts:
        stands: set[int] = set()
        for ask in post.asks:
            words = stretch_of(ask, book.about)[:LONGEST]
            match = book.find(words)
            if match is None:
                opened += 1
            question = match.question if match is not None else -opened
            book.add(question, words)
            if question not in stands:
                stands.add(question)
                placed.append(_Placed(post, question, words, match.why[:100] if match is not None else ""))
    return placed


def _write(issue: Issue, fresh: Sequence[_Post], placed: Sequence[_Placed], touched: set[int]) -> int:
    """Rows of what was placed, but for posts whose words were removed meanwhile. Returns how many were opened."""
    still = Reading.objects.filter(post__in=[post.id for post in fresh]).exclude(asks=[])
    there = set(still.values_list("post_id", flat=True))
    numbers: dict[int, int] = {}
    rows: list[Asked] = []
    for one in placed:
        if one.post.id not in there:
            continue
        question = one.question
        if question < 0:
            if question not in numbers:
                numbers[question] = Question.objects.create(issue=issue, opened_at=one.post.at).pk
            question = numbers[question]
        touched.add(question)
        rows.append(Asked(question_id=question, post_id=one.post.id, words=one.words, why=one.why))
    Asked.objects.bulk_create(rows, ignore_conflicts=True)
    return len(numbers)


def _book(family: Sequence[int], about: About) -> Book:
    book = Book(about)
    # A question that somebody split off owns its words, whatever else was booked under the old one meanwhile.
    split_first = F("question__split_from").asc(nulls_last=True)
    said = Asked.objects.filter(question__issue__in=family).order_by(split_first, "question", "pk")
    for question, words in said.values_list("question", "words"):
        book.add(question, words)
    return book
