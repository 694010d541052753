"""What corrections by people teach: a small table that shifts the probabilities of a shipped model. Pure: numpy only.

For a text with the shipped probabilities p the learnt ones are softmax(log p + x·W). x is the text's distinct n-grams
(1 to 3 characters, those of `analysis.sentiment`), hashed with signs into `WIDTH` places and scaled to length 1; W
begins at zero and is held near it, so that the shipped weights are the prior and a text that shares nothing with any
correction is read as before. Corrections are mistakes, no fair sample of posts: W has no constant part, and everyday
posts with the shipped answer as their target are learnt beside them (`Lesson.held`), which keeps W from moving what
nobody objected to. Same lessons, same bytes. How strong the pulls are was measured: docs/measurements.md.
"""

import hashlib
import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from analysis.sentiment import character_features, folded

FORMAT = 1
WIDTH = 4096  # places; of 600 n-grams of a long post one in seven shares its place with another one of it
LONGEST = 400  # characters of a text that are looked at, as `analysis.reader.FELT_CHARACTERS`
PULL = 0.5  # strength that holds W near zero, in lessons
HELD = 3.0  # all everyday posts together weigh this many times what the corrections weigh
MOST = 3000  # lessons; more would need more memory (16 KB each) than the reading process has to spare
STEPS = 200
SMALL = 1e-4  # of a probability: a shipped model that is quite sure can still be corrected

Floats = npt.NDArray[np.float64]


class LearntError(Exception):
    """The learnt table is cut, altered or of another version; the sentence (Chinese) says what to do."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text, what the shipped model says of it (a share a label) and what it is (number of the label).

    `held`: an everyday post nobody looked at; its `label` counts nothing, its target is `shares` itself.
    """

    text: str
    shares: Sequence[float]
    label: int
    held: bool = False


def spread(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """The texts as rows of `WIDTH` places, each of length 1 (a text without a character: all zero)."""
    owner, number = character_features([folded(text[:LONGEST]) for text in texts])
    mixed = (number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    place = (mixed % np.uint64(WIDTH)).astype(np.int64)
    sign = np.where((mixed >> np.uint64(20)) & np.uint64(1), 1.0, -1.0)
    flat = np.bincount(owner * WIDTH + place, sign, minlength=len(texts) * WIDTH)
    rows = flat.reshape(len(texts), WIDTH)
    length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(length, 1e-9), dtype=np.float32)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def _logs(shares: Sequence[Sequence[float]]) -> Floats:
    return np.asarray(np.log(np.maximum(np.asarray(shares, dtype=np.float64), SMALL)), dtype=np.float64)


@dataclass(frozen=True)
class Adjustment:
    """A learnt table for the labels of one judgement, made for one version of the shipped model (`base`)."""

    judgement: str
    base: str
    labels: tuple[str, ...]
    weights: npt.NDArray[np.float16]  # (WIDTH, labels)

    @classmethod
    def learn(cls, lessons: Sequence[Lesson], *, judgement: str, base: str, labels: Sequence[str]) -> Self:
        """Learn from lessons; of too many the last `MOST` count. Without a corrected one: a table of zeros."""
        lessons = lessons[-MOST:]
        weights = np.zeros((WIDTH, len(labels)))
        corrected = sum(not lesson.held for lesson in lessons)
        if corrected:
            weights = _fitted(lessons, len(labels), corrected)
        return cls(judgement, base, tuple(labels), weights.astype(np.float16))

    def shares(self, texts: Sequence[str], shipped: Sequence[Sequence[float]]) -> Floats:
        """Learnt probabilities, shape (texts, labels), from the shipped ones."""
        if not texts:
            return np.zeros((0, len(self.labels)))
        shifted = spread(texts) @ self.weights.astype(np.float32)
        return _softmax(_logs(shipped) + shifted)


def _fitted(lessons: Sequence[Lesson], labels: int, corrected: int) -> Floats:
    x = spread([lesson.text for lesson in lessons])
    before = _logs([lesson.shares for lesson in lessons])
    target = _softmax(before)
    weight = np.full(len(lessons), HELD * corrected / max(len(lessons) - corrected, 1))
    for row, lesson in enumerate(lessons):
        if not lesson.held:
            target[row] = np.eye(labels)[lesson.label]
            weight[row] = 1.0
    # Accelerated descent with the step that the curvature allows; a fixed number of steps, so same lessons, same table.
    step = 1.0 / (0.5 * _steepest(x, weight) + PULL)
    weights = ahead = np.zeros((WIDTH, labels))
    momentum = 1.0
    for _ in range(STEPS):
        off = (_softmax(before + x @ ahead.astype(np.float32)) - target) * weight[:, None]
        moved = ahead - step * (x.T @ off.astype(np.float32) + PULL * ahead)
        following = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / following * (moved - weights)
        weights, momentum = moved, following
    return np.asarray(weights, dtype=np.float64)


def _steepest(x: npt.NDArray[np.float32], weight: Floats) -> float:
    """The largest eigenvalue of the weighted texts, a little above (power iteration from a fixed start)."""
    at = np.ones(x.shape[1], dtype=np.float32)
    size = 1.0
    for _ in range(30):
        at = x.T @ (weight.astype(np.float32) * (x @ at))
        size = float(np.linalg.norm(at))
        if size == 0:
            return 1.0
        at = at / np.float32(size)
    return 1.1 * size


# --- as bytes -------------------------------------------------------------------------------------------------------


def packed(tables: Sequence[Adjustment]) -> bytes:
    """The tables as one piece of bytes, for `unpacked`."""
    parts: dict[str, npt.NDArray[np.generic]] = {"format": np.array([FORMAT])}
    for table in tables:
        told = [table.base, *table.labels]
        parts[f"{table.judgement}.told"] = np.array(told, dtype=np.str_)
        parts[f"{table.judgement}.weights"] = table.weights
    kept = io.BytesIO()
    np.savez_compressed(kept, **parts)  # type: ignore[arg-type]  # the stubs take its switches for arrays
    return kept.getvalue()


def digest(kept: bytes) -> str:
    """SHA-256 of a packed table."""
    return hashlib.sha256(kept).hexdigest()


def unpacked(kept: bytes, wanted: str) -> dict[str, Adjustment]:
    """The tables by judgement. `wanted`: the digest they were kept under. Raises LearntError."""
    remedy = "请在“判读质量”页退回以前的版本，或重新训练（manage.py retrain）"
    if not kept:
        raise LearntError(f"学习所得的权重不在了：{remedy}。")
    if digest(kept) != wanted:
        raise LearntError(f"学习所得的权重被截断或改过（指纹不符）：{remedy}。")
    try:
        with np.load(io.BytesIO(kept), allow_pickle=False) as parts:
            version = int(parts["format"][0])
            if version != FORMAT:
                raise LearntError(f"学习所得的权重是格式 {version}，本程序读格式 {FORMAT}：{remedy}。")
            names = [name.partition(".")[0] for name in parts.files if name.endswith(".told")]
            return {name: _table(name, parts[f"{name}.told"], parts[f"{name}.weights"]) for name in names}
    except (ValueError, KeyError, OSError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise LearntError(f"学习所得的权重读不出来（{error}）：{remedy}。") from error


def _table(name: str, told: npt.NDArray[np.generic], weights: npt.NDArray[np.generic]) -> Adjustment:
    base, *labels = (str(word) for word in told)
    if weights.shape != (WIDTH, len(labels)):
        raise ValueError(f"{name}: {weights.shape}")
    return Adjustment(name, base, tuple(labels), weights.astype(np.float16))
