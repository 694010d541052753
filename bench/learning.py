"""What corrections teach the sentiment model and what it forgets: how the pulls of `analysis/adjusting.py` were chosen.

    .venv/bin/python bench/learning.py

The shipped model reads the epidemic posts of emotion_weibo/virus_dev worse than everyday ones: they stand for a
district that speaks otherwise. One half of them is corrected (only the mistakes, as officers do; or some at random, as
the weekly sample does), the other half and the everyday posts (usual_dev) are measured. Five draws; mean and spread of
macro-F1. Data: HUIYING_DATA, default ../shared/data.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before numpy: sums in one order on any machine

import random  # noqa: E402  (the line above must come first)
import statistics  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from analysis import adjusting  # noqa: E402  (run as a script)
from analysis.adjusting import Adjustment, Lesson  # noqa: E402
from analysis.learnt import shares_of  # noqa: E402
from analysis.sentiment import LABELS  # noqa: E402
from analysis.sentiment_engine import LinearEngine  # noqa: E402
from bench.sentiment import Part, macro_f1, read_part  # noqa: E402

DRAWS = 5
EVERYDAY = 500
TAUGHT = (("mistakes", 50), ("mistakes", 150), ("random", 150), ("random", 600))
PULLS = ((0.5, 3.0), (1.0, 1.0), (1.0, 3.0), (1.0, 9.0), (2.0, 3.0))
Shares = list[list[float]]


def score(part: Part, shares: Shares) -> float:
    said = [LABELS[max(range(3), key=row.__getitem__)] for row in shares]
    return macro_f1([label for label, _ in part], said)


def wrong(one: tuple[str, str], shares: list[float]) -> bool:
    return LABELS[max(range(3), key=shares.__getitem__)] != one[0]


def main() -> None:
    folder = Path(os.environ.get("HUIYING_DATA", "") or Path(__file__).resolve().parents[2] / "shared" / "data")
    engine = LinearEngine()
    parts = {name: read_part(folder, name) for name in ("usual_dev", "virus_dev")}
    shares = {name: [shares_of(s) for s in engine.predict_batch([t for _, t in part])] for name, part in parts.items()}
    print(f"{engine.version}; macro-F1, mean of {DRAWS} draws (least to most); in brackets: against the shipped model")
    print("| corrected | pull | held | other half of the epidemic posts | everyday posts |\n|---|---|---|---|---|")
    for how, number in TAUGHT:
        for pull, held in PULLS:
            adjusting.PULL, adjusting.HELD = pull, held
            found = [drawn(seed, parts, shares, how, number) for seed in range(DRAWS)]
            cells = " | ".join(
                cell([row[0] for row in column], [row[1] for row in column]) for column in zip(*found, strict=True)
            )
            print(f"| {number} {how} | {pull} | {held} | {cells} |", flush=True)


def cell(before: list[float], after: list[float]) -> str:
    gain = statistics.mean(b - a for a, b in zip(before, after, strict=True))
    return f"{statistics.mean(after):.3f} ({min(after):.3f} to {max(after):.3f}) [{gain:+.3f}]"


def drawn(
    seed: int, parts: dict[str, Part], shares: dict[str, Shares], how: str, number: int
) -> list[tuple[float, float]]:
    """For the other half and for the everyday posts: macro-F1 of the shipped model and of the taught one."""
    chance = random.Random(seed)
    virus, usual = list(range(len(parts["virus_dev"]))), list(range(len(parts["usual_dev"])))
    chance.shuffle(virus)
    chance.shuffle(usual)
    half = len(virus) // 2
    pool = [i for i in virus[:half] if how == "random" or wrong(parts["virus_dev"][i], shares["virus_dev"][i])]
    lessons = [Lesson(parts["usual_dev"][i][1], shares["usual_dev"][i], 0, held=True) for i in usual[:EVERYDAY]]
    for i in pool[:number]:
        label, text = parts["virus_dev"][i]
        lessons.append(Lesson(text, shares["virus_dev"][i], LABELS.index(label)))
    table = Adjustment.learn(lessons, judgement="sentiment", base="bench", labels=LABELS)
    measured = []
    for name, rows in (("virus_dev", virus[half:]), ("usual_dev", usual[EVERYDAY:])):
        part, before = [parts[name][i] for i in rows], [shares[name][i] for i in rows]
        after: Shares = table.shares([text for _, text in part], before).tolist()
        measured.append((score(part, before), score(part, after)))
    return measured


if __name__ == "__main__":
    main()
