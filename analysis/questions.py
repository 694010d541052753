"""Which asks are one question in other words, how it is best put, and which sentence of a release speaks of it.

Pure, and without the dictionary of words: asks are short, and what they ask stands in a cue (何时, 为什么, 谁, …) and a
few characters beside it. Two asks are one question when they ask the same and share most of what they ask about.
Wrongly joined asks hide a question from the people who answer, wrongly parted ones only make two lines that a person
joins: so the limits are strict. They were set by hand on asks of real boards and on those of the rehearsal.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from analysis.similarity import plain
from analysis.text import normal, sentences


class Aspect(StrEnum):
    """What an ask asks for; the value is the word of the reasons."""

    WHY = "为什么"
    WHEN = "何时"
    WHO = "谁"
    MUCH = "多少"
    HOW = "怎么办"
    WHETHER = "是不是"
    REQUEST = "要求"


# The first that is there decides: 怎么会 is no 怎么, 几点 no 几个.
_CUES: tuple[tuple[Aspect, re.Pattern[str]], ...] = (
    (Aspect.WHY, re.compile(r"为什么|为何|为啥|怎么(?:会|就|又|回事)|咋(?:会|回事)|凭什么|什么原因|原因是什么|啥原因")),
    (
        Aspect.WHEN,
        re.compile(
            r"什么时[候间]|啥时[候间]?|何时|(?<!好)几[点时号天]|多久|多长时间|哪[天年一]天?|到几时|等到.{0,4}时候"
        ),
    ),
    (Aspect.WHO, re.compile(r"找?谁|哪个(?:部门|单位|领导)|哪家|找哪")),
    (Aspect.MUCH, re.compile(r"多少|(?<!好)几(?:个|人|户|元|成|年|次|家)|多大|多高")),
    (Aspect.HOW, re.compile(r"怎么办?|如何|怎样|咋|哪里|哪儿|什么(?:办法|手续|材料|流程|条件|措施)|哪些")),
    (
        Aspect.WHETHER,
        re.compile(
            r"有没有|有无|是不是|是否|能不能|能否|可否|可不可以|会不会|该不该|是?真的?假的?|是真是假|是真的|属实|吗|么[?？]?$"
        ),
    ),
)
_REQUEST = re.compile(r"请|求|恳|希望|要求|建议|盼|应该|尽快|赶快|赶紧|[给让]个|派人")

# What says the same in other words, as far as it comes up in matters of a district; the first of each is its name.
_SAME: tuple[tuple[str, ...], ...] = (
    ("供暖", "供热", "暖气", "热力", "停暖", "来暖", "采暖", "取暖", "停热", "没暖", "暖"),
    ("供水", "停水", "来水", "自来水", "断水", "没水", "用水"),
    ("供电", "停电", "来电", "断电", "没电", "用电"),
    ("燃气", "天然气", "煤气", "供气", "停气", "断气", "通气", "没气"),
    ("恢复", "修好", "修复", "抢修", "修理", "维修", "重修", "修一修", "修一下", "修", "解决", "处理好"),
    ("伤亡", "受伤", "伤者", "死伤", "遇难", "死人", "死亡", "死了", "出人命", "伤人", "伤"),
    ("赔偿", "赔付", "理赔", "补偿", "损失", "赔"),
    ("负责", "责任", "追责", "问责", "担责", "管管", "来管"),
    ("通行", "封路", "绕行", "绕路", "绕道", "改道", "绕", "通车"),
    ("说明", "通知", "通报", "公告", "公布", "公示", "说法", "回应", "答复", "解释", "官方", "说一句", "说一声"),
    ("上学", "入学", "孩子", "小孩", "学生", "儿童"),
    ("老人", "老年人", "卧床"),
    ("收费", "价格", "涨价", "费用", "多少钱", "收钱"),
    ("路灯", "灯"),
    ("电梯", "梯"),
)
MENDED = "《恢复》"
_TOKEN = {word: f"《{group[0]}》" for group in _SAME for word in group}
_SAID = re.compile("|".join(sorted(map(re.escape, _TOKEN), key=len, reverse=True)))
# Words that every ask has: politeness, particles, persons, times of the day.
_IDLE = re.compile(
    r"请问|想问|问一下|咨询|麻烦|谢谢|您好|你好|各位|领导|有关部门|相关部门|有关|相关|部门|政府|尽快|赶快|赶紧|马上|及时|到底|究竟"
    r"|现在|今天|今晚|明天|昨天|目前|这个|那个|这样|那样|我们|你们|他们|咱们|我家|自己|大家|可以|能够|希望|要求|建议|恳请|恳求"
    r"|应该|已经|一直|还是|就是|不是|没有|什么|时候|时间|一下|一个|一些|[一二两三四五六七八九十几百千万]+|这么|那么|真的|知道|告诉|办法|怎么办|怎么样"
    r"|期间|求证|听说|据说|网传|[的了吗呢啊吧呀嘛么都也还就在是有没不我你您他她它这那到会能要去来说被把给让和与跟及或个一等得着过又再很太最好些"
    r"人请求盼问想该可以为因而且但如若则才只吗哦呗哈]"
)
_LETTERS = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]|《[^》]+》")
WEAK = 0.3  # what the matter's own title has, and 恢复: nearly every ask of it has it too
ALIKE = 0.6  # shared part of what two asks of one aspect are about (Dice)
HELD, HELD_LEAST = 0.75, 2.0  # share of the shorter one that the longer holds, and the least that is shared then
ASKED_FOR = 0.75  # 请尽快恢复 beside 什么时候恢复: one question where nearly everything is shared
MOST_CORES = 8  # ways of putting a question that a new ask is held against: more only make it drift
SHORTEST, LONGEST = 5, 30  # letters of a wording that is clear and still short
WHOLE = 14  # letters up to which an ask is kept as it stands: as many as a line of the case shows
_HEARSAY = re.compile(r"听说|据说|网传|传言|有人说")
# An order goes with what is asked about it: who is told when, how or whether no longer asks for it.
_GO_TOGETHER = frozenset({Aspect.WHEN, Aspect.HOW, Aspect.WHETHER})


@dataclass(frozen=True)
class About:
    """What all asks of a matter speak of: `names` of places are taken out, what its title has counts little."""

    names: tuple[str, ...] = ()
    weak: frozenset[str] = frozenset({MENDED})

    @classmethod
    def of(cls, title: str, names: Iterable[str]) -> "About":
        """Of a matter with this title at these places (names as written)."""
        longest = tuple(sorted({normal(name) for name in names if len(name) > 1}, key=lambda n: (-len(n), n)))
        return cls(longest, _features(normal(title), longest) | {MENDED})


@dataclass(frozen=True)
class Core:
    """What an ask comes down to: what it asks for, what about, and its letters, for asks that are one word for word."""

    aspect: Aspect
    features: frozenset[str]
    letters: str


@dataclass(frozen=True)
class Match:
    """The question an ask belongs to, how alike (0 to 1), and why in words."""

    question: int
    score: float
    why: str


@dataclass(frozen=True)
class _Told:
    """What an ask asks for and about, and the stretch of it, as written, that says so."""

    aspect: Aspect
    features: frozenset[str]
    start: int
    end: int


_CLAUSE = re.compile(r"[^。！？!?；;\n，,、：:（）()“”\"]+")


@lru_cache(maxsize=4096)
def _told(ask: str, about: About) -> _Told:
    parts = [(found.start(), found.end(), normal(found[0])) for found in _CLAUSE.finditer(ask)] or [(0, len(ask), "")]
    # Of a sentence with several the last does the asking: what stands before it tells.
    back = list(reversed(list(enumerate(parts))))
    aspect, place = next(
        ((kind, n) for n, part in back for kind, cue in _CUES if cue.search(part[2])), (Aspect.REQUEST, 0)
    )
    if aspect == Aspect.REQUEST:
        place = next((n for n, part in back if _REQUEST.search(part[2])), len(parts) - 1)
    features, first, last = _features(parts[place][2], about.names), place, place
    # 今晚怎么办 asks nothing by itself: what stands beside it says what about.
    for beside in (place - 1, place + 1):
        if _weight(features, about) < 1 and 0 <= beside < len(parts):
            features |= _features(parts[beside][2], about.names)
            first, last = min(first, beside), max(last, beside)
    return _Told(aspect, features, parts[first][0], parts[last][1])


def core_of(ask: str, about: About) -> Core:
    """The core of one ask as it was written."""
    told = _told(ask, about)
    return Core(told.aspect, told.features, plain(ask))


def stretch_of(ask: str, about: About) -> str:
    """The words of a long ask that do the asking, with what they ask about; a short one whole. Always as written."""
    whole = " ".join(ask.split())
    if len(plain(whole)) <= WHOLE:
        return whole
    told = _told(ask, about)
    return " ".join(ask[told.start : told.end].split()) or whole


def _features(text: str, names: Sequence[str]) -> frozenset[str]:
    for name in names:
        text = text.replace(name, " ")
    text = _SAID.sub(lambda found: _TOKEN[found[0]], text)
    bare = [
        piece if piece.startswith("《") else _IDLE.sub(" ", _bare(piece)) for piece in re.split(r"(《[^》]+》)", text)
    ]
    return frozenset(_LETTERS.findall(" ".join(bare).lower()))


def _bare(text: str) -> str:
    """Without the cues: what is asked for is no part of what it is about."""
    for _, cue in _CUES:
        text = cue.sub(" ", text)
    return text


def _weight(features: Iterable[str], about: About) -> float:
    return sum(WEAK if feature in about.weak else 1.0 for feature in features)


def likeness(one: Core, other: Core, about: About) -> float:
    """How far two asks are one question: 1 the same words, 0 another one; from the limit on they are one."""
    if one.letters == other.letters:
        return 1.0
    together = one.aspect == other.aspect
    if not together and {one.aspect, other.aspect} - _GO_TOGETHER != {Aspect.REQUEST}:
        return 0.0
    shared = _weight(one.features & other.features, about)
    mine, theirs = _weight(one.features, about), _weight(other.features, about)
    if not shared:
        return 0.0
    alike, held = 2 * shared / (mine + theirs), shared / min(mine, theirs)
    if alike >= (ALIKE if together else ASKED_FOR):
        return alike
    return held * 0.9 if together and held >= HELD and shared >= HELD_LEAST else 0.0


def _why(one: Core, other: Core) -> str:
    if one.letters == other.letters:
        return "原话相同"
    both = sorted(feature.strip("《》") for feature in one.features & other.features)
    asks = f"都问“{one.aspect}”" if one.aspect == other.aspect else f"“{one.aspect}”和“{other.aspect}”说的是一件"
    return f"{asks}，都说到 {'、'.join(both[:6])}"


@dataclass
class Book:
    """The questions of one matter, by the number the caller gave them, and how each was put so far."""

    about: About
    _cores: dict[int, list[Core]] = field(default_factory=dict)
    _letters: dict[str, int] = field(default_factory=dict)
    _holders: dict[str, set[int]] = field(default_factory=dict)

    def add(self, question: int, ask: str) -> None:
        """One more way of putting a question. Beyond `MOST_CORES` only the same words lead to it."""
        self._letters.setdefault(plain(ask), question)
        kept = self._cores.setdefault(question, [])
        if len(kept) >= MOST_CORES or (core := core_of(ask, self.about)) in kept:
            return
        kept.append(core)
        for feature in core.features:
            self._holders.setdefault(feature, set()).add(question)

    def find(self, ask: str) -> Match | None:
        """The question an ask belongs to; None opens one. Of equals the one with the smallest number."""
        same = self._letters.get(plain(ask))
        if same is not None:
            return Match(same, 1.0, "原话相同")
        core = core_of(ask, self.about)
        near = {question for feature in core.features for question in self._holders.get(feature, ())}
        best: Match | None = None
        for question in sorted(near):
            score, other = max(
                ((likeness(core, known, self.about), known) for known in self._cores[question]),
                key=lambda pair: pair[0],
            )
            if score > 0 and (best is None or score > best.score):
                best = Match(question, round(score, 2), _why(core, other))
        return best


def best_wording(asks: Mapping[int, str], about: About) -> int:
    """Of asks by the number of their post, the one that puts the question best: the shortest clear one.

    A question goes before an order, 5 to 30 letters before longer or shorter ones, what is no hearsay before what
    is, one that names two things before one that names one or none, then the shortest, then the first.
    """

    def rank(pair: tuple[int, str]) -> tuple[bool, bool, bool, int, int, int]:
        number, words = pair
        core, length = core_of(words, about), len(plain(words))
        return (
            core.aspect == Aspect.REQUEST,
            not SHORTEST <= length <= LONGEST,
            _HEARSAY.search(words) is not None,
            -min(len(core.features), 2),
            length,
            number,
        )

    return min(asks.items(), key=rank)[0]


# --- what a release says to it ----------------------------------------------------------------------------------------

# What an answer to such a question must have in it.
_ANSWERS: dict[Aspect, re.Pattern[str]] = {
    Aspect.WHEN: re.compile(
        r"(?:\d|[一二两三四五六七八九十])\s*(?:时|点|日|天|月|小时|分)|[今明][天日晚早]|已(?:全部)?(?:恢复|完成)"
    ),
    Aspect.WHY: re.compile(r"原因|因为|由于|引发|导致|造成|所致|系"),
    Aspect.WHO: re.compile(r"负责|承担|牵头|会同|由.{1,14}(?:受理|办理|赔|组织|实施)|委员会|街道|公司|单位|电话"),
    Aspect.MUCH: re.compile(r"\d|[一二两三四五六七八九十百千]"),
}
HALF = 0.5  # share of what a question is about that one sentence must have


@dataclass(frozen=True)
class Line:
    """A sentence of a release as written, in normal form, and what it is about."""

    sentence: str
    told: str
    features: frozenset[str]


@dataclass(frozen=True)
class Answer:
    """The sentence of a release that may answer a question, and how much of it it has (0 to 1)."""

    sentence: str
    score: float


def lines_of(title: str, text: str, about: About) -> list[Line]:
    """The sentences of a release, its title first, ready to be held against questions."""
    found = [title, *(sentence.text for sentence in sentences(text))]
    return [
        Line(" ".join(one.split())[:120], told, _features(told, about.names)) for one in found if (told := normal(one))
    ]


def answer_in(core: Core, lines: Sequence[Line], about: About) -> Answer | None:
    """The sentence that speaks of a question, if one does. A person says whether it answers it.

    A question about nothing but the matter itself needs all of it in the sentence, and a time, a cause or a unit.
    """
    whole, needs = _weight(core.features, about), _ANSWERS.get(core.aspect)
    if not whole or (whole < 1 and needs is None):
        return None
    least = HALF if whole >= 1 else 0.99
    best: Answer | None = None
    for line in lines:
        share = _weight(core.features & line.features, about) / whole
        if share >= least and (best is None or share > best.score) and (needs is None or needs.search(line.told)):
            best = Answer(line.sentence, round(share, 2))
    return best
