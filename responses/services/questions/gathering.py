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

from analysis.models import Membership, Reading, Topic
from analysis.questions import About, Book, best_wording, stretch_of
from office.statements import Prepared
from responses.models import Asked, AskedUntil, Issue, Question, Release
from responses.services.questions.suggesting import suggest

POSTS = 300  # posts of one transaction; half a second of work at most
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
    with transaction.atomic():
        issue = Issue.objects.select_related("matter", "topic", "asked_until").get(pk=key)
        topic = issue.topic
        assert topic is not None
        family = family_of(issue)
        checked = Release.objects.filter(issue=issue, state=Release.State.CHECKED).aggregate(at=Max("checked_at"))["at"]
        touched = _let_go(family)
        fresh = _fresh(issue, family, most)
        opened = _place(issue, family, fresh, touched) if fresh else 0
        recount(touched)
        looked = AskedUntil.objects.filter(issue=issue).first()
        same = looked is not None and looked.checked_at == checked
        suggest(family, about=about_of(issue.matter.title, topic), only=touched if same else None)
        if len(fresh) < most:
            # As read before the posts were: what comes in meanwhile changes the topic again, and is seen next time.
            looks = {"topic": topic, "changed_at": topic.changed_at, "posts_count": topic.posts_count}
            AskedUntil.objects.update_or_create(issue=issue, defaults={**looks, "checked_at": checked})
    return opened


def family_of(issue: Issue) -> list[int]:
    """The issue whose page shows the questions, and those merged into it: one set of questions."""
    root = issue.merged_into_id if issue.state == Issue.State.MERGED and issue.merged_into_id else issue.pk
    merged = Issue.objects.filter(merged_into=root, state=Issue.State.MERGED).values_list("pk", flat=True)
    return [root, *merged.order_by("pk")]


def about_of(title: str, topic: Topic | None) -> About:
    """What every ask of the matter speaks of: its title and the places it is told of."""
    places = [*topic.places, *topic.streets] if topic is not None else []
    return About.of(title, [str(p["name"] if isinstance(p, dict) else p) for p in places])


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


def _place(issue: Issue, family: Sequence[int], posts: Sequence[_Post], touched: set[int]) -> int:
    """Each ask to its question, in the order of the posts. Returns how many were opened; fills `touched`."""
    about = about_of(issue.matter.title, issue.topic)
    book, opened = _book(family, about), 0
    rows: list[Asked] = []
    for post in posts:
        stands: set[int] = set()  # a post asks a question once, however often it says it
        for ask in post.asks:
            words = stretch_of(ask, about)[:LONGEST]
            match = book.find(words)
            if match is None:
                question = Question.objects.create(issue=issue, opened_at=post.at).pk
                opened += 1
            else:
                question = match.question
            book.add(question, words)
            if question not in stands:
                stands.add(question)
                why = match.why[:100] if match is not None else ""
                rows.append(Asked(question_id=question, post_id=post.id, words=words, why=why))
        touched |= stands
    Asked.objects.bulk_create(rows, ignore_conflicts=True)
    return opened


def _book(family: Sequence[int], about: About) -> Book:
    book = Book(about)
    said = Asked.objects.filter(question__issue__in=family).order_by("question", "pk")
    for question, words in said.values_list("question", "words"):
        book.add(question, words)
    return book


# --- what a question's page counts ------------------------------------------------------------------------------------


def root_of(question: int, joined: dict[int, int | None]) -> int:
    """The question that others were joined into; `joined`: question -> what it was joined into."""
    while (into := joined.get(question)) is not None:
        question = into
    return question


def recount(questions: Iterable[int]) -> None:
    """Posts, votes and wording of these questions and of those they are joined into."""
    keys = set(questions)
    if not keys:
        return
    issues = set(Question.objects.filter(pk__in=keys).values_list("issue", flat=True))
    families = {key for issue in Issue.objects.filter(pk__in=issues) for key in family_of(issue)}
    found = Question.objects.filter(issue__in=families).select_related("issue__matter", "issue__topic")
    rows = {question.pk: question for question in found}
    joined = {key: question.joined_into_id for key, question in rows.items()}
    members: dict[int, list[int]] = {}
    for key in rows:
        members.setdefault(root_of(key, joined), []).append(key)
    for root in sorted({root_of(key, joined) for key in keys if key in rows}):
        _count(rows[root], members[root])
    for key in sorted(keys & rows.keys()):
        _word(rows[key])


def _count(question: Question, members: Sequence[int]) -> None:
    """One vote a voice and group of copies, the earliest post for each; a post counts once for all that are joined."""
    asked = Asked.objects.filter(question__in=members).order_by("post_id", "question_id")
    told = ("post_id", "post__platform", "post__handle", "post__copy_of", "post__seen_at")
    rows = asked.values_list("pk", "counts", *told)
    taken: set[str] = set()
    seen: set[int] = set()
    votes: set[int] = set()
    since = 0
    for key, _, post, platform, handle, root, seen_at in rows:
        names = {f"c{root or post}", *([f"v{platform} {handle}"] if handle else [])}
        if post not in seen and taken.isdisjoint(names):
            votes.add(key)
            taken |= names
            since += question.decided_at is not None and seen_at > question.decided_at
        seen.add(post)
    wrong = [key for key, counts, *_ in rows if counts != (key in votes)]
    Asked.objects.filter(pk__in=votes.intersection(wrong)).update(counts=True)
    Asked.objects.filter(pk__in=set(wrong) - votes).update(counts=False)
    Question.objects.filter(pk=question.pk).update(posts=len(votes), since=since)


def _word(question: Question) -> None:
    """The best wording; words that a person chose, or decided on, stay while they are there."""
    asked = list(Asked.objects.filter(question=question).order_by("post_id"))
    standing = next((row for row in asked if row.shown), None)
    if not asked or (standing is not None and (question.chosen or question.decided_at is not None)):
        return
    if standing is None and question.chosen:
        Question.objects.filter(pk=question.pk).update(chosen=False)
    issue = question.issue
    best = best_wording({row.post_id: row.words for row in asked}, about_of(issue.matter.title, issue.topic))
    if standing is None or standing.post_id != best:
        Asked.objects.filter(question=question, shown=True).update(shown=False)
        Asked.objects.filter(question=question, post=best).update(shown=True)
