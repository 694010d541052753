"""Does a post concern the district (rules.md 15), how sure is that, which words count and which speak against."""

from dataclasses import dataclass, field, replace
from typing import Literal

from analysis.guards import UNPROVED, OtherHit, located
from analysis.places import MAINLY_HERE, Finding, PlaceHit
from analysis.text import Body, clause_bounds, sentences
from office.pack import Pack

ACCEPT = 3  # (5) of the pack's matching rules: accepted from here on, 2 goes to a person
# Works, games and markets that carry a place's name: no matter of the district by themselves.
_UNREAL_WORDS = (
    "小说 电视剧 网剧 影视剧 剧照 主演 票房 同人 追剧 大结局 作文 阅读理解 默写 主场 客场 比分 决赛 冠军 "
    "股价 涨停 跌停 财报 加盟热线 招商加盟 手游 游戏攻略 歌词 专辑 演唱会门票 影评 剧透"
)
_LIVED_WORDS = "居民 业主 小区 街道 社区 投诉 反映 扰民 物业 停水 停电 拆迁 派出所 施工 停车 路口 着火 起火 火灾"
_UNREAL, _LIVED = tuple(_UNREAL_WORDS.split()), tuple(_LIVED_WORDS.split())


@dataclass(frozen=True, slots=True)
class Relevance:
    """The judgement on one post. `in_district`: for the place of an emergency (None: not told)."""

    relevant: bool
    confidence: float
    jurisdiction: Literal["district", "city", "central"]
    for_words: list[dict[str, str]] = field(default_factory=list)
    against_words: list[dict[str, str]] = field(default_factory=list)

    def evidence(self) -> dict[str, list[dict[str, str]]]:
        """{"for": [{word, rule, place}], "against": [...]}."""
        return {"for": self.for_words, "against": self.against_words}


class RelevanceReader:
    """Weighs a finding by the scope of its source."""

    def __init__(self, pack: Pack) -> None:
        self._district = pack.district.short_name
        self._own_ground = pack.district.anonymous

    def judge(self, body: Body, finding: Finding, *, scope: str, voice: str) -> Relevance:
        """Relevant or not. `scope` district is a strong prior, open must prove itself (rules.md 1)."""
        counted = [h for h in finding.hits if not h.central]
        weights: dict[str, int] = {}
        for hit in counted:
            weights[hit.name.name] = max(hit.weight, weights.get(hit.name.name, 0))
        score = sum(weights.values())
        elsewhere = [o for o in finding.others if self._elsewhere(o, finding)]
        unreal = [w for w in _UNREAL if w in body.plain] if voice != "official" else []
        lived = any(w in body.plain for w in _LIVED)
        against = [_entry(o, o.rule) for o in [*elsewhere, *finding.refused]]
        for_words = [{"word": h.word, "rule": h.rule, "place": _place_of(h)} for h in finding.hits]
        central = bool(finding.central)
        if scope == "district":
            relevant = score >= ACCEPT or not _speaks_of(body, elsewhere)
            contra = sum(3 for o in elsewhere if located(body.plain, o)) if score < ACCEPT else 0
            confidence = _certainty(score + 4, contra or (5 if not relevant else 0))
            if relevant:
                for_words.append({"word": "", "rule": "来源属于本区", "place": self._district})
        else:
            if unreal and not lived:
                score -= 2
                against += [{"word": w, "rule": "作品、比赛、行情用语", "place": ""} for w in unreal[:3]]
            relevant = score >= ACCEPT
            confidence = _certainty(score, len(elsewhere) + len(finding.refused))
        jurisdiction: Literal["district", "city", "central"] = "district"
        if central and score < ACCEPT:
            jurisdiction = "central"
        return Relevance(
            relevant,
            confidence if relevant else round(1 - confidence, 2) if confidence < 0.5 else confidence,
            jurisdiction,
            for_words,
            against,
        )

    def _elsewhere(self, other: OtherHit, finding: Finding) -> bool:
        # a city named inside a longer name of the district was never found; what is left speaks of itself
        return other.kind is not None and not any(h.start <= other.start < h.end for h in finding.hits)


def taken_for_ours(finding: Finding) -> bool:
    """Count the names that are mainly the district's, in a post that tells an emergency (`mainly_here` of the pack).

    Not where any other city, province or district is named. True where names were added to the hits.
    """
    if finding.others:
        return False
    leaning = [h for h in finding.hits if h.weight < ACCEPT and h.rule == UNPROVED]
    added = [*finding.likely, *(replace(h, weight=ACCEPT, rule=MAINLY_HERE) for h in leaning)]
    if not added:
        return False
    places = {(h.start, h.end) for h in added}
    finding.hits = sorted([h for h in finding.hits if (h.start, h.end) not in places] + added, key=lambda h: h.start)
    finding.refused = [r for r in finding.refused if (r.start, r.end) not in places]
    finding.likely = []
    return True


def where(body: Body, finding: Finding, start: int, end: int, *, scope: str) -> tuple[bool | None, str]:
    """Is what stands at [start, end) in the district, and the place as written ("" where none is told).

    Its own clause decides, then its sentence, the nearest before it, the rest of the post, the source's ground.
    """
    told, place = _told_in(finding, *clause_bounds(body.plain, start, end), at=start)
    if told is not None:
        return told, place
    spans = [(s.start, s.end) for s in sentences(body.plain)]
    at = next((i for i, (a, b) in enumerate(spans) if a <= start < b or a <= end <= b), 0)
    for index in (at, at - 1, *range(at - 2, -1, -1), *range(at + 1, len(spans))):
        if 0 <= index < len(spans):
            told, place = _told_in(finding, *spans[index], at=start)
            if told is not None:
                return told, place
    return (True if scope == "district" else None), ""


def _told_in(finding: Finding, left: int, right: int, *, at: int) -> tuple[bool | None, str]:
    ours = [
        (abs(h.start - at), h.word)
        for h in finding.hits
        if left <= h.start < right and not h.central and h.name.kind != "account"
    ]
    theirs = [(abs(o.start - at), o.word) for o in finding.others if left <= o.start < right]
    # a place of its own tells more than the district's name
    places = [
        (abs(h.start - at), h.word)
        for h in finding.hits
        if left <= h.start < right and h.name.kind not in ("district", "account", "unit") and not h.central
    ]
    if ours and (not theirs or min(ours)[0] <= min(theirs)[0]):
        return True, min(places or ours)[1]
    if theirs:
        return False, min(theirs)[1]
    refused = [o.word for o in finding.refused if left <= o.start < right and "指别处" in o.rule]
    return (False, refused[0]) if refused else (None, "")


def _speaks_of(body: Body, elsewhere: list[OtherHit]) -> bool:
    # Plainly of another place: it says so in the title, or that something is there, or names it again and again.
    if not elsewhere:
        return False
    if any(o.start < body.title_end for o in elsewhere):
        return True
    return len(elsewhere) >= 3 or any(located(body.plain, o) for o in elsewhere)


def _certainty(pro: int, contra: int) -> float:
    # 3 points and nothing against 0.8, 6 points 0.93; smoothed counts, to be replaced by a fitted curve
    return round(min(0.99, max(0.01, (pro**2 + 0.3) / (pro**2 + contra**2 * 2 + 2.5))), 2) if pro > 0 else 0.1


def _entry(other: OtherHit, rule: str) -> dict[str, str]:
    return {"word": other.word, "rule": rule, "place": other.place or other.word}


def _place_of(hit: PlaceHit) -> str:
    return f"{hit.name.name}（{hit.street}）" if hit.street and hit.street != hit.name.name else hit.name.name
