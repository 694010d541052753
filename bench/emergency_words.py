"""Texts of everyday life that hold a word of emergencies and tell none: how many are read as one.

    .venv/bin/python -m bench.emergency_words [--errors]

Real headlines and posts, labelled twice (`texts/emergency_words.tsv`). Told: an emergency that is not elsewhere, read
as a post of an open source, and as one of the district's own board, where what names no place happened here. Beside
it: the words themselves, without any model. Data: HUIYING_DATA, default ../shared/data.
"""

import argparse
import csv
import gzip
import hashlib
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from analysis.emergency_triggers import TRIGGERS  # noqa: E402
from analysis.reader import PostIn, Reader  # noqa: E402
from analysis.text import normal  # noqa: E402
from bench.measures import data_folder, interval, kappa  # noqa: E402
from office.pack import load_pack  # noqa: E402
from tests.analysis.cast import MORNING, Calm  # noqa: E402

LABELS = Path(__file__).parent / "texts" / "emergency_words.tsv"


def lines(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(id, text, voice) of every line the labels may mean."""
    with gzip.open(folder / "hot_search" / "titles_2020-11_2021-12.tsv.gz", "rt", encoding="utf-8") as file:
        for line in file.read().splitlines()[1:]:
            yield _key(line), line.split("\t")[-1], "media"
    for name in ("usual_dev", "virus_dev", "usual_train", "virus_train"):
        for line in (folder / "emotion_weibo" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            yield _key(line), line.split("\t")[1], "public"


def rows() -> list[dict[str, str]]:
    """The labels: id, first, second."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))


def labelled(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """(id, text, whether it tells an emergency) of every text whose labels agree."""
    texts = {key: text for key, text, _ in lines(folder)}
    for row in rows():
        if row["first"] == row["second"] != "?":
            yield row["id"], texts[row["id"]], row["first"] == "1"


def _key(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="list every text that went wrong")
    options = parser.parse_args()
    labels = rows()
    texts = {key: (text, voice) for key, text, voice in lines(data_folder())}
    decided = [r for r in labels if r["first"] == r["second"] and r["first"] != "?"]
    print(f"{platform.platform()}, Python {platform.python_version()}")
    asked_twice = [(r["first"], r["second"]) for r in labels if r["first"] != "?"]
    agreed = f"of {len(asked_twice)} read twice {len(decided)} are decided, κ = {kappa(asked_twice):.2f}"
    print(f"{len(labels)} texts; {agreed}\n")
    print("| reader | none told where there is none | told where there is one |\n|---|---|---|")
    reader = Reader(load_pack("xicheng"), Calm())
    for scope in ("open", "district"):
        posts = [
            PostIn(r["id"], texts[r["id"]][0], voice=texts[r["id"]][1], scope=scope, published_at=MORNING)
            for r in decided
        ]
        facts = [reading.emergency for reading in reader.read_batch(posts)]
        told = [fact is not None and fact.in_district is not False for fact in facts]
        found = [fact is not None for fact in facts]
        _row(f"ours, {scope} source", decided, told, found)
        if options.errors and scope == "district":
            for row, fact in zip(decided, facts, strict=True):
                if (fact is not None) != (row["first"] == "1"):
                    print(f"  {row['first']} {'' if fact is None else fact.kind}: {texts[row['id']][0][:120]}")
    words = [any(p.search(normal(texts[r["id"]][0])) for p in TRIGGERS.values()) for r in decided]
    _row("the words alone", decided, words, words)


def _row(name: str, decided: list[dict[str, str]], told: list[bool], found: list[bool]) -> None:
    none = [not t for t, r in zip(told, decided, strict=True) if r["first"] == "0"]
    one = [f for f, r in zip(found, decided, strict=True) if r["first"] == "1"]
    print(f"| {name} | {interval(sum(none), len(none))} | {interval(sum(one), len(one))} |")


if __name__ == "__main__":
    main()
