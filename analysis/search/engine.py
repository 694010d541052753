"""The one face of every index: what the rest of the house may ask of it and what it must be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from analysis.search.query import Cell, Figures, Query

Unit = Literal["hour", "day"]


@dataclass(frozen=True, slots=True)
class Doc:
    """A post as an index keeps it: its number, its row, its words as written, the tokens of its names."""

    docid: int
    post: int
    title: str
    text: str
    facets: str


class Engine(Protocol):
    """One index. All of them answer one query with the same posts, in the same order, and the same counts.

    Writing happens in the caller's transaction where the index lives in the database.
    """

    def newest(self, query: Query, *, start: int, count: int) -> list[int]:
        """Posts that hold what is asked, newest first: `count` of them from the `start`-th on."""

    def figures(self, query: Query) -> Figures:
        """How many there are, by class, voice and sentiment; exact."""

    def by_span(self, query: Query, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
        """How many there are in each of the spans [from, to); exact."""

    def crossed(self, query: Query, *, unit: Unit) -> dict[Cell, int]:
        """How many there are by hour or day × class × feeling × street; exact. Cells without a hit are not there."""

    def put(self, docs: Sequence[Doc]) -> None:
        """Take posts in. Their numbers are free."""

    def drop(self, docs: Sequence[Doc]) -> None:
        """Let go of posts; `docs` are as they were put."""

    def clear(self) -> None:
        """Empty the index."""

    def squeeze(self, *, pages: int, begin: bool) -> bool:
        """Rewrite a slice of the index so that removed words leave the disk too; False when nothing is left to do."""

    def is_empty(self) -> bool:
        """Whether the index holds nothing."""
