"""Where the words of a query stand in a text as its writer wrote it, and the piece of it worth showing. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from analysis.search.units import is_word
from analysis.search.words import Term
from analysis.text import same_length, traced

WINDOW = 90  # characters of a text shown in a list
LEAD = 24  # of them before the first word found
TRACED = 5000  # characters looked at the slow way: forms that change their length

# What the normal form takes out between two units of a run, and what makes a break.
_UNSEEN = r"[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]*"
_NOTHING = _UNSEEN + r"(?:\s*[*_^.•]\s*)?"
_BREAK = r"[\W_]+"
_LETTER = r"[^\W_\u2e80-\U0010ffff]"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `hit`: it holds what was searched."""

    text: str
    hit: bool


def found(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Stretches of `text` that hold a term, in order, not overlapping."""
    if not terms or not text:
        return []
    pattern = _pattern(tuple(terms))
    spans = [hit.span() for hit in pattern.finditer(_flat(text))]
    if not spans:
        folded, origin = traced(text[:TRACED])
        spans = [(origin[hit.start()], origin[hit.end() - 1] + 1) for hit in pattern.finditer(folded.lower())]
    return spans


def pieces(text: str, terms: Sequence[Term], *, window: int = WINDOW) -> list[Piece]:
    """The part of the text around the first word found, at most `window` characters, cut into pieces.

    `…` stands where something is left out. Without a word found, the beginning.
    """
    text = " ".join(text.split())
    spans = found(text, terms)
    start = max(0, min(spans[0][0] - LEAD, len(text) - window)) if spans and spans[0][1] > window else 0
    end = min(len(text), max(start + window, spans[0][1] if spans else 0))
    row: list[Piece] = [Piece("…", False)] if start else []
    at = start
    for left, right in spans:
        if left >= end:
            break
        row += [Piece(text[at:left], False), Piece(text[left : min(right, end)], True)]
        at = min(right, end)
    row += [Piece(text[at:end], False), Piece("…" if end < len(text) else "", False)]
    return [piece for piece in row if piece.text]


def score(title: str, text: str, terms: Sequence[Term]) -> float:
    """How well a post fits: each term by how often it stands (five times at most), more in the title and early on."""
    total = 0.0
    for term in terms:
        pattern = _pattern((term,))
        in_title = len(pattern.findall(_flat(title)))
        hits = [hit.start() for hit in pattern.finditer(_flat(text))]
        total += 3.0 * min(in_title, 2) + min(len(hits), 5) + (1.0 if hits and hits[0] < 50 else 0.0)
    return total / (1.0 + len(text) / 2000)


def _flat(text: str) -> str:
    folded = same_length(text)
    small = folded.lower()
    return small if len(small) == len(text) else folded  # one Turkish letter grows when it is made small


@lru_cache(maxsize=512)
def _pattern(terms: tuple[Term, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_one(term) for term in sorted(terms, key=lambda term: -len(term.written))))


def _one(term: Term) -> str:
    first, last = term.units[0].text, term.units[-1].text
    pattern = f"(?<!{_LETTER})" if is_word(first) else ""
    for place, unit in enumerate(term.units):
        between = _BREAK if unit.apart else _NOTHING
        pattern += (between if place else "") + re.escape(unit.text)
    return pattern + (f"(?!{_LETTER})" if is_word(last) and not term.open_end else "")
