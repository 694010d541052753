"""The number of a post in an index: its moment first, then what it is counted and filtered by. Pure.

`seconds since 2000 (32 bits) | slot (12) | class 7 | voice 2 | sentiment 2 | first 1 | kind 4 | relevant 1`

Numbers grow with time, so the newest come first and a span of time is a span of numbers; filters and counts by class
read the number alone and look at no second table (a million posts: docs/measurements.md). The slot keeps apart posts of
one second: the lowest bits of the post's own number, the next free one where that is taken. Posts of before 2000 (their
time is unknown, rules.md 9) stand at the beginning.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SLOT_BITS = 12
SLOTS = 1 << SLOT_BITS
LAST_SECOND = (1 << 32) - 1

# field -> (lowest bit, bits); what posts are counted by lies together, so that one pass counts by all of it.
FIELDS: Mapping[str, tuple[int, int]] = {
    "relevant": (0, 1),
    "kind": (1, 4),
    "first": (5, 1),
    "sentiment": (6, 2),
    "voice": (8, 2),
    "klass": (10, 7),
}
FACET_BITS = 17
SECOND = SLOT_BITS + FACET_BITS  # where the seconds begin
COUNTED = (5, 12)  # where what is counted lies: lowest bit, bits

VOICES = ("public", "media", "official", "own")
SENTIMENTS = ("", "negative", "neutral", "positive")  # by code


@dataclass(frozen=True, slots=True)
class Facets:
    """What a number holds beside the moment; `klass` and `kind` are codes of `SearchLabel`, 0 = none."""

    klass: int
    voice: str
    sentiment: str
    kind: int
    relevant: bool
    first: bool  # neither a copy nor a repost

    def bits(self) -> int:
        values = {
            "klass": self.klass,
            "voice": code(VOICES, self.voice),
            "sentiment": code(SENTIMENTS, self.sentiment),
            "kind": self.kind,
            "relevant": int(self.relevant),
            "first": int(self.first),
        }
        return sum(value << FIELDS[name][0] for name, value in values.items())


def code(names: tuple[str, ...], name: str) -> int:
    """The place of a name, 0 where it is not among them."""
    return names.index(name) if name in names else 0


def most(field: str) -> int:
    """The largest code a field can hold."""
    return int((1 << FIELDS[field][1]) - 1)


def second(moment: datetime) -> int:
    """Whole seconds since 2000."""
    return min(max(int((moment - EPOCH).total_seconds() // 1), 0), LAST_SECOND)


def first_of(moment: datetime) -> int:
    """The smallest number of posts at `moment` or later, by whole seconds."""
    return second(moment) << SECOND


def candidates(moment: datetime, post: int, bits: int) -> Iterator[int]:
    """The numbers a post may have, best first: its own slot, the next ones, then those of the next second, …"""
    at = second(moment)
    while True:
        for step in range(SLOTS):
            yield (at << SLOT_BITS | (post + step) % SLOTS) << FACET_BITS | bits
        at += 1
