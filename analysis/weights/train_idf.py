"""Counts in how many labelled messages each term occurs, so that the first posts of a new office are weighed well.

    .venv/bin/python analysis/weights/train_idf.py

Reads citizen_messages/labelled_train.csv under HUIYING_DATA (default ../shared/data); writes idf.npz beside itself.
Terms that occur once are left out: unseen and seen once weigh the same within the noise.
"""

import csv
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from analysis.similarity import SEED, load_seed, term_counts  # noqa: E402  (run as a script)


def main() -> None:
    folder = Path(os.environ.get("HUIYING_DATA", "") or Path(__file__).resolve().parents[3] / "shared" / "data")
    path = folder / "citizen_messages" / "labelled_train.csv"
    if not path.exists():
        sys.exit(f"{path} is not there: set HUIYING_DATA to the folder of real data")
    counts: Counter[int] = Counter()
    documents = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            counts.update(term_counts(row["title"], row["text"]).terms())
            documents += 1
    kept = sorted((number, count) for number, count in counts.items() if count > 1)
    np.savez_compressed(
        SEED,
        version=1,
        documents=documents,
        terms=np.array([number for number, _ in kept], dtype=np.uint32),
        counts=np.array([count for _, count in kept], dtype=np.uint16),
    )
    print(f"{SEED}: {len(load_seed().counts)} terms of {documents} messages, {SEED.stat().st_size} bytes")


if __name__ == "__main__":
    main()
