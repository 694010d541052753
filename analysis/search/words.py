"""The line an officer types, as what must and must not stand in a post. Pure.

Words are parted by blanks and must all be found; 或 (or |) between two words: either will do; "…" keeps blanks inside;
a hyphen before a word excludes it. A word of letters or digits is found by its beginning too (two characters and more,
or with * behind it), inside quotation marks only whole. Nothing else has a meaning.
"""

import re
import unicodedata
from dataclasses import dataclass

from analysis.search.units import Unit, is_word, searchable, units
from office.errors import Refused

LONGEST = 200  # characters of the line
MOST = 12  # words of the line

_QUOTES = str.maketrans("“”„‟「」『』", '""""""""')
_PIECE = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
_OR = frozenset({"或", "|", "||"})


class BadWords(Refused):
    """The line can not be searched; `str(error)` says what to change."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase: its units in order; `open_end`: its last unit, a word, may go on."""

    written: str
    units: tuple[Unit, ...]
    open_end: bool


@dataclass(frozen=True, slots=True)
class Words:
    """`every`: of each group one term must stand in the post; `none`: none of these may; `skipped`: not searchable."""

    every: tuple[tuple[Term, ...], ...] = ()
    none: tuple[Term, ...] = ()
    skipped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.every or self.none)

    @property
    def shown(self) -> tuple[Term, ...]:
        """The terms a hit is marked by."""
        return tuple(term for group in self.every for term in group)


def parse(line: str) -> Words:
    """The line's words. Raises BadWords where it is too long, has too many words, or nothing that can be searched."""
    line = unicodedata.normalize("NFKC", line.translate(_QUOTES)).strip()
    if len(line) > LONGEST:
        raise BadWords(f"检索词最多 {LONGEST} 个字，现在是 {len(line)} 个字。请只留关键的几个词。")
    every: list[tuple[Term, ...]] = []
    none: list[Term] = []
    skipped: list[str] = []
    either = False
    for hit in _PIECE.finditer(line):
        minus, quoted, bare = hit.groups()
        if bare in _OR and not minus:
            either = bool(every)
            continue
        term = _term(quoted if bare is None else bare, quoted=bare is None)
        if term is None:
            skipped.append(hit.group())
        elif minus:
            none.append(term)
        elif either:
            every[-1] = (*every[-1], term)
        else:
            every.append((term,))
        either = False
    if len(none) + sum(map(len, every)) > MOST:
        raise BadWords(f"一次最多查 {MOST} 个词。请去掉几个，或分几次查。")
    if line and not every and not none:
        raise BadWords("检索词里没有可查的字、字母或数字。标点、符号和表情不能检索，请换成文字。")
    return Words(tuple(every), tuple(none), tuple(skipped))


def _term(written: str, *, quoted: bool) -> Term | None:
    row = units(searchable(written))
    if not row:
        return None
    last = row[-1].text
    open_end = is_word(last) and not quoted and (len(row) > 1 or len(last) > 1 or written.endswith("*"))
    return Term(written.strip(), tuple(row), open_end)
