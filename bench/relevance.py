"""Relevance and street: made posts out of real messages, and real headlines labelled twice.

    .venv/bin/python -m bench.relevance [--posts 1000] [--errors]

Five parts: in each a fifth of the names of compounds, schools, lanes and places is left out of the pack before the
posts, which use all of them, are read; a post counts in each part (the table gives mean and spread). The names are the
pack's own, so the table tells how names are read, not whether the pack is right. Beside it: every name of the lists as
it stands, unless another city or district is named (a list of key words). Data: HUIYING_DATA, default ../shared/data.
"""

import argparse
import csv
import dataclasses
import platform
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from analysis.names import names_of  # noqa: E402
from analysis.places import PlaceReader  # noqa: E402
from analysis.relevance import RelevanceReader  # noqa: E402
from analysis.text import Body, longest  # noqa: E402
from bench.made_places import MadePost, fold_of, headlines, posts  # noqa: E402
from bench.measures import data_folder, interval, kappa  # noqa: E402
from office.pack import Pack, load_pack  # noqa: E402

FOLDS, SEED = 5, 15
TITLES = Path(__file__).parent / "texts" / "relevance_titles.tsv"
Judge = Callable[[str], tuple[bool, list[str]]]


def without(pack: Pack, part: int) -> Pack:
    """The pack without the names of one part."""

    def kept(name: str) -> bool:
        return fold_of(name.split("(")[0], FOLDS) != part

    old = pack.gazetteer
    left = ("hutong_road", "school", "hospital", "residential_project")
    places = {g: tuple(p for p in ps if g not in left or kept(p.name)) for g, ps in old.places.items()}
    new = {
        "places": places,
        "compounds": tuple(c for c in old.compounds if kept(c.name)),
        "schools": tuple(s for s in old.schools if kept(s)),
        "lanes": tuple(lane for lane in old.lanes if kept(lane.name)),
    }
    return dataclasses.replace(pack, gazetteer=old.model_copy(update=new))


def ours(pack: Pack) -> Judge:
    """The reader of the service on an open source."""
    places, relevance = PlaceReader(pack), RelevanceReader(pack)

    def judge(text: str) -> tuple[bool, list[str]]:
        body = Body.of("", text)
        finding = places.find(body, scope="open")
        told = relevance.judge(body, finding, scope="open", voice="public")
        return told.relevant, finding.streets if told.relevant else []

    return judge


def key_words(pack: Pack) -> Judge:
    """The plain reference: names as they stand, none where another city or district is named and 西城 is not."""
    names = names_of(pack)

    def judge(text: str) -> tuple[bool, list[str]]:
        kept = longest(names.find(Body.of("", text).plain))
        found = [n for h in kept for n in h.value.names if n.kind not in ("unit", "account")]
        elsewhere = any(h.value.other in ("city", "province", "district") and not h.value.names for h in kept)
        relevant = bool(found) and (not elsewhere or any(n.kind == "district" for n in found))
        return relevant, list(dict.fromkeys(n.street for n in found if n.street)) if relevant else []

    return judge


def figures(made: Sequence[MadePost], judge: Judge) -> tuple[dict[str, float], list[tuple[MadePost, bool, list[str]]]]:
    """({relevance P, R, street P, R}, what went wrong). Street: over all relevant posts whose street is decided."""
    count: Counter[str] = Counter()
    wrong = []
    for post in made:
        relevant, streets = judge(post.text)
        count["told"] += relevant
        count["true"] += post.relevant
        count["both"] += relevant and post.relevant
        street_wrong = False
        if post.street is not None and post.relevant:
            count["street told"] += bool(streets)
            count["street true"] += bool(post.street)
            count["street both"] += bool(post.street) and streets[:1] == [post.street]
            street_wrong = streets[:1] != ([post.street] if post.street else [])
        elif relevant and not post.relevant:
            count["street told"] += bool(streets)
        if relevant != post.relevant or street_wrong:
            wrong.append((post, relevant, streets))
    return {
        "relevance P": count["both"] / max(count["told"], 1),
        "relevance R": count["both"] / max(count["true"], 1),
        "street P": count["street both"] / max(count["street told"], 1),
        "street R": count["street both"] / max(count["street true"], 1),
    }, wrong


def show_posts(pack: Pack, folder: Path, *, count: int, errors: bool) -> None:
    """The table of the made posts."""
    made = posts(pack, folder, count=count, seed=SEED)
    only = sum(p.sort.startswith("only:") for p in made) / max(1, sum(p.relevant for p in made))
    print(f"{len(made)} posts, {sum(p.relevant for p in made)} relevant, {only:.2f} of these by one such name alone\n")
    print("| reader | relevance P | relevance R | street P | street R |\n|---|---|---|---|---|")
    by_sort: dict[str, list[bool]] = defaultdict(list)
    shown: dict[str, str] = {}
    for title, make in (("ours", ours), ("key words", key_words)):
        parts = []
        for part in range(FOLDS):
            told, wrong = figures(made, make(without(pack, part)))
            parts.append(told)
            if make is ours:
                bad = {id(post) for post, relevant, _ in wrong if relevant != post.relevant}
                for post in made:
                    by_sort[post.sort].append(id(post) not in bad)
                for p, r, s in wrong:
                    wanted = f"{r} {s} for {p.relevant} {p.street}"
                    shown[f"{part} {p.id} {p.name}"] = f"{p.sort} [{p.name}] {wanted} | {p.text[:80]}"
        cells = []
        for name in parts[0]:
            values = [told[name] for told in parts]
            cells.append(f"{statistics.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})")
        print(f"| {title}, a fifth of the names unknown | {' | '.join(cells)} |")
        whole, _ = figures(made, make(pack))
        print(f"| {title}, all names known | {' | '.join(f'{v:.3f}' for v in whole.values())} |")
    print("\n| how the place is told | posts | rightly relevant or not |\n|---|---|---|")
    for sort, right in sorted(by_sort.items()):
        print(f"| {sort} | {len(right) // FOLDS} | {statistics.mean(right):.3f} |")
    if errors:
        print(*shown.values(), sep="\n")


def show_titles(pack: Pack, folder: Path, *, errors: bool) -> None:
    """The table of the headlines."""
    texts = headlines(folder)
    with TITLES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    missing = [row["id"] for row in rows if row["id"] not in texts]
    if missing:
        sys.exit(f"{len(missing)} labelled headlines are not in {folder}: other lists of hot searches?")
    print(f"\n{len(rows)} headlines, two passes agree with κ = {kappa([(r['first'], r['second']) for r in rows]):.2f}")
    print("\n| reader | P | R |\n|---|---|---|")
    decided = [r for r in rows if r["first"] == r["second"] and r["first"] != "?"]
    for title, judge in (("ours", ours(pack)), ("key words", key_words(pack))):
        told = {r["id"]: judge(texts[r["id"]])[0] for r in decided}
        both = sum(told[r["id"]] and r["first"] == "1" for r in decided)
        true = sum(r["first"] == "1" for r in decided)
        print(f"| {title} | {interval(both, sum(told.values()))} | {interval(both, true)} |")
        if errors:
            for row in decided:
                if told[row["id"]] != (row["first"] == "1"):
                    print(f"  {title}: {told[row['id']]} {texts[row['id']]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--errors", action="store_true", help="list every text that went wrong")
    options = parser.parse_args()
    pack, folder = load_pack("xicheng"), data_folder()
    print(f"{platform.platform()}, Python {platform.python_version()}\n")
    show_posts(pack, folder, count=options.posts, errors=options.errors)
    if TITLES.exists():
        show_titles(pack, folder, errors=options.errors)


if __name__ == "__main__":
    main()
