"""What a question's row counts: its posts, one vote a voice and group of copies, and the words that stand for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from analysis.models import Topic
from analysis.questions import About, best_wording
from responses.models import Asked, AskedUntil, Issue, Question

WORDED = 60  # posts after which a question keeps its words, and ways of putting it among which they are looked for


def family_of(issue: Issue) -> list[int]:
    """The issue whose page shows the questions, and those merged into it: one set of questions."""
    root = issue.merged_into_id if issue.state == Issue.State.MERGED and issue.merged_into_id else issue.pk
    merged = Issue.objects.filter(merged_into=root, state=Issue.State.MERGED).values_list("pk", flat=True)
    return [root, *merged.order_by("pk")]


def about_of(title: str, topic: Topic | None) -> About:
    """What every ask of the matter speaks of: its title and the places it is told of."""
    places = [*topic.places, *topic.streets] if topic is not None else []
    return About.of(title, [str(p["name"] if isinstance(p, dict) else p) for p in places])


def root_of(question: int, joined: Mapping[int, int | None]) -> int:
    """The question that others were joined into; `joined`: question -> what it was joined into."""
    while (into := joined.get(question)) is not None:
        question = into
    return question


def untie(issue: Issue) -> None:
    """An issue leaves those it was merged with: no question of it counts with one of theirs any more, and the sweep
    looks at both again, since posts of the one may stand under questions of the other."""
    others = Issue.objects.filter(pk__in=family_of(issue)).exclude(pk=issue.pk)
    apart = Question.objects.filter(issue=issue, joined_into__issue__in=others)
    apart |= Question.objects.filter(issue__in=others, joined_into__issue=issue)
    keys = list(apart.values_list("pk", flat=True))
    Question.objects.filter(pk__in=keys).update(joined_into=None)
    AskedUntil.objects.filter(issue__in=[issue.pk, *others.values_list("pk", flat=True)]).delete()
    recount(keys)


def recount(questions: Iterable[int]) -> None:
    """Posts and wording of these questions and of those they are joined into. Its queries do not grow with them."""
    keys = set(questions)
    if not keys:
        return
    issues = Issue.objects.filter(questions__in=keys).distinct()
    families = {key for issue in issues for key in family_of(issue)}
    rows = {question.pk: question for question in Question.objects.filter(issue__in=families)}
    joined = {key: question.joined_into_id for key, question in rows.items()}
    roots = {root_of(key, joined) for key in keys & rows.keys()}
    members = {key: root for key in rows if (root := root_of(key, joined)) in roots}
    _count({root: rows[root] for root in roots}, members)
    _word([rows[key] for key in sorted(keys & rows.keys())])


def _count(roots: Mapping[int, Question], members: Mapping[int, int]) -> None:
    """One vote a voice and group of copies, the earliest post for each; a post counts once for all that are joined.

    `members`: question -> the one it counts with.
    """
    told = (
        "pk",
        "counts",
        "question_id",
        "post_id",
        "post__platform",
        "post__handle",
        "post__copy_of",
        "post__seen_at",
    )
    asked = Asked.objects.filter(question__in=members).order_by("post_id", "question_id").values_list(*told)
    taken: defaultdict[int, set[str]] = defaultdict(set)
    moments: defaultdict[int, list[datetime]] = defaultdict(list)
    wrong: dict[bool, list[int]] = {True: [], False: []}
    for key, counted, question, post, platform, handle, copy_of, seen_at in asked:
        root = members[question]
        names = {f"c{copy_of or post}", *([f"v{platform} {handle}"] if handle else [])}
        counts = taken[root].isdisjoint(names)
        if counts:
            taken[root] |= names
            moments[root].append(seen_at)
        if counts != counted:
            wrong[counts].append(key)
    for counts, asked_rows in wrong.items():
        if asked_rows:
            Asked.objects.filter(pk__in=asked_rows).update(counts=counts)
    for root, question_row in roots.items():
        decided = question_row.decided_at
        question_row.posts = len(moments[root])
        question_row.since = sum(decided is not None and moment > decided for moment in moments[root])
    Question.objects.bulk_update(roots.values(), ["posts", "since"])


def _word(questions: Sequence[Question]) -> None:
    """The best wording of each; words that a person chose, or decided on, stay while they are there."""
    shown = Asked.objects.filter(question__in=questions, shown=True).values_list("question_id", "post_id")
    standing: dict[int, int] = dict(shown)
    open_ones = [
        row
        for row in questions
        if row.pk not in standing or not (row.chosen or row.decided_at is not None or row.posts > WORDED)
    ]
    ways: defaultdict[int, dict[int, str]] = defaultdict(dict)  # question -> post -> its words, each words once
    said: defaultdict[int, set[str]] = defaultdict(set)
    asked = Asked.objects.filter(question__in=open_ones).order_by("post_id")
    for question, post, words in asked.values_list("question_id", "post_id", "words"):
        if words not in said[question] and len(ways[question]) < WORDED:
            said[question].add(words)
            ways[question][post] = words
    issues = Issue.objects.filter(pk__in={q.issue_id for q in open_ones}).select_related("matter", "topic")
    abouts = {issue.pk: about_of(issue.matter.title, issue.topic) for issue in issues}
    wanted: dict[int, int] = {}
    for row in open_ones:
        if ways[row.pk]:
            best = best_wording(ways[row.pk], abouts[row.issue_id])
            if standing.get(row.pk) != best:
                wanted[row.pk] = best
    lost = [row.pk for row in questions if row.chosen and row.pk not in standing]
    if lost:
        Question.objects.filter(pk__in=lost).update(chosen=False)
    Asked.objects.filter(question__in=wanted, shown=True).update(shown=False)
    for question, post in wanted.items():
        Asked.objects.filter(question=question, post=post).update(shown=True)
