"""Does a post tell of an emergency that happened or is happening, and what does it tell (rules.md 3 and 15).

Nothing is graded here. A word alone never counts: the clause around it must tell a happening of the last days, and
neither the clause nor the post may say that it is a rehearsal, a film, history, a case in court, advice, a fear, a
figure of speech or denied.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from re import Pattern
from typing import Any, Literal
from zoneinfo import ZoneInfo

from analysis import emergency_cues as cues
from analysis.anchors import may_match
from analysis.casualties import Casualties, casualties
from analysis.emergency_triggers import SIGNS, TRIGGERS
from analysis.event_time import Precision, Stamp, choose, long_ago, read_from, stamps
from analysis.harm import somebody_harmed
from analysis.numerals import number
from analysis.text import Body, Sentence, clause_bounds

Scope = Literal["building", "public", "household"]
CURRENT = timedelta(hours=72)  # rules.md 3: begun within 72 h before the post, or still going on
AHEAD = timedelta(minutes=30)  # told as beginning later than this after the post: an announcement
SHORT_POST = 140
LONG_POST = 260  # a letter of complaint; an emergency in it must carry its time
ENOUGH, ENOUGH_LONG = 2.0, 3.0
# a short post of a place: below the first its phrases do not count, from the second on it needs no phrase known
UNLIKE, LIKE = 0.35, 0.5
CLEARLY, DOUBTFUL = 4.5, 0.2  # so well told that only a much lower value silences it
Where = Callable[[int, int], tuple[bool | None, str]]
Sounds = Callable[[], float]


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
    harm: bool = False  # somebody is told to be hurt or worse, without a number

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

    def read(
        self, body: Body, *, published_at: datetime | None, where: Where, voice: str, sounds: Sounds | None = None
    ) -> EmergencyFact | None:
        """The emergency of a post, None where it tells none. `where(start, end)`: is that stretch in the
        district, and the place named? `sounds()`: how much a short post that names a place of the district sounds like
        one (`emergency_model`), None for any other post."""
        happening = len(body.plain) <= SHORT_POST or sounds is not None or cues.COARSE.search(body.plain)
        cut_off = cues.CUT_OFF.search(body.plain)
        if not happening and not cut_off:
            return None
        plain = body.plain
        if may_match(cues.METAPHOR, body.letters):
            plain = cues.METAPHOR.sub(lambda m: "□" * len(m.group()), plain)
        post = _Post(plain, body, published_at, self._zone, placed=sounds is not None)
        outage = post.outage() if cut_off else None
        found = post.triggers() if happening else []
        triggers = [t for t in found if t.score >= post.enough]
        if sounds is not None and (triggers or outage is not None):
            heard = sounds()
            if heard < UNLIKE and not cues.NOT_DRILL.search(plain):
                outage, triggers = None, [t for t in triggers if t.score >= CLEARLY and heard >= DOUBTFUL]
        if sounds is not None and not triggers and outage is None:
            plainly = post.plainly()
            triggers = plainly if plainly and sounds() >= LIKE else []
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
        in_district, place = where(main.start, main.end)
        return EmergencyFact(
            kind=main.kind,
            current=current,
            in_district=in_district,
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
            place=place,
            harm=somebody_harmed(post.plain),
        )

    def _outage(self, post: "_Post", cut: _Trigger, where: Where) -> EmergencyFact:
        told = None if cut.stamp is None else cut.stamp.at
        in_district, place = where(cut.start, cut.end)
        return EmergencyFact(
            kind=cut.kind,
            current=True,
            in_district=in_district,
            dead=None,
            hurt=None,
            missing=None,
            trapped=None,
            moved_out=None,
            denied=False,
            scope="building" if _of_a_building(post, cut, placed=bool(in_district and place)) else "household",
            occurred_at=told,
            precision="unknown" if cut.stamp is None or told is None else cut.stamp.precision,
            outage=True,
            outage_begun_at=told,
            evidence=(post.words(cut), *cut.why),
            contradicting=(),
            place=place,
        )


class _Post:
    """One post while it is read."""

    def __init__(self, plain: str, body: Body, published_at: datetime | None, zone: ZoneInfo, *, placed: bool) -> None:
        self.plain = plain
        self.placed = placed
        self.body = body
        self.written_at = published_at
        # a post dated by its day alone may speak of any hour of that day
        self.published_at = None if published_at is None else read_from(published_at, zone)[0]
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
        return [] if self.written_at is None else stamps(self.plain, self.written_at, self._zone)

    def words(self, trigger: _Trigger) -> str:
        """The clause of a trigger as written."""
        left, right = clause_bounds(self.plain, trigger.start, trigger.end)
        return self.body.written(left, right)[:120]

    def triggers(self) -> list[_Trigger]:
        """Every mention of a happening with what speaks for and against it; eyewitness words where a place is named."""
        found: list[_Trigger] = []
        vague = SIGNS.items() if self.placed and len(self.plain) <= (SHORT_POST if self.asks else LONG_POST) else ()
        told = [(kind, pattern, False) for kind, pattern in TRIGGERS.items()]
        for kind, pattern, sign in (*told, *((kind, pattern, True) for kind, pattern in vague)):
            for match in pattern.finditer(self.plain) if may_match(pattern, self.body.letters) else ():
                if any(t.start <= match.start() < t.end for t in found):
                    continue
                found.append(self._weigh(kind, match.start(), match.end(), sign=sign))
        return sorted(found, key=lambda t: t.start)

    def plainly(self) -> list[_Trigger]:
        """What happened in a post that sounds like an emergency and tells it in no phrase known (`cues.EVENTS`)."""
        plain = self.plain
        match, kind = next(((m, k) for k, pattern in cues.EVENTS if (m := pattern.search(plain))), (None, ""))
        if (
            match is None
            or cues.NEARLY.search(plain)
            or cues.FIGURES.search(plain)
            or cues.HABIT.search(plain)
            or long_ago(plain, self.published_at)
        ):
            return []
        start, end = match.span()
        sentence = self.sentence_at(start)
        stamp = choose(self._usable(start, end), start, (sentence.start, sentence.end))
        return [_Trigger(kind, start, end, ENOUGH, sentence, stamp, ("讲述方式：像亲历或通报",))]

    def sentence_at(self, at: int) -> Sentence:
        """The sentence a position lies in."""
        return next((s for s in self.sentences if s.start <= at < s.end), Sentence(self.plain, 0, len(self.plain), ""))

    def _weigh(self, kind: str, start: int, end: int, *, sign: bool) -> _Trigger:
        sentence = self.sentence_at(start)
        left, right = clause_bounds(self.plain, start, end)
        clause, whole = self.plain[left:right], self.plain[sentence.start : sentence.end]
        stamp = choose(self._usable(start, end), start, (sentence.start, sentence.end))
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
        if cues.FINISHED.match(self.plain, end) or self.plain[start:end].endswith("了"):
            score += 1.0
        if cues.SUBJECT.search(self.plain[max(left, start - 14) : start]):
            score += 0.5
        before = self.plain[sentence.start : end + 8]
        # a thing that fell or a car that passed is nothing where it missed; a road that sank has sunk
        reach = min(right + 24, sentence.end) if kind in ("fall", "traffic", "other", "crime") else right
        nearly = cues.NEARLY.search(self.plain, left, reach)
        if nearly and not cues.RESCUE.search(whole):
            return _Trigger(kind, start, end, -9.0, sentence, stamp, ())
        if cues.IF.search(clause) or cues.UNREAL_BEFORE.search(before):
            score -= 4.0
        if len(self.plain) <= SHORT_POST and not self.asks:
            score += 1.0  # a short post that asks for nothing tells what its writer sees
            if self.placed:
                score += 0.5 + 0.5 * bool(cues.WITNESS.search(whole))
        for pattern, value in _AGAINST:
            if pattern.search(whole) and not (pattern is cues.DRILL and cues.NOT_DRILL.search(self.plain)):
                score -= value
        if long_ago(whole, self.published_at) or cues.PAST.search(whole):
            score -= 5.0
        if sign and not (why or cues.SCENE.search(whole)):
            score -= 1.0  # everyday words, nobody hurt, nobody come, no hour, no thing of the street
        if sign and cues.HABIT.search(whole) and not cues.STRONG.search(whole):
            return _Trigger(kind, start, end, -9.0, sentence, stamp, ())
        if cues.HABIT.search(whole) or (self.asks and cues.HABIT.search(self.plain[: self.body.title_end])):
            score -= 3.0
        around = self.plain if len(self.plain) <= SHORT_POST else clause
        if kind == "explosion" and not (cues.RESCUE.search(whole) or cues.BLASTED.search(around)):
            score -= 2.0  # what bursts in everyday talk is a head, a mood, a game
        if kind == "fire" and not cues.FLAMES.search(whole):
            score -= 2.5 if cues.CHIMNEY.search(whole) else 1.0  # smoke alone may be a chimney, a kitchen, a grill
        if cues.REQUEST.search(clause):
            score -= 1.0
        if self.asks and not cues.NOW.search(whole) and (stamp is None or not _inside(stamp, sentence)):
            score -= 2.0
        if sentence.mark in ("?", "？") and sentence.mark and not cues.RESCUE.search(whole):
            score -= 0.5
        return _Trigger(kind, start, end, score, sentence, stamp, tuple(why))

    def _usable(self, start: int, end: int) -> list[Stamp]:
        # a time ahead in another clause (今晚怎么办) says nothing of when it happened
        if self.published_at is None:
            return []
        left, right = clause_bounds(self.plain, start, end)
        latest = self.published_at + AHEAD
        return [s for s in self.stamps if s.at is None or s.at <= latest or left <= s.start < right]

    def void(self, trigger: _Trigger) -> bool:
        """Whether the post as a whole says that nothing happened, or that it was only played, told or warned of."""
        plain = self.plain
        denied = cues.DENIED.search(plain)
        if denied and not cues.DENIED_PART.search(plain):
            return True
        real = bool(cues.STRONG.search(plain)) and bool(cues.RESCUE.search(plain))
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
                or cues.TALLY.search(plain)
            ):
                continue
            if cues.INSIDE_ROOM.search(clause):
                continue
            if long_ago(whole, self.published_at) or cues.FIGURES.search(whole):
                continue
            stamp = self._lasting(sentence) or choose(
                self._usable(match.start(), match.end()), match.start(), (sentence.start, sentence.end)
            )
            recent = stamp is not None and stamp.at is not None and self.published_at is not None
            if recent and stamp is not None and stamp.at is not None and self.published_at is not None:
                age = self.published_at - stamp.at
                if age < -AHEAD or age > timedelta(days=30):
                    continue
                recent = age <= timedelta(hours=24)
            still = cues.STILL.search(plain[max(0, sentence.start - 30) : sentence.end + 30])
            need = self.enough == ENOUGH_LONG
            # a short post that a whole building has none is written while it has none
            here = len(plain) <= SHORT_POST and cues.WHOLE.search(clause)
            if not (still or recent or here) or (need and not (still and stamp is not None)):
                continue
            what = next((g for g in match.groups() if g), "") or match.group()
            why = tuple(w for w in (f"仍未恢复：{still.group()[:8]}" if still else "",) if w)
            found = _Trigger(_outage_kind(match.group() + what), match.start(), match.end(), 2.0, sentence, stamp, why)
            if best is None or (best.stamp is None and stamp is not None):
                best = found
        return best

    def _lasting(self, sentence: Sentence) -> Stamp | None:
        # “停水7天了” tells when it began
        match = cues.LASTING.search(self.plain, sentence.start, sentence.end)
        if match is None or self.published_at is None:
            return None
        value = 0.5 if match["n"] == "半" else float(number(match["n"]) or 1)
        hours = value * {"小时": 1, "钟头": 1, "天": 24, "日": 24, "周": 168, "星期": 168}[match["unit"]]
        begun = self.published_at - timedelta(hours=hours)
        return Stamp(match.start(), match.end(), begun, "hour" if hours < 24 else "day", True)


def _inside(stamp: Stamp, sentence: Sentence) -> bool:
    return sentence.start <= stamp.start < sentence.end


def _weight(trigger: _Trigger, harm: Casualties) -> float:
    # Of several mentions the one with the best evidence names the kind.
    return trigger.score + _ORDER.get(trigger.kind, 0.0)


def _scope(plain: str, trigger: _Trigger, harm: Casualties) -> Scope:
    text = plain[trigger.sentence.start : trigger.sentence.end]
    if trigger.kind in ("traffic", "crowd", "crime") or cues.PUBLIC.search(text):
        return "public"
    small = cues.HOUSEHOLD.search(text) and not cues.WHOLE.search(text) and harm.harmed == 0
    if small and trigger.kind not in ("fire", "explosion", "collapse", "gas") and not cues.BUILDING.search(text):
        return "household"
    return "building"


def _of_a_building(post: _Post, cut: _Trigger, *, placed: bool) -> bool:
    text = post.plain
    near = text[max(0, cut.start - 40) : cut.end + 40]
    if cues.WHOLE.search(near) or (cues.WHOLE.search(text) and len(text) <= LONG_POST):
        return True
    return bool(placed or cues.BUILDING.search(near)) and not cues.HOUSEHOLD.search(near)


def _outage_kind(words: str) -> str:
    for letter, kind in (("水", "停水"), ("电", "停电"), ("暖", "停热"), ("热", "停热"), ("气", "停气")):
        if letter in words:
            return kind
    return "停电" if "跳闸" in words else "停水"


_FOR: tuple[tuple[Pattern[str], float, str], ...] = (
    (cues.NOW, 1.5, "正在发生"),
    (cues.WEAK_NOW, 0.5, "当前"),
    (cues.RESCUE, 1.5, "救援与伤亡"),
    (cues.TOLD, 1.0, "通报用语"),
    (cues.VICTIM, 0.5, "伤及"),
)
_AGAINST: tuple[tuple[Pattern[str], float], ...] = (
    (cues.COURT, 3.0),
    (cues.FIGURES, 3.0),
    (cues.ADVICE, 1.5),
    (cues.DRILL, 3.0),
    (cues.FILM, 3.0),
)
_ORDER = {"explosion": 0.4, "collapse": 0.4, "poisoning": 0.3, "gas": 0.2, "fire": 0.2, "fall": -0.3, "other": -0.5}
