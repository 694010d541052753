"""Real reports, headlines and posts read by a model that never saw them: five parts left out in turn.

    .venv/bin/python -m bench.emergency_cross

The model learns from the labelled texts of four parts, all made texts and the noise (six minutes on one core). Reports:
found, time, dead, hurt (bench/emergency_reports.py). Texts with a word of emergencies (bench/emergency_words.py): an
emergency read where there is one, none where there is none, as if on the district's own board. Data: HUIYING_DATA.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from analysis.emergency_model import TellingModel  # noqa: E402
from analysis.reader import PostIn, Reader  # noqa: E402
from analysis.weights import train_emergency as training  # noqa: E402
from bench import emergency_reports, emergency_words  # noqa: E402
from bench.measures import data_folder, interval  # noqa: E402
from office.pack import load_pack  # noqa: E402
from tests.analysis.cast import MORNING, Calm  # noqa: E402

FOLDS = training.FOLDS


def main() -> None:
    folder, pack = data_folder(), load_pack("xicheng")
    made = training.batches()
    base = [*made, *training.placeless(made), *training.Phrases().make(training.SENTENCES)]
    ordinary, real = training.ordinary(folder), training.told(folder)
    voices = {key: voice for key, _, voice in emergency_words.lines(folder)}
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "left_out.npz"
        for part in range(1, FOLDS + 1):
            training.write(training.learn([*base, *(one for one in real if one.batch != part)], ordinary), path)
            reader = Reader(pack, Calm(), telling=TellingModel(path))
            for what, (good, asked) in emergency_reports.measured(reader, folder, part=(part, FOLDS))[0].items():
                right[what] += good
                total[what] += asked
            words = [w for w in emergency_words.labelled(folder) if emergency_reports.fold(w[0], FOLDS) == part]
            posts = [PostIn(k, t, voice=voices[k], scope="district", published_at=MORNING) for k, t, _ in words]
            for (_, _, wanted), reading in zip(words, reader.read_batch(posts), strict=True):
                what = "words that tell one" if wanted else "words that tell none"
                right[what] += (reading.emergency is not None) == wanted
                total[what] += 1
    print("| left out in turn | right |\n|---|---|")
    for what in total:
        print(f"| {what} | {interval(right[what], total[what])} |")


if __name__ == "__main__":
    main()
