"""Time of event, dead and hurt in citizens' posts, against what a person read out of them.

    .venv/bin/python -m bench.emergency_posts [--errors]

The posts are made texts of tests/analysis (their labels: `texts/emergency_posts.tsv`). Not blind: the rules for figures
were mended in sight of them.
"""

import argparse
import csv
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from analysis.emergency import EmergencyFact  # noqa: E402
from analysis.reader import PostIn, Reader  # noqa: E402
from bench.emergencies import made_texts  # noqa: E402
from office.pack import load_pack  # noqa: E402
from tests.analysis.cast import MORNING, Calm  # noqa: E402

LABELS = Path(__file__).parent / "texts" / "emergency_posts.tsv"


def compared(row: dict[str, str], fact: EmergencyFact) -> Iterator[tuple[str, str, str]]:
    """(what, wanted, said) of each decided label."""
    said = {"occurred_at": _moment(fact.occurred_at), "dead": _figure(fact.dead), "hurt": _figure(fact.hurt)}
    for what, value in said.items():
        if row[what] != "?":
            yield what, row[what], value


def _moment(at: datetime | None) -> str:
    return "-" if at is None else at.strftime("%Y-%m-%d %H:%M")


def _figure(value: int | None) -> str:
    return "-" if value is None else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="list every figure that went wrong")
    options = parser.parse_args()
    texts = {
        hashlib.sha256(text.encode()).hexdigest()[:12]: text for made in made_texts().values() for text, _, _ in made
    }
    with LABELS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    posts = [PostIn(row["post"], texts[row["post"]], published_at=MORNING) for row in rows]
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row, reading in zip(rows, Reader(load_pack("xicheng"), Calm()).read_batch(posts), strict=True):
        total["found"] += 1
        right["found"] += reading.emergency is not None
        if reading.emergency is None:
            continue
        for what, wanted, said in compared(row, reading.emergency):
            total[what] += 1
            right[what] += wanted == said
            if options.errors and wanted != said:
                print(f"{what}: {said} for {wanted} | {texts[row['post']]}")
    print("| citizens' posts | right |\n|---|---|")
    for what in total:
        print(f"| {what} | {right[what]} of {total[what]} ({right[what] / total[what]:.3f}) |")


if __name__ == "__main__":
    main()
