"""All names of a pack in one lexicon: what each word may stand for, and the rules that guard it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from analysis.text import Lexicon, normal
from office.pack import Pack
from office.pack.gazetteer import AmbiguousTerm, Place, Side, WordBorder

OtherKind = Literal["district", "city", "province", "word"]

_KIND_BY_GROUP = {
    "hutong_road": "road",
    "residential_project": "compound",
    "school": "school",
    "hospital": "hospital",
    "station": "station",
    "park": "park",
}


# of these kinds a name of the lists counts without a context, where the pack does not call it common
_LISTED = ("road", "compound", "school", "hospital", "station")
_HOUSES = re.compile(r"(?:住宅小区|小区|社区|家属院|居民区|平房)$")

# a block among its like: 裕中西里, 三里河一区, 西四北三条
_NUMBERED = re.compile(
    r"(?P<root>[\u4e00-\u9fff]{2,6})(?:(?P<side>[东西南北中])(?P<tail>里)|(?P<number>[一二三四五六七八])(?P<tail2>区|条|里))"
)
_LANE = re.compile(r"[\u4e00-\u9fff]{2,6}胡同(?=小区|社区|甲?\d)")
_STATION = re.compile(r"(?P<root>[\u4e00-\u9fff]{3,6})站")
_ROAD = re.compile(r"(?P<root>[\u4e00-\u9fff]{3,5}?)[东西南北内外]?(?:大街|街|路|胡同)")


@dataclass(frozen=True, slots=True)
class Name:
    """One thing a word may name. `kind`: district, street, community, unit, account, road, compound, school, …;
    `ctx`: counts only with a context token; `sure`: the street is trusted."""

    name: str
    kind: str
    street: str | None = None
    ctx: bool = True
    elsewhere: tuple[str, ...] = ()
    sides: dict[str, Side] = field(default_factory=dict)
    sure: bool = True
    listed: bool = False  # without a context it counts where the text names no other place


@dataclass(slots=True)
class Term:
    """What a word of the lexicon means: names of the district, another place, lines of the rules, its borders."""

    names: list[Name] = field(default_factory=list)
    other: OtherKind | None = None
    lines: list[AmbiguousTerm] = field(default_factory=list)
    borders: list[WordBorder] = field(default_factory=list)
    listed: bool = False  # counts where the text names no other place
    common: bool = False  # other cities are known to have it
    mainly_here: bool = False  # tells the place by itself where an emergency is told


def names_of(pack: Pack) -> Lexicon[Term]:
    """The lexicon of a pack; words are in normal form."""
    return Lexicon(terms_of(pack))


def terms_of(pack: Pack) -> dict[str, Term]:
    """What each word of a pack may stand for."""
    terms: dict[str, Term] = {}

    def term(word: str) -> Term:
        return terms.setdefault(normal(word), Term())

    for word, name in _district_names(pack):
        known = term(word).names
        if not any(k.name == name.name and k.kind == name.kind for k in known):
            known.append(name)
    for word in (*pack.gazetteer.mainly_here.names, *_roots(terms, pack.district.parent.words[0])):
        if not term(word).names:
            term(word).names.append(Name(word, "area"))
        term(word).mainly_here = True
    common = {normal(word) for word in pack.gazetteer.common.names}
    for word, meant in terms.items():
        meant.common = word in common
        meant.listed = len(word) >= 3 and word not in common and any(_stands_alone(word, n) for n in meant.names)
    chosen, endings = set(pack.gazetteer.mainly_here.names), pack.gazetteer.mainly_here.endings
    for word, meant in terms.items():
        if meant.names and (word.endswith(endings or ("\0",)) or any(name.name in chosen for name in meant.names)):
            meant.mainly_here = True  # also by its other names
    other = pack.gazetteer.other_places
    kinds: list[tuple[OtherKind, tuple[str, ...]]] = [
        ("district", other.districts),
        ("district", other.districts_short),
        ("province", other.provinces),
        ("city", other.cities),
        ("word", other.words),
        ("province", other.countries),
    ]
    for kind, words in kinds:
        for word in words:
            term(word).other = kind
    for line in pack.gazetteer.ambiguous_terms:
        for word in line.terms:
            term(word).lines.append(line)
    for border in pack.gazetteer.word_borders:
        head = normal(border.term)
        for word, meant in terms.items():
            if word == head or (border.longer and word.startswith(head)):
                meant.borders.append(border)
    return terms


def _district_names(pack: Pack) -> Iterator[tuple[str, Name]]:
    district, gazetteer = pack.district, pack.gazetteer
    for alias in district.aliases:
        yield alias, Name(district.short_name, "district", ctx=False)
    level = gazetteer.street_level
    bare_streets: list[str] = []
    taken = {place.name for places in gazetteer.places.values() for place in places}
    for street in gazetteer.streets:
        name = Name(street.name, "street", street.name, ctx=False)
        yield street.name, name
        for alias in street.aliases:
            yield alias, name
        bare = street.name.removesuffix(level) if level else street.name
        bare_streets.append(bare)
        if level and bare != street.name:
            yield bare, name
            yield f"{bare}街道办", name
            yield f"{bare}派出所", name
        for community in street.communities:
            meant = Name(community.name, "community", street.name, ctx=not community.distinct)
            yield community.name, meant
            yield f"{community.name}居委会", meant
            bare_name = community.name.removesuffix("社区")
            if len(bare_name) >= 4 and bare_name not in taken:
                # people leave 社区 away: 百万庄东, 车公庄北里
                yield bare_name, replace(meant, ctx=True, listed=community.distinct)
    distinct: dict[str, Name] = {}
    for group, places in gazetteer.places.items():
        for place in places:
            for word, name in _place_names(place, _KIND_BY_GROUP.get(group, group)):
                if not name.ctx and len(word) >= 3:
                    distinct.setdefault(word, name)
                yield word, name
    yield from _unplaced_names(pack, distinct)
    yield from _siblings(distinct)
    for unit in pack.departments.departments:
        for word in (unit.name, *unit.aliases, *unit.older):
            tells = district.bare_name in word or any(b in word for b in bare_streets if len(b) >= 2 and b != word)
            if tells and unit.jurisdiction == "district":
                yield word, Name(unit.name, "unit", ctx=False)
            else:
                yield word, Name(unit.name, "unit", ctx=not (tells and len(word) > 3))
    for account in pack.departments.own_accounts.named:
        for word in (account.name, *account.short):
            yield word, Name(account.name, "account", ctx=False)


def _stands_alone(word: str, name: Name) -> bool:
    # three characters of a road or a station are a word of every city too often (永安路, 西二环)
    return name.listed and (len(word) >= 4 or name.kind in ("compound", "hospital"))


def _place_names(place: Place, kind: str) -> Iterator[tuple[str, Name]]:
    def name(ctx: bool) -> Name:
        sides = dict(place.sides) if place.street is None else {}
        sure = place.trust != "low"
        listed = kind in _LISTED and not place.elsewhere
        return Name(place.name, kind, place.street, ctx, place.elsewhere, sides, sure, listed)

    yield place.name, name(place.ctx)
    for alias in place.aliases:
        yield alias, name(place.ctx)
    for alias in place.ctx_aliases:
        yield alias, name(True)


def _unplaced_names(pack: Pack, distinct: dict[str, Name]) -> Iterator[tuple[str, Name]]:
    # A compound named after a lane that is the district's alone is as certain as the lane, and lies where it lies.
    parent = pack.district.parent.words[0]
    for lane_of in pack.gazetteer.lanes:
        yield lane_of.name, Name(lane_of.name, "road", lane_of.street, listed=True)
    for compound in pack.gazetteer.compounds:
        root = next((w for w in _heads(compound.name) if w in distinct), None)
        of = distinct[root] if root else None
        street = of.street if of is not None and of.kind in ("road", "compound") and of.sure else None
        meant = Name(compound.name, "compound", street or compound.street, ctx=of is None, listed=True)
        yield compound.name, meant
        lane = _LANE.match(compound.name)
        if lane:
            yield lane[0], Name(lane[0], "road", street, listed=True)
        plain = re.sub(r"\(.*?\)", "", compound.name)
        if len(plain) >= 4 and plain != compound.name:
            yield plain, meant
        bare = _HOUSES.sub("", plain)
        if len(bare) >= 4 and bare != plain:
            yield bare, meant
    for school in pack.gazetteer.schools:
        yield school, Name(school, "school", ctx=parent not in school, listed=True)
        short = re.sub(rf"^{parent}(?:市)?(?:{pack.district.short_name})?", "", school)
        short = short.removeprefix(pack.district.short_name)
        if len(short) >= 4 and short != school:
            yield short, Name(school, "school", ctx=True, listed=True)


def _roots(terms: dict[str, Term], parent: str) -> list[str]:
    # 手帕口 of 手帕口南街: people name a corner by the road without its last word (手帕口桥)
    roots = []
    for word, meant in terms.items():
        match = _ROAD.fullmatch(word) or _STATION.fullmatch(word)
        if match is None or match["root"] in terms or match["root"].startswith(parent):
            continue
        if match["root"][-1] in "大小斜部桥开":
            continue  # cut within a word, or a name that every city has (太平桥, 大石桥)
        if any(name.kind == "station" or (name.kind == "road" and not name.ctx) for name in meant.names):
            roots.append(match["root"])
    return list(dict.fromkeys(roots))


def _siblings(distinct: dict[str, Name]) -> Iterator[tuple[str, Name]]:
    # 裕中西里 is in the list, 裕中东里 is the next block: same root, another side, number or lane. No street is told.
    for word, of in distinct.items():
        match = _NUMBERED.fullmatch(word)
        if match and of.kind in ("road", "compound"):
            others = "东西南北中" if match["side"] else "一二三四五六七八" if match["number"] else ()
            for other in others:
                sibling = f"{match['root']}{other}{match['tail'] or match['tail2']}"
                if sibling not in distinct:
                    yield sibling, Name(sibling, of.kind, ctx=False)


def _heads(word: str) -> Iterator[str]:
    for length in range(len(word), 2, -1):
        yield word[:length]
