"""Does a post tell of an emergency that happened or is happening, and what does it tell (rules.md 3 and 15).

Nothing is graded here. A word alone never counts: the clause around it must tell a happening of the last days, and
neither the clause nor the post may say that it is a rehearsal, a film, history, a case in court, advice, a fear, a
figure of speech or denied.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from analysis import emergency_cues as cues
from analysis.casualties import Casualties, casualties
from analysis.event_time import Precision, Stamp, choose, long_ago, stamps
from analysis.numerals import number
from analysis.text import Body, Sentence, clause_bounds

Scope = Literal["building", "public", "household"]
CURRENT = timedelta(hours=72)  # rules.md 3: begun within 72 h before the post, or still going on
AHEAD = timedelta(minutes=30)  # told as beginning later than this after the post: an announcement
SHORT_POST = 140
LONG_POST = 260  # a letter of complaint; an emergency in it must carry its time
ENOUGH, ENOUGH_LONG = 2.0, 3.0
Where = Callable[[int, int], bool | None]


@dataclass(frozen=True, slots=True)
class EmergencyFact:
    """What one post tells of an emergency. Numbers: None = not told, 0 = told that nobody.

    `current`: begun within 72 h before the post or still going on. `in_district`: None = not told where. `trapped`
    is 1 where people are trapped and no number is told. `outage`: water, power, heat or gas is still cut.
    """

    kind: str
    current: bool
    in_district: bool | None
    dead: int | None
    hurt: int | None
    missing: int | None
    trapped: int | None
    moved_out: int | None
    denied: bool
    scope: Scope
    occurred_at: datetime | None
    precision: Precision
    outage: bool
    outage_begun_at: datetime | None
    evidence: tuple[str, ...]
    contradicting: tuple[str, ...]
    place: str = ""

    def as_json(self) -> dict[str, Any]:
        """JSON-able; times ISO 8601 with offset. `from_json` takes it back."""
        answer: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for name in ("occurred_at", "outage_begun_at"):
            answer[name] = None if answer[name] is None else answer[name].isoformat()
        answer["evidence"], answer["contradicting"] = list(self.evidence), list(self.contradicting)
        return answer

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "EmergencyFact":
        """The fact a Reading keeps."""
        values = dict(told)
        for name in ("occurred_at", "outage_begun_at"):
            values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
        values["evidence"], values["contradicting"] = tuple(told["evidence"]), tuple(told["contradicting"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class _Trigger:
    kind: str
    start: int
    end: int
    score: float
    sentence: Sentence
    stamp: Stamp | None
    why: tuple[str, ...]


class EmergencyReader:
    """Reads emergencies in the zone of a pack."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def read(self, body: Body, *, published_at: datetime | None, where: Where, voice: str) -> EmergencyFact | None:
        """The emergency of a post, None where it tells none. `where(start, end)`: is that stretch in the district?"""
        if not _COARSE.search(body.plain):
            return None
        plain = cues.METAPHOR.sub(lambda m: "□" * len(m.group()), body.plain)
        post = _Post(plain, body, published_at, self._zone)
        triggers = [t for t in post.triggers() if t.score >= post.enough]
        outage = post.outage()
        if triggers and not post.void(triggers[0]):
            return self._event(post, triggers, where, outage)
        if outage is not None and voice == "public":
            return self._outage(post, outage, where)
        return None

    def _event(
        self, post: "_Post", triggers: list[_Trigger], where: Where, outage: "_Trigger | None"
    ) -> EmergencyFact | None:
        harm = casualties(post.plain)
        main = min(triggers, key=lambda t: (-_weight(t, harm), t.start))
        stamp, told = main.stamp, None if main.stamp is None else main.stamp.at
        current = True
        if told is not None and post.published_at is not None:
            current = post.published_at - CURRENT <= told <= post.published_at + AHEAD
        if not current:
            return None
        return EmergencyFact(
            kind=main.kind,
            current=current,
            in_district=where(main.start, main.end),
            dead=harm.dead,
            hurt=harm.hurt,
            missing=harm.missing,
            trapped=harm.trapped,
            moved_out=harm.moved_out,
            denied=False,
            scope=_scope(post.plain, main, harm),
            occurred_at=told,
            precision="unknown" if stamp is None or told is None else stamp.precision,
            outage=False,
            outage_begun_at=None if outage is None or outage.stamp is None else outage.stamp.at,
            evidence=(post.words(main), *main.why),
            contradicting=harm.contradicting,
        )

    def _outage(self, post: "_Post", cut: _Trigger, where: Where) -> EmergencyFact:
        told = None if cut.stamp is None else cut.stamp.at
        return EmergencyFact(
            kind=cut.kind,
            current=True,
            in_district=where(cut.start, cut.end),
            dead=None,
            hurt=None,
            missing=None,
            trapped=None,
            moved_out=None,
            denied=False,
            scope="building" if _of_a_building(post, cut) else "household",
            occurred_at=told,
            precision="unknown" if cut.stamp is None or told is None else cut.stamp.precision,
            outage=True,
            outage_begun_at=told,
            evidence=(post.words(cut), *cut.why),
            contradicting=(),
        )


class _Post:
    """One post while it is read."""

    def __init__(self, plain: str, body: Body, published_at: datetime | None, zone: ZoneInfo) -> None:
        self.plain = plain
        self.body = body
        self.published_at = published_at
        self._zone = zone
        self.asks = bool(cues.REQUEST.search(plain))
        self.enough = ENOUGH_LONG if len(plain) > LONG_POST and self.asks else ENOUGH

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences of the post."""
        return self.body.sentences()

    @cached_property
    def stamps(self) -> list[Stamp]:
        """The moments it tells; none where the post's own time is unknown."""
        return [] if self.published_at is None else stamps(self.plain, self.published_at, self._zone)

    def words(self, trigger: _Trigger) -> str:
        """The clause of a trigger as written."""
        left, right = clause_bounds(self.plain, trigger.start, trigger.end)
        return self.body.written(left, right)[:120]

    def triggers(self) -> list[_Trigger]:
        """Every mention of a happening with what speaks for and against it."""
        found: list[_Trigger] = []
        for kind, pattern in cues.TRIGGERS.items():
            for match in pattern.finditer(self.plain):
                if any(t.start <= match.start() < t.end for t in found):
                    continue
                found.append(self._weigh(kind, match.start(), match.end()))
        return sorted(found, key=lambda t: t.start)

    def sentence_at(self, at: int) -> Sentence:
        """The sentence a position lies in."""
        return next((s for s in self.sentences if s.start <= at < s.end), Sentence(self.plain, 0, len(self.plain), ""))

    def _weigh(self, kind: str, start: int, end: int) -> _Trigger:
        sentence = self.sentence_at(start)
        left, right = clause_bounds(self.plain, start, end)
        clause, whole = self.plain[left:right], self.plain[sentence.start : sentence.end]
        stamp = choose(self.stamps, start, (sentence.start, sentence.end))
        score, why = 0.0, []
        if stamp is not None and stamp.at is not None and self.published_at is not None:
            near = _inside(stamp, sentence)
            recent = self.published_at - CURRENT <= stamp.at <= self.published_at + AHEAD
            if not recent:
                return _Trigger(kind, start, end, -9.0, sentence, stamp, ())
            if near or self.enough == ENOUGH:
                score += 2.0 if near else 1.0
                why.append(f"时间：{self.body.written(stamp.start, stamp.end).strip()}")
        for pattern, value, word in _FOR:
            match = pattern.search(whole)
            if match:
                score += value
                why.append(f"{word}：{match.group()[:12]}")
        if _FINISHED.match(self.plain, end) or self.plain[start:end].endswith("了"):
            score += 1.0
        if cues.SUBJECT.search(self.plain[max(left, start - 14) : start]):
            score += 0.5
        before = self.plain[sentence.start : end + 8]
        if cues.IF.search(clause) or _UNREAL_BEFORE.search(before):
            score -= 4.0
        if len(self.plain) <= SHORT_POST and not self.asks:
            score += 1.0  # a short post that asks for nothing tells what its writer sees
        for pattern, value in _AGAINST:
            if pattern.search(whole) and not (pattern is cues.DRILL and cues.NOT_DRILL.search(self.plain)):
                score -= value
        if long_ago(whole, self.published_at) or cues.PAST.search(whole):
            score -= 5.0
        if cues.HABIT.search(whole):
            score -= 3.0
        if kind == "explosion" and not (cues.RESCUE.search(whole) or _BLASTED.search(clause)):
            score -= 2.0  # what bursts in everyday talk is a head, a mood, a game
        if kind == "fire" and not _FLAMES.search(whole):
            score -= 2.5 if _CHIMNEY.search(whole) else 1.0  # smoke alone may be a chimney, a kitchen, a grill
        if cues.REQUEST.search(clause):
            score -= 1.0
        if self.asks and not cues.NOW.search(whole) and (stamp is None or not _inside(stamp, sentence)):
            score -= 2.0
        if sentence.mark in ("?", "？") and sentence.mark and not cues.RESCUE.search(whole):
            score -= 0.5
        return _Trigger(kind, start, end, score, sentence, stamp, tuple(why))

    def void(self, trigger: _Trigger) -> bool:
        """Whether the post as a whole says that nothing happened, or that it was only played, told or warned of."""
        plain = self.plain
        denied = cues.DENIED.search(plain)
        if denied and not cues.DENIED_PART.search(plain):
            return True
        real = bool(_STRONG.search(plain)) and bool(cues.RESCUE.search(plain))
        drill = [m for m in cues.DRILL.finditer(plain)]
        if drill and not cues.NOT_DRILL.search(plain) and not (real and len(drill) == 1 and drill[0].start() > 120):
            return True
        if cues.FILM.search(plain) and not (real and cues.TOLD.search(trigger.sentence.text)):
            return True
        if cues.COURT.search(plain) and not (trigger.stamp is not None and real):
            return True
        title = plain[: self.body.title_end or 40]
        if cues.PAST.search(title) and trigger.stamp is None:
            return True
        advice = len(cues.ADVICE.findall(plain))
        return advice >= 2 and not real and trigger.stamp is None

    def outage(self) -> _Trigger | None:
        """Water, power, heat or gas still cut for at least a building, told as now; None otherwise."""
        plain = self.plain
        best: _Trigger | None = None
        if cues.RESTORED.search(plain) or cues.DRILL.search(plain) or cues.FILM.search(plain):
            return None
        for match in cues.OUTAGE.finditer(plain):
            sentence = self.sentence_at(match.start())
            whole = plain[sentence.start : sentence.end]
            left, right = clause_bounds(plain, match.start(), match.end())
            clause = plain[left:right]
            around = plain[: self.body.title_end] + "。" + plain[max(0, match.start() - 80) : match.end() + 80]
            if (
                cues.PLANNED.search(whole)
                or cues.IF.search(clause)
                or cues.HABIT.search(around)
                or _TALLY.search(plain)
            ):
                continue
            if _INSIDE_ROOM.search(clause):
                continue
            if long_ago(whole, self.published_at) or cues.FIGURES.search(whole):
                continue
            stamp = self._lasting(sentence) or choose(self.stamps, match.start(), (sentence.start, sentence.end))
            recent = stamp is not None and stamp.at is not None and self.published_at is not None
            if recent and stamp is not None and stamp.at is not None and self.published_at is not None:
                age = self.published_at - stamp.at
                if age < -AHEAD or age > timedelta(days=30):
                    continue
                recent = age <= timedelta(hours=24)
            still = cues.STILL.search(plain[max(0, sentence.start - 30) : sentence.end + 30])
            need = self.enough == ENOUGH_LONG
            if not (still or recent) or (need and not (still and stamp is not None)):
                continue
            what = next((g for g in match.groups() if g), "") or match.group()
            why = tuple(w for w in (f"仍未恢复：{still.group()[:8]}" if still else "",) if w)
            found = _Trigger(_outage_kind(match.group() + what), match.start(), match.end(), 2.0, sentence, stamp, why)
            if best is None or (best.stamp is None and stamp is not None):
                best = found
        return best

    def _lasting(self, sentence: Sentence) -> Stamp | None:
        # “停水7天了” tells when it began
        match = _LASTING.search(self.plain, sentence.start, sentence.end)
        if match is None or self.published_at is None:
            return None
        value = 0.5 if match["n"] == "半" else float(number(match["n"]) or 1)
        hours = value * {"小时": 1, "钟头": 1, "天": 24, "日": 24, "周": 168, "星期": 168}[match["unit"]]
        begun = self.published_at - timedelta(hours=hours)
        return Stamp(match.start(), match.end(), begun, "hour" if hours < 24 else "day", True)


def _inside(stamp: Stamp, sentence: Sentence) -> bool:
    return sentence.start <= stamp.start < sentence.end


def _weight(trigger: _Trigger, harm: Casualties) -> float:
    # Of several mentions the one with the best evidence names the kind; a fire that follows a crash is told by the crash.
    return trigger.score + _ORDER.get(trigger.kind, 0.0)


def _scope(plain: str, trigger: _Trigger, harm: Casualties) -> Scope:
    text = plain[trigger.sentence.start : trigger.sentence.end]
    if trigger.kind in ("traffic", "crowd", "crime") or _PUBLIC.search(text):
        return "public"
    small = cues.HOUSEHOLD.search(text) and not cues.WHOLE.search(text) and harm.harmed == 0
    if small and trigger.kind not in ("fire", "explosion", "collapse", "gas") and not _BUILDING.search(text):
        return "household"
    return "building"


def _of_a_building(post: _Post, cut: _Trigger) -> bool:
    text = post.plain
    near = text[max(0, cut.start - 40) : cut.end + 40]
    if cues.WHOLE.search(near) or (cues.WHOLE.search(text) and len(text) <= LONG_POST):
        return True
    return bool(_BUILDING.search(near)) and not cues.HOUSEHOLD.search(near)


def _outage_kind(words: str) -> str:
    for letter, kind in (("水", "停水"), ("电", "停电"), ("暖", "停热"), ("热", "停热"), ("气", "停气")):
        if letter in words:
            return kind
    return "停电" if "跳闸" in words else "停水"


_FOR: tuple[tuple[re.Pattern[str], float, str], ...] = (
    (cues.NOW, 1.5, "正在发生"),
    (cues.WEAK_NOW, 0.5, "当前"),
    (cues.RESCUE, 1.5, "救援与伤亡"),
    (cues.TOLD, 1.0, "通报用语"),
)
_AGAINST: tuple[tuple[re.Pattern[str], float], ...] = (
    (cues.COURT, 3.0),
    (cues.FIGURES, 3.0),
    (cues.ADVICE, 1.5),
    (cues.DRILL, 3.0),
    (cues.FILM, 3.0),
)
_ORDER = {"explosion": 0.4, "collapse": 0.4, "poisoning": 0.3, "gas": 0.2, "fire": 0.2, "fall": -0.3, "other": -0.5}
_UNREAL_BEFORE = re.compile(
    r"如果|假如|假设|要是|万一|一旦|倘若|若是|若发生|难道|即使|哪怕|除非|以防|避免|防止|生怕|就怕|最怕|总怕"
)
_BLASTED = re.compile(
    r"气|罐|锅炉|管|电瓶|电池|充电|变压器|轮胎|车|店|楼|厂|房|库|窗|玻璃|响|声|街|路|小区|院|馆|仓|油|烟花|鞭炮|炸药|化学|实验|[里处边]"
)
_FLAMES = re.compile(r"火(?!锅|腿|车站|车票)|燃|烧(?!烤|香|纸|菜|饭)|爆")
_CHIMNEY = re.compile(r"排(?:放|出|的|油|黑)|烟囱|锅炉|砖厂|油烟|餐馆|烧烤|尾气|汽车|货车|公交|工厂|厂区|污染|气味")
_FINISHED = re.compile(r"[了啦着过]|起来|事故|一片|严重|，|,|。|!|$")
_STRONG = re.compile(
    r"死亡|遇难|身亡|受伤|重伤|轻伤|被困|失踪|送医|医院|消防(?:部门|救援|支队)|警方|119|120|疏散|扑灭|通报|过火|伤亡|救护车|消防车"
)
_PUBLIC = re.compile(
    r"路口|马路|街上|路上|大街|公路|高速|人行道|便道|广场|公园|车站|站台|地铁|公交|胡同口|路边|桥上|河里|湖|工地|市场|景区"
)
_BUILDING = re.compile(
    r"楼|小区|大厦|公寓|院|商场|学校|医院|酒店|饭店|店|厂|仓库|宿舍|单元|幼儿园|食堂|超市|房|社区|胡同|街"
)
_TALLY = re.compile(
    r"(?:今年|本月|这个月|一年|一个月|一周|这周|最近|近期|半年|两个月)[^。;!?]{0,16}(?:\d+|[一二两三四五六七八九十几]+)(?:多)?(?:次|回|起)|(?:停|断)(?:水|电|气|暖)(?:了)?(?:\d+|[二两三四五六七八九十几]+)(?:多)?(?:次|回)|(?:\d+|[二三四五六七八九十几百]+)(?:多|几)?(?:次|回)(?:了|停|断)"
)
_LASTING = re.compile(
    r"(?:停|断|没有?)(?:水|电|气|暖气?|热)?(?:都|已|了|整整|连续|快|将近|近|超过|已经|有)*(?P<n>半|\d{1,2}|[一二两三四五六七八九十]{1,3})(?:多)?个?(?:多)?(?P<unit>小时|钟头|天|日|周|星期)(?!内|之内|后|前)"
)
_INSIDE_ROOM = re.compile(
    r"手机|电脑|相机|平板|耳机|电池|手表|电动车|电瓶|遥控|kindle|充电宝|插座|插口|卫生间|厨房里|卧室|客厅|阳台|热水器|冰箱|太阳能|水龙头坏"
)
_COARSE = re.compile(
    r"火|烟|炸|塌|倒|漏|泄|毒|吐|泻|拉肚子|撞|追尾|翻|轧|碾|梯|刀|砍|捅|伤|坠|砸|掉|淹|灌|洪|涝|爆|喷|溺|电|晕|失联|震|踩|挤|停|断|没水|没气|没暖|没热|失控|燃|烧|陷|水柱|积水|枪|恐怖|袭|劫|绑|人质|滑坡|脱落|失踪|感染|发烧|发热|咬|险|落水|猝死|矿难|没过|跳楼|吃|中断"
)
