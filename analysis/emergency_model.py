"""How much a stretch of text sounds like an emergency told, which kind, and whether somebody came to harm by it.

Linear models over characters, pairs and triples of characters, trained by `analysis/weights/train_emergency.py`. Names
of places are blotted out, so that it is weighed how a thing is told and not where. One pass over a post gives the
answer for any stretch of it: a letter of complaint is heard window by window.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from analysis.places import Finding
from analysis.text import Body

WEIGHTS = Path(__file__).parent / "weights" / "emergency.npz"
FORMAT = 1
OURS, THEIRS = "囗", "外"  # what stands for a place of the district, and for any other
ELSEWHERE = "指别处"  # how a refused name is told that another place bears too
# Left in a text by a page that was copied whole: it says nothing, and drowned the words around it.
_MARKUP = re.compile(r"<script\b[^<>]{0,100}>[^<>]{0,1000}</script>|<[a-z/!][^<>]{0,1000}>", re.IGNORECASE)
SIZES = (1, 2, 3)  # characters of a gram
_SLOTS = 1 << 17
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - 17)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


class TellingWeightsError(Exception):
    """The weights are missing, cut or of another version; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Blotted:
    """A text as the model reads it: `codes` of its characters between ^ and $; `at`: how many of these stand before
    each character of the normal form (and before its end)."""

    codes: npt.NDArray[np.uint32]
    at: Ints

    @property
    def text(self) -> str:
        """For people and for training."""
        return self.codes.astype("<u4").tobytes().decode("utf-32-le")

    def bounds(self, start: int, end: int) -> tuple[int, int]:
        """Where the stretch [start, end) of the normal form lies among the codes; an edge it reaches belongs to it."""
        left = int(self.at[start]) if start else 0
        return left, int(self.at[end]) if end + 1 < len(self.at) else len(self.codes)


def blotted(body: Body, finding: Finding) -> Blotted:
    """The text with every name of a place as one sign and every number as 0."""
    ours, theirs = sides(finding)
    # where only other places are named, nothing has to be told apart: it is told as if it were here
    sign = THEIRS if ours else OURS
    return blot(
        body.plain,
        [(*span, OURS) for span in ours] + [(*span, sign) for span in theirs],
        unheard=[found.span() for found in _MARKUP.finditer(body.plain)] if "<" in body.letters else (),
    )


def sides(finding: Finding) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The names that may be the district's, and those of other places."""
    ours = [(h.start, h.end) for h in (*finding.hits, *finding.likely)]
    ours += [(r.start, r.end) for r in finding.refused if ELSEWHERE not in r.rule]
    theirs = [(o.start, o.end) for o in finding.others]
    return ours, theirs + [(r.start, r.end) for r in finding.refused if ELSEWHERE in r.rule]


def blot(
    plain: str, spans: list[tuple[int, int, str]] | tuple[()] = (), unheard: Sequence[tuple[int, int]] = ()
) -> Blotted:
    """The same with the places given as (start, end, sign); later ones cover earlier ones. `unheard` is left out."""
    codes = np.frombuffer(f"^{plain}$".encode("utf-32-le", "surrogatepass"), dtype="<u4").copy()
    keep = np.ones(len(codes), dtype=np.bool_)
    digit = (codes >= 48) & (codes <= 57)
    codes[digit] = 48
    keep[1:] = ~(digit[1:] & digit[:-1])
    for start, end, sign in spans:
        codes[start + 1 : end + 1] = ord(sign)
        keep[start + 1 : end + 1] = False
        keep[start + 1] = codes[start] != ord(sign)
    for start, end in unheard:
        keep[start + 1 : end + 1] = False
    return Blotted(codes[keep], np.cumsum(keep[:-1], dtype=np.int64))


def grams(codes: npt.NDArray[np.uint32]) -> list[Keys]:
    """The key of each gram of one, two and three characters, by the place where it begins; exact, nothing is hashed."""
    wide = codes.astype(np.uint64)
    found = [wide]
    for size in SIZES[1:]:
        if len(wide) < size:
            found.append(wide[:0])
            continue
        before = found[-1][: len(wide) - size + 1]
        found.append(before | (wide[size - 1 :] << np.uint64(21 * (size - 1))))
    return found


Stretches = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Telling:
    """One post as heard. `logits`: one for each of the stretches it was heard by (0 = as likely as not)."""

    model: "TellingModel"
    text: Blotted
    stretches: Stretches
    logits: Floats

    def heads(self, start: int, end: int) -> dict[str, float]:
        """Logit of each further head (`harm`, and one for each kind) over a stretch."""
        left, right = self.text.bounds(start, end)
        return self.model.heads(grams(self.text.codes[left:right]))


class TellingModel:
    """The weights in memory."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        """Reads the file `train_emergency.py` writes. Raises TellingWeightsError."""
        remedy = "restore it from the repository, or run analysis/weights/train_emergency.py"
        try:
            with np.load(path, allow_pickle=False) as file:
                parts = {name: file[name] for name in file.files}
            card = json.loads(str(parts["card"]))
            if card["format"] != FORMAT:
                raise TellingWeightsError(
                    f"{path} has format {card['format']!r}, this program reads {FORMAT}: {remedy}"
                )
            keys, idf = parts["keys"].astype(np.uint64), parts["idf"].astype(np.float64)
            weights = parts["weights"].astype(np.float64)
            self._heads = parts["heads"].astype(np.float64) * np.asarray(card["head_steps"])
            if not len(keys) == len(idf) == len(weights) or self._heads.shape[1] != len(card["heads"]):
                raise TellingWeightsError(f"{path} is cut: {remedy}")
        except FileNotFoundError as error:
            raise TellingWeightsError(f"{path} is missing: {remedy}") from error
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise TellingWeightsError(f"{path} cannot be read ({error}): {remedy}") from error
        self.bias: float = card["bias"]
        self.head_names: tuple[str, ...] = tuple(card["heads"])
        self._head_biases = np.asarray(card["head_biases"], dtype=np.float64)
        self.rules: dict[str, float] = card["rules"]
        self.telling = np.stack((idf * weights, idf * idf))
        self._idf = idf
        self._of_head = np.full(len(keys), -1, dtype=np.int64)
        self._of_head[parts["head_rows"]] = np.arange(len(self._heads))
        self._place(keys)

    def _place(self, keys: Keys) -> None:
        # each key lies in one of two tables, at the place its hash says; what finds both full is forgotten (few)
        slot, mark = _hashed(keys)
        left = np.argsort(-np.abs(self.telling[0]), kind="stable")
        self._tables = []
        for _ in range(2):
            marks, rows = np.zeros(_SLOTS, dtype=np.uint32), np.zeros(_SLOTS, dtype=np.int64)
            first = np.unique(slot[left], return_index=True)[1]
            marks[slot[left[first]]] = mark[left[first]]
            rows[slot[left[first]]] = left[first]
            left = np.delete(left, first)
            self._tables.append((marks, rows))

    def known(self, keys: Keys) -> tuple[Ints, Ints]:
        """Of the grams those that are known: (number of the gram, its row)."""
        slot, mark = _hashed(keys)
        found = [(at := np.flatnonzero(marks[slot] == mark), rows[slot[at]]) for marks, rows in self._tables]
        return np.concatenate([at for at, _ in found]), np.concatenate([row for _, row in found])

    def heads(self, found: Sequence[Keys]) -> dict[str, float]:
        """Logits of the further heads for the grams of a stretch."""
        rows = self.known(np.concatenate(found))[1]
        rows = rows[self._of_head[rows] >= 0]
        idf = self._idf[rows]
        logits = self._head_biases + (idf @ self._heads[self._of_head[rows]]) / max(float(np.sqrt(idf @ idf)), 1e-9)
        return dict(zip(self.head_names, logits.tolist(), strict=True))

    def hear(self, texts: Sequence[Blotted], stretches: Sequence[Stretches]) -> list[Telling]:
        """How each stretch [start, end) of each post sounds, in one pass over all of them."""
        if not texts:
            return []
        codes = np.concatenate([text.codes for text in texts])
        begins = np.cumsum([0] + [len(text.codes) for text in texts])
        spans = [text.bounds(*stretch) for text, parts in zip(texts, stretches, strict=True) for stretch in parts]
        counts = [len(parts) for parts in stretches]
        lefts, rights = (np.array(spans, dtype=np.int64).reshape(-1, 2) + np.repeat(begins[:-1], counts)[:, None]).T
        total = np.zeros((2, len(spans)))
        for size, keys in zip(SIZES, grams(codes), strict=True):
            at, rows = self.known(keys)
            sums = np.zeros((2, len(keys) + 1))
            sums[:, at + 1] = self.telling[:, rows]
            np.cumsum(sums, axis=1, out=sums)
            # a text may end before its last grams do: those belong to no stretch
            ends = np.minimum(np.maximum(rights - size + 1, lefts), len(keys))
            total += sums[:, ends] - sums[:, np.minimum(lefts, len(keys))]
        logits = self.bias + total[0] / np.sqrt(np.maximum(total[1], 1e-9))
        parts_of = np.split(logits, np.cumsum(counts)[:-1])
        return [Telling(self, *parts) for parts in zip(texts, stretches, parts_of, strict=True)]


def _hashed(keys: Keys) -> tuple[Ints, npt.NDArray[np.uint32]]:
    # where a key lies and the mark it is known by there: 49 bits of a mixing that loses nothing
    mixed = keys * _MIX
    return (mixed >> _SHIFT).astype(np.int64), (mixed >> np.uint64(15)).astype(np.uint32)


@lru_cache(maxsize=1)
def telling_model() -> TellingModel:
    """The model of this installation, read once."""
    return TellingModel()
