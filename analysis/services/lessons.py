"""What there is to learn from and to measure on: corrections, checked samples, everyday posts, the shipped yardstick.

An example is its post: text and shipped answer are read anew, so what was removed on a person's request or is past its
time is no example any more. A text belongs for ever to the part that is learnt from or to the part that is measured on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from analysis.adjusting import Lesson
from analysis.learnt import KLASS, SENTIMENT, Classes, Feelings, class_shares, shares_of
from analysis.models import Correction, Judgement, Reading, SampledPost
from analysis.services.standing import held_out
from analysis.text import Body
from crawlers.canonical import REMOVED
from crawlers.models import Post

EVERYDAY = 500  # newest relevant posts nobody corrected: they hold the learnt table where it has nothing to say
FELT = 400  # characters, as `analysis.reader.FELT_CHARACTERS`
YARDSTICK = Path(__file__).parents[1] / "weights" / "yardstick.tsv"
JUDGED = {Judgement.SENTIMENT.value: SENTIMENT, Judgement.KLASS.value: KLASS}


@dataclass(frozen=True)
class Example:
    """A text with what it is; `label` None: an everyday post. `sampled`: drawn at random, no choice of mistakes."""

    title: str
    text: str
    label: str | None
    held_out: bool = False
    sampled: bool = False

    def body(self) -> Body:
        return Body.of(self.title, self.text)


def examples(judgement: str) -> list[Example]:
    """What people said of posts that are still there, one a text, the latest word of each; oldest first."""
    told: dict[str, tuple[int, Post, str]] = {}
    rows = Correction.objects.filter(judgement=judgement, undone_at=None, post__isnull=False)
    for number, row in enumerate(rows.select_related("post").order_by("pk")):
        assert row.post is not None
        told[row.post.text_key] = (number, row.post, str(row.value))
    for sample in _right(judgement):
        assert sample.post is not None
        told.setdefault(sample.post.text_key, (-1, sample.post, str(sample.said[judgement])))
    drawn = set(_looked_at().values_list("post__text_key", flat=True))
    kept = sorted(told.values(), key=lambda one: (one[0], one[1].pk))
    return [
        Example(post.title, post.text, value, held_out(post.text_key), post.text_key in drawn)
        for _, post, value in kept
        if post.text != REMOVED
    ]


def _right(judgement: str) -> list[SampledPost]:
    """Samples a person found right: without them, only mistakes would be learnt."""
    found = []
    for row in _looked_at().select_related("post").order_by("pk"):
        wrong = set(row.wrong or ())
        if row.said["relevant"] and not wrong & {judgement, Judgement.RELEVANT.value}:
            found.append(row)
    return found


def _looked_at() -> QuerySet[SampledPost]:
    return SampledPost.objects.filter(wrong__isnull=False, post__isnull=False)


def everyday() -> list[Example]:
    """The newest posts of the district that nobody corrected."""
    rows = Reading.objects.filter(relevant=True, machine__isnull=True, post__copy_of=None).exclude(post__text=REMOVED)
    posts = rows.order_by("-post_id").values_list("post__title", "post__text")[:EVERYDAY]
    return [Example(title, text, None) for title, text in posts]


@lru_cache(maxsize=1)
def yardstick() -> tuple[tuple[Example, Example], ...]:
    """The shipped yardstick: each text as an example of feeling and of class (class of the pack it was written for).

    Written for this purpose, sentence by sentence, so that it may be shipped: it shows whether a candidate forgot what
    is plain, not how good it is on real posts. That is what the held-out corrections and the weekly sample are for.
    """
    found = []
    for line in YARDSTICK.read_text(encoding="utf-8").splitlines()[1:]:
        feeling, klass, text = line.split("\t")
        found.append((Example("", text, feeling), Example("", text, klass)))
    return tuple(found)


def shipped_feelings(engine: Feelings, some: Sequence[Example]) -> list[list[float]]:
    """The shipped shares of the feelings of texts, in the order of the labels."""
    return [shares_of(one) for one in engine.predict_batch([felt(example) for example in some])]


def shipped_classes(reader: Classes, some: Sequence[Example], labels: Sequence[str]) -> list[list[float]]:
    """The shipped shares of the classes of texts."""
    return [class_shares(reader.read(example.body()), labels) for example in some]


def felt(example: Example) -> str:
    """What an engine of feeling is given of a text."""
    return example.body().plain[:FELT]


def lessons(
    some: Sequence[Example], texts: Sequence[str], shares: Sequence[Any], labels: Sequence[str]
) -> list[Lesson]:
    """Examples as lessons; those of a label that is not there any more (another pack) are left out."""
    return [
        Lesson(text, share, 0 if one.label is None else labels.index(one.label), held=one.label is None)
        for one, text, share in zip(some, texts, shares, strict=True)
        if one.label is None or one.label in labels
    ]
