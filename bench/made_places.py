"""Posts for the bench of relevance: real messages of another city, told of places of this district or of others.

The messages are HUIYING_DATA/citizen_messages (an anonymous city: A市, A3区 …). Of each its title and first sentences
are kept, its place is taken out and another put in its stead. Nothing of the texts is committed; the same data give the
same posts everywhere.
"""

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from office.pack import Pack

_MARK = re.compile(r"(?:西地省)?(?:[A-Z]\d{0,2}(?:市|州))?(?:[A-Z]\d{1,2}(?:区|县|市))?")
_PLACE = re.compile(
    r"(?:西地省)?(?:[A-Z]\d{0,2}市)?(?:[A-Z]\d{1,2}[区县市])?(?<=[市区县])(?P<place>[\u4e00-\u9fff]{2,9}?"
    r"(?P<type>小区|花园|家园|公寓|苑|新村|路|大道|街|小学|中学|学校|幼儿园|医院))"
)
_KINDS = {"路": "road", "大道": "road", "街": "road", "小学": "school", "中学": "school", "学校": "school"}
_KINDS |= {"幼儿园": "school", "医院": "hospital"}
_LENGTH = 180  # characters of a post
ONLY = 0.44  # of the relevant posts those that name nothing but one such place
_CITIES = [
    "南京",
    "武汉",
    "合肥",
    "济南",
    "成都",
    "杭州",
    "西安",
    "郑州",
    "长沙",
    "沈阳",
    "石家庄",
    "太原",
    "广州",
    "深圳",
    "苏州",
    "青岛",
    "无锡",
    "昆明",
    "贵阳",
    "南昌",
]
_TRAPS = [
    "许昌西城区",
    "广西城管",
    "江西城投公司",
    "定州西城区",
    "西城男孩的歌迷会",
    "陕西城固县",
    "永康西城街道",
    "新泽西城",
]
_BESIDES = (
    "比起西城，{there}的管理差远了，",
    "从西城搬到{there}以后才知道，",
    "东城、西城、朝阳、海淀都管了，只有{there}没人管，",
    "看看人家西城，再看{there}，",
)


@dataclass(frozen=True)
class MadePost:
    """`sort`: how the place was put in. `street`: the certain one; "" none is certain; None not decided."""

    id: str
    text: str
    sort: str
    relevant: bool
    street: str | None
    name: str = ""


@dataclass(frozen=True)
class Named:
    """A name out of the pack and the street it makes certain ("" none, None not known)."""

    name: str
    kind: str
    street: str | None


def messages(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """(id, kind of place, title and first sentences with “{place}” where the place stood, the place) of each message
    whose title names one."""
    sources = (("labelled_train.csv", "id", "title", "text"), ("stream_before_2019-07.csv", "", "", ""))
    for name, *columns in sources:
        with (folder / "citizen_messages" / name).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                values = list(row.values())
                key, title, text = [row[c] for c in columns] if columns[0] else (values[0], values[2], values[4])
                whole = re.sub(r"\s+", "", f"{title}。{text}")[:_LENGTH]
                found = _PLACE.search(whole[:40])
                if found is None:
                    continue
                place, head = found["place"], found.start()
                told = whole[:head] + "{place}" + whole[found.end() :].replace(place, "{place}")
                yield f"{name[:3]}{key}", _KINDS.get(found["type"], "compound"), _MARK.sub("", told), place


def named(pack: Pack) -> list[Named]:
    """Names of compounds, schools, roads and hospitals of a pack, each once."""
    found: dict[str, Named] = {}
    kinds = {"hutong_road": "road", "school": "school", "hospital": "hospital", "residential_project": "compound"}
    for group, kind in kinds.items():
        for place in pack.gazetteer.places.get(group, ()):
            # a road with sides makes no street certain; one that nobody placed is not decided
            street = place.street or ("" if place.sides or place.parts else None)
            found.setdefault(place.name, Named(place.name, kind, street if place.trust != "low" else None))
    for compound in pack.gazetteer.compounds:
        plain = re.sub(r"\(.*?\)", "", compound.name)
        found.setdefault(plain, Named(plain, "compound", compound.street))
    for lane in pack.gazetteer.lanes:
        found.setdefault(lane.name, Named(lane.name, "road", lane.street))
    for school in pack.gazetteer.schools:
        found.setdefault(school, Named(school, "school", None))
    common = set(pack.gazetteer.common.names)
    return sorted((n for n in found.values() if len(n.name) >= 3 and n.name not in common), key=lambda n: n.name)


def fold_of(name: str, folds: int) -> int:
    """The part of a cross-validation a name is left out in, 0 to `folds` - 1."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % folds


def posts(pack: Pack, folder: Path, *, count: int, seed: int) -> list[MadePost]:
    """`count` posts: half of them relevant, the others hard."""
    dice = Random(seed)
    texts = sorted(messages(folder))
    dice.shuffle(texts)
    by_kind: dict[str, list[Named]] = {}
    for one in named(pack):
        by_kind.setdefault(one.kind, []).append(one)
    maker = _Maker(pack, by_kind, dice, _streets_elsewhere(folder))
    return [maker.post(number % 2 == 0, *text) for number, text in enumerate(texts[:count])]


def _streets_elsewhere(folder: Path) -> list[str]:
    districts = {}
    with (folder / "gazetteer" / "areas_beijing.csv").open(encoding="utf-8-sig", newline="") as file:
        districts = {row["code"]: row["name"] for row in csv.DictReader(file)}
    with (folder / "gazetteer" / "streets_beijing_1101.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return sorted(
        districts[row["areaCode"]] + row["name"]
        for row in rows
        if row["areaCode"] != "110102" and row["areaCode"] in districts and row["name"].endswith("街道")
    )


class _Maker:
    def __init__(self, pack: Pack, by_kind: dict[str, list[Named]], dice: Random, elsewhere: Sequence[str]) -> None:
        self._pack, self._by_kind, self._dice, self._elsewhere = pack, by_kind, dice, elsewhere
        self._single = [n for n in by_kind["road"] if n.street]

    def post(self, relevant: bool, key: str, kind: str, told: str, place: str) -> MadePost:
        make = self._ours if relevant else self._theirs
        sort, words, street, name = make(kind, place)
        return MadePost(
            key, told.replace("{place}", words, 1).replace("{place}", name or words), sort, relevant, street, name
        )

    def _ours(self, kind: str, place: str) -> tuple[str, str, str | None, str]:
        one = self._dice.choice(self._by_kind[kind])
        if self._dice.random() < ONLY:
            if kind == "road" and self._dice.random() < 0.3:
                other = self._dice.choice(self._single)
                certain = one.street if one.street == other.street else None
                return "only: crossing", f"{one.name}与{other.name}路口", certain, one.name
            return f"only: {kind}", one.name, one.street, one.name
        way = self._dice.choice(["district", "street", "community", "city", "number"])
        if way == "district":
            return "with the district", f"西城区{one.name}", one.street, one.name
        if way == "city":
            return "with the city", f"北京{one.name.removeprefix('北京')}", one.street, one.name
        street = self._dice.choice(self._pack.gazetteer.streets)
        if way == "street":
            return "street office", f"{street.name}{place}", street.name, ""
        if way == "community":
            community = self._dice.choice(street.communities)
            sure = "" if community.distinct else "西城"
            return "community", f"{sure}{community.name}", street.name, community.name
        road = self._dice.choice(self._single)
        return "house number", f"{road.name}{self._dice.randint(2, 120)}号院", road.street, road.name

    def _theirs(self, kind: str, place: str) -> tuple[str, str, str | None, str]:
        one = self._dice.choice(self._by_kind[kind])
        there = self._dice.choice(self._elsewhere)
        way = self._dice.random()
        if way < 0.25:
            return "other district", there + place, "", ""
        if way < 0.40:
            city = self._dice.choice(_CITIES)
            return "other city", f"{city}{self._dice.choice(['', '市'])}{one.name.removeprefix('北京')}", "", ""
        if way < 0.50:
            district = there[: there.index("区") + 1]
            return "our name in another district", f"{district}{one.name.removeprefix('北京')}", "", ""
        if way < 0.70:
            return "unknown place", place, "", ""
        if way < 0.85:
            return "only compared", self._dice.choice(_BESIDES).format(there=there) + place, "", place
        return "trap", f"{self._dice.choice(_TRAPS)}{place}", "", place


def headlines(folder: Path) -> dict[str, str]:
    """id -> headline of the two lists of hot searches; the id is the hash of the line."""
    found: dict[str, str] = {}
    lists = folder / "hot_search"
    with gzip.open(lists / "titles_2020-11_2021-12.tsv.gz", "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    lines += (lists / "beijing_titles_to_2023.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if "\t" in line:
            found[hashlib.sha256(line.encode()).hexdigest()[:12]] = line.split("\t")[-1]
    return found


def as_lines(made: Sequence[MadePost]) -> str:
    """One JSON object a line, for reading."""
    return "\n".join(json.dumps(vars(one), ensure_ascii=False) for one in made)
