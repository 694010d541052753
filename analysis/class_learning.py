"""Trains a model of classes (`analysis/class_model.py`) on examples. Pure: numpy only, the same on every machine.

Linear support vectors with squared hinge, by dual coordinate descent (Hsieh et al., ICML 2008), all classes at once.
What it is worth is told by five-fold cross-validation on the same examples.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.class_model import CARD, FORMAT, WEIGHTS, ClassModel, Floats, Keys, counted, shares, weighted
from analysis.text import Body

FOLDS = 5
SEEN_IN = 2  # texts a feature must occur in
SMOOTHING = 0.05  # added to the sums the unevenness is taken from
STRENGTH = 1.0  # C of the support vectors; chosen by cross-validation on the 7-class messages (docs/measurements.md)
ROUNDS = 12
LEAST = 10  # examples of a class
Ints = npt.NDArray[np.int64]


class TooLittle(Exception):
    """Nothing can be learnt from these examples; the sentence, in Chinese, says why."""


@dataclass(frozen=True)
class Outcome:
    """What cross-validation saw: macro-F1 of each fold, F1 of each class, and how sharp the scores may be."""

    folds: tuple[float, ...]
    by_class: dict[str, float]
    sharpness: float
    confused: list[tuple[str, str, int]]  # (meant, told, how often), the commonest first


def checked(labels: Sequence[str]) -> list[str]:
    """The classes in order. Raises TooLittle."""
    names = sorted(set(labels))
    if len(names) < 2:
        raise TooLittle("至少要有两个类别才能训练。")
    few = [name for name in names if labels.count(name) < LEAST]
    if few:
        raise TooLittle(f"每类至少 {LEAST} 条，不够的有：{'、'.join(few[:8])}。请补充，或并入别的类。")
    return names


def learn(bodies: Sequence[Body], labels: Sequence[str], *, sharpness: float, version: str) -> ClassModel:
    """A model of all examples."""
    names = checked(labels)
    wanted = np.array([names.index(label) for label in labels])
    keys, idf = _vocabulary(bodies)
    rows = [weighted(body, keys, idf) for body in bodies]
    uneven = _unevenness(rows, wanted, len(keys), len(names))
    weights, biases = _support(rows, wanted, uneven)
    return ClassModel(names, keys, idf, uneven, weights, biases, sharpness, version)


def cross_validated(bodies: Sequence[Body], labels: Sequence[str]) -> Outcome:
    """Each fifth read by a model of the other four."""
    names = checked(labels)
    fold_of = _folds(labels)
    scores = np.zeros((len(bodies), len(names)))
    for fold in range(FOLDS):
        kept = [place for place in range(len(bodies)) if fold_of[place] != fold]
        model = learn([bodies[p] for p in kept], [labels[p] for p in kept], sharpness=1.0, version="")
        for place in np.flatnonzero(fold_of == fold).tolist():
            scores[place] = model.scores(bodies[place])
    wanted = np.array([names.index(label) for label in labels])
    told = scores.argmax(axis=1)
    folds = tuple(float(np.mean(_f1(wanted[fold_of == f], told[fold_of == f], len(names)))) for f in range(FOLDS))
    by_class = dict(zip(names, _f1(wanted, told, len(names)), strict=True))
    pairs, counts = np.unique(np.stack([wanted, told])[:, wanted != told], axis=1, return_counts=True)
    confused = [(names[a], names[b], int(n)) for (a, b), n in zip(pairs.T.tolist(), counts, strict=True)]
    return Outcome(folds, by_class, _sharpness(scores, wanted), sorted(confused, key=lambda c: (-c[2], c[0], c[1])))


def save(model: ClassModel, outcome: Outcome, folder: Path, *, texts: int) -> None:
    """Writes the folder; an older model in it is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    keys, idf, uneven, weights = model.parts()
    np.savez_compressed(folder / WEIGHTS, keys=keys, idf=idf, uneven=uneven, weights=weights)
    card: dict[str, Any] = {
        "format": FORMAT,
        "version": model.version,
        "labels": list(model.labels),
        "biases": model.biases(),
        "sharpness": outcome.sharpness,
        "bytes": (folder / WEIGHTS).stat().st_size,
        "texts": texts,
        "macro_f1": round(float(np.mean(outcome.folds)), 4),
        "macro_f1_of_folds": [round(value, 4) for value in outcome.folds],
        "f1": {name: round(value, 4) for name, value in outcome.by_class.items()},
    }
    (folder / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def version_of(bodies: Sequence[Body], labels: Sequence[str]) -> str:
    """A name for a model of these examples."""
    digest = hashlib.blake2b(digest_size=4)
    for body, label in zip(bodies, labels, strict=True):
        digest.update(f"{label}\0{body.plain}\0".encode("utf-8", "surrogatepass"))
    return f"classes-{FORMAT}-{digest.hexdigest()}"


def _vocabulary(bodies: Sequence[Body]) -> tuple[Keys, Floats]:
    found = np.concatenate([counted(body)[0] for body in bodies])
    keys, seen = np.unique(found, return_counts=True)
    keys, seen = keys[seen >= SEEN_IN], seen[seen >= SEEN_IN]
    return keys, np.asarray(1 + np.log((1 + len(bodies)) / (1 + seen)))


def _unevenness(rows: Sequence[tuple[Ints, Floats]], wanted: Ints, features: int, classes: int) -> Floats:
    sums = np.full((features, classes), SMOOTHING)
    for (places, values), klass in zip(rows, wanted.tolist(), strict=True):
        sums[places, klass] += values
    rest = sums.sum(axis=1, keepdims=True) - sums + SMOOTHING
    return np.asarray(np.abs(np.log((sums / sums.sum(axis=0)) / (rest / rest.sum(axis=0)))))


def _support(rows: Sequence[tuple[Ints, Floats]], wanted: Ints, uneven: Floats) -> tuple[Floats, Floats]:
    features, classes = uneven.shape
    weights, biases = np.zeros((features, classes)), np.zeros(classes)
    alpha = np.zeros((len(rows), classes))
    sides = np.where(wanted[:, None] == np.arange(classes), 1.0, -1.0)
    length = 2.0 + 1 / (2 * STRENGTH)  # of a row of length 1, its bias of 1, and what squared hinge adds
    order = np.random.default_rng(0)
    for _ in range(ROUNDS):
        for place in order.permutation(len(rows)).tolist():
            at, values = rows[place]
            of_class = values[:, None] * uneven[at]
            of_class /= np.maximum(np.sqrt((of_class**2).sum(axis=0)), 1e-9)
            side = sides[place]
            gap = side * ((of_class * weights[at]).sum(axis=0) + biases) - 1 + alpha[place] / (2 * STRENGTH)
            new = np.maximum(alpha[place] - gap / length, 0.0)
            step = (new - alpha[place]) * side
            alpha[place] = new
            if step.any():
                weights[at] += of_class * step
                biases += step
    return weights, biases


def _folds(labels: Sequence[str]) -> Ints:
    # by turns within each class, in an order that has nothing to do with that of the file
    fold_of = np.zeros(len(labels), dtype=np.int64)
    mixed = np.random.default_rng(1).permutation(len(labels))
    turn: dict[str, int] = {}
    for place in mixed.tolist():
        turn[labels[place]] = turn.get(labels[place], -1) + 1
        fold_of[place] = turn[labels[place]] % FOLDS
    return fold_of


def _f1(wanted: Ints, told: Ints, classes: int) -> list[float]:
    found = []
    for klass in range(classes):
        hit = int(((wanted == klass) & (told == klass)).sum())
        said = int((told == klass).sum()) + int((wanted == klass).sum())
        found.append(2 * hit / said if said else 0.0)
    return found


def _sharpness(scores: Floats, wanted: Ints) -> float:
    def loss(value: float) -> float:
        return -float(np.log(np.maximum(shares(scores, value)[np.arange(len(wanted)), wanted], 1e-12)).mean())

    return min((round(math.exp(step / 8), 3) for step in range(-8, 33)), key=loss)
