"""How much a short post that names a place sounds like an emergency told: a linear model over 1- to 3-grams.

Trained by `analysis/weights/train_emergency.py` on texts made for it (tests/analysis/emergency_texts*.py), names of
places blotted out, so that it weighs how a thing is told and not where. It decides with the rules, not instead of them.
"""

import math
import re
from collections import Counter
from functools import lru_cache
from itertools import chain
from operator import add
from pathlib import Path

from analysis.places import Finding
from analysis.text import Body

WEIGHTS = Path(__file__).parent / "weights" / "emergency.tsv"
OURS, THEIRS = "囗", "外"  # what stands for a place of the district, and for any other
_RUN = re.compile(f"({OURS}|{THEIRS})\\1+")
_FIGURE = re.compile(r"\d+")


def blotted(body: Body, finding: Finding) -> str:
    """The text with every name of a place as one sign and every figure as 0, between ^ and $."""
    letters = list(body.plain)
    spans = [(h.start, h.end, OURS) for h in (*finding.hits, *finding.likely)]
    spans += [(o.start, o.end, OURS) for o in finding.refused] + [(o.start, o.end, THEIRS) for o in finding.others]
    for start, end, sign in spans:
        end = min(end, len(letters))
        letters[start:end] = sign * (end - start)
    return f"^{_FIGURE.sub('0', _RUN.sub(lambda m: m[1], ''.join(letters)))}$"


def grams(text: str) -> chain[str]:
    """Its 1-, 2- and 3-grams in their order, repeats kept."""
    pairs = list(map(add, text, text[1:]))
    return chain(text, pairs, map(add, pairs, text[2:]))


class TellingModel:
    """The weights in memory: gram -> (idf, weight)."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        """Reads `bias`, then gram, idf and weight a line. Raises OSError where the file is missing."""
        lines = path.read_text(encoding="utf-8").split("\n")
        self._bias = float(lines[0])
        self._weights: dict[str, tuple[float, float]] = {}
        for line in lines[1:]:
            if line:
                gram, idf, weight = line.split("\t")
                self._weights[gram] = (float(idf), float(weight))

    def probability(self, text: str) -> float:
        """0 to 1 for a blotted text; not a frequency, but comparable between posts."""
        dot = square = 0.0
        # Of a hundred grams of an ordinary post the model knows thirty; the others go before they are counted.
        for gram, count in Counter(filter(self._weights.__contains__, grams(text))).items():
            idf, weight = self._weights[gram]
            value = (1.0 + math.log(count)) * idf
            dot += value * weight
            square += value * value
        return 1.0 / (1.0 + math.exp(-(self._bias + (dot / math.sqrt(square) if square else 0.0))))


@lru_cache(maxsize=1)
def telling_model() -> TellingModel:
    """The model of this installation, read once."""
    return TellingModel()
