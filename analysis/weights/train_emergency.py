"""Trains the model of how emergencies are told; writes emergency.npz beside itself.

    .venv/bin/python analysis/weights/train_emergency.py

Reads the texts made for it in tests/analysis/emergency_texts*.py, makes more out of emergency_phrases.txt and takes
ordinary posts, letters and messages under HUIYING_DATA as noise. What each part weighs was chosen by leaving out one
batch of made texts after another (`bench/emergencies.py`). A minute on two cores; the same every time.
"""

import csv
import gzip
import json
import random
import runpy
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from analysis import emergency_cues as cues  # noqa: E402
from analysis.emergency_model import FORMAT, OURS, SIZES, THEIRS, WEIGHTS, Blotted, blot, blotted, grams, sides  # noqa: E402
from analysis.emergency_rules import NAMES, rules_met  # noqa: E402  (run as a script)
from analysis.emergency_triggers import SIGNS, TRIGGERS  # noqa: E402
from analysis.emergency_windows import AHEAD, CURRENT, windows  # noqa: E402
from analysis.event_time import stamps  # noqa: E402
from analysis.places import PlaceReader  # noqa: E402
from analysis.text import Body  # noqa: E402
from bench import emergency_reports, emergency_words  # noqa: E402
from bench.measures import data_folder  # noqa: E402
from office.pack import load_pack  # noqa: E402
from tests.analysis.emergency_kinds import KINDS  # noqa: E402

PHRASES = Path(__file__).with_name("emergency_phrases.txt")
MADE_AT = datetime(2026, 11, 21, 9, 6, tzinfo=ZoneInfo("Asia/Shanghai"))  # when the made texts are read
OUTAGES = ("停水", "停电", "停热", "停气")
SERIOUS = ("fire", "explosion", "collapse", "gas", "poisoning")  # enough without anybody hurt (rules.md 3)
SENTENCES, SENTENCE_WEIGHT = 2500, 0.3  # made out of phrases
PLACELESS_WEIGHT = 0.3  # the made texts once more without their places
POSTS, NOISE_WEIGHT = 12000, 0.03
TITLES, NO_EMERGENCY = 8000, "罗一笑事件"  # headlines of the hot-search lists; the event of `event_news` without one
REPORT_WEIGHT, WORD_WEIGHT, FOLDS = 0.1, 0.3, 5  # a report of emergency_corpus; parts of the cross-validation
RULE_VALUE = 0.1  # what a rule met counts beside a text of length one
STRENGTH, HEAD_STRENGTH = 60.0, 10.0
CAUTION = 0.2  # taken from every opinion: as many decoys of the made batches as before real texts were learnt from


@dataclass(frozen=True)
class Example:
    """A text to learn from. `kind` "" and `harm` None: not known."""

    text: Blotted
    rules: tuple[str, ...]
    emergency: bool
    weight: float
    kind: str = ""
    harm: bool | None = None
    batch: int = 0


def example(text: Blotted, plain: str, *, emergency: bool, weight: float, **more: Any) -> Example:
    """With the rules that a text of `MADE_AT` meets."""
    told = stamps(plain, MADE_AT, ZoneInfo("Asia/Shanghai"))
    met = rules_met(plain, frozenset(plain), told, MADE_AT - CURRENT, MADE_AT + AHEAD)
    return Example(text, tuple(met), emergency, weight, **more)


# --- what is learnt from ---------------------------------------------------------------------------------------------


def batches() -> list[Example]:
    """The made texts, batch by batch."""
    places = PlaceReader(load_pack("xicheng"))
    found: list[Example] = []
    for path in sorted((ROOT / "tests" / "analysis").glob("emergency_texts*.py")):
        made = runpy.run_path(str(path))
        number = int(path.stem.removeprefix("emergency_texts").strip("_") or 1)
        for text, emergency, kinds in labelled(made, number):
            kind = kinds.split("|")[0]
            body = Body.of("", text)
            finding = places.find(body, scope="open")
            text_of = blotted(body, finding)
            _, theirs = sides(finding)
            if not emergency and theirs:
                continue  # a true emergency of another place: the places tell that it is none of ours
            harm = True if kind and kind not in (*SERIOUS, *OUTAGES) else None
            found.append(
                example(text_of, body.plain, emergency=emergency, weight=1.0, kind=kind, harm=harm, batch=number)
            )
    return found


def labelled(made: dict[str, Any], number: int) -> list[tuple[str, bool, str]]:
    """(text, whether it tells an emergency, the kinds that are right, parted by |) of one batch."""
    if "TOLD" in made:
        told = [(text, True, kinds) for kinds, texts in made["TOLD"].items() for text in texts]
    else:
        texts = [*made["EMERGENCIES"], *made.get("OUTAGES", ())]
        told = [(text, True, kind) for text, kind in zip(texts, KINDS[number], strict=True)]
    return told + [(text, False, "") for text in made["DECOYS"]]


def placeless(examples: Iterable[Example]) -> list[Example]:
    """The same told without a place."""
    found = []
    for one in examples:
        keep = ~np.isin(one.text.codes, [ord(OURS), ord(THEIRS)])
        if not keep.all():
            text = Blotted(one.text.codes[keep], one.text.at)
            found.append(replace(one, text=text, weight=PLACELESS_WEIGHT))
    return found


class Phrases:
    """Texts made out of the sections of emergency_phrases.txt."""

    def __init__(self, seed: int = 5) -> None:
        self._sections: dict[str, list[str]] = {}
        section: list[str] = []
        for line in PHRASES.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = self._sections.setdefault(line[1:-1], [])
            elif line and not line.startswith("# "):
                section.append(line)
        self._kinds = [name for name in self._sections if f"{name} noun" in self._sections]
        self._dice = random.Random(seed)

    def make(self, count: int) -> list[Example]:
        """`count` emergencies and as many texts that only sound like one; a sixth as many of both about outages."""
        found = []
        for number in range(count):
            kind = self._dice.choice(self._kinds)
            frame = self._one("witness" if self._dice.random() < 0.68 else "official")
            text, harm = self._filled(frame, kind, needs_harm=kind not in SERIOUS)
            if self._dice.random() < 0.3:
                text += "。" + self._one("after").rstrip("*")
            found.append(self._example(text, emergency=True, kind=kind, harm=harm))
            frame = self._one("decoy")
            text, _ = self._filled(frame, self._dice.choice(self._kinds), needs_harm=False)
            found.append(self._example(text, emergency=False, harm=False if "{L}" in frame else None))
            if number % 3 == 0:
                kind = self._dice.choice(self._kinds)
                text, harm = self._plain("plain", kind)
                found.append(self._example(text, emergency=True, kind=kind, harm=harm))
                found.append(self._example(self._plain("plain decoy", kind)[0], emergency=False))
            if number % 6 == 0:
                kind = self._dice.choice(OUTAGES)
                found.append(self._example(self._outage("cut", kind), emergency=True, kind=kind))
                found.append(self._example(self._outage("cut decoy", kind), emergency=False))
        return found

    def _one(self, section: str) -> str:
        return self._dice.choice(self._sections[section])

    def _filled(self, frame: str, kind: str, *, needs_harm: bool) -> tuple[str, bool]:
        happening, after = self._one(kind), self._one("after")
        if needs_harm and not happening.endswith("*"):
            after = self._dice.choice([a for a in self._sections["after"] if a.endswith("*")])
        harm = happening.endswith("*") or (after.endswith("*") and "{A}" in frame)
        words = {"H": happening.rstrip("*"), "A": after.rstrip("*"), "O": self._one("open"), "T": self._one("when")}
        words |= {"P": OURS, "W": THEIRS, "N": self._one(f"{kind} noun"), "X": self._one("nothing")}
        words |= {"M": self._one("metaphor"), "L": self._one("minor")}
        return frame.format(**words), harm

    def _plain(self, section: str, kind: str) -> tuple[str, bool]:
        happening, after = self._one(f"{kind} plain"), self._one("after")
        words = {"P": OURS, "W": THEIRS, "T": self._one("when"), "V": happening.rstrip("*"), "A": after.rstrip("*")}
        return self._one(section).format(**words), happening.endswith("*")

    def _outage(self, section: str, kind: str) -> str:
        words = {"P": OURS, "T": self._one("when"), "C": self._one(kind), "S": self._one("cut still")}
        words |= {"S2": self._one("cut still"), "D": self._one("cut plan"), "E": self._one("cut one")}
        return self._one(section).format(**words)

    def _example(self, plain: str, **more: Any) -> Example:
        return example(blot(plain), plain, weight=SENTENCE_WEIGHT, **more)


def told_reports(folder: Path) -> list[Example]:
    """The labelled reports of emergency_corpus as the reader hears their heads: the title, and title and beginning.

    `batch`: the fold of the report, 1 to `FOLDS`, by the hash of its name.
    """
    places = PlaceReader(load_pack("xicheng"))
    found = []
    for report in emergency_reports.reports(folder):
        body = Body.of(report.title, report.text)
        text_of = blotted(body, places.find(body, scope="open"))
        for start, end in {(0, body.title_end), windows(body)[0]}:
            left, right = text_of.bounds(start, end)
            part = Blotted(text_of.codes[left:right], text_of.at)
            fold = emergency_reports.fold(report.key, FOLDS)
            found.append(example(part, body.plain[start:end], emergency=True, weight=REPORT_WEIGHT, batch=fold))
    return found


def word_texts(folder: Path) -> list[Example]:
    """Headlines and posts that hold a word of emergencies, as they were labelled (bench/emergency_words.py).

    `batch`: the fold of the text, 1 to `FOLDS`.
    """
    places = PlaceReader(load_pack("xicheng"))
    found = []
    for key, text, emergency in emergency_words.labelled(folder):
        body = Body.of("", text)
        text_of = blotted(body, places.find(body, scope="open"))
        start, end = windows(body)[0]
        left, right = text_of.bounds(start, end)
        part = Blotted(text_of.codes[left:right], text_of.at)
        batch = emergency_reports.fold(key, FOLDS)
        found.append(
            example(
                part,
                body.plain[start:end],
                emergency=emergency,
                weight=WORD_WEIGHT / (2 if emergency else 1),
                batch=batch,
            )
        )
    return found


def titles(folder: Path) -> list[Example]:
    """Headlines that name no happening, and articles on a quarrel about donations: news is no emergency."""
    with gzip.open(folder / "hot_search" / "titles_2020-11_2021-12.tsv.gz", "rt", encoding="utf-8") as lines:
        told = sorted({line.rstrip("\n").split("\t")[1] for line in lines if "\t" in line})
    found = []
    for text in random.Random(7).sample(told, TITLES):
        plain = Body.of("", text).plain
        if not any(pattern.search(plain) for pattern in (*TRIGGERS.values(), *SIGNS.values())):
            found.append(example(blot(plain), plain, emergency=False, weight=NOISE_WEIGHT))
    with gzip.open(folder / "event_news" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [article for article in map(json.loads, lines) if article["event"] == NO_EMERGENCY]
    for article in articles:
        body = Body.of(article["title"], article["text"][:1000])
        text_of = blot(body.plain)
        for start, end in windows(body)[:4]:
            left, right = text_of.bounds(start, end)
            part = Blotted(text_of.codes[left:right], text_of.at)
            found.append(example(part, body.plain[start:end], emergency=False, weight=NOISE_WEIGHT, harm=False))
    return found


def noise(folder: Path) -> list[Example]:
    """Everyday posts, and the letters and messages of citizens as the reader hears them: window by window, and their
    titles and a sentence of each alone."""
    posts = (folder / "emotion_weibo" / "usual_train.tsv").read_text(encoding="utf-8").splitlines()[1:]
    texts = random.Random(3).sample([post.split("\t")[1] for post in posts], POSTS)
    found = []
    for number, text in enumerate(texts):
        led = f"在{OURS}," if number % 2 else ""  # half of them name a place
        plain = Body.of("", text).plain
        found.append(example(blot(led + plain), plain, emergency=False, weight=NOISE_WEIGHT))
    places = PlaceReader(load_pack(ROOT / "bench" / "districts" / "a_city"))  # the anonymous city of the messages
    with (folder / "citizen_messages" / "labelled_train.csv").open(encoding="utf-8-sig", newline="") as file:
        letters = [(row["title"], row["text"]) for row in csv.DictReader(file)]
    with (folder / "beijing_letters" / "letters.jsonl").open(encoding="utf-8") as lines:
        letters += [(row["title"], row["content"]) for row in map(json.loads, lines)]
    for title, text in letters:
        body = Body.of(title, text)
        text_of = blotted(body, places.find(body, scope="district"))
        short = [(0, body.title_end), *((s.start, s.end) for s in body.sentences()[2:3])]
        for start, end in (*windows(body), *short):
            # a neighbourhood without water tells no noise
            if end > start and not cues.OUTAGE.search(body.plain[start:end]):
                left, right = text_of.bounds(start, end)
                part = Blotted(text_of.codes[left:right], text_of.at)
                plain = body.plain[start:end]
                found.append(example(part, plain, emergency=False, weight=NOISE_WEIGHT, harm=False))
    return found


def told(folder: Path) -> list[Example]:
    """The real texts with labels."""
    return [*told_reports(folder), *word_texts(folder)]


def ordinary(folder: Path) -> list[Example]:
    """The real texts without: none of them is taken for an emergency."""
    return [*noise(folder), *titles(folder)]


# --- learning --------------------------------------------------------------------------------------------------------


@dataclass
class Learnt:
    """What the file of weights holds."""

    keys: np.ndarray[Any, Any]
    idf: np.ndarray[Any, Any]
    weights: np.ndarray[Any, Any]
    bias: float
    rules: dict[str, float]
    heads: list[str]
    head_rows: np.ndarray[Any, Any]
    head_weights: np.ndarray[Any, Any]
    head_biases: list[float]


def vocabulary(examples: Iterable[Example], least: int = 2) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(keys, idf) of the grams that stand in at least `least` of the texts, keys sorted."""
    counts: Counter[int] = Counter()
    total = 0
    for one in examples:
        counts.update(np.unique(np.concatenate(grams(one.text.codes))).tolist())
        total += 1
    kept = sorted((key, count) for key, count in counts.items() if count >= least)
    idf = np.log((1 + total) / (1 + np.array([count for _, count in kept]))) + 1
    return np.array([key for key, _ in kept], dtype=np.uint64), idf


def matrix(examples: Sequence[Example], keys: np.ndarray[Any, Any], idf: np.ndarray[Any, Any]) -> Any:
    """One row of length one for each text: how often each gram stands in it, times its idf."""
    columns, values, bounds = [], [], [0]
    for one in examples:
        all_keys = np.concatenate(grams(one.text.codes))
        at = np.minimum(np.searchsorted(keys, all_keys), len(keys) - 1)
        at = at[keys[at] == all_keys]
        # the model sums over occurrences: the length counts each of them
        length = np.sqrt((idf[at] ** 2).sum()) or 1.0
        columns.append(at)
        values.append(idf[at] / length)
        bounds.append(bounds[-1] + len(at))
    made = csr_matrix((np.concatenate(values), np.concatenate(columns), bounds), shape=(len(examples), len(keys)))
    made.sum_duplicates()
    return made


def learn(examples: Sequence[Example], everyday: Sequence[Example]) -> Learnt:
    """The weights out of the made texts and the noise."""
    keys, idf = vocabulary(examples)  # what only the noise says weighs nothing
    everything = [*examples, *everyday]
    met = np.array([[RULE_VALUE * (name in one.rules) for name in NAMES] for one in everything])
    rows = matrix(everything, keys, idf)
    wanted = np.array([one.emergency for one in everything])
    trust = np.array([one.weight for one in everything])
    model = LogisticRegression(C=STRENGTH, max_iter=3000).fit(
        hstack([rows, csr_matrix(met)]).tocsr(), wanted, sample_weight=trust
    )
    rules = {name: round(float(w) * RULE_VALUE, 4) for name, w in zip(NAMES, model.coef_[0][len(keys) :], strict=True)}
    heads, head_rows, head_weights, head_biases = further(everything, keys, idf)
    weights = model.coef_[0][: len(keys)]
    return Learnt(
        keys, idf, weights, float(model.intercept_[0]) - CAUTION, rules, heads, head_rows, head_weights, head_biases
    )


def further(examples: Sequence[Example], keys: np.ndarray[Any, Any], idf: np.ndarray[Any, Any]) -> Any:
    """The heads that tell harm and kind, over characters and pairs that several texts share."""
    shared = (keys >> np.uint64(42)) == 0
    chosen = np.flatnonzero(shared & (idf < idf.max() - np.log(5 / 3)))
    told = [one for one in examples if one.kind or one.harm is not None]
    kinds = sorted({one.kind for one in told if one.kind})
    names, weights, biases = ["harm", *kinds], [], []
    for name in names:
        if name == "harm":
            part = [one for one in told if one.harm is not None]
            wanted = [bool(one.harm) for one in part]
        else:
            part = [one for one in told if one.kind]
            wanted = [one.kind == name for one in part]
        rows = matrix(part, keys[chosen], idf[chosen])
        model = LogisticRegression(C=HEAD_STRENGTH, max_iter=1000).fit(
            rows, wanted, sample_weight=[one.weight for one in part]
        )
        weights.append(model.coef_[0])
        biases.append(round(float(model.intercept_[0]), 4))
    return names, chosen, np.array(weights).T, biases


def write(learnt: Learnt, path: Path = WEIGHTS) -> None:
    """The file the reader loads."""
    steps = np.abs(learnt.head_weights).max(axis=0) / 127
    card = {
        "format": FORMAT,
        "bias": round(learnt.bias, 4),
        "rules": learnt.rules,
        "heads": learnt.heads,
        "head_biases": learnt.head_biases,
        "head_steps": [float(f"{step:.6g}") for step in steps],
    }
    np.savez_compressed(
        path,
        keys=learnt.keys,
        idf=learnt.idf.astype(np.float16),
        weights=learnt.weights.astype(np.float16),
        head_rows=learnt.head_rows.astype(np.int32),
        heads=np.round(learnt.head_weights / steps).astype(np.int8),
        card=np.array(json.dumps(card, ensure_ascii=False)),
    )


def main() -> None:
    made = batches()
    folder = data_folder()
    everything = [*made, *placeless(made), *Phrases().make(SENTENCES), *told(folder)]
    everyday = ordinary(folder)
    learnt = learn(everything, everyday)
    write(learnt)
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size} bytes, {len(learnt.keys)} grams of sizes {SIZES}, heads {learnt.heads}")
    print(
        f"{len(made)} made texts, {len(everything) - len(made)} made of phrases or without place, {len(everyday)} noise"
    )
    print("rules", learnt.rules)


if __name__ == "__main__":
    main()
