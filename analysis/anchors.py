"""Long patterns tried only where they may match: by the characters a match needs, and by those it begins with.

A pattern of two hundred alternatives costs a tenth of a millisecond a post, and most posts hold none of the characters
that any alternative needs; most places of the others none that one begins with. Both sets are derived from the pattern
itself, so no list can fall behind it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from re import Pattern
from typing import Any

# `re` offers no public tree of a pattern; without this one (another Python) every pattern is simply tried.
try:
    _parse: Any = import_module("re._parser").parse
except (ImportError, AttributeError):  # pragma: no cover - depends on the Python at hand
    _parse = None

# So common that a set with one of them lets nearly every post through. Common knowledge.
_EVERYWHERE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
)
_HEAVY = 40  # what a common character weighs against a rare one when the better set of a sequence is chosen
_SIGNS = {"CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"\s", "CATEGORY_WORD": r"\w"}
_MANY = 4000  # a class wider than this is no help


def anchors(pattern: Pattern[str]) -> frozenset[str] | None:
    """One of these stands in every match; None where no such set is known (the pattern must be tried)."""
    return anchors_of(pattern.pattern, pattern.flags)  # a pattern itself as a key would be hashed whole every time


@lru_cache(maxsize=512)
def anchors_of(text: str, flags: int) -> frozenset[str] | None:
    """`anchors` of `re.compile(text, flags)`."""
    if _parse is None or flags & 2:  # IGNORECASE
        return None
    return _of_sequence(_parse(text, flags))


def may_match(pattern: Pattern[str], letters: frozenset[str]) -> bool:
    """False only where the pattern cannot match a text made of these characters."""
    needed = anchors(pattern)
    return needed is None or not needed.isdisjoint(letters)


def hastened(text: str) -> Pattern[str]:
    """`re.compile(text)` that looks at the first character before it tries any alternative; the same matches."""
    plain = re.compile(text)
    chars, empty = _first(_parse(text)) if _parse is not None else (None, True)
    if not chars or empty or len(chars) > _MANY:
        return plain
    return re.compile(f"(?=[{''.join(map(_in_class, sorted(chars)))}])(?:{text})")


def _in_class(char: str) -> str:
    return char if char in _SIGNS.values() else re.escape(char)


def _first(parts: Iterable[tuple[Any, Any]]) -> tuple[frozenset[str] | None, bool]:
    """Characters a match of the sequence may begin with (None: any), and whether it may be empty."""
    chars: frozenset[str] = frozenset()
    for name, value in parts:
        kind = str(name)
        if kind in ("ASSERT", "ASSERT_NOT", "AT"):
            continue
        if kind == "BRANCH":
            branches = [_first(branch) for branch in value[1]]
            found, empty = _union(chars for chars, _ in branches), any(empty for _, empty in branches)
        elif kind == "SUBPATTERN":
            found, empty = _first(value[3])
        elif kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            found, empty = _first(value[2])
            empty = empty or value[0] == 0
        else:
            found, empty = _of_class(value, signs=True) if kind == "IN" else _of_part(kind, value), False
        if found is None:
            return None, True
        chars |= found
        if not empty:
            return chars, False
    return chars, True


def _of_sequence(parts: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    sets = [found for found in (_of_part(str(kind), value) for kind, value in parts) if found is not None]
    return min(sets, key=_price, default=None)


def _price(chars: frozenset[str]) -> int:
    return len(chars) + (_HEAVY - 1) * len(chars & _EVERYWHERE)


def _of_part(kind: str, value: Any) -> frozenset[str] | None:
    if kind == "LITERAL":
        return frozenset(chr(value))
    if kind == "IN":
        return _of_class(value)
    if kind == "BRANCH":
        return _union(_of_sequence(branch) for branch in value[1])
    if kind == "SUBPATTERN":
        return _of_sequence(value[3])
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, _, part = value
        return _of_sequence(part) if least else None
    return None  # any character, positions, what stands before or behind


def _of_class(members: Iterable[tuple[Any, Any]], *, signs: bool = False) -> frozenset[str] | None:
    """The characters of a class; with `signs`, the sign of a kind of character as one of them."""
    chars: set[str] = set()
    for kind, value in members:
        if str(kind) == "LITERAL":
            chars.add(chr(value))
        elif str(kind) == "RANGE" and value[1] - value[0] < _MANY:
            chars.update(map(chr, range(value[0], value[1] + 1)))
        elif signs and str(value) in _SIGNS:
            chars.add(_SIGNS[str(value)])
        else:
            return None
    return frozenset(chars)


def _union(branches: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    chars: set[str] = set()
    for branch in branches:
        if branch is None:
            return None
        chars |= branch
    return frozenset(chars)
