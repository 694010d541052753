"""The feeling a writer expresses: six emotions, and from them negative, neutral or positive. Pure: numpy and rjieba.

A linear model over hashed character n-grams (1 to 3) and words (1 and 2 in a row), presence weighted by idf, trained by
`analysis/weights/train_sentiment.py` on six emotions of Weibo posts; angry, sad and afraid are negative, happy is
positive, surprise is left out of the three (rules.md 15). Three scores are added: one over all n-grams, one over all
words, and one over short n-grams and words that weighs each by how unevenly it stands in the emotions. The weights are
one array of bytes that is mapped, not read, so that several processes share it. Figures: docs/measurements.md.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from analysis.cutting import cut
from analysis.similarity import term

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
EMOTIONS = ("neutral", "angry", "happy", "sad", "fear", "surprise")  # order of the columns of the weights
THREE = ((1, 3, 4), (0,), (2,))  # columns that make negative, neutral, positive

DEFAULT = Path(__file__).parent / "weights" / "sentiment.npy"
FORMAT = 3
KEY = 4  # bytes of a row that name the feature (hash of 32 bits, little end first; its lowest two say what it is)
SHORT, LONG, WORD = 0, 1, 2  # an n-gram of one or two characters, one of three, a word or two in a row
COLUMNS = KEY + 2 + 2 * len(EMOTIONS)  # then idf, unevenness, six weights of the first two scores, six of the third
BATCH = 512  # texts scored at once; bounds memory to a few megabytes
MAX_CHARACTERS = 2000  # of a text that are read: a feeling is told early, and one huge post must not fill the memory

_BUCKET = 14  # bits of a key that are searched step by step: two or three keys share the others
_ADDRESS = re.compile(r"https?://\S+")
_FORWARDED = re.compile(r"//@[^:：]{1,30}[:：]")
_MENTION = re.compile(r"@\S{1,20}")
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"[\s\x00\ud800-\udfff]+")  # NUL parts the texts of a batch; half a character is none
_SALTS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], dtype=np.uint64)


class WeightsError(Exception):
    """The file of weights is missing, cut or of another version; the sentence says what to do."""


@dataclass(frozen=True)
class Sentiment:
    """The likeliest feeling, and the probabilities of all three (they add up to 1).

    `emotion`: probabilities of the six of `EMOTIONS`, the reason of the feeling; empty where the engine tells none.
    """

    label: Label
    probability: Mapping[Label, float]
    emotion: Mapping[str, float] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """The probability of the label."""
        return self.probability[self.label]


NOTHING_TOLD = Sentiment(
    "neutral",
    MappingProxyType({"negative": 0.0, "neutral": 1.0, "positive": 0.0}),
    MappingProxyType({name: float(name == "neutral") for name in EMOTIONS}),
)


def folded(text: str) -> str:
    """What the n-grams are taken from: width and case folded, addresses out, names and digits made alike."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower()
    text = _MENTION.sub("@", _FORWARDED.sub("//", _ADDRESS.sub("", text)))
    text = _SPACE.sub(" ", _DIGIT.sub("0", text)).strip()
    return f"^{text}$" if text else ""


def features(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct n-grams and words of each text: (number of the text, hash of 32 bits), sorted, of one length.

    Texts are given as `folded` returns them.
    """
    return _distinct([*_grams(_characters(texts), 3, _of_grams), *_grams(_words(texts), 2, _of_words)])


def character_features(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """As `features`, the n-grams of characters alone."""
    return _distinct(_grams(_characters(texts), 3, _of_grams))


def _distinct(found: Sequence[npt.NDArray[np.int64]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    keys = np.concatenate(found)
    keys.sort()
    # np.unique hashes first and takes several times as long.
    keys = keys[np.concatenate((np.ones(min(1, len(keys)), dtype=np.bool_), keys[1:] != keys[:-1]))]
    return keys >> 32, keys & 0xFFFFFFFF


def _characters(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    joined = "\x00".join(texts) + "\x00"
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def _of_grams(size: int) -> int:
    return LONG if size == 3 else SHORT


def _of_words(_size: int) -> int:
    return WORD


def _words(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    found: list[int] = []
    for text in texts:
        found.extend(map(term, cut(text.strip("^$"))))
        found.append(0)
    return np.array(found, dtype=np.uint64)


def _grams(codes: npt.NDArray[np.uint64], longest: int, of: Callable[[int], int]) -> list[npt.NDArray[np.int64]]:
    """Keys of the runs of 1 to `longest` codes; a code 0 ends a text. The text's number stands in the high half."""
    inside = codes != 0
    text_of = np.cumsum(~inside) - (~inside)
    found = []
    values = np.zeros(len(codes), dtype=np.uint64)
    whole = np.ones(len(codes), dtype=np.bool_)
    for size in range(1, longest + 1):
        shift = size - 1
        last = len(codes) - shift
        whole = whole[:last] & inside[shift:]
        values = (values[:last] * np.uint64(0x100000001B3)) ^ codes[shift:]
        mixed = (values * _SALTS[shift]) & np.uint64(0xFFFFFFFFFFFFFFFF)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        number = (mixed >> np.uint64(32) & ~np.uint64(3)).astype(np.int64) | of(size)
        found.append(((text_of[:last] << 32) | number)[whole])
    return found


def six_shares(scores: npt.NDArray[np.float32], sharpness: float) -> npt.NDArray[np.float64]:
    """Probabilities of the six emotions from their scores; `sharpness` tempers what added scores overstate."""
    raised = np.exp(sharpness * (scores.astype(np.float64) - scores.max(axis=1, keepdims=True)))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def three_shares(six: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Probabilities of negative, neutral, positive from those of the six, surprise left out."""
    three = np.stack([six[:, list(columns)].sum(axis=1) for columns in THREE], axis=1)
    return np.asarray(three / np.maximum(three.sum(axis=1, keepdims=True), 1e-12), dtype=np.float64)


class SentimentModel:
    """`SentimentModel.load()` once per process, then `predict_batch` for any number of texts."""

    def __init__(self, table: npt.NDArray[np.int8], card: Mapping[str, object]) -> None:
        self._table = table
        self._keys = np.ascontiguousarray(table[:, :KEY]).view("<u4").ravel().astype(np.int64)
        bounds = np.arange((1 << (32 - _BUCKET)) + 1, dtype=np.int64) << _BUCKET
        self._first = np.searchsorted(self._keys, bounds).astype(np.int32)  # of the keys with the same leading bits
        self._widest = int(np.diff(self._first).max())
        self._steps = np.asarray(card["steps"], dtype=np.float32)  # of idf and of unevenness
        self._scales = np.asarray(card["scales"], dtype=np.float32)  # (2, 6)
        self._biases = np.asarray(card["biases"], dtype=np.float32)  # (6,)
        self._sharpness = float(str(card["sharpness"]))
        self.version = str(card["version"])

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Self:
        """Maps the weights and reads the card beside them (`.json`). Raises WeightsError."""
        card_path = path.with_suffix(".json")
        remedy = "restore both files from the repository, or run analysis/weights/train_sentiment.py"
        for wanted in (path, card_path):
            if not wanted.exists():
                raise WeightsError(f"{wanted} is missing: {remedy}")
        try:
            card = json.loads(card_path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise WeightsError(f"{card_path} cannot be read ({error}): {remedy}") from error
        if not isinstance(card, dict) or card.get("format") != FORMAT:
            told = card.get("format") if isinstance(card, dict) else card
            raise WeightsError(f"{card_path} has format {told!r}, this program reads {FORMAT}: {remedy}")
        if path.stat().st_size != card.get("bytes"):
            raise WeightsError(f"{path} has {path.stat().st_size} bytes, expected {card.get('bytes')}: {remedy}")
        try:
            table = np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, OSError) as error:
            raise WeightsError(f"{path} cannot be read ({error}): {remedy}") from error
        if table.ndim != 2 or not len(table) or table.shape[1] != COLUMNS or table.dtype != np.int8:
            raise WeightsError(f"{path} holds {table.dtype}{table.shape}, not int8(…, {COLUMNS}): {remedy}")
        try:
            return cls(table, card)
        except (KeyError, ValueError, TypeError) as error:
            raise WeightsError(f"{card_path} lacks a value ({error}): {remedy}") from error

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Scores of the six emotions, shape (texts, 6), order `EMOTIONS`."""
        scores = np.zeros((len(texts), len(EMOTIONS)), dtype=np.float32)
        if not texts:
            return scores
        owner, number = features(texts)
        place = self._places(number)
        known = self._keys[place] == number
        owner, sort = owner[known], number[known] & 3
        if not len(owner):
            return np.asarray(scores + self._biases, dtype=np.float32)
        rows = self._table[place[known], KEY:]
        begins = np.flatnonzero(np.diff(owner, prepend=-1))
        weigh = rows[:, :2].astype(np.float32) * self._steps
        of_block, of_third = (self._raised(rows[:, 2 + 6 * half : 8 + 6 * half], half) for half in (0, 1))
        for weight, values in (
            (weigh[:, 0] * (sort != WORD), of_block),
            (weigh[:, 0] * (sort == WORD), of_block),
            (weigh[:, 1], of_third),  # 0 for a 3-gram
        ):
            length = np.sqrt(np.add.reduceat(weight * weight, begins))
            total = np.add.reduceat(values * weight[:, None], begins, axis=0)
            scores[owner[begins]] += total / np.maximum(length, np.float32(1e-6))[:, None]
        return np.asarray(scores + self._biases, dtype=np.float32)

    def _places(self, number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        # Where each number stands, or a key that differs. Several times as fast as searching all keys by halves.
        last = len(self._keys) - 1
        place = np.minimum(self._first[number >> _BUCKET], last)
        for _ in range(self._widest):
            behind = self._keys[place] < number
            if not behind.any():
                break
            place = np.minimum(place + behind, last)
        return np.asarray(place, dtype=np.int64)

    def _raised(self, rows: npt.NDArray[np.int8], half: int) -> npt.NDArray[np.float32]:
        steps = rows.astype(np.float32)
        return np.asarray(steps * np.abs(steps) * self._scales[half], dtype=np.float32)  # a step is a square root

    def shares(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Probabilities of the three and of the six, (texts, 3) and (texts, 6), for texts as `folded` returns."""
        six = six_shares(self.logits(texts), self._sharpness)
        return three_shares(six), six

    def predict_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        """One Sentiment per text, in order. A text without any character is neutral: nothing is expressed."""
        answers: list[Sentiment] = []
        for begin in range(0, len(texts), BATCH):
            part = [folded(text) for text in texts[begin : begin + BATCH]]
            threes, sixes = self.shares(part)
            for text, row, six in zip(part, threes.tolist(), sixes.tolist(), strict=True):
                if not text:
                    answers.append(NOTHING_TOLD)
                    continue
                best = max(range(3), key=row.__getitem__)
                shares: dict[Label, float] = dict(zip(LABELS, row, strict=True))
                emotion = MappingProxyType(dict(zip(EMOTIONS, six, strict=True)))
                answers.append(Sentiment(LABELS[best], MappingProxyType(shares), emotion))
        return answers
