"""What the author of a pack should look at: names that mean several things, are too short, or are everyday words.

Pure: a pack and texts in, findings out. Nothing here judges a post; `analysis.places` does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from analysis.names import Name, Term, terms_of
from analysis.places import PlaceReader
from analysis.text import Body
from office.pack import Pack

SHORT = 2  # names of so many characters are words of everyday language too often to stand without a rule
EXAMPLES = 3
_KINDS = {
    "community": "社区",
    "compound": "小区",
    "road": "道路",
    "school": "学校",
    "hospital": "医院",
    "street": "街道办",
}
AROUND = 12  # characters shown on either side of an example


@dataclass(slots=True)
class Remark:
    """One thing to look at. `kind`: 单字, 重名, 两字名无规则, 与外地同名, 文中计入, 文中未计入."""

    kind: str
    word: str
    told: str
    examples: list[str] = field(default_factory=list)  # stretches of the texts around the name


def remarks(pack: Pack, texts: Iterable[str] = ()) -> list[Remark]:
    """All remarks on a gazetteer, the gravest kind first; of texts (not from the district, best of all) every name that
    stands in them, the commonest first, and whether it would count."""
    words = terms_of(pack)
    found = [*_one_character(pack), *_collisions(words), *_unguarded(words), *_elsewhere_too(words)]
    return found + _common(pack, texts)


def _one_character(pack: Pack) -> Iterator[Remark]:
    # the lexicon knows no word of one character: such a name would never be found
    gazetteer = pack.gazetteer
    places = [p for group in gazetteer.places.values() for p in group]
    names = [(s.name, s.aliases) for s in gazetteer.streets] + [(p.name, (*p.aliases, *p.ctx_aliases)) for p in places]
    names += [(c.name, ()) for c in gazetteer.compounds] + [(s, ()) for s in gazetteer.schools]
    for name, aliases in names:
        for word in (name, *aliases):
            if len(word.strip()) < 2:
                yield Remark("单字", word, f"“{name}”的名称只有一个字，判读时找不到，请写全")


def _collisions(words: dict[str, Term]) -> Iterator[Remark]:
    for word, term in words.items():
        things = {(n.name, n.kind): n for n in term.names if n.kind not in ("unit", "account")}
        streets = {n.street for n in things.values() if n.street}
        if len(things) > 1 and len(streets) > 1:
            told = "；".join(_thing(n) for n in things.values())
            yield Remark("重名", word, f"一个名称指几处、街道不同：{told}")


def _thing(name: Name) -> str:
    return f"{name.name}（{_KINDS.get(name.kind, '地点')}，{name.street or '街道未定'}）"


def _unguarded(words: dict[str, Term]) -> Iterator[Remark]:
    for word, term in words.items():
        alone = [n for n in term.names if not n.ctx and n.kind not in ("unit", "account", "district")]
        if len(word) <= SHORT and alone and not term.lines and not term.borders:
            yield Remark("两字名无规则", word, f"{_thing(alone[0])}：两字名称不需佐证即计入，请加边界或易混规则")


def _elsewhere_too(words: dict[str, Term]) -> Iterator[Remark]:
    for word, term in words.items():
        if term.other and term.names and not term.lines:
            told = "、".join(n.name for n in term.names)
            yield Remark("与外地同名", word, f"既是本区的{told}，又在别处地名表里，请写易混规则")


def _common(pack: Pack, texts: Iterable[str]) -> list[Remark]:
    counted: dict[str, list[str]] = defaultdict(list)
    refused: dict[str, list[str]] = defaultdict(list)
    times: dict[str, int] = defaultdict(int)
    places, total = PlaceReader(pack), 0
    for text in texts:
        total += 1
        body = Body.of("", text)
        finding = places.find(body, scope="open")
        for hits, examples in ((finding.hits, counted), (finding.refused, refused)):
            for hit in hits:
                word = body.plain[hit.start : hit.end]
                times[word] += 1
                if len(examples[word]) < EXAMPLES:
                    examples[word].append(body.plain[max(0, hit.start - AROUND) : hit.end + AROUND])
    found = []
    for word in sorted(times, key=lambda w: (-times[w], w)):
        kept = counted[word] or refused[word]
        told = f"{total} 条文本中出现 {times[word]} 次，{'判为本区地名' if counted[word] else '都未判为本区地名'}"
        found.append(Remark("文中计入" if counted[word] else "文中未计入", word, told, kept))
    return found
