"""The lines of counts and of media: interactions, reads, doubling, media class, hot list (domain.md C)."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime

from alerts.grading.facts import CountSeen, LineResult, SeenPost
from alerts.grading.voices import SlidingVoices, VoiceKey
from office.pack.policy import PolicyPack

TWO_OF = "figures_two"
PRIORITY_VOLUME = "priority_volume"
MEDIA = "media"
_CLASSES = {"central": "中央媒体", "city": "市级媒体", "other": "其他媒体"}


class FigureLines:
    """Running counts of one topic. Interactions and reads are what was gained inside the window.

    One group of copies counts with its strongest post (domain.md C: thresholds on de-duplicated posts).
    """

    def __init__(self, policy: PolicyPack, keys: dict[int, VoiceKey], shared: frozenset[int]) -> None:
        self._two = policy.lines.two_of
        self._volume = policy.lines.priority_volume
        self._media = policy.lines.media
        self._public: list[SeenPost] = []
        self._times: list[float] = []
        self._recent = SlidingVoices([self._public], keys, shared)
        self._earlier = SlidingVoices([self._public], keys, shared)
        self._last_media: dict[str, SeenPost] = {}
        self._last_hot: SeenPost | None = None
        self._priority_posts = 0
        self._posts = 0
        self._interactions = _Gained(self._two.hours)
        self._reads = _Gained(self._two.hours)
        self._volume_interactions = _Gained(self._volume.hours)
        self._volume_reads = _Gained(self._volume.hours)

    def take(self, post: SeenPost) -> None:
        if post.voice_kind == "public":
            self._public.append(post)
            self._times.append(post.at.timestamp())
            self._posts += 1
            self._priority_posts += post.priority
        elif post.media_class:
            self._last_media[post.media_class] = post
        if post.hot_list_city:
            self._last_hot = post

    def count(self, count: CountSeen, post: SeenPost, ts: float) -> None:
        if post.voice_kind == "official":
            return
        for gained in (self._interactions, self._volume_interactions):
            gained.read(post, ts, count.interactions)
        for gained in (self._reads, self._volume_reads):
            gained.read(post, ts, count.reads)

    def weigh(self, ts: float, at: datetime, post_id: int, is_open: Callable[[str], bool]) -> Iterator[LineResult]:
        """The lines met at this moment. Cheap unless a sign is there at all."""
        if self._last_media and is_open(MEDIA):
            line = self._media_line(at, post_id)
            if line.met:
                yield line
        if is_open(PRIORITY_VOLUME) and self._much_volume(ts):
            line = self._volume_line(ts, at, post_id)
            if line.met:
                yield line
        if is_open(TWO_OF) and self._possible_signs() >= self._two.need:
            line = self._two_line(ts, at, post_id)
            if line.met:
                yield line

    def _much_volume(self, ts: float) -> bool:
        rule = self._volume
        return self._is_priority() and (
            self._volume_interactions.total(ts) > rule.interactions or self._volume_reads.total(ts) > rule.reads
        )

    def _possible_signs(self) -> int:
        """How many of the four signs could be there; a bound that costs nothing."""
        figures = self._interactions.any or self._reads.any
        many = len(self._times) >= 3 * self._two.doubling_from_voices
        return bool(self._last_media) + (self._last_hot is not None) + figures + many

    def unmet(self, at: datetime) -> Iterator[LineResult]:
        ts = at.timestamp()
        for line in (self._two_line(ts, at, None), self._volume_line(ts, at, None), self._media_line(at, None)):
            if not line.met:
                yield line

    def _is_priority(self) -> bool:
        return self._priority_posts * 2 > self._posts

    def _media_line(self, at: datetime, post_id: int | None) -> LineResult:
        seen = [self._last_media[name] for name in self._media.media_classes if name in self._last_media]
        fresh = [p for p in seen if (at - p.at).total_seconds() <= self._two.signs_hours * 3600]
        words = "、".join(_CLASSES[name] for name in self._media.media_classes if name in _CLASSES)
        said = "、".join(_CLASSES.get(p.media_class or "", "媒体") for p in fresh)
        sentence = f"{said}已报道" if fresh else f"尚无{words}报道"
        met = bool(fresh)
        ids = tuple(sorted(p.post_id for p in fresh))
        return _line(MEDIA, self._media.level, met, sentence, len(fresh), 1, ids, at, post_id)

    def _volume_line(self, ts: float, at: datetime, post_id: int | None) -> LineResult:
        rule = self._volume
        interactions = self._volume_interactions.total(ts)
        reads = self._volume_reads.total(ts)
        priority = self._is_priority()
        met = priority and (interactions > rule.interactions or reads > rule.reads)
        sentence = (
            f"{'重点类别' if priority else '非重点类别'}，{rule.hours} 小时互动 {interactions}、阅读 {reads}"
            f"（重点类别需互动超过 {rule.interactions} 或阅读超过 {rule.reads}）"
        )
        ids = tuple(sorted(self._volume_interactions.posts() | self._volume_reads.posts()))
        return _line(PRIORITY_VOLUME, rule.level, met, sentence, interactions, rule.interactions, ids, at, post_id)

    def _two_line(self, ts: float, at: datetime, post_id: int | None) -> LineResult:
        rule = self._two
        signs: list[str] = []
        ids: set[int] = set()
        since = rule.signs_hours * 3600
        for name in rule.media_classes:
            post = self._last_media.get(name)
            if post is not None and (at - post.at).total_seconds() <= since:
                signs.append(f"{_CLASSES.get(name, '媒体')}报道")
                ids.add(post.post_id)
                break  # central or city media together are one of the four signs
        hot = self._last_hot
        if hot is not None and (at - hot.at).total_seconds() <= since:
            signs.append("登上市级热榜")
            ids.add(hot.post_id)
        interactions, reads = self._interactions.total(ts), self._reads.total(ts)
        if interactions > rule.interactions or reads > rule.reads:
            signs.append(f"{rule.hours} 小时互动 {interactions}、阅读 {reads}")
            ids |= self._interactions.posts() | self._reads.posts()
        doubled = self._doubled(ts)
        if doubled is not None:
            signs.append(f"{rule.doubling_hours} 小时内人数由 {doubled[0]} 增至 {doubled[1]}")
        said = "、".join(signs) if signs else "无"
        sentence = (
            f"媒体报道、市级热榜、互动阅读量大、{rule.doubling_hours} 小时翻倍四项中出现 {len(signs)} 项"
            f"（{said}），需 {rule.need} 项"
        )
        met = len(signs) >= rule.need
        return _line(TWO_OF, rule.level, met, sentence, len(signs), rule.need, tuple(sorted(ids)), at, post_id)

    def _doubled(self, ts: float) -> tuple[int, int] | None:
        """Voices of the earlier and of the last two hours, where they doubled from enough."""
        rule = self._two
        span = rule.doubling_hours * 3600.0
        high = bisect_right(self._times, ts)
        middle = bisect_right(self._times, ts - span)
        low = bisect_right(self._times, ts - 2 * span)
        need = rule.doubling_from_voices
        if middle - low < need or high - middle < 2 * need:
            return None
        earlier = self._earlier.count([(low, middle)])
        if earlier < need:
            return None
        recent = self._recent.count([(middle, high)])
        return (earlier, recent) if recent >= 2 * earlier else None


class _Gained:
    """What posts gained in a window, from readings of totals; sums per post, the strongest of each group of copies."""

    def __init__(self, hours: int) -> None:
        self._span = hours * 3600.0
        self._last: dict[int, int] = {}
        self._steps: deque[tuple[float, SeenPost, int]] = deque()
        self._groups: dict[int, dict[int, int]] = {}
        self._best: dict[int, int] = {}
        self._total = 0
        self.any = False

    def read(self, post: SeenPost, ts: float, value: int | None) -> None:
        if value is None:
            return
        before = self._last.get(post.post_id)
        gained = value - (before or 0)
        if before is None and ts - post.at.timestamp() > self._span:
            gained = 0  # the first reading of a post older than the window says nothing about what it gained inside
        self._last[post.post_id] = max(value, before or 0)
        if gained > 0:
            self.any = True
            self._steps.append((ts, post, gained))
            self._change(post, gained)

    def total(self, ts: float) -> int:
        while self._steps and self._steps[0][0] < ts - self._span:
            _, post, gained = self._steps.popleft()
            self._change(post, -gained)
        return self._total

    def posts(self) -> set[int]:
        return {post.post_id for _, post, _ in self._steps}

    def _change(self, post: SeenPost, by: int) -> None:
        group = post.copy_group or post.post_id
        members = self._groups.setdefault(group, {})
        members[post.post_id] = members.get(post.post_id, 0) + by
        best = max(members.values())
        self._total += best - self._best.get(group, 0)
        self._best[group] = best


def _line(
    rule: str,
    level: int,
    met: bool,
    sentence: str,
    have: float,
    need: float,
    posts: tuple[int, ...],
    at: datetime,
    met_by: int | None,
) -> LineResult:
    return LineResult(
        rule=rule,
        level=level,
        met=met,
        sentence=sentence,
        have=have,
        need=need,
        posts=posts,
        met_at=at if met else None,
        met_by=met_by if met else None,
    )
