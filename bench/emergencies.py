"""Emergencies: how many are told and how many decoys are, each batch of made texts with a model that never saw it.

    .venv/bin/python bench/emergencies.py [--batches 9 10] [--shipped] [--errors] [--reports]

For each batch the model is trained on all the others (a minute each), then the whole reader reads the batch. Told
means: relevant, in the district, and a line of the pack's policy met. `--shipped`: the shipped weights instead, which
know the texts. `--errors` lists every text that went wrong. `--reports`: only the labelled reports of emergency_corpus,
which the shipped model has learnt from (left out in turn: bench/emergency_cross.py). Data: HUIYING_DATA, default
../shared/data.
"""

import argparse
import dataclasses
import platform
import runpy
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from alerts.grading.emergencies import canonical_kind, emergency_lines_met  # noqa: E402
from alerts.grading.facts import EmergencyFact, SeenPost  # noqa: E402
from analysis.emergency_model import TellingModel, telling_model  # noqa: E402
from analysis.emergency_post import OUTAGES  # noqa: E402
from analysis.reader import PostIn, Reader, ReadingOut  # noqa: E402
from analysis.weights import train_emergency as training  # noqa: E402
from bench import emergency_reports  # noqa: E402
from bench.measures import data_folder  # noqa: E402
from office.pack import load_pack  # noqa: E402
from tests.analysis.cast import MORNING, Calm  # noqa: E402

PACK = load_pack("xicheng")
FIELDS = [f.name for f in dataclasses.fields(EmergencyFact)]


@dataclass
class Score:
    """What became of one batch; lists hold (what went wrong, text)."""

    emergencies: int = 0
    decoys: int = 0
    missed: list[tuple[str, str]] = field(default_factory=list)
    misnamed: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)


def made_texts() -> dict[int, list[tuple[str, bool, str]]]:
    """Batch -> (text, whether it tells an emergency, the kinds that are right)."""
    found = {}
    for path in sorted((ROOT / "tests" / "analysis").glob("emergency_texts*.py")):
        number = int(path.stem.removeprefix("emergency_texts").strip("_") or 1)
        made = runpy.run_path(str(path))
        found[number] = training.labelled(made, number)
    return dict(sorted(found.items()))


def outcome(reading: ReadingOut) -> str:
    """How far a post came: no emergency, elsewhere, irrelevant, no line, told."""
    fact = reading.emergency
    if fact is None:
        return "no emergency"
    if fact.in_district is False:
        return "elsewhere"
    if not reading.relevant:
        return "not relevant"
    seen = EmergencyFact(**{name: getattr(fact, name) for name in FIELDS})
    post = SeenPost(1, MORNING, relevant=True, emergency=seen)
    return "told" if emergency_lines_met(post, PACK.policy.emergency_lines) else "no line"


def kind_of(reading: ReadingOut) -> str:
    """The kind as the policy names it."""
    kind = reading.emergency.kind if reading.emergency is not None else ""
    return kind if kind in OUTAGES or not kind else canonical_kind(kind, PACK.policy.emergency_lines)


def scored(texts: Sequence[tuple[str, bool, str]], reader: Reader) -> Score:
    """Reads one batch."""
    score = Score()
    posts = [PostIn(str(n), text, published_at=MORNING) for n, (text, _, _) in enumerate(texts)]
    for (text, emergency, kinds), reading in zip(texts, reader.read_batch(posts), strict=True):
        came = outcome(reading)
        score.emergencies += emergency
        score.decoys += not emergency
        if emergency and came != "told":
            score.missed.append((came, text))
        elif emergency and kind_of(reading) not in kinds.split("|"):
            score.misnamed.append((f"{kind_of(reading)} for {kinds}", text))
        elif not emergency and came == "told":
            score.told.append((kind_of(reading), text))
    return score


def left_out(batches: Sequence[int]) -> dict[int, TellingModel]:
    """For each batch the model that learns from all the others."""
    made = training.batches()
    data = data_folder()
    phrases, ordinary = training.Phrases().make(training.SENTENCES), training.ordinary(data)
    real = training.told(data)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for batch in batches:
            others = [one for one in made if one.batch != batch]
            path = Path(folder) / "left_out.npz"
            training.write(training.learn([*others, *training.placeless(others), *phrases, *real], ordinary), path)
            found[batch] = TellingModel(path)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="*", help="only these")
    parser.add_argument("--shipped", action="store_true", help="the shipped weights")
    parser.add_argument("--errors", action="store_true", help="list every text that went wrong")
    parser.add_argument("--reports", action="store_true", help="only the labelled reports")
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, numpy {np.__version__}\n")
    if not options.reports:
        show_batches(options)
    show_reports(errors=options.errors)


def show_batches(options: argparse.Namespace) -> None:
    """The table of the made texts."""
    texts = {number: made for number, made in made_texts().items() if number in (options.batches or made_texts())}
    models = dict.fromkeys(texts, telling_model()) if options.shipped else left_out(list(texts))
    scores = {n: scored(made, Reader(PACK, Calm(), telling=models[n])) for n, made in texts.items()}
    print("| batch | emergencies | told | kind right | decoys | told |\n|---|---|---|---|---|---|")
    total = Score()
    for number, score in scores.items():
        print(row(str(number), score))
        total.emergencies += score.emergencies
        total.decoys += score.decoys
        for name in ("missed", "misnamed", "told"):
            getattr(total, name).extend(getattr(score, name))
    print(row("all", total))
    if options.errors:
        for name in ("missed", "misnamed", "told"):
            print(f"\n{name}")
            for number, score in scores.items():
                for what, text in getattr(score, name):
                    print(f"{number} [{what}] {text}")


def show_reports(*, errors: bool) -> None:
    """The table of the real reports, by the shipped weights."""
    figures, wrong = emergency_reports.measured(Reader(PACK, Calm()), data_folder())
    print("\n| reports of emergencies | asked | right |\n|---|---|---|")
    for what, (right, total) in figures.items():
        print(f"| {what} | ≥ {emergency_reports.ASKED[what]:.2f} | {right} of {total} ({right / max(total, 1):.3f}) |")
    if errors:
        print(*wrong, sep="\n")


def row(name: str, score: Score) -> str:
    told = score.emergencies - len(score.missed)
    right = told - len(score.misnamed)
    return (
        f"| {name} | {score.emergencies} | {told} ({told / max(score.emergencies, 1):.3f}) | "
        f"{right} ({right / max(told, 1):.3f}) | "
        f"{score.decoys} | {len(score.told)} ({len(score.told) / max(score.decoys, 1):.3f}) |"
    )


if __name__ == "__main__":
    main()
