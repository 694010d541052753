"""Our sentiment model against SnowNLP as shipped, on emotion_weibo/*_dev. Prints a table.

    .venv/bin/python bench/sentiment.py [--fit 6000]

Three-way, surprise left out (rules.md 15). SnowNLP gives one number: its two thresholds are fitted for macro-F1 on
`--fit` texts of the train parts (0: all 36 000, about five minutes). Data: HUIYING_DATA, default ../shared/data.
"""

import argparse
import importlib.metadata
import itertools
import os
import platform
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from analysis.sentiment import LABELS, Label  # noqa: E402
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=int, default=6000)
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
    answers = ours.predict_batch([text for part in parts.values() for _, text in part])
    labels = [label for part in parts.values() for label, _ in part]
    print("\n| told probability | texts | right |\n|---|---|---|")
    for low in (0.33, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        high = {0.33: 0.5, 0.5: 0.6, 0.6: 0.7, 0.7: 0.8, 0.8: 0.9, 0.9: 0.95, 0.95: 1.01}[low]
        of = [label == a.label for label, a in zip(labels, answers, strict=True) if low <= a.confidence < high]
        if of:
            print(f"| {low:.2f} to {min(high, 1):.2f} | {len(of)} | {sum(of) / len(of):.2f} |")


if __name__ == "__main__":
    main()
