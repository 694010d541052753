"""Trains the weights of `analysis/sentiment.py`. Same data, same libraries, same file.

    .venv/bin/python analysis/weights/train_sentiment.py

Reads emotion_weibo/{usual,virus}_train.tsv under HUIYING_DATA (default ../shared/data). Writes sentiment.npy (one
byte per weight) and sentiment.json (scales, versions, what it was trained on) beside itself. Some minutes
on one core.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before numpy: sums in one order on any machine

import json  # noqa: E402  (the line above must come first)
import sys  # noqa: E402
import warnings  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import sklearn  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import f1_score  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from analysis.sentiment import (  # noqa: E402  (run as a script: the repository is not on the path before)
    COLUMNS,
    DEFAULT,
    EMOTIONS,
    FORMAT,
    KEY,
    LONG,
    THREE,
    WORD,
    SentimentModel,
    features,
    folded,
    six_shares,
    three_shares,
)

# Chosen on a fifth of the train parts that the models for it had not seen: strengths of the three fits and the weight
# of the epidemic posts (8 606 against 27 766 everyday ones). What each trial gave: docs/measurements.md.
BLOCK_C, MARGIN_C, UNEVEN_C = 4.0, 0.3, 6.0
VIRUS_BLOCK, VIRUS_UNEVEN = 1.4, 2.0
UNEVEN_POWER = 0.7
STEPS = (0.1, 0.08)  # of idf and of idf times unevenness, one byte each
SEEN_IN, LONG_SEEN_IN = 2, 3  # texts a feature must occur in; 3-grams in three, which keeps the file near 5 MB
ITERATIONS = 60
Floats = npt.NDArray[np.float64]


@dataclass
class Parts:
    """The texts as two matrices of one column a feature, rows of unit length, and what made them."""

    numbers: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int8]  # (features, 2)
    block: csr_matrix
    uneven: csr_matrix


@dataclass
class Learnt:
    """Weights of the two matrices and the six biases, added as the model adds them."""

    block: Floats
    uneven: Floats
    bias: Floats

    def scores(self, parts: Parts, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        found = parts.block[rows] @ self.block.T + parts.uneven[rows] @ self.uneven.T + self.bias
        return np.asarray(found, dtype=np.float32)


def read_part(folder: Path, name: str) -> tuple[npt.NDArray[np.int64], list[str]]:
    path = folder / "emotion_weibo" / f"{name}.tsv"
    if not path.exists():
        sys.exit(f"{path} is not there: set HUIYING_DATA to the folder of real data")
    rows = [line.partition("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return np.array([int(row[0]) for row in rows]), [folded(row[2]) for row in rows]


def rows_of(owner: npt.NDArray[np.int64], weight: Floats, group: npt.NDArray[np.int64], count: int) -> Floats:
    """Each weight over the length of its text's part of the group."""
    of = owner * (int(group.max()) + 1) + group
    length = np.sqrt(np.bincount(of, weight**2, minlength=count * (int(group.max()) + 1)))
    return np.asarray(weight / np.maximum(length, 1e-6)[of])


def parts_of(texts: list[str], y: npt.NDArray[np.int64], learnt_from: npt.NDArray[np.bool_]) -> Parts:
    """Features, their weights and matrices; only the texts of `learnt_from` say what is frequent or uneven."""
    owner, number = features(texts)
    told = learnt_from[owner]
    numbers, seen = np.unique(number[told], return_counts=True)
    kept = seen >= np.where(numbers & 3 == LONG, LONG_SEEN_IN, SEEN_IN)
    numbers, seen = numbers[kept], seen[kept]
    column = np.minimum(np.searchsorted(numbers, number), len(numbers) - 1)
    known = numbers[column] == number
    owner, column = owner[known], column[known]
    told = learnt_from[owner]
    counts = np.zeros((len(EMOTIONS), len(numbers)))
    np.add.at(counts, (y[owner[told]], column[told]), 1)
    mine, theirs = counts + 1, counts.sum(axis=0) - counts + 1
    ratio = np.log((mine / mine.sum(axis=1, keepdims=True)) / (theirs / theirs.sum(axis=1, keepdims=True)))
    uneven = np.abs(ratio).max(axis=0) ** UNEVEN_POWER * (numbers & 3 != LONG)
    idf = 1 + np.log((1 + learnt_from.sum()) / (1 + seen))
    values = np.stack([idf, idf * uneven], axis=1) / np.array(STEPS)
    steps = np.minimum(127, np.round(values)).astype(np.int8)
    shape, weigh = (len(texts), len(numbers)), steps * np.array(STEPS)
    word = (numbers[column] & 3 == WORD).astype(np.int64)
    block = rows_of(owner, weigh[column, 0], word, len(texts))
    third = rows_of(owner, weigh[column, 1], np.zeros_like(word), len(texts))
    return Parts(
        numbers,
        steps,
        csr_matrix((block.astype(np.float32), (owner, column)), shape=shape),
        csr_matrix((third.astype(np.float32), (owner, column)), shape=shape),
    )


def learn(
    parts: Parts, y: npt.NDArray[np.int64], epidemic: npt.NDArray[np.bool_], rows: npt.NDArray[np.bool_]
) -> Learnt:
    """Two logistic models and one of margins; the first and the last stand over one matrix and are added."""
    fits = []
    for x, c, virus in ((parts.block, BLOCK_C, VIRUS_BLOCK), (parts.uneven, UNEVEN_C, VIRUS_UNEVEN)):
        weight = np.where(epidemic, virus, 1.0)[rows]
        fits.append(LogisticRegression(C=c, max_iter=ITERATIONS, tol=1e-3).fit(x[rows], y[rows], sample_weight=weight))
    margin = LinearSVC(C=MARGIN_C, random_state=0).fit(parts.block[rows], y[rows])
    first, third = fits
    return Learnt(
        (first.coef_ + 2 * margin.coef_) / 3,
        third.coef_ / 3,
        (first.intercept_ + 2 * margin.intercept_ + third.intercept_) / 3,
    )


def sharpness_of(scores: npt.NDArray[np.float32], truth: npt.NDArray[np.int64]) -> float:
    """How sharp scores of unseen texts may be: least loss over the three feelings."""
    told = truth != EMOTIONS.index("surprise")
    of_three = {column: place for place, columns in enumerate(THREE) for column in columns}
    wanted = np.array([of_three[value] for value in truth[told]])

    def loss(sharpness: float) -> float:
        shares = three_shares(six_shares(scores[told], sharpness))
        return float(-np.log(shares[np.arange(len(wanted)), wanted]).mean())

    return min((round(0.3 + 0.02 * i, 2) for i in range(100)), key=loss)


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of steps is the design: longer overfits
    folder = Path(os.environ.get("HUIYING_DATA", "") or Path(__file__).resolve().parents[3] / "shared" / "data")
    usual, usual_texts = read_part(folder, "usual_train")
    virus, virus_texts = read_part(folder, "virus_train")
    y, texts = np.concatenate([usual, virus]), usual_texts + virus_texts
    epidemic = np.arange(len(y)) >= len(usual)
    aside = np.arange(len(y)) % 7 == 3
    apart = parts_of(texts, y, ~aside)
    scores = learn(apart, y, epidemic, ~aside).scores(apart, aside)
    sharpness = sharpness_of(scores, y[aside])
    for name, part in (("everyday", ~epidemic[aside]), ("epidemic", epidemic[aside])):
        six = f1_score(y[aside][part], scores[part].argmax(axis=1), average="macro")
        print(f"a seventh kept back, {name}: six emotions macro-F1 {six:.3f}")
    everything = np.ones(len(y), dtype=np.bool_)
    parts = parts_of(texts, y, everything)
    save(
        parts, learn(parts, y, epidemic, everything), sharpness, f"usual_train {len(usual)} + virus_train {len(virus)}"
    )


def save(parts: Parts, learnt: Learnt, sharpness: float, trained_on: str) -> None:
    """Writes the array of bytes and its card."""
    table = np.zeros((len(parts.numbers), COLUMNS), dtype=np.int8)
    table[:, :KEY] = parts.numbers.astype("<u4")[:, None].view(np.int8)
    table[:, KEY : KEY + 2] = parts.steps
    scales = []
    for half, weights in enumerate((learnt.block, learnt.uneven)):
        scale = np.abs(weights).max(axis=1) / 127**2
        steps = np.sign(weights) * np.sqrt(np.abs(weights) / scale[:, None])
        table[:, KEY + 2 + 6 * half : KEY + 8 + 6 * half] = np.round(steps).T
        scales.append([float(f"{value:.6g}") for value in scale])
    np.save(DEFAULT, table)
    card = {
        "format": FORMAT,
        "version": "linear-2",
        "bytes": DEFAULT.stat().st_size,
        "steps": STEPS,
        "scales": scales,
        "biases": [float(f"{value:.6g}") for value in learnt.bias],
        "sharpness": sharpness,
        "trained_on": f"emotion_weibo {trained_on} texts",
        "made_with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    }
    DEFAULT.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(f"{DEFAULT}: {card['bytes']} bytes, sharpness {sharpness}, version {SentimentModel.load().version}")


if __name__ == "__main__":
    main()
