"""What the tests of reading share: the pack of Xicheng, a moment, and a stand-in engine of feeling."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from analysis.reader import PostIn, Reader, ReadingOut
from office.pack import load_pack

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 21, 9, 6, tzinfo=ZONE)


@dataclass(frozen=True)
class Feeling:
    label: str = "neutral"
    probability: dict[str, float] = field(default_factory=lambda: {"negative": 0.1, "neutral": 0.8, "positive": 0.1})
    emotion: dict[str, float] = field(default_factory=dict)


class Calm:
    """An engine that finds everything neutral: these tests ask about words, not about feelings."""

    version = "calm"

    def predict_batch(self, texts: Sequence[str]) -> list[Feeling]:
        return [Feeling() for _ in texts]


@lru_cache(maxsize=1)
def reader() -> Reader:
    return Reader(load_pack("xicheng"), Calm())


def read(
    text: str,
    *,
    title: str = "",
    voice: str = "public",
    scope: str = "open",
    source: str = "",
    at: datetime | None = MORNING,
) -> ReadingOut:
    return reader().read_batch([PostIn("1", text, title, voice, scope, source, at)])[0]
