"""Does a post tell of an emergency that happened or is happening, and what does it tell (rules.md 3 and 15).

Nothing is graded here. A word alone never counts: a model of how such things are told hears the post, stretch by
stretch, and what speaks of a rehearsal, a film, history, a court, advice, a fear, a habit or a denial is weighed
against it (`emergency_rules`). The phrases of `emergency_triggers` then name the kind and the clause.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from analysis import emergency_cues as cues
from analysis.casualties import Casualties, casualties
from analysis.emergency_model import Telling
from analysis.emergency_post import OUTAGES, EmergencyPost, Happening, Stretch
from analysis.emergency_windows import AHEAD, CURRENT, LONG_POST, NEWS, WHOLE
from analysis.event_time import Precision
from analysis.harm import somebody_harmed
from analysis.text import Body

Scope = Literal["building", "public", "household"]
# how loud a post, a stretch of a letter, a short letter that names nothing must be (logits)
ENOUGH, ENOUGH_LETTER, ENOUGH_UNNAMED, NEVER = 0.0, 0.5, 2.0, 99.0
QUIET = -1.0  # a short post below this has nothing cut off either, whatever its words
FEW = 15  # characters
Where = Callable[[int, int], tuple[bool | None, str]]
# enough without anybody hurt (rules.md 3); for the others somebody came to harm, or it is a complaint
SERIOUS = ("fire", "explosion", "collapse", "gas", "poisoning")


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


class EmergencyReader:
    """Reads emergencies in the zone of a pack."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def read(
        self, body: Body, telling: Telling, *, published_at: datetime | None, where: Where, voice: str
    ) -> EmergencyFact | None:
        """The emergency of a post, None where it tells none. `telling`: the post as the model heard it.
        `where(start, end)`: is that stretch in the district, and the place named?"""
        post = EmergencyPost(body, published_at, self._zone)
        loudest = post.loudest(telling)
        cut = post.outage() if cues.CUT_OFF.search(body.plain) else None
        quiet = loudest is None or loudest.loud < QUIET
        if cut is not None and quiet and len(body.plain) <= WHOLE and not cues.SOUGHT.search(body.plain):
            cut = None
        if loudest is not None and loudest.loud >= _enough(post, loudest):
            told = self._event(post, loudest, telling, where, cut, press=voice in ("media", "official"))
            if told is not None:
                return told
        # an office announces works; people and the press tell of what is cut off
        if cut is not None and voice in ("public", "media"):
            return self._outage(post, cut, where)
        return None

    def _event(
        self,
        post: EmergencyPost,
        stretch: Stretch,
        telling: Telling,
        where: Where,
        cut: Happening | None,
        *,
        press: bool,
    ) -> EmergencyFact | None:
        main = post.happening(stretch, telling.heads(stretch.start, stretch.end))
        if main.kind in OUTAGES:
            return None if cut is None and _not_cut(post, main.kind) else self._outage(post, cut or main, where)
        stamp, told = main.stamp, None if main.stamp is None else main.stamp.at
        now, current = post.published_at, True
        if told is not None and now is not None and not now - CURRENT <= told <= now + AHEAD:
            # told as news of the last days, but no longer current: it is read, and opens nothing
            letter = not press and (post.asks or not cues.TOLD.search(post.plain))
            if letter or not now - NEWS <= told <= now:
                return None
            current = False
        figures = casualties(post.plain)
        harm = somebody_harmed(post.plain) or main.harm
        if cut is not None and main.kind not in SERIOUS and not harm and not figures.harmed:
            return self._outage(post, cut, where)
        in_district, place = where(main.start, main.end)
        return EmergencyFact(
            kind=main.kind,
            current=current,
            in_district=in_district,
            dead=figures.dead,
            hurt=figures.hurt,
            missing=figures.missing,
            trapped=figures.trapped,
            moved_out=figures.moved_out,
            denied=False,
            scope=_scope(post.plain, main, figures),
            occurred_at=told,
            precision="unknown" if stamp is None or told is None else stamp.precision,
            outage=False,
            outage_begun_at=None if cut is None or cut.stamp is None else cut.stamp.at,
            evidence=(post.words(main.start, main.end), *main.why),
            contradicting=figures.contradicting,
            place=place,
            harm=harm,
        )

    def _outage(self, post: EmergencyPost, cut: Happening, where: Where) -> EmergencyFact:
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
            evidence=(post.words(cut.start, cut.end), *cut.why),
            contradicting=(),
            place=place,
        )


def _not_cut(post: EmergencyPost, kind: str) -> bool:
    # it is back, it is only announced, or the radiators are warm though not enough
    if cues.RESTORED.search(post.plain) or cues.PLANNED.search(post.plain):
        return True
    return kind == "停热" and bool(cues.LUKEWARM.search(post.plain))


def _enough(post: EmergencyPost, stretch: Stretch) -> float:
    # most of what a letter complains of sounds bad: it must name what happened; so must a few words, whose sound
    # proves little
    length = len(post.plain)
    letter = post.asks or length > WHOLE or post.body.title_end > 0
    if post.named(stretch):
        return ENOUGH_LETTER if letter else ENOUGH
    if length > WHOLE:
        return NEVER
    return ENOUGH_UNNAMED if letter or length <= FEW else ENOUGH


def _scope(plain: str, happening: Happening, figures: Casualties) -> Scope:
    text = plain[happening.sentence.start : happening.sentence.end]
    if happening.kind in ("traffic", "crowd", "crime") or cues.PUBLIC.search(text):
        return "public"
    small = cues.HOUSEHOLD.search(text) and not cues.WHOLE.search(text) and figures.harmed == 0
    if small and happening.kind not in SERIOUS and not cues.BUILDING.search(text):
        return "household"
    return "building"


def _of_a_building(post: EmergencyPost, cut: Happening, *, placed: bool) -> bool:
    text = post.plain
    near = text[max(0, cut.start - 40) : cut.end + 40]
    if cues.WHOLE.search(near) or (cues.WHOLE.search(text) and len(text) <= LONG_POST):
        return True
    return bool(placed or cues.BUILDING.search(near)) and not cues.HOUSEHOLD.search(near)
