"""How many were killed, hurt, missing, trapped or moved out, as a text tells it (rules.md 15).

Survivors who were poisoned are hurt; rescued, trapped and moved people are not. 多, 余, 近, 约 are dropped; 无人员伤亡
gives 0 and 0; not told gives None. The newest figure counts, contradicting ones stand beside it.
"""

import re
from dataclasses import dataclass

from analysis.anchors import hastened
from analysis.numerals import NUMBER, number

_N = rf"(?P<n>{NUMBER})(?:余|多|来)?"
_WHO = (
    r"(?:名|个|位|口|户)?(?:\d{1,3}多?岁)?(?:[\u4e00-\u9fff]{0,5}?(?:人员|群众|居民|学生|老人|孩子"
    r"|儿童|小孩|婴儿|幼儿|女子|男子|女孩|男孩|女性|男性|工人|工友|"
    r"乘客|行人|司机|驾驶员|路人|住户|村民|业主|员工|顾客|游客|师生|小朋友|同学|消防员|保安|人))?"
)
_GAP = r"[^，,。；;！!？?\d]{0,6}?"
# the number belongs to what follows it (1人死亡|4人受伤)
_NEXT = r"[^，,。;]{0,6}(?:伤|中毒|失踪|失联|被困|死亡|遇难|身亡|送医|获救|脱险)"
_DEAD = (
    r"(?:不幸)?(?:当场)?(?:死亡|遇难|身亡|丧生|丧命|遇害|罹难|去世|离世|死了|没了呼吸|抢救无效|失去生命"
    r"|溺亡|坠亡|亡(?![命国])|死(?![活角机线守路板循心]))"
)
_HURT = (
    r"(?:不同程度)?(?:受了?)?(?:重伤|轻伤|烧伤|烫伤|摔伤|砸伤|撞伤|灼伤|炸伤|刺伤|砍伤|划伤|轻微伤|受伤"
    r"|负伤|骨折|伤(?![心感脑害]))"
)
_SICK = (
    r"(?:出现)?(?:疑似)?(?:食物|煤气|一氧化碳)?(?:中毒|呕吐|腹泻|拉肚子|上吐下泻|身体不适|不适|送医|住院"
    r"|送(?:往|到|去|进)了?[^，。]{0,6}?医院|进了?医院|入院|就医)"
)
_MISSING = r"(?:失踪|失联|下落不明|联系不上|失去联系)"
_TRAPPED = r"(?:被困|被埋|被压|受困|困在|困于|埋在|压在|卡在)"
_MOVED = r"(?:紧急)?(?:疏散|转移|撤离|撤出|转移安置)"

_EACH: dict[str, tuple[re.Pattern[str], ...]] = {
    "dead": (
        hastened(rf"{_N}{_WHO}{_GAP}(?:因?{_DEAD})"),
        hastened(
            rf"(?:死亡|遇难|身亡|丧生|罹难|致死)(?:人数|者)?(?:已|现)?(?:升至|增至|上升至|上升到|增加到"
            rf"|达到|达|为|共)?了?{_N}(?:人|名|个|例|位)(?!{_NEXT})"
        ),
        hastened(rf"死了{_N}(?:个|名|口)?人?"),
        hastened(rf"(?P<n>{NUMBER})(?:人)?死(?={NUMBER}(?:人)?(?:重|轻)?伤|亡|[，。,\s!！]|$)"),
    ),
    "hurt": (
        hastened(rf"{_N}{_WHO}{_GAP}(?:{_HURT})"),
        hastened(
            rf"(?:受伤|伤者|伤员|中毒|送医)(?:人数)?(?:已|现|约|近)?(?:升至|增至|上升至|达到|达|为"
            rf"|共)?了?{_N}(?:人|名|个|例|位)(?!{_NEXT})"
        ),
        hastened(rf"(?:死|亡)(?P<n>{NUMBER})(?:人)?(?:重|轻)?伤"),
        hastened(rf"{_N}{_WHO}{_GAP}(?:{_SICK})"),
    ),
    "missing": (
        hastened(rf"{_N}{_WHO}{_GAP}{_MISSING}"),
        hastened(rf"(?:失踪|失联)(?:人数|者)?(?:为|达|共)?了?{_N}(?:人|名|个|位)"),
    ),
    "trapped": (
        hastened(rf"{_N}{_WHO}{_GAP}{_TRAPPED}"),
        hastened(rf"{_TRAPPED}(?:了|着|人员)?(?:约|近)?{_N}(?:人|名|个|位|户)"),
        hastened(rf"(?:困住|困|压住|压|埋住|埋)(?:了|着)?{_N}(?:人|名|个|位)"),
    ),
    "moved_out": (
        hastened(
            rf"{_MOVED}(?:了|出|走|安置)?(?:附近|周边|周围|楼内|现场|受影响)?[^，。；\d]{{0,4}}?(?:约"
            rf"|近|共|群众|居民)?(?:人员)?{_N}(?:余|多)?(?:人|名|个|位)"
        ),
        hastened(rf"{_N}{_WHO}{_GAP}(?:被|已|全部|安全|紧急|都){{0,3}}{_MOVED}"),
    ),
}
# people told without a number: at least one
_SOME = {
    "dead": hastened(
        r"(?:司机|驾驶员|驾驶人|女孩|男孩|女子|男子|老人|孩子|儿童|乘客|工人|行人|骑手|女婴|男婴|游客|[\u4e00-\u9fff]某)"
        r"(?:不幸|当场|已|经抢救无效|因抢救无效)*(?:死亡|身亡|遇难|丧生|离世)"
        r"|(?:有|了|死|又|一)(?:个|名)?人(?:不幸)?(?:死亡|遇难|身亡|丧生|死了|没了)|死了?(?:好几个|几个"
        r"|个|好多)?人|人当场(?:死|没)|闹出人命|出人命"
    ),
    "hurt": hastened(
        r"(?:有|多|数|几个?|好几个?|些|个)(?:名|位)?(?:人|居民|工人|学生|老人|孩子|路人|行人|司机|骑手"
        r"|乘客|群众|同学|顾客|住户|员工)(?:员)?"
        r"(?:都|也|已|不同程度|被)?(?:烧|砸|撞|烫|炸|摔|砍|捅|刺|划)?(?:受|被)?(?:了)?(?:重|轻)?伤"
        r"|伤(?:了|到)(?:好?几?个|不少|好多)?人|(?:被)(?:砸|撞|捅|砍|烧|炸|刺|咬)(?:得)?(?:伤|倒|中|到"
        r"|飞|晕|断|出血|了)|头破血流|满(?:头|脸|身)(?:是)?血|血流|一地(?:的)?血|骨折|昏迷|晕倒"
        r"|不省人事"
        r"|(?:被|抬上|拉上|送上)(?:了)?(?:救护车|担架)|救护车(?:拉|送|抬)走|送(?:往|去|到"
        r"|进)了?(?:附近)?[^，。]{0,6}(?:医院|急诊|ICU|抢救)|送医|伤者|伤员|受(?:了)?伤"
    ),
    "missing": hastened(r"有人(?:失踪|失联)|人(?:还|仍)?(?:没找到|找不到|下落不明)"),
    "trapped": hastened(
        r"(?:有|多|几个?|还|个|名|些|里面)(?:人|居民|老人|孩子|工人|住户|乘客|学生|群众)(?:还|仍|都|被"
        r"|没)?(?:被?困|被埋|被压|出不来|没出来|没跑出来|逃不出)|困(?:着|住|了)(?:好?几?个|不少)?(?:人"
        r"|老人|孩子)"
        r"|(?:人|老人|孩子|住户|居民)(?:还|仍)?(?:困在|出不来|没出来)|埋(?:在|着|了)(?:下面|里面|废墟"
        r"|人|几|好)|压在(?:下面|底下|车下)|被困(?!扰|难|惑|住房)"
    ),
    "moved_out": re.compile(r"$^"),
}
_NOBODY = hastened(
    r"(?:没有|无|未|暂无|并无|尚无|未造成|没造成|没有造成|未发生|均无|未见"
    r"|不幸中的万幸)(?:人)?(?:任何)?(?:员)?(?:的)?伤亡|无人(?:员)?(?:受伤)?伤亡|(?:没有|没|无"
    r"|未有)人(?:员)?(?:死亡|遇难)|人(?:都|员)?(?:没事|平安|安全)"
)
_NOBODY_HURT = hastened(r"(?:没有|没|无|未有|并无|暂无)人(?:员)?受?伤(?!亡)|(?:没有|未)(?:人|造成人员)受伤|未受伤")
_ALL_OUT = hastened(
    r"(?:全部|均|都|已|被|成功|安全)(?:已|被|成功|安全)*(?:救出|获救|脱险|脱困|撤出|撤离|转移)"
    r"|救出[^，。,]{0,10}被困|(?:无|没有?)(?:人|人员)?被?困"
)
_OLD_FIGURE = hastened(r"此前|最初|早前|初步|起初|一度|先前|网传|传言|有人说|据说|之前(?:通报|报道)|开始说|谣传|原通报")
_NEW_FIGURE = hastened(r"升至|增至|上升|增加到|更新|最新|目前|现已|截至|官方|通报|确认|证实|实际|更正")
_PART_OF = hastened(r"其中[^，。]{0,6}$")
# the number of the ambulance, the fire brigade, the police: nobody counts so
_CALLED = ("110", "119", "120", "122", "999")
_COUNTED = hastened(r"(?:余|多)?(?:名|人|位|个)")
# those brought to hospital who died there are dead, not hurt
_DIED_THERE = hastened(r"[^。；;]{0,16}?(?:死亡|身亡|不治|抢救无效|去世)")
_DEAD_IN_HOSPITAL = hastened(r"送[^。；;]{0,8}?医院?[^。；;]{0,12}?(?:死亡|身亡|不治|抢救无效)")
_BROUGHT = hastened(r"送|医|抢救|受伤")
# how often it happened over the years, not whom it hit now
_TALLIED = hastened(r"据[^。；;]{0,14}统计|近(?:\d+|[一二两三四五六七八九十几]+)年|每年|今年以来|历年|累计已有")
# numbers of other things that stand before the same verbs
_NOT_PEOPLE = hastened(
    r"(?:余|多|来)?(?:辆|台|栋|间|层|起|号|岁|米|点|分|时|日|月|年|元|万|亿|只|条|头|匹|次|路|度|%|楼"
    r"|家|场|声|下|直|些|样|旦|边|般|定|共|处|片|股|阵|切)"
)


@dataclass(frozen=True, slots=True)
class Casualties:
    """Figures of one text; None = not told. `contradicting`: other figures told for the same, in words."""

    dead: int | None = None
    hurt: int | None = None
    missing: int | None = None
    trapped: int | None = None
    moved_out: int | None = None
    contradicting: tuple[str, ...] = ()

    @property
    def harmed(self) -> int:
        """People killed, hurt, missing or trapped."""
        return (self.dead or 0) + (self.hurt or 0) + (self.missing or 0) + (self.trapped or 0)


def casualties(plain: str) -> Casualties:
    """The figures of a text in normal form."""
    told: dict[str, int | None] = {}
    beside: list[str] = []
    for what, patterns in _EACH.items():
        figures = _figures(plain, what, patterns)
        value, others = _newest(figures)
        told_of = _DEAD_IN_HOSPITAL.sub("□", plain) if what == "hurt" else plain
        if value is None and _SOME[what].search(told_of) and not (what == "hurt" and _only_denied(plain)):
            value = 1
        told[what] = value
        beside += others
    if _NOBODY.search(plain):
        told["dead"] = told["dead"] or 0
        told["hurt"] = told["hurt"] if told["hurt"] and _figures(plain, "hurt", _EACH["hurt"]) else 0
    elif _NOBODY_HURT.search(plain) and not _figures(plain, "hurt", _EACH["hurt"]):
        told["hurt"] = 0
    if (
        told["trapped"]
        and _ALL_OUT.search(plain)
        and not re.search(r"(?:仍|还)有[^，。]{0,6}(?:被困|没出来|未救出)", plain)
    ):
        told["trapped"] = 0
    return Casualties(**told, contradicting=tuple(dict.fromkeys(beside)))


def _only_denied(plain: str) -> bool:
    return bool(_NOBODY_HURT.search(plain) or _NOBODY.search(plain))


def _figures(plain: str, what: str, patterns: tuple[re.Pattern[str], ...]) -> list[tuple[int, int, str, str]]:
    """(position, value, words, clause before) of every figure told for one thing."""
    found: dict[int, tuple[int, int, str, str]] = {}
    for pattern in patterns:
        at = -1
        # a refused number must not swallow the right one behind it (一|家三口死亡)
        while (match := pattern.search(plain, at + 1)) is not None:
            at = match.start("n")
            if at in found or (
                at
                and (
                    plain[at - 1].isalnum()
                    and plain[at - 1].isascii()
                    or plain[at - 1] in ".第零一二三四五六七八九十百千:"
                )
            ):
                continue
            value = number(match["n"])
            if value is None or _NOT_PEOPLE.match(plain, match.end("n")) or value > 100_000:
                continue
            if (
                what == "hurt"
                and re.search(r"死|亡|遇难", match.group().split(match["n"], 1)[-1])
                and match.group()[0] not in "死亡"
            ):
                continue
            left = max(plain.rfind(mark, 0, at) for mark in "。；;！!？?\n") + 1
            if _of_something_else(plain, what, match, left):
                continue
            found[at] = (at, value, match.group(), plain[left:at])
    if what == "hurt":
        return _hurt(sorted(found.values()))
    return sorted(found.values())


def _of_something_else(plain: str, what: str, match: re.Match[str], left: int) -> bool:
    # a number to call, a tally of years, the whole of which only some are meant (十二名旅客中的十人)
    if match["n"] in _CALLED and not _COUNTED.match(plain, match.end("n")):
        return True
    if _TALLIED.search(plain, left, match.start("n")) or "中的" in match.group():
        return True
    dying = what == "hurt" and _BROUGHT.search(match.group())
    return bool(dying and _DIED_THERE.match(plain, match.end()))


def _hurt(figures: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    # 2人重伤3人轻伤 is five; 5人受伤，其中2人重伤 is five too
    graded = [f for f in figures if re.search(r"重伤|轻伤|轻微伤", f[2]) and not _PART_OF.search(f[3])]
    total = [f for f in figures if f not in graded and not _PART_OF.search(f[3])]
    if total or len(graded) < 2:
        return total or graded
    first = graded[0]
    kinds: dict[str, tuple[int, int, str, str]] = {}
    for figure in graded:
        kinds[next(grade for grade in ("重伤", "轻微伤", "轻伤") if grade in figure[2])] = figure
    return [(first[0], sum(f[1] for f in kinds.values()), "、".join(f[2] for f in kinds.values()), first[3])]


def _newest(figures: list[tuple[int, int, str, str]]) -> tuple[int | None, list[str]]:
    if not figures:
        return None, []
    whole = [f for f in figures if not _PART_OF.search(f[3])] or figures
    fresh = [f for f in whole if not _OLD_FIGURE.search(f[3][-14:])] or whole
    marked = [f for f in fresh if _NEW_FIGURE.search(f[3][-12:] + f[2])]
    best = (marked or fresh)[-1]
    if not marked and len({f[1] for f in fresh}) > 1:
        best = max(fresh, key=lambda f: (f[1], -f[0]))
    return best[1], [f[2] for f in whole if f[1] != best[1]]
