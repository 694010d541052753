"""Whether a name of the district counts where it stands: borders, context, names that mislead, comparisons.

Numbers in brackets are those of `matching_rules` in the pack's gazetteer; windows and scores are proposals there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.names import OtherKind, Term
from analysis.text import Body, Hit, Lexicon, normal
from office.pack import Pack
from office.pack.gazetteer import AmbiguousTerm

# (5) street, unit, distinct place 3; a place leaning on the district 1; a place beside the parent city's name 3
SURE, WITH_CITY, LEANING = 3, 3, 1
WINDOW = 30  # (3) context within so many characters
NEAR = 15  # (4, 13) another place within so many characters
# plain words of a citizen's matter (10a); the pack's own words come on top
_PLAIN_MATTERS = (
    "排队 挂号 停车 投诉 看病 住院 门诊 急诊 医生 护士 报销 堵车 拥堵 噪音 扰民 停水 停电 漏水 "
    "垃圾 施工 改造 物业 电梯 消防 着火 起火 火灾 报警 求助 反映 建议 入学 派位 排查 维修 收费 "
    "退费 食堂 食物 拆迁 腾退 居民 业主 小区 老人 孩子 路灯 井盖 公交 地铁站"
)
_AFTER_OTHER = re.compile(
    r"(?:区|市|县)?(?:的|某|一|这边|那边)?[\u4e00-\u9fffA-Z0-9]{0,8}?"
    r"(?:小区|社区|街道|路|街|村|镇|乡|医院|学校|小学|中学|派出所|家园|花园|苑|里|园|桥|站|公园|大厦"
    r"|广场|胡同|分局|法院|工地)"
)
_BEFORE_OTHER = re.compile(
    r"(?:在|位于|住|家住|坐落于|坐落在|我们|我是|本人|今日|昨日|今天|昨天|昨晚|今晨|今早)(?:了|的|于)?(?:北京市?)?$"
)
_COMPARE_BEFORE = re.compile(r"(?:比|比起|不如|跟|像|从|离|学学|看看|参照|借鉴)(?:人家|隔壁|北京市?)?$")
_COMPARE_AFTER = re.compile(r"^区?(?:一样|那样|早就|都已经|都早就|近|远|不远|往东|往西|往南|往北|搬到|搬来)")
_LIST_JOINT = re.compile(r"^[、,，/和及与以]{0,2}(?:北京市?)?$")
_DROPPED = {"substring": "是另一地名或词语的一部分", "neighbour": "在邻区，按辞典不计", "place": "是别处的地名"}
NO_CONTEXT = "通用名称，附近没有可确认属于本区的词"
NO_CONTEXT_LINE = "易混地名，附近没有可确认属于本区的词"
NO_CONTEXT_WORD = "普通词语或各地都有的名称，附近没有可确认属于本区的词"
_OWNED = re.compile(r"[省市县区的]{0,2}")
HOUSE = re.compile(r"\s?[甲乙丙丁]?(\d{1,4})(?:号|之)(?!线|楼|站)")
LISTED = "名录中的本区名称，全文没有别处地名"
_SMALLER_PLACE = re.compile(r"[^\W\d_在到来去从离与和跟及往向回是有的人籍友乡们很太也都说找想给帮把被不没、，]{2,4}")
UNPROVED = "未见佐证，留待人工"
_PARENT_ROAD = re.compile(r"^(?:东|西|南|北|中)?路")


@dataclass(frozen=True, slots=True)
class OtherHit:
    """A name of another place (`kind` says which), or one of the district's that the rules refuse (`kind` None)."""

    start: int
    end: int
    word: str
    rule: str
    kind: OtherKind | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a hit counts; `rule` in words (empty: not worth telling)."""

    passes: bool
    rule: str
    weight: int = SURE
    central: bool = False


class Guards:
    """The rules of one pack for names that mislead."""

    def __init__(self, pack: Pack) -> None:
        self._bare = pack.district.bare_name
        self._parents = tuple(normal(w) for w in pack.district.parent.words)
        self._city_sources = (*pack.district.parent.words, *pack.district.parent.source_words)
        matters = set(_PLAIN_MATTERS.split()) | set(pack.gazetteer.topic_seed_terms.terms)
        for unit in pack.departments.departments:
            matters.update(h for h in unit.handles if len(h) <= 6)
        for klass in pack.taxonomy.classes:
            matters.update(klass.strong)
        self._matters = Lexicon({normal(w): True for w in matters})
        self._places_beside = tuple(
            dict.fromkeys((*pack.gazetteer.other_places.provinces, *pack.gazetteer.other_places.cities))
        )

    def parent_in(self, plain: str) -> bool:
        """Whether the parent city is named (北京西路 of another city is not it)."""
        return any(True for _ in self._parent_positions(plain))

    def city_source(self, source: str) -> bool:
        """Whether the source, by its name, speaks of the parent city."""
        return any(word in source for word in self._city_sources)

    def border_broken(self, plain: str, hit: Hit[Term]) -> bool:
        """(2) Whether a known trap stands at an edge of the hit."""
        before, after = plain[: hit.start], plain[hit.end :]
        for border in hit.value.borders:
            edge_after = after if normal(border.term) == hit.word else ""
            if before.endswith(border.before or ("\0",)) and not before.endswith(border.but or ("\0",)):
                return True
            if edge_after and edge_after.startswith(border.after or ("\0",)):
                return True
        return False

    def word_is_place(self, plain: str, hit: Hit[Term]) -> bool:
        """Whether an everyday word that is also a city stands as one (北海|市, 广西|北海)."""
        if plain.startswith(("市", "州"), hit.end):
            return True
        before = plain[max(0, hit.start - 4) : hit.start].rstrip("省市自治区 ")
        return before.endswith(self._places_beside)

    def needs_context(self, term: Term) -> bool:
        """Whether the hit can only be judged once the sure ones are known."""
        if term.lines:
            return any(line.action in ("need_context", "route", "drop_if_with") for line in term.lines)
        return all(name.ctx for name in term.names)

    def judge(
        self,
        body: Body,
        hit: Hit[Term],
        others: Sequence[OtherHit],
        strong: Sequence[int],
        *,
        scope: str,
        parent: bool,
        city: bool,
    ) -> Verdict:
        """Does this hit count? `strong`: starts of hits that already do; `parent`: the parent city is named in the
        text; `city`: the source speaks of it."""
        plain, term = body.plain, hit.value
        elsewhere = self._elsewhere(plain, hit, strong)
        if elsewhere:
            return Verdict(False, f"旁边写着“{elsewhere}”，指别处的同名地点")
        owner = self._owner(plain, hit, others)
        if owner:
            return Verdict(False, f"与“{owner}”相连，指别处的{hit.word}")
        if term.lines:
            return self._by_lines(body, hit, others, strong, scope=scope, parent=parent, city=city)
        beside = next((o for o in others if _gap(o, hit) <= NEAR and o.kind in ("province", "city", "word")), None)
        nearer = any(abs(s - hit.start) < _gap(beside, hit) for s in strong) if beside else False
        if beside and not parent and not nearer:
            return Verdict(False, f"附近写着“{beside.word}”，全文没有“{self._parents[0]}”")
        if any(not name.ctx for name in term.names):
            return Verdict(True, "独有地名" if term.names[0].kind != "district" else "本区名称")
        if scope == "district":
            return Verdict(True, "本区来源中的地名", LEANING)
        if self._beside(body, hit, strong):
            return Verdict(True, "与本区地名同现", LEANING)
        near = self._parent_near(body, hit) or city
        if near and not any(o.kind == "district" and _gap(o, hit) <= NEAR for o in others):
            return Verdict(True, f"与“{self._parents[0]}”同现", WITH_CITY)
        if term.names[0].kind == "unit":
            return Verdict(False, "")
        numbered = any(n.listed and n.kind == "road" for n in term.names) and not term.common
        known = term.listed or (numbered and HOUSE.match(plain, hit.end) is not None)
        if known and not any(o.kind for o in others):
            return Verdict(True, LISTED)
        return Verdict(False, NO_CONTEXT)

    def _by_lines(
        self,
        body: Body,
        hit: Hit[Term],
        others: Sequence[OtherHit],
        strong: Sequence[int],
        *,
        scope: str,
        parent: bool,
        city: bool,
    ) -> Verdict:
        central, weight, told = False, SURE, "按辞典规则计入"
        for line in hit.value.lines:
            near = _near(body, hit)
            rejects = [w for w in line.reject_with if w in near and w not in hit.word]
            accepts = [w for w in line.accept_with if self._word_near(w, body, hit, near, strong)]
            failed = self._failed_test(line, body.plain, hit, others, strong, parent)
            if line.action == "drop":
                return Verdict(False, _DROPPED.get(line.kind, "另有所指，按辞典不计"))
            if line.action == "drop_if_with" and rejects and not accepts:
                return Verdict(False, f"与“{rejects[0]}”同现，指别处")
            if line.action == "need_context":
                if rejects:
                    return Verdict(False, f"与“{rejects[0]}”同现，不指本区")
                has_context = (
                    bool(accepts)
                    or (scope == "district" and line.kind != "entity")
                    or (not line.accept_with and (bool(strong) or parent or city))
                    or (city and any(word in self._parents for word in line.accept_with))
                )
                if not has_context or failed:
                    return Verdict(False, failed or (NO_CONTEXT_LINE if line.kind == "place" else NO_CONTEXT_WORD))
                if line.and_with and not any(self._word_near(w, body, hit, near, strong) for w in line.and_with):
                    return Verdict(False, "易混名称，缺少所需的第二个线索")
                told = f"与“{accepts[0]}”同现" if accepts else "本区来源中的地名"
            if line.action == "accept_guarded":
                if rejects and not accepts:
                    return Verdict(False, f"与“{rejects[0]}”同现，不指本区")
                if failed:
                    return Verdict(False, failed)
            if line.action == "route":
                if failed:
                    return Verdict(False, failed)
                if len(rejects) > len(accepts):
                    return Verdict(False, f"与“{rejects[0]}”同现，属财经新闻")
                if not accepts and scope != "district":
                    weight, told = 2, UNPROVED
            if line.action == "tag_central":
                central, weight, told = True, LEANING, "驻区中央单位，另行标记"
            if line.action == "context_only":
                return Verdict(False, "")
        return Verdict(True, told, weight, central)

    def _failed_test(
        self,
        line: AmbiguousTerm,
        plain: str,
        hit: Hit[Term],
        others: Sequence[OtherHit],
        strong: Sequence[int],
        parent: bool,
    ) -> str:
        for test in line.tests:
            if test == "place_beside":
                beside = self._place_beside(plain, hit, others)
                if beside:
                    return f"与“{beside}”相连，指别处的{hit.word}"
            elif test == "other_city":
                far = [o for o in others if o.kind in ("city", "province", "word") and _gap(o, hit) <= WINDOW]
                closest = min((_gap(o, hit) for o in far), default=999)
                ours = min((abs(s - hit.start) for s in strong), default=999)
                if far and closest < min(ours, self._parent_gap(plain, hit)):
                    return f"说的是“{min(far, key=lambda o: _gap(o, hit)).word}”"
            elif test == "list_of_districts" and self._in_list(plain, hit, others):
                return "只是各区名单中的一个"
            elif test == "comparison" and self._compared(plain, hit):
                return "只作比较或方位"
            elif test == "other_subject":
                subject = self._other_subject(plain, hit, others)
                if subject:
                    return f"事情发生在“{subject}”"
        return ""

    def _owner(self, plain: str, hit: Hit[Term], others: Sequence[OtherHit]) -> str:
        # 沈阳市白纸坊, 朝阳区香炉营头条: the name of another place stands directly before ours and owns it
        if any(name.kind in ("account", "unit") for name in hit.value.names):
            return ""
        street = any(name.kind in ("street", "district") for name in hit.value.names)
        for other in others:
            if other.kind and other.end <= hit.start and _OWNED.fullmatch(plain[other.end : hit.start]):
                return "" if street and other.kind == "district" else other.word
        return ""

    def _place_beside(self, plain: str, hit: Hit[Term], others: Sequence[OtherHit]) -> str:
        for other in others:
            if other.kind not in ("province", "city", "word"):
                continue
            gap = plain[other.end : hit.start] if other.end <= hit.start else plain[hit.end : other.start]
            if len(gap) <= 3 and re.fullmatch(r"[省市县的\s(（\[【]{0,3}", gap):
                return other.word
            # 湖南永州零陵西城: a smaller place stands between the city and its western town
            between = other.end <= hit.start and not self.parent_in(plain) and _SMALLER_PLACE.fullmatch(gap)
            if between and other.kind in ("province", "city"):
                return other.word
        return ""

    def _in_list(self, plain: str, hit: Hit[Term], others: Sequence[OtherHit]) -> bool:
        if re.search(r"东西城[海朝]|城[六八]区|东西朝海|东西海朝", plain):
            return True
        spans = sorted([(o.start, o.end) for o in others if o.kind == "district"] + [(hit.start, hit.end)])
        run = best = 1
        held = False
        for (_, end), (start, _) in zip(spans, spans[1:], strict=False):
            run = run + 1 if _LIST_JOINT.match(plain[end:start]) else 1
            best = max(best, run)
            held = held or (run >= 3 and spans[0][0] <= hit.start <= start)
        return best >= 3 and held

    def _compared(self, plain: str, hit: Hit[Term]) -> bool:
        before, after = plain[max(0, hit.start - 6) : hit.start], plain[hit.end : hit.end + 6]
        return bool(
            _COMPARE_BEFORE.search(before) or (_COMPARE_AFTER.match(after) and before.endswith(("跟", "和", "像")))
        )

    def _other_subject(self, plain: str, hit: Hit[Term], others: Sequence[OtherHit]) -> str:
        for other in others:
            if other.kind == "district" and located(plain, other):
                own = _AFTER_OTHER.match(plain, hit.end) or _BEFORE_OTHER.search(
                    plain[max(0, hit.start - 8) : hit.start]
                )
                if not own:
                    return other.word
        return ""

    def _elsewhere(self, plain: str, hit: Hit[Term], strong: Sequence[int]) -> str:
        # (13) an `elsewhere` name beside the place, and no name of the district nearer
        near = plain[max(0, hit.start - NEAR) : hit.end + NEAR]
        ours = min((abs(s - hit.start) for s in strong), default=999)
        for name in hit.value.names:
            for word in name.elsewhere:
                at = near.find(word)
                if at >= 0 and word not in hit.word and abs(at - min(NEAR, hit.start)) < ours:
                    return word
        return ""

    def _word_near(self, word: str, body: Body, hit: Hit[Term], near: str, strong: Sequence[int]) -> bool:
        if word == "matter word":
            return self._matters.any_in(near)
        if " place" in word:
            return self._beside(body, hit, strong)
        if word in self._parents:
            return self._parent_near(body, hit)
        return word in near.replace(hit.word, "\0", 1) or (len(word) > len(hit.word) and word in near)

    def _beside(self, body: Body, hit: Hit[Term], strong: Sequence[int]) -> bool:
        if not strong:
            return False
        # In a short post everything is one context; in a long one 30 characters, or the title, decide.
        return any(abs(s - hit.start) <= WINDOW or s < body.title_end for s in strong) or len(body.plain) <= 140

    def _parent_near(self, body: Body, hit: Hit[Term]) -> bool:
        return any(abs(at - hit.start) <= WINDOW or at < body.title_end for at in self._parent_positions(body.plain))

    def _parent_gap(self, plain: str, hit: Hit[Term]) -> int:
        return min((abs(at - hit.start) for at in self._parent_positions(plain)), default=999)

    def _parent_positions(self, plain: str) -> list[int]:
        answer = []
        for word in self._parents:
            at = plain.find(word)
            while at >= 0:
                if not _PARENT_ROAD.match(plain[at + len(word) :]):
                    answer.append(at)
                at = plain.find(word, at + 1)
        return answer


def located(plain: str, other: OtherHit) -> bool:
    """Whether the text says that something is, or happens, at that other place."""
    before = plain[max(0, other.start - 8) : other.start]
    return bool(_BEFORE_OTHER.search(before) or _AFTER_OTHER.match(plain, other.end))


def _near(body: Body, hit: Hit[Term]) -> str:
    near = body.plain[max(0, hit.start - WINDOW) : hit.end + WINDOW]
    if hit.start < body.title_end:
        near += body.plain[: body.title_end]
    return near


def _gap(other: OtherHit, hit: Hit[Term]) -> int:
    return other.start - hit.end if other.start >= hit.end else hit.start - other.end
