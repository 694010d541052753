"""Which names of the district a text holds: longest match, word borders, the pack's rules for names that mislead.

The numbers of the rules in brackets are those of `matching_rules` in the pack's gazetteer.
"""

import re
from dataclasses import dataclass, field

from analysis.guards import HOUSE, NO_CONTEXT, NO_CONTEXT_LINE, NO_CONTEXT_WORD, SURE, Guards, OtherHit, Verdict
from analysis.names import Name, Term, names_of
from analysis.text import Body, Hit, Lexicon, clause_bounds, longest
from office.pack import Pack

_SIDE_WORDS = {
    "north_west": "西北角",
    "north_east": "东北角",
    "south_west": "西南角",
    "south_east": "东南角",
    "north": "北侧|路北|北边|北口",
    "south": "南侧|路南|南边",
    "east": "东侧|路东|东边",
    "west": "西侧|路西|西边",
}
# 山西街, 吉安路, 重庆大厦: every town names streets after other places
_STREET_NAMED_SO = re.compile(r"[东西南北中]?(?:路|街|大道|大街|大厦|饭店|会馆|餐厅|火锅|菜馆|烧烤)")
MAINLY_HERE = "主要在本区的地名，讲述的是突发事件"


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A name that counts: where it stands, what it names, by which rule, how much it weighs."""

    start: int
    end: int
    word: str  # as the writer wrote it
    name: Name
    rule: str
    weight: int
    street: str | None
    central: bool = False


@dataclass(slots=True)
class Finding:
    """All that a text says of places."""

    hits: list[PlaceHit] = field(default_factory=list)
    others: list[OtherHit] = field(default_factory=list)
    refused: list[OtherHit] = field(default_factory=list)
    units: list[PlaceHit] = field(default_factory=list)  # units named; those without `ctx` stand in `hits` too
    parent: bool = False  # the parent city is named
    city: bool = False  # the source speaks of the parent city
    central: list[str] = field(default_factory=list)  # central bodies named
    likely: list[PlaceHit] = field(default_factory=list)  # names told without a context: ours where an emergency is

    @property
    def streets(self) -> list[str]:
        """Certain streets, in the order of the text."""
        return list(dict.fromkeys(h.street for h in self.hits if h.street))

    def as_json(self) -> list[dict[str, str | None]]:
        """[{name as written, kind, street}], each once."""
        seen: dict[str, dict[str, str | None]] = {}
        for hit in self.hits:
            if hit.name.kind in ("district", "unit", "account"):
                continue
            seen.setdefault(hit.word, {"name": hit.word, "kind": hit.name.kind, "street": hit.street})
        return list(seen.values())


class PlaceReader:
    """Finds and judges the names of one pack."""

    def __init__(self, pack: Pack) -> None:
        self._names: Lexicon[Term] = names_of(pack)
        self._guards = Guards(pack)
        self._streets = {s.name for s in pack.gazetteer.streets}
        pattern = pack.gazetteer.other_places.pattern
        self._other_pattern = re.compile(pattern) if pattern else None

    def find(self, body: Body, *, scope: str, source: str = "") -> Finding:
        """The finding of one text. `scope` district: the source's ground is a context for every name; so is the city
        that `source` names."""
        plain = body.plain
        kept = longest(h for h in self._names.find(plain) if _free_of_digits(plain, h))
        finding = Finding(parent=self._guards.parent_in(plain), city=self._guards.city_source(source))
        finding.others = [
            OtherHit(h.start, h.end, h.word, "别处地名", h.value.other)
            for h in kept
            if h.value.other and not h.value.names
            if h.value.other != "word" or self._guards.word_is_place(plain, h)
            if h.value.other == "district" or not _STREET_NAMED_SO.match(plain, h.end)
        ]
        if self._other_pattern:
            finding.others += [
                OtherHit(m.start(), m.end(), m.group(), "别处地名", "district")
                for m in self._other_pattern.finditer(plain)
            ]
        waiting: list[Hit[Term]] = []
        for hit in kept:
            if not hit.value.names and not hit.value.lines:
                continue
            if self._guards.border_broken(plain, hit):
                finding.refused.append(OtherHit(hit.start, hit.end, hit.word, "词界不合", None))
            elif self._guards.needs_context(hit.value):
                waiting.append(hit)
            else:
                self._take(body, finding, hit, scope, [])
        leaning: list[Hit[Term]] = []
        for hit in waiting:
            self._take(body, finding, hit, scope, leaning)
        self._lean_together(body, finding, leaning, scope)
        finding.hits.sort(key=lambda h: h.start)
        return finding

    def _lean_together(self, body: Body, finding: Finding, leaning: list[Hit[Term]], scope: str) -> None:
        # 新街口 and 积水潭医院 each name things in several cities; both in one post name ours. Another city named
        # anywhere, or the parent's name with another of its districts, takes that certainty away.
        things = {h.value.names[0].name for h in leaning}
        if len(things) < 2 or finding.others or all(h.value.common for h in leaning):
            return
        for hit in leaning:
            self._record(body, finding, hit, Verdict(True, "几个本区地名互相印证", 2), scope)
            finding.refused = [r for r in finding.refused if r.start != hit.start]

    def _take(self, body: Body, finding: Finding, hit: Hit[Term], scope: str, leaning: list[Hit[Term]]) -> None:
        strong = [h.start for h in finding.hits if h.weight >= SURE]
        verdict = self._guards.judge(
            body, hit, finding.others, strong, scope=scope, parent=finding.parent, city=finding.city
        )
        place = hit.value.names[0].name if hit.value.names else ""
        if not verdict.passes:
            if verdict.rule:
                finding.refused.append(OtherHit(hit.start, hit.end, hit.word, verdict.rule, None, place))
            unproved = verdict.rule in (NO_CONTEXT, NO_CONTEXT_LINE) and bool(hit.value.names) and len(hit.word) >= 3
            if unproved:
                leaning.append(hit)
            # Where an emergency is told and no other city, any name of ours is worth the look: among 62 000 texts from
            # everywhere three more counted (docs/measurements.md). Of two characters only those that no other city has.
            ours = verdict.rule in (NO_CONTEXT, NO_CONTEXT_LINE) and bool(hit.value.names)
            ours = ours and (len(hit.word) >= 3 or not hit.value.common)
            if ours or (hit.value.mainly_here and verdict.rule in (NO_CONTEXT, NO_CONTEXT_LINE, NO_CONTEXT_WORD)):
                finding.likely.append(self._placed(body, finding, hit, Verdict(True, MAINLY_HERE), scope))
            return
        if verdict.central:
            finding.central.append(hit.word)
        if hit.value.names:
            self._record(body, finding, hit, verdict, scope)

    def _record(self, body: Body, finding: Finding, hit: Hit[Term], verdict: Verdict, scope: str) -> None:
        taken = self._placed(body, finding, hit, verdict, scope)
        if taken.name.kind == "unit":
            finding.units.append(taken)
            if taken.name.ctx:
                return
        finding.hits.append(taken)

    def _placed(self, body: Body, finding: Finding, hit: Hit[Term], verdict: Verdict, scope: str) -> PlaceHit:
        name = self._one_of(hit.value.names)
        street = self._street(body.plain, hit, finding, scope) if name.kind != "unit" else None
        return PlaceHit(
            hit.start,
            hit.end,
            body.written(hit.start, hit.end),
            name,
            verdict.rule,
            verdict.weight,
            street,
            verdict.central,
        )

    def _one_of(self, names: list[Name]) -> Name:
        # An area that is also the name of a street office gives that street (rules.md 15); a place that tells more
        # (a kind of its own) names the kind.
        return next((n for n in names if n.kind == "street"), names[0])

    def _street(self, plain: str, hit: Hit[Term], finding: Finding, scope: str) -> str | None:
        streets = {n.street for n in hit.value.names if n.street and n.sure}
        if len(streets) == 1:
            return next(iter(streets))
        if streets:
            return None
        sides = next((n.sides for n in hit.value.names if n.sides), None)
        if not sides:
            return None
        side = _side_told(plain, hit)
        if side is not None:
            value = next((sides[s] for s in side if s in sides), None)
            return value if isinstance(value, str) and value in self._streets else None
        ours = [v for v in sides.values() if isinstance(v, str) and v in self._streets]
        local = scope == "district" or any(h.name.kind == "district" for h in finding.hits)
        return ours[0] if local and len(ours) == 1 and len(sides) == 2 and _two_sided(sides, self._streets) else None


def _two_sided(sides: dict[str, str | tuple[str, ...]], streets: set[str]) -> bool:
    # Only where the other side lies outside the district does being local decide.
    return all(isinstance(v, str) for v in sides.values()) and any(v not in streets for v in sides.values())


def _side_told(plain: str, hit: Hit[Term]) -> tuple[str, ...] | None:
    house = HOUSE.match(plain, hit.end)
    if house:
        # (12) odd = north or west, even = south or east
        return ("north", "west") if int(house.group(1)) % 2 else ("south", "east")
    left, right = clause_bounds(plain, hit.start, hit.end)
    near = plain[max(left, hit.start - 2) : min(right, hit.end + 5)]
    for side, words in _SIDE_WORDS.items():
        if re.search(words, near):
            return (side,)
    return None


def _free_of_digits(plain: str, hit: Hit[Term]) -> bool:
    # (2) a name that begins or ends with a digit must not touch another digit
    if hit.word[0].isdigit() and hit.start and plain[hit.start - 1].isdigit():
        return False
    return not (hit.word[-1].isdigit() and hit.end < len(plain) and plain[hit.end].isdigit())
