"""Frozen figures in a text: where each stands, and whether what people typed still agrees. Pure.

A figure is written into a sentence as a mark; `settle` turns marks into text and remembers the words around each, so
that the same place can be found again after editing. A figure found with another value blocks the next step of the
brief; one whose words are gone is only reported as not cited.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

MARK = re.compile("\x01([a-z0-9_.]+)\x02")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
# The words beside a figure that are remembered: up to this many characters, without digits and sentence ends.
BEFORE = re.compile(r"[^\d\s，。；：、（）()%\n]{0,8}$")
AFTER = re.compile(r"^[^\d\s，。；：、（）()%\n]{0,2}")
NAMED = re.compile(r"[{｛]([^{}｛｝\n]{1,20})[}｝]")  # how a person asks for a figure: {监测条数}
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Moments and numbered items are no figures.
MOMENT = re.compile(
    r"\d{2,4}年|\d{1,2}月\d{1,2}日|\d{1,2}[日时](?:\d{1,2}分)?|\d{1,2}[:：]\d{2}|^\s*\d{1,2}[.．、]|第\d+期"
    r"|(?:5|24|48)小时(?=首发|发布会|回应|内)"
)


@dataclass(frozen=True)
class Finding:
    """One line of the check. `must`: the next step waits for it; `hint`: for a person's eye; `kept`: as frozen."""

    grade: Literal["must", "hint", "kept", "absent"]
    key: str
    section: str
    label: str
    typed: str
    frozen: str

    @property
    def sentence(self) -> str:
        """“去重条数：文中 5283，冻结 5238”."""
        if self.grade == "absent":
            return f"{self.label}：文中未引用，冻结 {self.frozen}"
        if self.grade == "kept":
            return f"{self.label}：相符，{self.frozen}"
        if not self.key:
            return f"{self.label}：文中 {self.typed} 不在冻结数字里，请核对"
        return f"{self.label}：文中 {self.typed}，冻结 {self.frozen}"


def mark(key: str) -> str:
    """The place of a figure in a sentence that is being composed."""
    return f"\x01{key}\x02"


def settle(section: str, text: str, figures: Mapping[str, Mapping[str, Any]]) -> tuple[str, list[dict[str, str]]]:
    """The text with figures in the place of marks, and where each stands: {section, key, before, after}."""
    plain, read = "", 0
    spots: list[tuple[str, int, int]] = []  # key, where its figure begins and ends
    for found in MARK.finditer(text):
        plain += text[read : found.start()]
        begins = len(plain)
        plain += str(figures[found[1]]["text"])
        spots.append((found[1], begins, len(plain)))
        read = found.end()
    plain += text[read:]
    places: list[dict[str, str]] = []
    for key, begins, ends in spots:
        # Nine characters: the eight looked for, and a line end after them.
        head, tail = BEFORE.search(plain[max(0, begins - 9) : begins]), AFTER.search(plain[ends : ends + 2])
        place = {
            "section": section,
            "key": key,
            "before": head[0] if head else "",
            "after": tail[0] if tail else "",
        }
        if place["before"] or place["after"]:
            places.append(place)
    # A place whose words also stand beside another figure of the same text would accuse the innocent.
    clear = [place for place in places if _agrees(place, plain, str(figures[place["key"]]["text"]))]
    return plain, clear


def _shape(place: Mapping[str, str], value: str) -> re.Pattern[str]:
    return _pattern(place["before"], value, place["after"])


@lru_cache(maxsize=1024)  # the same figures stand between the same words in every brief
def _pattern(before: str, value: str, after: str) -> re.Pattern[str]:
    loose = NUMBER.sub(lambda _: r"(?:\d[\d.]*)", re.escape(value).replace(r"\.", "."))
    return re.compile(re.escape(before) + r"\s?(" + loose + r")\s?(?!\d)" + re.escape(after))


def _agrees(place: Mapping[str, str], text: str, value: str) -> bool:
    found = _shape(place, value).findall(text)
    return bool(found) and all(each == value for each in found)


def check(
    sections: Iterable[Mapping[str, str]],
    figures: Mapping[str, Mapping[str, Any]],
    places: Iterable[Mapping[str, str]],
    *,
    strict: str = "overall",
    allowed: Iterable[str] = (),
) -> list[Finding]:
    """Compare edited sections with the frozen figures.

    In the section `strict` every number must be a frozen one, one of `allowed`, or part of a date or a time.
    """
    sections = list(sections)
    texts = {section["key"]: _folded(section["text"]) for section in sections}
    findings: list[Finding] = []
    for place in places:
        figure = figures[place["key"]]
        value = str(figure["text"])
        found = [match[1] for match in _standing(place, value, texts.get(place["section"], ""))]
        wrong = [typed for typed in found if not same(typed, value)]
        grade: Literal["must", "absent", "kept"] = "must" if wrong else "kept" if found else "absent"
        findings.append(
            Finding(grade, place["key"], place["section"], str(figure["label"]), wrong[0] if wrong else value, value)
        )
    known = _known(figures, allowed)
    accused = {finding.typed for finding in findings if finding.grade == "must"}
    for _, number in _unknown(texts.get(strict, ""), known):
        if not any(number in NUMBER.findall(typed) for typed in accused):
            findings.append(Finding("must", "", strict, "一、总体情况", number, ""))
    for section in sections:
        for name in NAMED.findall(section["text"]):
            findings.append(Finding("hint", "", section["key"], section.get("title", ""), f"{{{name}}}", ""))
    return findings


@dataclass(frozen=True)
class Spot:
    """A figure where it stands: `text[begins:ends]` of its section as typed. `frozen` empty: from nowhere.

    `key`: of the frozen figure; `right`: it says what was frozen.
    """

    begins: int
    ends: int
    label: str
    frozen: str
    key: str = ""
    right: bool = False


def spots(
    section: Mapping[str, str],
    figures: Mapping[str, Mapping[str, Any]],
    places: Iterable[Mapping[str, str]],
    *,
    strict: str = "overall",
    allowed: Iterable[str] = (),
) -> list[Spot]:
    """Where in this section the figures stand that `check` finds wrong, in the order of the text, none over another."""
    return [s for s in standing(section, figures, places, strict=strict, allowed=allowed) if not s.right]


def standing(
    section: Mapping[str, str],
    figures: Mapping[str, Mapping[str, Any]],
    places: Iterable[Mapping[str, str]],
    *,
    strict: str = "overall",
    allowed: Iterable[str] = (),
) -> list[Spot]:
    """Every figure of this section that is known by its words, right or wrong, and every number from nowhere.

    In the order of the text, none over another; where two lie over each other the wrong one stays.
    """
    text, origin = _traced(section["text"])
    found: list[Spot] = []
    for place in places:
        figure = figures[place["key"]]
        value = str(figure["text"])
        if place["section"] == section["key"]:
            for match in _standing(place, value, text):
                right = same(match[1], value)
                found.append(Spot(match.start(1), match.end(1), str(figure["label"]), value, place["key"], right))
    if section["key"] == strict:
        found += [Spot(b, b + len(number), "", "") for b, number in _unknown(text, _known(figures, allowed))]
    clear: list[Spot] = []
    for spot in sorted(found, key=lambda s: (s.right, s.begins, not s.frozen)):
        if all(spot.begins >= other.ends or spot.ends <= other.begins for other in clear):
            clear.append(spot)
    return [
        replace(s, begins=origin[s.begins], ends=origin[s.ends - 1] + 1) for s in sorted(clear, key=lambda s: s.begins)
    ]


def named(text: str, figures: Mapping[str, Mapping[str, Any]]) -> str:
    """`{监测条数}` becomes the mark of the figure of that name; a name that is none stays as it was typed."""
    keys = {str(figure["label"]): key for key, figure in reversed(list(figures.items()))}
    return NAMED.sub(lambda name: mark(keys[name[1].strip()]) if name[1].strip() in keys else name[0], text)


def still_there(
    places: Iterable[Mapping[str, str]],
    texts: Mapping[str, str],
    figures: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, str]]:
    """Places as a page sent them, without those that name nothing known or whose words are gone from the texts.

    A place can only accuse: it never makes a number right, so that it matters little who sent it.
    """
    kept: list[dict[str, str]] = []
    for given in places:
        place = {name: str(given.get(name, "")) for name in ("section", "key", "before", "after")}
        known = place["section"] in texts and place["key"] in figures and bool(place["before"] or place["after"])
        if known and BEFORE.fullmatch(place["before"]) and AFTER.fullmatch(place["after"]) and place not in kept:
            text, value = _folded(texts[place["section"]]), str(figures[place["key"]]["text"])
            if next(_standing(place, value, text), None) is not None:
                kept.append(place)
    return kept


def _standing(place: Mapping[str, str], value: str, text: str) -> Iterator[re.Match[str]]:
    """What stands between the words of a place in a folded text; group 1 is the figure."""
    folded = {name: unicodedata.normalize("NFKC", place[name]) for name in ("before", "after")}
    return _shape(folded, unicodedata.normalize("NFKC", value)).finditer(text)


def _known(figures: Mapping[str, Mapping[str, Any]], allowed: Iterable[str]) -> set[float]:
    frozen = (number for figure in figures.values() for number in NUMBER.findall(str(figure["text"])))
    return {float(number) for number in (*frozen, *allowed)}


def _unknown(text: str, known: Collection[float]) -> Iterator[tuple[int, str]]:
    """(begin, number) of every number that is neither known nor part of a date or a time."""
    begins = 0
    for line in text.splitlines(keepends=True):
        for match in NUMBER.finditer(MOMENT.sub(lambda moment: " " * len(moment[0]), line)):
            if float(match[0]) not in known:
                yield begins + match.start(), match[0]
        begins += len(line)


def _traced(text: str) -> tuple[str, list[int]]:
    """The folded text and, for each of its characters, the place in the text it was made from."""
    made = [(part, place) for place, letter in enumerate(text) for part in unicodedata.normalize("NFKC", letter)]
    plain = "".join(part for part, _ in made)
    dropped = {found.start() for found in THOUSANDS.finditer(plain)}
    kept = [(("，" if part == "," else part), at) for n, (part, at) in enumerate(made) if n not in dropped]
    return "".join(part for part, _ in kept), [at for _, at in kept]


def _folded(text: str) -> str:
    """Full-width digits and percent signs made plain, thousands separators dropped: 5,238 and ５２３８ are 5238."""
    return THOUSANDS.sub("", unicodedata.normalize("NFKC", text)).replace(",", "，")


def same(typed: str, frozen: str) -> bool:
    """Whether two figures say the same, as numbers: 8 and 8.0 agree, 5283 and 5238 do not."""
    ours, theirs = NUMBER.findall(frozen), NUMBER.findall(unicodedata.normalize("NFKC", typed))
    return len(ours) == len(theirs) and all(float(a) == float(b) for a, b in zip(ours, theirs, strict=True))


def percent(part: int, whole: int) -> str:
    """“31.4%”; an empty whole has no share."""
    return f"{part * 100 / whole:.1f}%" if whole else "0%"


def span(seconds: float) -> str:
    """“9小时44分”, “44分”; whole minutes, half up."""
    minutes = int(seconds / 60 + 0.5)
    hours, rest = divmod(minutes, 60)
    return f"{hours}小时{rest}分" if hours else f"{rest}分"
