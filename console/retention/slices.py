"""The shapes of retention: what one slice did, what there is of a kind."""

from dataclasses import dataclass
from typing import Any

# A place in an ordered walk, as JSON: where the next slice begins. None: the walk is through.
Cursor = list[Any] | None
START: list[Any] = []


@dataclass(frozen=True)
class Taken:
    """One slice: how many went, how many of those looked at stay because something needs them, and where to go on."""

    removed: int
    kept: int
    after: Cursor


@dataclass(frozen=True)
class Due:
    """What is past its time, and how much of it stays because something needs it."""

    past: int
    needed: int = 0

    @property
    def goes(self) -> int:
        return self.past - self.needed
