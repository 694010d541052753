"""The feeling a writer expresses: negative, neutral or positive, with a calibrated probability. Pure: numpy only.

A linear model over hashed character n-grams (1 to 3, presence weighted by idf), trained by
`analysis/weights/train_sentiment.py` on six emotions of Weibo posts; angry, sad and afraid are negative, happy is
positive, surprise is left out of the three (rules.md 15). Two linear scores are added: one over 1- and 2-grams, which
carries over better to other subjects, and one over all, which is better at home. The weights are one array of bytes
that is mapped, not read, so that several processes share it. Figures: docs/measurements.md.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
EMOTIONS = ("neutral", "angry", "happy", "sad", "fear", "surprise")  # order of the columns of the weights
THREE = ((1, 3, 4), (0,), (2,))  # columns that make negative, neutral, positive

DEFAULT = Path(__file__).parent / "weights" / "sentiment.npy"
FORMAT = 2
KEY = 4  # bytes of a row that name the n-gram (hash of 32 bits, little end first)
COLUMNS = KEY + 1 + 2 * len(EMOTIONS)  # then its idf, six weights over 1- and 2-grams, six over 1- to 3-grams
BATCH = 512  # texts scored at once; bounds memory to a few megabytes
MAX_CHARACTERS = 2000  # of a text that are read: a feeling is told early, and one huge post must not fill the memory

_ADDRESS = re.compile(r"https?://\S+")
_FORWARDED = re.compile(r"//@[^:：]{1,30}[:：]")
_MENTION = re.compile(r"@\S{1,20}")
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"[\s\x00]+")  # NUL parts the texts of a batch
_SALTS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], dtype=np.uint64)


class WeightsError(Exception):
    """The file of weights is missing, cut or of another version; the sentence says what to do."""


@dataclass(frozen=True)
class Sentiment:
    """The likeliest feeling, and the probabilities of all three (they add up to 1)."""

    label: Label
    probability: Mapping[Label, float]

    @property
    def confidence(self) -> float:
        """The probability of the label."""
        return self.probability[self.label]


NOTHING_TOLD = Sentiment("neutral", MappingProxyType({"negative": 0.0, "neutral": 1.0, "positive": 0.0}))


def folded(text: str) -> str:
    """What the n-grams are taken from: width and case folded, addresses out, names and digits made alike."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower()
    text = _MENTION.sub("@", _FORWARDED.sub("//", _ADDRESS.sub("", text)))
    text = _SPACE.sub(" ", _DIGIT.sub("0", text)).strip()
    return f"^{text}$" if text else ""


def features(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The distinct n-grams of each text: (number of the text, hash of 32 bits, whether it is a 1- or 2-gram), sorted.

    Texts are given as `folded` returns them. The three arrays have one length.
    """
    joined = "\x00".join(texts) + "\x00"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    inside = codes != 0
    text_of = np.cumsum(~inside) - (~inside)
    found = []
    values = np.zeros(len(codes), dtype=np.uint64)
    whole = np.ones(len(codes), dtype=np.bool_)
    for size in range(1, 4):
        shift = size - 1
        last = len(codes) - shift
        whole = whole[:last] & inside[shift:]
        values = (values[:last] * np.uint64(0x100000001B3)) ^ codes[shift:]
        mixed = (values * _SALTS[shift]) & np.uint64(0xFFFFFFFFFFFFFFFF)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        # The lowest bit of a hash says how long the n-gram is.
        number = (mixed >> np.uint64(32) & ~np.uint64(1)).astype(np.int64) | (size == 3)
        found.append(((text_of[:last] << 32) | number)[whole])
    keys = np.concatenate(found)
    keys.sort()
    # np.unique hashes first and takes several times as long.
    keys = keys[np.concatenate((np.ones(min(1, len(keys)), dtype=np.bool_), keys[1:] != keys[:-1]))]
    number = keys & 0xFFFFFFFF
    return keys >> 32, number, (number & 1) == 0


def three_shares(scores: npt.NDArray[np.float32], sharpness: float) -> npt.NDArray[np.float64]:
    """Probabilities of the three from scores of the six; `sharpness` tempers what two added scores overstate."""
    raised = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    three = np.stack([raised[:, list(columns)].sum(axis=1) for columns in THREE], axis=1)
    tempered = (three / three.max(axis=1, keepdims=True)) ** sharpness
    return np.asarray(tempered / tempered.sum(axis=1, keepdims=True), dtype=np.float64)


class SentimentModel:
    """`SentimentModel.load()` once per process, then `predict_batch` for any number of texts."""

    def __init__(self, table: npt.NDArray[np.int8], card: Mapping[str, object]) -> None:
        self._table = table
        self._keys = np.ascontiguousarray(table[:, :KEY]).view("<u4").ravel().astype(np.int64)
        self._idf_step = float(str(card["idf_step"]))
        self._scales = np.asarray(card["scales"], dtype=np.float32)  # (2, 6)
        self._biases = np.asarray(card["biases"], dtype=np.float32)  # (2, 6)
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
        owner, number, short = features(texts)
        place = np.minimum(np.searchsorted(self._keys, number), len(self._keys) - 1)
        known = self._keys[place] == number
        owner, short = owner[known], short[known]
        rows = self._table[place[known], KEY:]
        idf = rows[:, 0].astype(np.float32) * np.float32(self._idf_step)
        begins = np.flatnonzero(np.diff(owner, prepend=-1))
        who = owner[begins]
        for half, weight in ((0, idf * short), (1, idf)):
            if not len(begins):
                break
            length = np.sqrt(np.add.reduceat(weight * weight, begins))
            steps = rows[:, 1 + 6 * half : 7 + 6 * half].astype(np.float32)
            part = steps * np.abs(steps) * weight[:, None]  # a step is a square root: fine near 0
            total = np.add.reduceat(part, begins, axis=0) * self._scales[half]
            scores[who] += total / np.maximum(length, np.float32(1e-6))[:, None]
        return np.asarray(scores + self._biases.sum(axis=0), dtype=np.float32)

    def shares(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Probabilities of negative, neutral, positive, shape (texts, 3), for texts as `folded` returns them."""
        return three_shares(self.logits(texts), self._sharpness)

    def predict_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        """One Sentiment per text, in order. A text without any character is neutral: nothing is expressed."""
        answers: list[Sentiment] = []
        for begin in range(0, len(texts), BATCH):
            part = [folded(text) for text in texts[begin : begin + BATCH]]
            for text, row in zip(part, self.shares(part).tolist(), strict=True):
                if not text:
                    answers.append(NOTHING_TOLD)
                    continue
                best = max(range(3), key=row.__getitem__)
                shares: dict[Label, float] = dict(zip(LABELS, row, strict=True))
                answers.append(Sentiment(LABELS[best], MappingProxyType(shares)))
        return answers
