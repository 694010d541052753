"""The shipped engines with what was learnt from corrections on top. Pure; where nothing was learnt it costs nothing."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from analysis.adjusting import Adjustment
from analysis.sentiment import LABELS, NOTHING_TOLD, Label, Sentiment
from analysis.taxonomy import ClassReading
from analysis.text import Body
from office.pack.taxonomy import Taxonomy

SENTIMENT, KLASS = "sentiment", "klass"  # the judgements that learn
BY_LEARNING = "由人工更正学得"


class Feelings(Protocol):
    """A shipped engine of feeling."""

    @property
    def version(self) -> str: ...

    def predict_batch(self, texts: Sequence[str]) -> Sequence[Sentiment]: ...


class Classes(Protocol):
    """A shipped reader of classes."""

    def read(self, body: Body) -> ClassReading: ...


class LearntFeelings:
    """An engine of feeling, shifted by a learnt table. `mark` ends its version: which table it was."""

    def __init__(self, engine: Feelings, table: Adjustment, mark: str) -> None:
        self._engine = engine
        self._table = table
        self.version = f"{engine.version}{mark}"

    def predict_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        """One Sentiment per text, in order. Raises EngineError."""
        shipped = list(self._engine.predict_batch(texts))
        learnt = self._table.shares(texts, [shares_of(one) for one in shipped]).tolist()
        return [_feeling(text, row, one.emotion) for text, row, one in zip(texts, learnt, shipped, strict=True)]


def _feeling(text: str, row: list[float], emotion: Mapping[str, float]) -> Sentiment:
    if not text.strip():
        return NOTHING_TOLD
    best = max(range(len(LABELS)), key=row.__getitem__)
    shares: dict[Label, float] = dict(zip(LABELS, row, strict=True))
    return Sentiment(LABELS[best], MappingProxyType(shares), emotion)


def shares_of(feeling: Sentiment) -> list[float]:
    """The probabilities of a feeling in the order of `LABELS`."""
    return [float(feeling.probability[label]) for label in LABELS]


class LearntClasses:
    """A reader of classes, shifted by a learnt table."""

    def __init__(self, classes: Classes, table: Adjustment, taxonomy: Taxonomy) -> None:
        self._classes = classes
        self._table = table
        self._taxonomy = taxonomy

    def read(self, body: Body) -> ClassReading:
        """The class of a post, with the words of the shipped reader where it says the same."""
        shipped = self._classes.read(body)
        [row] = self._table.shares([body.plain], [class_shares(shipped, self._table.labels)]).tolist()
        best = max(range(len(row)), key=row.__getitem__)
        return as_reading(shipped, self._table.labels[best], round(row[best], 3), self._taxonomy)


def class_shares(reading: ClassReading, labels: Sequence[str]) -> list[float]:
    """What a reader said of one class as a share of each: the rest is spread evenly, for it says no more."""
    rest = (1.0 - reading.probability) / max(len(labels) - 1, 1)
    return [reading.probability if label == reading.name else rest for label in labels]


def as_reading(shipped: ClassReading, name: str, probability: float, taxonomy: Taxonomy) -> ClassReading:
    """The reading of a class by its name."""
    if name == shipped.name:
        words = shipped.words
        return ClassReading(name, probability, shipped.priority, shipped.unit, shipped.co_units, words)
    known = taxonomy.named(name)
    if known is None:
        return ClassReading(taxonomy.other, probability, False, "", (), ())
    return ClassReading(name, probability, known.priority, known.unit, known.co_units, (BY_LEARNING,))


def class_labels(taxonomy: Taxonomy) -> tuple[str, ...]:
    """All classes of a taxonomy, the one for the rest last."""
    return (*(one.name for one in taxonomy.classes), taxonomy.other)
