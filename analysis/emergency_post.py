"""One post while it is read for an emergency: its stretches as heard, what happened, when, and what is cut off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from analysis import emergency_cues as cues
from analysis.anchors import may_match
from analysis.emergency_model import Telling
from analysis.emergency_rules import rules_met
from analysis.emergency_triggers import SIGNS, TRIGGERS
from analysis.emergency_windows import AHEAD, CURRENT, LONG_POST, SHORT_POST, WHOLE
from analysis.event_time import Stamp, choose, long_ago, read_from, stamps
from analysis.numerals import number
from analysis.text import Body, Sentence, clause_bounds

FAINT = -2.0  # a stretch heard below this is not looked at again, whatever the rules would say
LOOKED_AT = 3  # stretches of a long post the rules are asked about
OUTAGES = ("停水", "停电", "停热", "停气")
# how much a phrase that names a kind counts beside the model's own opinion of the kind
_NAMED, _SIGNED = 0.5, 0.25


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a post and how much it sounds like an emergency told (a logit; 0 = as likely as not)."""

    start: int
    end: int
    loud: float


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened, where it stands in the post, when it was, and the words that speak for it."""

    kind: str
    start: int
    end: int
    sentence: Sentence
    stamp: Stamp | None
    why: tuple[str, ...]
    harm: bool = False


class EmergencyPost:
    """One post. `published_at` None: unknown, no relative time can be fixed."""

    def __init__(self, body: Body, published_at: datetime | None, zone: ZoneInfo) -> None:
        self.plain = body.plain
        self.body = body
        self.written_at = published_at
        # a post dated by its day alone may speak of any hour of that day
        self.published_at = None if published_at is None else read_from(published_at, zone)[0]
        self._zone = zone

    @cached_property
    def asks(self) -> bool:
        """Whether it asks for something to be done: a complaint, a letter."""
        return bool(cues.REQUEST.search(self.plain))

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences of the post."""
        return self.body.sentences()

    @cached_property
    def stamps(self) -> list[Stamp]:
        """The moments it tells; none where the post's own time is unknown."""
        return [] if self.written_at is None else stamps(self.plain, self.written_at, self._zone)

    def words(self, start: int, end: int) -> str:
        """The clause around [start, end) as written."""
        left, right = clause_bounds(self.plain, start, end)
        return self.body.written(left, right)[:120]

    def sentence_at(self, at: int) -> Sentence:
        """The sentence a position lies in."""
        return next((s for s in self.sentences if s.start <= at < s.end), Sentence(self.plain, 0, len(self.plain), ""))

    # --- what is heard -----------------------------------------------------------------------------------------------

    def loudest(self, telling: Telling) -> Stretch | None:
        """The stretch that sounds most like an emergency, rules weighed in; None where nothing does."""
        best: tuple[tuple[bool, float], Stretch] | None = None
        heard = sorted(zip(telling.logits.tolist(), telling.stretches, strict=True), reverse=True)
        for logit, (start, end) in heard[:LOOKED_AT]:
            if logit < FAINT:
                break
            loud = logit + sum(telling.model.rules.get(name, 0.0) for name in self._rules(start, end))
            found = Stretch(start, end, loud)
            # of a long post a stretch that names nothing counts for nothing: another one may
            rank = (len(self.plain) <= WHOLE or self.named(found), loud)
            if best is None or rank > best[0]:
                best = (rank, found)
        return best[1] if best else None

    def _rules(self, start: int, end: int) -> list[str]:
        # a title speaks for every part of what stands under it
        title = self.plain[: self.body.title_end] if start >= self.body.title_end else ""
        earliest = latest = None
        if self.published_at is not None:
            earliest, latest = self.published_at - CURRENT, self.published_at + AHEAD
        inside = [s for s in self.stamps if start <= s.start < end]
        return rules_met(f"{title}。{self.plain[start:end]}", self.body.letters, inside, earliest, latest)

    # --- what happened -----------------------------------------------------------------------------------------------

    def happening(self, stretch: Stretch, heads: dict[str, float]) -> Happening:
        """What a stretch tells: its kind by the model and by the phrases known, its clause, its time."""
        opinions = {kind: value for kind, value in heads.items() if kind != "harm"}
        spans: dict[str, tuple[int, int]] = {}
        for kind, start, end, worth in self._phrases(stretch):
            if kind not in spans:
                spans[kind] = (start, end)
                opinions[kind] = opinions.get(kind, -4.0) + worth
        kind = max(opinions, key=lambda k: opinions[k])
        start, end = spans.get(kind) or next(iter(spans.values()), None) or (stretch.start, stretch.start + 1)
        sentence = self.sentence_at(start)
        stamp = choose(self.usable(start, end), start, (sentence.start, sentence.end))
        return Happening(kind, start, end, sentence, stamp, self._why(stretch, stamp), heads.get("harm", 0.0) > 0)

    def named(self, stretch: Stretch) -> bool:
        """Whether a phrase names what happened in the stretch; an everyday word does so only where help came or
        somebody was hit."""
        worth = max((value for *_, value in self._phrases(stretch)), default=0.0)
        if worth >= _NAMED or not worth:
            return worth > 0
        plain, start, end = self.plain, stretch.start, stretch.end
        return bool(cues.RESCUE.search(plain, start, end) or cues.VICTIM.search(plain, start, end))

    def _phrases(self, stretch: Stretch) -> Iterator[tuple[str, int, int, float]]:
        for table, worth in ((TRIGGERS, _NAMED), (SIGNS, _SIGNED)):
            for kind, pattern in table.items():
                if may_match(pattern, self.body.letters):
                    for match in pattern.finditer(self.plain, stretch.start, stretch.end):
                        yield kind, match.start(), match.end(), worth

    def _why(self, stretch: Stretch, stamp: Stamp | None) -> tuple[str, ...]:
        why = []
        if stamp is not None and stamp.at is not None:
            why.append(f"时间：{self.body.written(stamp.start, stamp.end).strip()}")
        for pattern, word in _SPEAKING:
            match = pattern.search(self.plain, stretch.start, stretch.end)
            if match:
                why.append(f"{word}：{match.group()[:12]}")
        return (*why, "讲述方式：像正在发生或刚发生的事")

    def usable(self, start: int, end: int) -> list[Stamp]:
        """The moments that may belong to [start, end)."""
        # a time ahead in another clause (今晚怎么办) says nothing of when it happened
        if self.published_at is None:
            return []
        left, right = clause_bounds(self.plain, start, end)
        latest = self.published_at + AHEAD
        return [s for s in self.stamps if s.at is None or s.at <= latest or left <= s.start < right]

    # --- what is cut off ---------------------------------------------------------------------------------------------

    def outage(self) -> Happening | None:
        """Water, power, heat or gas still cut for at least a building, told as now; None otherwise."""
        plain = self.plain
        best: Happening | None = None
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
            # one home that is not warm complains; where all of a house are not, there is no heat
            if match["cool"] and (not cues.WHOLE.search(whole) or cues.TEPID.search(around)):
                continue
            if long_ago(whole, self.published_at) or cues.FIGURES.search(whole):
                continue
            stamp = self._lasting(sentence) or choose(
                self.usable(match.start(), match.end()), match.start(), (sentence.start, sentence.end)
            )
            recent = stamp is not None and stamp.at is not None and self.published_at is not None
            if recent and stamp is not None and stamp.at is not None and self.published_at is not None:
                age = self.published_at - stamp.at
                if age < -AHEAD or age > timedelta(days=30):
                    continue
                recent = age <= timedelta(hours=24)
            still = cues.STILL.search(plain[max(0, sentence.start - 30) : sentence.end + 30])
            need = len(plain) > LONG_POST and self.asks
            # a short post that a whole building has none is written while it has none
            here = len(plain) <= SHORT_POST and cues.WHOLE.search(clause)
            if not (still or recent or here) or (need and not (still and stamp is not None)):
                continue
            what = next((g for g in match.groups() if g), "") or match.group()
            why = (f"仍未恢复：{still.group()[:8]}",) if still else ()
            kind = outage_kind(match.group() + what)
            found = Happening(kind, match.start(), match.end(), sentence, stamp, why)
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


def outage_kind(words: str) -> str:
    """Which of the four is cut, by the words that tell it."""
    for letter, kind in (("水", "停水"), ("电", "停电"), ("暖", "停热"), ("热", "停热"), ("气", "停气")):
        if letter in words:
            return kind
    return "停电" if "跳闸" in words else "停水"


# what an officer is shown beside the clause
_SPEAKING = (
    (cues.NOW, "正在发生"),
    (cues.RESCUE, "救援与伤亡"),
    (cues.TOLD, "通报用语"),
    (cues.VICTIM, "伤及"),
)
