"""The class of a post by the pack's weighted words, and how sure that is.

A trained model answers the same `read`; the reader does not care which (seam: `ClassReading`).
"""

import math
from dataclasses import dataclass

from analysis.text import Body, Lexicon, longest, normal
from office.pack.taxonomy import MatterClass, Taxonomy

STRONG, PLAIN, AGAINST = 3.0, 1.0, -2.0
TITLE_FACTOR = 2.0  # a title names the matter
REPEAT_SHARE = 0.25  # the second mention of a word tells less
HEAD = 400  # of a long text the first part names the matter


@dataclass(frozen=True, slots=True)
class ClassReading:
    """The class, its probability (share of the scores, 0..1), whether it is a priority class, and the words."""

    name: str
    probability: float
    priority: bool
    unit: str
    co_units: tuple[str, ...]
    words: tuple[str, ...]


class ClassReader:
    """Scores every class of a taxonomy in one pass."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        weights: dict[str, list[tuple[int, float]]] = {}
        for number, klass in enumerate(taxonomy.classes):
            for words, weight in ((klass.strong, STRONG), (klass.words, PLAIN), (klass.against, AGAINST)):
                for word in words:
                    weights.setdefault(normal(word), []).append((number, weight))
        self._words = Lexicon(weights)

    def read(self, body: Body) -> ClassReading:
        """The class of a post; `other` of the taxonomy where nothing reaches its minimum."""
        scores: dict[int, float] = {}
        told: dict[int, list[str]] = {}
        seen: dict[str, int] = {}
        for hit in longest(self._words.find(body.plain[: body.title_end + HEAD])):
            times = seen.get(hit.word, 0)
            seen[hit.word] = times + 1
            factor = (TITLE_FACTOR if hit.start < body.title_end else 1.0) * (REPEAT_SHARE if times else 1.0)
            for number, weight in hit.value:
                scores[number] = scores.get(number, 0.0) + weight * factor
                if weight > 0:
                    told.setdefault(number, []).append(hit.word)
        best = min(scores, key=lambda n: (-scores[n], n), default=None)
        if best is None or scores[best] < self._taxonomy.minimum:
            return ClassReading(self._taxonomy.other, 0.5, False, "", (), ())
        klass: MatterClass = self._taxonomy.classes[best]
        # soft maximum with temperature 2: one strong word (3) alone gives 0.6, twice the runner-up about 0.9
        total = sum(math.exp(min(score, 40.0) / 2) for score in scores.values()) + math.exp(0.5)
        probability = math.exp(min(scores[best], 40.0) / 2) / total
        words = tuple(dict.fromkeys(told.get(best, [])))
        return ClassReading(klass.name, round(probability, 3), klass.priority, klass.unit, klass.co_units, words)
