"""Trains the weights of `analysis/sentiment.py`. Same data, same libraries, same file.

    .venv/bin/python analysis/weights/train_sentiment.py

Reads emotion_weibo/{usual,virus}_train.tsv under HUIYING_DATA (default ../shared/data). Writes sentiment.npy (one
byte per weight) and sentiment.json (scales, versions, what it was trained on) beside itself. About two minutes.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before numpy: sums in one order on any machine

import json  # noqa: E402  (the line above must come first)
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import sklearn  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from analysis.sentiment import (  # noqa: E402  (run as a script: the repository is not on the path before)
    COLUMNS,
    DEFAULT,
    EMOTIONS,
    FORMAT,
    KEY,
    THREE,
    SentimentModel,
    features,
    folded,
    three_shares,
)

# Chosen by five-fold runs on the train parts: strength of the two scores, weight of the epidemic posts (8 606 against
# 27 766 everyday ones), and of rare emotions in the second score.
SHORT_C, ALL_C = 4.0, 8.0
VIRUS_SHORT, VIRUS_ALL = 1.4, 1.7
IDF_STEP = 0.1
SEEN_IN, LONG_SEEN_IN = 2, 2  # texts an n-gram must occur in; a 3-gram in three, which keeps the file under 5 MB


def read_part(folder: Path, name: str) -> tuple[npt.NDArray[np.int64], list[str]]:
    path = folder / "emotion_weibo" / f"{name}.tsv"
    if not path.exists():
        sys.exit(f"{path} is not there: set HUIYING_DATA to the folder of real data")
    rows = [line.partition("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return np.array([int(row[0]) for row in rows]), [folded(row[2]) for row in rows]


def fitted(x: csr_matrix, y: npt.NDArray[np.int64], c: float, weight: npt.NDArray[np.float64]) -> LogisticRegression:
    return LogisticRegression(C=c, max_iter=300, tol=1e-3).fit(x, y, sample_weight=weight)


def main() -> None:
    folder = Path(os.environ.get("HUIYING_DATA", "") or Path(__file__).resolve().parents[3] / "shared" / "data")
    usual, usual_texts = read_part(folder, "usual_train")
    virus, virus_texts = read_part(folder, "virus_train")
    y, texts = np.concatenate([usual, virus]), usual_texts + virus_texts
    epidemic = np.concatenate([np.zeros(len(usual), dtype=bool), np.ones(len(virus), dtype=bool)])
    owner, number, short = features(texts)
    numbers, column, seen = np.unique(number, return_inverse=True, return_counts=True)
    kept = seen >= np.where(numbers & 1, LONG_SEEN_IN, SEEN_IN)
    known = kept[column]
    owner, short = owner[known], short[known]
    column = (np.cumsum(kept) - 1)[column[known]]
    numbers, seen = numbers[kept], seen[kept]
    steps = np.minimum(127, np.round((1 + np.log((1 + len(texts)) / (1 + seen))) / IDF_STEP)).astype(np.int8)

    def matrix(keep: npt.NDArray[np.bool_]) -> csr_matrix:
        weight = steps[column] * IDF_STEP * keep
        length = np.sqrt(np.bincount(owner, weight**2, minlength=len(texts)))
        value = (weight / np.maximum(length, 1e-6)[owner]).astype(np.float32)
        return csr_matrix((value[keep], (owner[keep], column[keep])), shape=(len(texts), len(numbers)))

    halves = (matrix(short), matrix(np.ones(len(owner), dtype=bool)))
    rare = (1 / np.sqrt(np.bincount(y)))[y]
    weights = (np.where(epidemic, VIRUS_SHORT, 1.0), np.where(epidemic, VIRUS_ALL, 1.0) * rare / rare.mean())
    strengths = (SHORT_C, ALL_C)

    # How sharp the added scores may be: fitted on a seventh of the texts that the models for it have not seen.
    aside = np.arange(len(y)) % 7 == 3
    scores = np.zeros((int(aside.sum()), len(EMOTIONS)))
    for x, weight, c in zip(halves, weights, strengths, strict=True):
        scores += fitted(x[~aside], y[~aside], c, weight[~aside]).decision_function(x[aside])
    truth = y[aside]
    told = truth != EMOTIONS.index("surprise")
    of_three = {column: place for place, columns in enumerate(THREE) for column in columns}
    wanted = np.array([of_three[value] for value in truth[told]])

    def loss(sharpness: float) -> float:
        return float(-np.log(three_shares(scores[told], sharpness)[np.arange(len(wanted)), wanted]).mean())

    sharpness = min((round(0.2 + 0.02 * i, 2) for i in range(60)), key=loss)

    table = np.zeros((len(numbers), COLUMNS), dtype=np.int8)
    table[:, :KEY] = numbers.astype("<u4")[:, None].view(np.int8)
    table[:, KEY] = steps
    scales, biases = [], []
    for half, (x, weight, c) in enumerate(zip(halves, weights, strengths, strict=True)):
        model = fitted(x, y, c, weight)
        scale = np.abs(model.coef_).max(axis=1) / 127**2
        steps_of = np.sign(model.coef_) * np.sqrt(np.abs(model.coef_) / scale[:, None])
        table[:, KEY + 1 + 6 * half : KEY + 7 + 6 * half] = np.round(steps_of).T
        scales.append([float(f"{value:.6g}") for value in scale])
        biases.append([float(f"{value:.6g}") for value in model.intercept_])
    np.save(DEFAULT, table)
    card = {
        "format": FORMAT,
        "version": "linear-1",
        "bytes": DEFAULT.stat().st_size,
        "idf_step": IDF_STEP,
        "scales": scales,
        "biases": biases,
        "sharpness": sharpness,
        "trained_on": f"emotion_weibo usual_train {len(usual)} + virus_train {len(virus)} texts",
        "made_with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    }
    DEFAULT.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(f"{DEFAULT}: {card['bytes']} bytes, sharpness {sharpness}, version {SentimentModel.load().version}")


if __name__ == "__main__":
    main()
