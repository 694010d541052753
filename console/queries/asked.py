"""公众在问 as the pages draw it: the questions of an issue by posts, each with its words, its mark and its posts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Max, Min, Q, QuerySet, When

from responses.models import Asked, Issue, Question, Release
from responses.services.questions.counting import family_of, root_of

SHOWN = 12  # on the page of the issue; the rest on a page of their own
GONE = "（原话已移除）"
WAYS = 40  # wordings of one question that are listed
MARKS = {"open": "ring", "partly": "half", "answered": "tick"}
LISTS = {"all": "全部", "open": "未答和部分", "answered": "已答", "hidden": "不是问题"}


@dataclass(frozen=True)
class Line:
    """One question of a list. `suggested`: a release speaks of it, and nobody has said yet whether it answers it."""

    question: Question
    words: str

    @property
    def mark(self) -> str:
        return MARKS[self.question.state]

    @property
    def suggested(self) -> Release | None:
        return self.question.suggested if self.question.state == Question.State.OPEN else None

    @property
    def posts_url(self) -> str:
        return f"/search/?question={self.question.pk}"


@dataclass(frozen=True)
class Tally:
    """How many questions stand, by their mark; `hidden`: those marked as none."""

    answered: int
    partly: int
    open: int
    hidden: int

    @property
    def total(self) -> int:
        return self.answered + self.partly + self.open


def section(issue: Issue) -> dict[str, Any]:
    """What the issue's page shows: the tally, the first questions, and what is asked when nothing is. Five queries."""
    family = family_of(issue)
    standing = of_family(family)
    return {"asked": lines(standing[:SHOWN]), "asked_tally": tally(family), "asked_shown": SHOWN}


def of_family(family: Sequence[int], *, which: str = "all") -> QuerySet[Question]:
    """Questions that stand by themselves, most posts first. One without posts stands where a person marked it."""
    rows = Question.objects.filter(issue__in=family, joined_into=None, hidden=which == "hidden")
    if which == "open":
        rows = rows.exclude(state=Question.State.ANSWERED)
    elif which == "answered":
        rows = rows.filter(state=Question.State.ANSWERED)
    rows = rows.filter(Q(posts__gt=0) | Q(decided_at__isnull=False))
    return rows.select_related("release", "suggested", "decided_by").order_by("-posts", "pk")


def lines(questions: Iterable[Question]) -> list[Line]:
    """With their words: one query for all."""
    rows = list(questions)
    words = wordings(question.pk for question in rows)
    return [Line(question, words.get(question.pk, GONE)) for question in rows]


def wordings(keys: Iterable[int]) -> dict[int, str]:
    """The words that stand for each of these questions."""
    return dict(Asked.objects.filter(question__in=list(keys), shown=True).values_list("question", "words"))


def tally(family: Sequence[int]) -> Tally:
    rows = Question.objects.filter(issue__in=family, joined_into=None)
    standing = Q(posts__gt=0) | Q(decided_at__isnull=False)
    counts = rows.filter(standing).values_list("hidden", "state").annotate(n=Count("pk"))
    found = {(hidden, state): count for hidden, state, count in counts}
    return Tally(
        answered=found.get((False, Question.State.ANSWERED.value), 0),
        partly=found.get((False, Question.State.PARTLY.value), 0),
        open=found.get((False, Question.State.OPEN.value), 0),
        hidden=sum(count for (hidden, _), count in found.items() if hidden),
    )


def posts_of(number: int) -> list[int]:
    """The posts a question counts, and no other: one for each voice and group of copies."""
    members = members_of(number)
    return list(Asked.objects.filter(question__in=members, counts=True).order_by("post").values_list("post", flat=True))


def members_of(number: int) -> list[int]:
    """The question and all that were joined into it."""
    question = Question.objects.select_related("issue").filter(pk=number).first()
    if question is None:
        return []
    rows = dict(Question.objects.filter(issue__in=family_of(question.issue)).values_list("pk", "joined_into"))
    return [key for key in rows if root_of(key, rows) == number] or [number]


@dataclass(frozen=True)
class Way:
    """One way of putting a question: the row that stands for it, its words, how many posts put it so, one of them."""

    asked: int
    words: str
    posts: int
    post: int
    why: str
    shown: bool


def ways(question: Question) -> list[Way]:
    """How a question was put, the words of most posts first."""
    rows = (
        Asked.objects.filter(question=question)
        .values("words")
        .annotate(
            first=Min("pk"),
            n=Count("pk"),
            post=Min("post"),
            reason=Max("why"),
            here=Max(Case(When(shown=True, then=1), default=0)),
        )
        .order_by("-n", "first")[:WAYS]
    )
    return [Way(r["first"], r["words"], r["n"], r["post"], r["reason"], bool(r["here"])) for r in rows]


def releases_for(family: Sequence[int]) -> QuerySet[Release]:
    """Releases that may answer: the newest first; sent back ones left out."""
    rows = Release.objects.filter(issue__in=family).exclude(state=Release.State.REFUSED)
    return rows.order_by("-published_at", "-pk")
