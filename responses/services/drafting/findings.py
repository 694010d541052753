"""What in a release looks like personal data, by the rules that mask posts: a help at the gate 去标识, no verdict.

It blocks nothing: an announcement may have to name somebody (公示、强制披露), and a rule overlooks what a reader sees.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crawlers.masking import TAGS, personal_spans


@dataclass(frozen=True)
class Piece:
    """A stretch of the text; `kind`: what it looks like (手机号, 住址, …), empty for the rest."""

    text: str
    kind: str = ""


def pieces(text: str) -> list[Piece]:
    """The whole text in order, what looks personal apart."""
    found: list[Piece] = []
    at = 0
    for start, end, kind in personal_spans(text, official=True):
        found.append(Piece(text[at:start]))
        found.append(Piece(text[start:end], TAGS[kind].strip("［］")))
        at = end
    return [piece for piece in (*found, Piece(text[at:])) if piece.text]


def in_words(found: Sequence[Piece]) -> str:
    """`手机号 1 处、住址 2 处`; empty where nothing looks personal."""
    counts = Counter(piece.kind for piece in found if piece.kind)
    return "、".join(f"{kind} {count} 处" for kind, count in counts.items())
