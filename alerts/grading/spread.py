"""Three streets: posts of as many voices or outlets, each with a certain street of its own."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import datetime

from alerts.grading.facts import LineResult, SeenPost
from alerts.grading.voices import VoiceKey
from office.pack.policy import StreetsLine as Rule

STREETS = "three_streets"


class StreetsLine:
    """The posts of a topic that name certain streets, in time order."""

    def __init__(self, rule: Rule, keys: dict[int, VoiceKey]) -> None:
        self._rule = rule
        self._keys = keys
        self._posts: list[SeenPost] = []
        self._times: list[float] = []
        self._ever: set[str] = set()

    def take(self, post: SeenPost) -> None:
        if post.street_certain and post.streets:
            self._posts.append(post)
            self._times.append(post.at.timestamp())
            self._ever.update(post.streets)

    def weigh(self, ts: float, at: datetime, post: SeenPost, is_open: Callable[[str], bool]) -> Iterator[LineResult]:
        if not is_open(STREETS) or not post.street_certain or len(self._ever) < self._rule.streets:
            return
        line = self._line(ts, at, post.post_id)
        if line.met:
            yield line

    def unmet(self, at: datetime) -> Iterator[LineResult]:
        yield self._line(at.timestamp(), None, None)

    def _line(self, ts: float, at: datetime | None, met_by: int | None) -> LineResult:
        rule = self._rule
        window = self._posts[bisect_left(self._times, ts - rule.days * 86400) :]
        speakers: dict[str, list[VoiceKey]] = {}
        for post in window:
            speaker = self._keys.get(post.post_id) or ("媒体", str(post.source_id))
            for street in post.streets:
                known = speakers.setdefault(street, [])
                # As many speakers as streets are needed settle the matching; more would only cost.
                if speaker not in known and len(known) < rule.streets:
                    known.append(speaker)
        pairs = _pairs(speakers)
        met = at is not None and pairs >= rule.streets
        names = "、".join(sorted(speakers))
        sentence = f"{rule.days} 日内 {pairs} 个街道各有人或媒体说到{'（' + names + '）' if names else ''}"
        return LineResult(
            rule=STREETS,
            level=rule.level,
            met=met,
            sentence=f"{sentence}，需 {rule.streets} 个街道",
            have=pairs,
            need=rule.streets,
            posts=tuple(p.post_id for p in window),
            met_at=at if met else None,
            met_by=met_by if met else None,
        )


def _pairs(speakers: dict[str, list[VoiceKey]]) -> int:
    """Most streets that can be given a speaker of their own (augmenting paths)."""
    taken: dict[VoiceKey, str] = {}

    def place(street: str, tried: set[VoiceKey]) -> bool:
        for speaker in speakers[street]:
            if speaker in tried:
                continue
            tried.add(speaker)
            if speaker not in taken or place(taken[speaker], tried):
                taken[speaker] = street
                return True
        return False

    return sum(place(street, set()) for street in sorted(speakers))
