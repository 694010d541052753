"""What of a text can be searched: its units, and the tokens an index keeps of them. Pure.

A unit is one character of a script written without blanks (Chinese, kana, hangul) or one word of Latin letters and
digits, both in the normal form of `analysis.text`, lower case. Everything else (blanks, punctuation, signs, emoji) only
parts units: a *break*. A text of n units has n - 1 pairs of neighbours, and a pair knows whether a break stood between;
so a run of characters is found as the phrase of its pairs, wherever a dictionary would cut it.

Tokens hold no ASCII but a-z and 0-9, so a tokenizer that cuts at other ASCII characters (SQLite's `ascii`) leaves them
whole, and nothing a person types can become part of a query's grammar. Marks of the private use area tell them apart.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.text import Body, normal

BREAK = "\ue000"  # stands between the two units of a pair that a break parts
# Before a unit by itself. Two marks, so that of the tokens of four characters and more, which an index may keep by
# their beginning, nearly all are words of letters and no pair of Chinese characters is.
ONE = "\ue001\ue001"
FACET = "\ue002"  # before a name the post was read to speak of: place, street, unit, source
EVERY = "\ue003"  # the token every post has
_ASCII = "\ue100"  # an ASCII sign inside a name, moved here by its code

# From U+2E80 on scripts are written without blanks: each character is a unit.
_UNIT = re.compile(r"[^\W_\u2e80-\U0010ffff]+|[^\W_]")
_SIGN = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and whether a break stands before it (never before the first)."""

    text: str
    apart: bool


def searchable(text: str) -> str:
    """The form in which texts and queries meet."""
    return normal(text).lower()


def units(plain: str) -> list[Unit]:
    """The units of a text in its searchable form."""
    found: list[Unit] = []
    end = -1
    for hit in _UNIT.finditer(plain):
        found.append(Unit(hit.group(), bool(found) and hit.start() != end))
        end = hit.end()
    return found


def is_word(unit: str) -> bool:
    """Whether the unit is a word of letters or digits (it may grow at its end), not a single character of Chinese."""
    return unit[0] < "\u2e80"


def pairs(row: list[Unit]) -> list[str]:
    """The tokens of neighbours, in order."""
    return [
        f"{one.text}{BREAK}{two.text}" if two.apart else one.text + two.text
        for one, two in zip(row, row[1:], strict=False)
    ]


def tokens(title: str, text: str) -> str:
    """What an index keeps of a post's words, separated by blanks: pairs in order, then each unit once.

    A title that the text repeats is taken once; between title and text stands a break.
    """
    pieces: list[str] = []
    ones: dict[str, None] = {}
    before, end = "", -1
    # The same as `pairs(units(…))`, without an object for each unit: it is most of an index's building time.
    for hit in _UNIT.finditer(Body.of(title, text).plain.lower()):
        unit, start = hit.group(), hit.start()
        if before:
            pieces.append(before + unit if start == end else f"{before}{BREAK}{unit}")
        ones[ONE + unit] = None
        before, end = unit, hit.end()
    return " ".join([*pieces, *ones])


def facet(kind: str, name: str | int) -> str:
    """The token of a name: `kind` is one letter, `name` as written. Equal names in normal form have equal tokens."""
    return FACET + kind + _SIGN.sub(lambda sign: chr(ord(_ASCII) + ord(sign.group())), searchable(str(name)))


def facets(names: Iterable[tuple[str, str | int]]) -> str:
    """Tokens of several names, each once, separated by blanks."""
    return " ".join(dict.fromkeys(facet(kind, name) for kind, name in names if str(name).strip()))
