"""The class of a post by a model trained on a district's own examples. Pure: numpy only.

One linear model a class over pairs and single characters of the headline and of the whole text, each weighted by how
unevenly it stands in the class (naive-Bayes ratio, as NB-SVM does). `manage.py train-classes` makes a folder of two
files: `classes.json` (the card: classes, figures) and `classes.npz` (weights). It answers the same `read` as the words
of a pack (seam: `ClassReading`); a trained class names no unit and no priority, for examples do not tell them.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from analysis.taxonomy import ClassReading
from analysis.text import Body

FORMAT = 1
CARD, WEIGHTS = "classes.json", "classes.npz"
HEADLINE = 30  # characters that stand for a title where there is none
READ = 6000  # characters of a text that are read
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Halves = npt.NDArray[np.float16]


class ClassModelError(Exception):
    """The folder of a trained model is missing, cut or of another version; the sentence (Chinese) says what to do."""


def counted(body: Body) -> tuple[Keys, Floats, int]:
    """The features of a text: (sorted keys, how often each is there, how many of them belong to the headline).

    A key holds one or two characters (21 bits each) and a bit for “of the whole text”, so the headline's come first.
    """
    head = body.plain[: body.title_end or HEADLINE]
    parts = [_grams(head), _grams(body.plain[:READ]) | np.uint64(1 << 42)]
    keys, counts = np.unique(np.concatenate(parts), return_counts=True)
    return keys, counts.astype(np.float64), int(np.searchsorted(keys, np.uint64(1 << 42)))


def _grams(text: str) -> Keys:
    codes = np.frombuffer(text.lower().encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    return np.concatenate([codes, (codes[:-1] << np.uint64(21)) | codes[1:]])


def weighted(body: Body, keys: Keys, idf: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Known features of a text: (their rows, their weights); headline and whole text have length 1 each."""
    found, counts, heads = counted(body)
    if not len(keys):
        return np.empty(0, dtype=np.int64), np.empty(0)
    rows = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
    known = keys[rows] == found
    heads = int(known[:heads].sum())
    rows = rows[known]
    values = (1 + np.log(counts[known])) * idf[rows]
    for part in (values[:heads], values[heads:]):
        part /= max(float(np.sqrt(part @ part)), 1e-9)
    return rows, values


def class_scores(values: Floats, uneven: Floats, weights: Floats) -> Floats:
    """Score of each class: features (n,), unevenness and weights (n, classes)."""
    of_class = values[:, None] * uneven
    lengths = np.sqrt((of_class**2).sum(axis=0))
    return np.asarray((of_class * weights).sum(axis=0) / np.maximum(lengths, 1e-9))


def shares(scores: Floats, sharpness: float) -> Floats:
    """Probabilities of the classes, shape of `scores` (…, classes)."""
    raised = np.exp(sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


class ClassModel:
    """A trained model in memory."""

    def __init__(
        self,
        labels: Sequence[str],
        keys: Keys,
        idf: Floats,
        uneven: Floats,
        weights: Floats,
        biases: Floats,
        sharpness: float,
        version: str,
    ) -> None:
        self.labels = tuple(labels)
        self.version = version
        self._keys, self._idf, self._uneven, self._weights = keys, idf, uneven, weights
        self._biases, self._sharpness = biases, sharpness

    @classmethod
    def load(cls, path: Path) -> Self:
        """From its folder, or from a file in it. Raises ClassModelError."""
        folder = path if path.is_dir() else path.parent
        remedy = "请用 manage.py train-classes 重新训练，或把整个文件夹重新拷来"
        for name in (CARD, WEIGHTS):
            if not (folder / name).is_file():
                raise ClassModelError(f"分类模型缺少 {folder / name}：{remedy}")
        try:
            card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            if card["format"] != FORMAT:
                raise ClassModelError(f"分类模型 {folder} 是第 {card['format']} 版，本程序读第 {FORMAT} 版：{remedy}")
            if (folder / WEIGHTS).stat().st_size != card["bytes"]:
                raise ClassModelError(f"{folder / WEIGHTS} 大小不对，可能没有拷全：{remedy}")
            with np.load(folder / WEIGHTS, allow_pickle=False) as file:
                keys, idf = file["keys"].astype(np.uint64), file["idf"].astype(np.float64)
                uneven, weights = file["uneven"].astype(np.float64), file["weights"].astype(np.float64)
            labels = [str(label) for label in card["labels"]]
            biases = np.array(card["biases"], dtype=np.float64)
            shape = (len(keys), len(labels))
            if uneven.shape != shape or weights.shape != shape or biases.shape != shape[1:] or len(idf) != len(keys):
                raise ClassModelError(f"分类模型 {folder} 的两个文件不是一套：{remedy}")
            if not (np.isfinite(weights).all() and np.isfinite(uneven).all() and np.isfinite(biases).all()):
                raise ClassModelError(f"分类模型 {folder} 含有不是数的值：{remedy}")
            return cls(labels, keys, idf, uneven, weights, biases, float(card["sharpness"]), str(card["version"]))
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise ClassModelError(f"分类模型 {folder} 读不出来（{error}）：{remedy}") from error

    def parts(self) -> tuple[Keys, Halves, Halves, Halves]:
        """Keys, idf, unevenness and weights as they are kept: half-precision is enough."""
        idf, uneven, weights = (value.astype(np.float16) for value in (self._idf, self._uneven, self._weights))
        return self._keys, idf, uneven, weights

    def biases(self) -> list[float]:
        """What is added to each class's score."""
        return [round(float(value), 6) for value in self._biases]

    def scores(self, body: Body) -> Floats:
        """Score of each class."""
        rows, values = weighted(body, self._keys, self._idf)
        return class_scores(values, self._uneven[rows], self._weights[rows]) + self._biases

    def read(self, body: Body) -> ClassReading:
        """The likeliest class of a post and its probability."""
        told = shares(self.scores(body), self._sharpness)
        best = int(told.argmax())
        return ClassReading(self.labels[best], round(float(told[best]), 3), False, "", (), ())
