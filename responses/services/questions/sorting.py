"""What is one question, how it is put, what is none: a person's word over the machine's, taken back as easily."""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from analysis.similarity import plain
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.models import Asked, Question
from responses.services.questions.counting import family_of, recount
from responses.services.questions.marking import save, standing, tell


def choose_words(*, question: Question, asked: Asked, by: User, at: datetime, version: int | None = None) -> Question:
    """Put the question in the words of another of its posts; what nobody said is no wording. Raises Refused."""
    require(by, Act.MARK_QUESTION)
    with transaction.atomic():
        now = standing(question, by=by, at=at)
        if asked.question_id != now.pk:
            raise Refused("请从问这个问题的原话里选一句。")
        save(now, by=by, version=version, chosen=True)
        Asked.objects.filter(question=now, shown=True).update(shown=False)
        Asked.objects.filter(pk=asked.pk).update(shown=True)
        tell(now, kind="question.words", by=by, at=at, text="换用另一句原话")
    now.refresh_from_db()
    return now


def join_questions(
    *, question: Question, into: Question, by: User, at: datetime, version: int | None = None
) -> Question:
    """Two questions are one: `question` counts and is answered with `into` from now on. Raises Refused."""
    require(by, Act.MARK_QUESTION)
    with transaction.atomic():
        now = standing(question, by=by, at=at)
        other = standing(into, by=by, at=at)
        if now.pk == other.pk:
            raise Refused("不能并入自己。")
        if other.issue_id not in family_of(now.issue):
            raise Refused("只能并入本事项的另一个问题。")
        if other.hidden:
            raise Refused("要并入的那个标着“不是问题”，请先恢复它。")
        save(now, by=by, version=version, joined_into=other)
        recount([now.pk, other.pk])
        tell(now, kind="question.join", by=by, at=at, text="并入另一个问题", into=other.pk)
    other.refresh_from_db()
    return other


def part_question(*, question: Question, by: User, at: datetime, version: int | None = None) -> Question:
    """Take a joining back: the question stands by itself again, marked as it was. Raises Refused."""
    require(by, Act.MARK_QUESTION)
    with transaction.atomic():
        now = Question.objects.select_related("joined_into").get(pk=question.pk)
        other = now.joined_into
        if other is None:
            raise Refused("这个问题没有并入别的问题。")
        standing(other, by=by, at=at)
        save(now, by=by, version=version, joined_into=None)
        recount([now.pk, other.pk])
        tell(now, kind="question.part", by=by, at=at, text="拆开，单独算", **{"from": other.pk})
    now.refresh_from_db()
    return now


def split_question(*, question: Question, asked: Asked, by: User, at: datetime, version: int | None = None) -> Question:
    """Those who ask in the words of `asked` ask something else: they stand under a question of their own, unmarked.

    Later posts in these words come to it. Taken back by joining it. Returns the new question. Raises Refused.
    """
    require(by, Act.MARK_QUESTION)
    with transaction.atomic():
        now = standing(question, by=by, at=at)
        if asked.question_id != now.pk:
            raise Refused("请从问这个问题的原话里选一句。")
        # By their letters, as later posts are sorted: with and without a question mark it is the same ask.
        rows = list(Asked.objects.filter(question=now).values_list("pk", "words"))
        alike = [pk for pk, words in rows if plain(words) == plain(asked.words)]
        if len(alike) == len(rows):
            raise Refused("这个问题只有这一种问法，不用分开。")
        save(now, by=by, version=version)
        same = Asked.objects.filter(pk__in=alike)
        first = same.aggregate(at=Min("post__seen_at"))["at"]
        made = Question.objects.create(issue=now.issue, opened_at=first, split_from=now)
        Asked.objects.filter(pk__in=alike).update(question=made, shown=False, why="")
        recount([now.pk, made.pk])
        tell(now, kind="question.split", by=by, at=at, text="一种问法问的是别的，分出去单独算", to=made.pk)
    made.refresh_from_db()
    return made


def hide_question(*, question: Question, by: User, at: datetime, version: int | None = None) -> Question:
    """不是问题: it leaves the list; posts that say the same go on joining it out of sight. Raises Refused."""
    return _hide(question, True, by=by, at=at, version=version)


def show_question(*, question: Question, by: User, at: datetime, version: int | None = None) -> Question:
    """It is a question after all. Raises Refused."""
    return _hide(question, False, by=by, at=at, version=version)


def _hide(question: Question, hidden: bool, *, by: User, at: datetime, version: int | None) -> Question:
    require(by, Act.MARK_QUESTION)
    with transaction.atomic():
        now = standing(question, by=by, at=at)
        if now.hidden == hidden:
            raise Refused("已经标为“不是问题”了。" if hidden else "这个问题没有被隐去。")
        save(now, by=by, version=version, hidden=hidden)
        kind, told = ("question.hide", "标为不是问题") if hidden else ("question.show", "恢复为问题")
        tell(now, kind=kind, by=by, at=at, text=told)
    now.refresh_from_db()
    return now
