"""What speaks for and against an emergency in a stretch of text, as yes and no: the second ear beside the model.

Each name has a weight in `weights/emergency.npz`, learnt together with the model of telling, so that a word like 演练
or 如果 counts for as much as it has proved to be worth and silences nothing by itself.
"""

from datetime import datetime
from re import Pattern

from analysis import emergency_cues as cues
from analysis.anchors import may_match
from analysis.event_time import Stamp, long_ago

# how a text is told that speaks of no happening
_WORDS: dict[str, Pattern[str]] = {
    "if": cues.IF,
    "drill": cues.DRILL,
    "no_drill": cues.NOT_DRILL,
    "film": cues.FILM,
    "past": cues.PAST,
    "court": cues.COURT,
    "figures": cues.FIGURES,
    "advice": cues.ADVICE,
    "denied": cues.DENIED,
    "request": cues.REQUEST,
    "nearly": cues.NEARLY,
    "hazard": cues.HAZARD,
    "habit": cues.HABIT,
    "tally": cues.TALLY,
    "restored": cues.RESTORED,
    "planned": cues.PLANNED,
    "metaphor": cues.METAPHOR,
}
_SIGNS = {"asked": "?", "book": "《", "quoted": "“"}
_TIMES = ("recent", "old", "ahead", "long_ago")
NAMES = (*_WORDS, *_SIGNS, *_TIMES)


def rules_met(
    text: str, letters: frozenset[str], stamps: list[Stamp], earliest: datetime | None, latest: datetime | None
) -> list[str]:
    """The names of `NAMES` that are met in a text in normal form made of `letters` (or of some of them).

    `stamps`: the moments told in it; `earliest`, `latest`: between them a moment is one of the last days.
    """
    met = [name for name, pattern in _WORDS.items() if may_match(pattern, letters) and pattern.search(text)]
    met += [name for name, sign in _SIGNS.items() if sign in text]
    if earliest is not None and latest is not None:
        told = [s.at for s in stamps if s.at is not None]
        met += ["recent"] if any(earliest <= at <= latest for at in told) else []
        met += ["old"] if any(at < earliest for at in told) else []
        met += ["ahead"] if any(at > latest for at in told) else []
    if long_ago(text, latest):
        met.append("long_ago")
    return met
