"""Trains the model of how emergencies are told; writes emergency.tsv beside itself.

    .venv/bin/python analysis/weights/train_emergency.py

Reads the texts made for it in tests/analysis/emergency_texts*.py; as ordinary noise, at a small weight and each led by
a place, posts of emotion_weibo/usual_train.tsv and messages of citizen_messages/labelled_train.csv under HUIYING_DATA.
"""

import csv
import os
import random
import runpy
import sys
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from analysis.emergency_model import OURS, WEIGHTS, blotted  # noqa: E402  (run as a script)
from analysis.places import PlaceReader  # noqa: E402
from analysis.text import Body  # noqa: E402
from office.pack import load_pack  # noqa: E402

NOISE, NOISE_WEIGHT = 1500, 0.03
LONGEST = 260


def noise(folder: Path) -> list[str]:
    """Ordinary posts, led by a place."""
    posts = (folder / "emotion_weibo" / "usual_train.tsv").read_text(encoding="utf-8").splitlines()[1:]
    usual = [post.split("\t")[1] for post in posts]
    with (folder / "citizen_messages" / "labelled_train.csv").open(encoding="utf-8-sig", newline="") as file:
        citizens = [Body.of(row["title"], row["text"]).plain for row in csv.DictReader(file)]
    chooser = random.Random(3)
    chosen = chooser.sample(usual, NOISE) + chooser.sample(citizens, NOISE)
    return [f"^在{OURS},{text[:LONGEST]}$" for text in chosen]


def main() -> None:
    folder = Path(os.environ.get("HUIYING_DATA", "") or ROOT.parent / "shared" / "data")
    if not folder.exists():
        sys.exit(f"{folder} is not there: set HUIYING_DATA to the folder of real data")
    places = PlaceReader(load_pack("xicheng"))
    texts: list[str] = []
    labels: list[int] = []
    for path in sorted((ROOT / "tests" / "analysis").glob("emergency_texts*.py")):
        made = runpy.run_path(str(path))
        for label, names in ((1, ("EMERGENCIES", "OUTAGES")), (0, ("DECOYS",))):
            for text in (t for name in names for t in made.get(name, ())):
                body = Body.of("", text)
                texts.append(blotted(body, places.find(body, scope="open")))
                labels.append(label)
    ordinary = noise(folder)
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, lowercase=False)
    vectors.fit(texts)  # what only the noise says weighs nothing
    matrix = vectors.transform(texts + ordinary)
    weights = [1.0] * len(texts) + [NOISE_WEIGHT] * len(ordinary)
    model = LogisticRegression(C=60, max_iter=1000).fit(matrix, labels + [0] * len(ordinary), sample_weight=weights)
    lines = [f"{model.intercept_[0]:.4f}"]
    for gram, at in sorted(vectors.vocabulary_.items()):
        weight = model.coef_[0][at]
        if "\n" not in gram and "\t" not in gram:
            lines.append(f"{gram}\t{vectors.idf_[at]:.2f}\t{weight:.2f}")
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{WEIGHTS}: {len(lines) - 1} grams of {len(texts)} texts and {len(ordinary)} ordinary ones")


if __name__ == "__main__":
    main()
