"""Our sentiment model against SnowNLP as shipped and tf-idf with a linear SVM, on emotion_weibo/*_dev. Prints tables.

    .venv/bin/python -m bench.sentiment [--fit 6000] [--errors 25]

Three-way, surprise left out (rules.md 15), and six emotions; how far told probabilities are from what is right
(expected calibration error, ten bins); with `--errors` the surest wrong answers, to be read. SnowNLP gives one number:
its two thresholds are fitted for macro-F1 on `--fit` texts of the train parts (0: all 36 000, about five minutes).
Data: HUIYING_DATA, default ../shared/data.
"""

import argparse
import importlib.metadata
import itertools
import os
import platform
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from analysis.sentiment import EMOTIONS, LABELS, Label, Sentiment  # noqa: E402
from analysis.sentiment_engine import LinearEngine, SnowNlpEngine, three_way  # noqa: E402  (run as a script)

THREE: dict[str, Label] = {"0": "neutral", "1": "negative", "2": "positive", "3": "negative", "4": "negative"}
Part = list[tuple[Label, str]]


def read_part(folder: Path, name: str) -> Part:
    path = folder / "emotion_weibo" / f"{name}.tsv"
    if not path.exists():
        sys.exit(f"{path} is not there: set HUIYING_DATA to the folder of real data")
    rows = (line.partition("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return [(THREE[row[0]], row[2]) for row in rows if row[0] in THREE]


def macro_f1(truth: list[Label], said: list[Label]) -> float:
    total = 0.0
    for label in LABELS:
        hit = sum(t == s == label for t, s in zip(truth, said, strict=True))
        told, meant = said.count(label), truth.count(label)
        total += 2 * hit / (told + meant) if told + meant else 0.0
    return total / len(LABELS)


def six_part(folder: Path, name: str) -> tuple[list[str], list[str]]:
    """Emotions and texts of a part, surprise with them."""
    lines = (folder / "emotion_weibo" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.partition("\t") for line in lines]
    return [EMOTIONS[int(row[0])] for row in rows], [row[2] for row in rows]


def svm_answers(folder: Path, texts: dict[str, list[str]]) -> dict[str, list[str]]:
    """What character tf-idf (1 to 3) with a linear SVM, both at their defaults, answers for each part."""
    parts = [six_part(folder, f"{name}_train") for name in ("usual", "virus")]
    truth, train = ([one for part in parts for one in part[side]] for side in (0, 1))
    table = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, dtype=np.float32)
    model = LinearSVC(random_state=0).fit(table.fit_transform(train), truth)
    return {name: list(model.predict(table.transform(some))) for name, some in texts.items()}


def calibration(truth: list[Label], told: Sequence[Sentiment]) -> float:
    """Expected calibration error: mean distance of told probability and share right over ten bins, by their size."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for wanted, answer in zip(truth, told, strict=True):
        bins.setdefault(min(9, int(answer.confidence * 10)), []).append((answer.confidence, wanted == answer.label))
    return sum(abs(sum(p for p, _ in one) - sum(right for _, right in one)) for one in bins.values()) / len(truth)


def print_surest_errors(texts: list[str], truth: list[Label], told: Sequence[Sentiment], count: int) -> None:
    """The answers that were wrong and surest of themselves, with their text."""
    wrong = [(-a.confidence, text, w, a.label) for text, w, a in zip(texts, truth, told, strict=True) if a.label != w]
    for sure, text, wanted, said in sorted(wrong)[:count]:
        print(f"{-sure:.2f} {wanted} told {said}: {' '.join(text.split())[:90]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=int, default=6000)
    parser.add_argument("--errors", type=int, default=0)
    wanted = parser.parse_args()
    folder = Path(os.environ.get("HUIYING_DATA", "") or Path(__file__).resolve().parents[2] / "shared" / "data")
    train = read_part(folder, "usual_train") + read_part(folder, "virus_train")
    parts = {name: read_part(folder, f"{name}_dev") for name in ("usual", "virus")}
    if wanted.fit:
        train = random.Random(1).sample(train, wanted.fit)

    snow = SnowNlpEngine()
    snow.scores(["你好"])  # the start of the child is not its speed
    fitted = snow.scores([text for _, text in train])
    truth = [label for label, _ in train]
    steps = [i / 40 for i in range(1, 40)] + [0.99, 0.995, 0.999]
    best = max(
        ((low, high) for low, high in itertools.product(steps, steps) if low < high),
        key=lambda pair: macro_f1(truth, [three_way(score, pair).label for score in fitted]),
    )
    ours = LinearEngine()
    print(
        f"Python {platform.python_version()}, numpy {importlib.metadata.version('numpy')}, "
        f"snownlp {importlib.metadata.version('snownlp')}, {platform.machine()}, {os.cpu_count()} cores; "
        f"model {ours.version}; SnowNLP thresholds {best[0]} / {best[1]} fitted on {len(train)} train texts\n"
    )
    print("| dev part | texts | SnowNLP macro-F1 | ours | gain | SnowNLP posts/s | ours posts/s | times |")
    print("|---|---|---|---|---|---|---|---|")
    for name, part in parts.items():
        texts = [text for _, text in part]
        truth = [label for label, _ in part]
        began = time.perf_counter()
        theirs: list[Label] = [three_way(score, best).label for score in snow.scores(texts)]
        slow = len(texts) / (time.perf_counter() - began)
        began = time.perf_counter()
        for _ in range(5):
            said: list[Label] = [answer.label for answer in ours.predict_batch(texts)]
        fast = 5 * len(texts) / (time.perf_counter() - began)
        one, two = macro_f1(truth, theirs), macro_f1(truth, said)
        print(
            f"| {name} | {len(part)} | {one:.3f} | {two:.3f} | +{two - one:.3f} | {slow:.0f} | {fast:.0f} |"
            f" {fast / slow:.0f} |"
        )
    snow.close()
    six = {name: six_part(folder, f"{name}_dev") for name in parts}
    told_six = {name: ours.predict_batch(texts) for name, (_, texts) in six.items()}
    plain = svm_answers(folder, {name: texts for name, (_, texts) in six.items()})
    print("\n| dev part | six emotions: tf-idf + SVM | ours | three: tf-idf + SVM |\n|---|---|---|---|")
    for name, (wanted_six, _) in six.items():
        mine = [max(one.emotion, key=one.emotion.__getitem__) for one in told_six[name]]
        three = [
            (THREE[str(EMOTIONS.index(w))], THREE.get(str(EMOTIONS.index(p)), "neutral"))
            for w, p in zip(wanted_six, plain[name], strict=True)
            if str(EMOTIONS.index(w)) in THREE
        ]
        print(
            f"| {name} | {f1_score(wanted_six, plain[name], average='macro'):.3f} |"
            f" {f1_score(wanted_six, mine, average='macro'):.3f} |"
            f" {macro_f1([w for w, _ in three], [p for _, p in three]):.3f} |"
        )
    answers = ours.predict_batch([text for part in parts.values() for _, text in part])
    labels = [label for part in parts.values() for label, _ in part]
    print(f"\nexpected calibration error, three: {calibration(labels, answers):.3f}")
    print_surest_errors([text for part in parts.values() for _, text in part], labels, answers, wanted.errors)
    print("\n| told probability | texts | right |\n|---|---|---|")
    for low in (0.33, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        high = {0.33: 0.5, 0.5: 0.6, 0.6: 0.7, 0.7: 0.8, 0.8: 0.9, 0.9: 0.95, 0.95: 1.01}[low]
        of = [label == a.label for label, a in zip(labels, answers, strict=True) if low <= a.confidence < high]
        if of:
            print(f"| {low:.2f} to {min(high, 1):.2f} | {len(of)} | {sum(of) / len(of):.2f} |")


if __name__ == "__main__":
    main()
