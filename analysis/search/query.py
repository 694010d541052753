"""What is asked of the index, whichever one it is. Pure values; docs/design.md names the one face."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from analysis.search.words import Words

COUNTED = 10_000  # a total above this reads `10 000+`
RANKED = 1000  # “best first” ranks this many of the newest hits


class Order(StrEnum):
    NEWEST = "newest"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Query:
    """Words and conditions; every condition that is given must hold, of several values of one any.

    Times compare by whole seconds, `until` is not included. `first`: copies and reposts left out; `copies`: only they.
    `topic`, `episode`, `copies_of`, `posts` name small sets of posts. `copies_of`: a text and its copies.
    """

    words: Words = field(default_factory=Words)
    since: datetime | None = None
    until: datetime | None = None
    klass: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()  # negative, neutral, positive
    voice: tuple[str, ...] = ()  # public, media, official, own
    relevant: bool | None = None
    first: bool = False
    copies: bool = False
    street: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    source: tuple[int, ...] = ()
    platform: tuple[str, ...] = ()
    topic: tuple[int, ...] | None = None
    episode: int | None = None
    copies_of: int | None = None
    posts: tuple[int, ...] | None = None
    order: Order = Order.NEWEST

    @property
    def names(self) -> tuple[tuple[str, tuple[str | int, ...]], ...]:
        """Conditions on names, by the letter of their token (`units.facet`)."""
        given: tuple[tuple[str, tuple[str | int, ...]], ...] = (
            ("s", self.source),
            ("t", self.street),
            ("p", self.place),
            ("u", self.unit),
            ("f", self.platform),
        )
        return tuple((letter, values) for letter, values in given if values)

    @property
    def within(self) -> bool:
        """Whether the query asks inside a small named set."""
        return not (self.topic is None and self.episode is None and self.copies_of is None and self.posts is None)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a hit is counted: the beginning of its hour or day in the district's zone, class, feeling, street.

    Empty where the reading names none. A hit that speaks of two streets is counted in two cells.
    """

    begin: datetime
    klass: str
    sentiment: str
    street: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Exact counts of a query's hits. `klass` by name of the class ("" = none); voices and sentiments by their code.

    `first`: how many are neither copies nor reposts.
    """

    total: int
    first: int
    klass: Mapping[str, int]
    voice: Mapping[str, int]
    sentiment: Mapping[str, int]

    @property
    def shown(self) -> str:
        """The total as pages write it: exact up to 10 000."""
        return str(self.total) if self.total <= COUNTED else "10 000+"
