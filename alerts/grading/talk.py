"""The voices lines: how many people ask or complain, in which window, and whether that is a burst (rules.md 3)."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from alerts.grading.burst import burst_mean, poisson_tail
from alerts.grading.facts import LineResult, SeenPost, TopicFacts
from alerts.grading.voices import SlidingVoices, VoiceKey
from office.pack.policy import BurstLine, PolicyPack, PriorityLine

PRIORITY = "voices_priority"
BURST = "voices_burst"
LONG = "voices_long"
_HOUR = 3600.0
_DAY = 86400.0


class _Lane:
    """Posts with a demand in time order, with running counts of those in a priority class."""

    def __init__(self) -> None:
        self.posts: list[SeenPost] = []
        self.times: list[float] = []
        self.priority: list[int] = [0]

    def add(self, post: SeenPost, ts: float) -> None:
        self.posts.append(post)
        self.times.append(ts)
        self.priority.append(self.priority[-1] + post.priority)

    def since(self, ts: float) -> tuple[int, int]:
        return bisect_left(self.times, ts), len(self.times)

    def priority_in(self, span: tuple[int, int]) -> int:
        return self.priority[span[1]] - self.priority[span[0]]


class VoiceLines:
    """Voices of one topic with a demand or a negative feeling, all of them and those of quiet sources apart."""

    def __init__(
        self, policy: PolicyPack, facts: TopicFacts, keys: dict[int, VoiceKey], shared: frozenset[int]
    ) -> None:
        self._policy = policy
        self._facts = facts
        self._make = (keys, shared)
        self._all = _Lane()
        self._busy = _Lane()
        self._quiet = _Lane()
        self._quiet_platforms: frozenset[str] = frozenset()
        self._classes: dict[str, int] = {}
        self._platform_times: dict[str, list[float]] = {}
        self._long = SlidingVoices([self._all.posts], keys, shared)
        self._short = SlidingVoices([self._all.posts], keys, shared)
        self._past: dict[float, SlidingVoices] = {}
        self._split()

    def take(self, post: SeenPost, asks: bool) -> None:
        """Note a public post; only one that asks or complains is a voice here."""
        ts = post.at.timestamp()
        self._platform_times.setdefault(post.platform, []).append(ts)
        if not asks:
            return
        self._all.add(post, ts)
        (self._quiet if post.platform in self._quiet_platforms else self._busy).add(post, ts)
        self._classes[post.klass] = self._classes.get(post.klass, 0) + 1

    def weigh(self, ts: float, at: datetime, post: SeenPost, is_open: Callable[[str], bool]) -> Iterator[LineResult]:
        """The voices lines met by this post. A post without a demand can meet none of them."""
        lines = self._policy.lines
        fewest = min(lines.priority.voices, lines.burst.voices, lines.long.voices, lines.long.quiet_voices)
        if len(self._all.posts) < fewest or self._all.posts[-1].post_id != post.post_id:
            return
        if not (is_open(PRIORITY) or is_open(BURST) or is_open(LONG)):
            return
        self._refresh_quiet(at)
        if is_open(PRIORITY):
            line = self._priority_line(ts, at, post.post_id)
            if line is not None:
                yield line
        if is_open(BURST):
            line = self._burst_line(ts, at, post.post_id)
            if line is not None:
                yield line
        if is_open(LONG):
            line = self._long_line(ts, at, post.post_id)
            if line is not None:
                yield line

    def unmet(self, at: datetime) -> Iterator[LineResult]:
        """The voices lines with the figures of this moment, for the page: what is there and what would be needed."""
        ts = at.timestamp()
        if self._all.posts:
            self._refresh_quiet(at)
        lines = self._policy.lines
        have, spans = self._mixed(ts, lines.priority)
        ids = self._ids(spans)
        when = _window_words(lines.priority)
        sentence = (
            f"{when} {have} 人提出诉求或不满，{self._class_words(spans)}（重点类别需 {lines.priority.voices} 人）"
        )
        yield LineResult(PRIORITY, lines.priority.level, False, sentence, have, lines.priority.voices, ids)
        have, spans = self._mixed(ts, lines.burst)
        sentence = (
            f"{_window_words(lines.burst)} {have} 人，不足以认定突发增多（至少 {lines.burst.voices} 人且明显多于以往）"
        )
        yield LineResult(BURST, lines.burst.level, False, sentence, have, lines.burst.voices, self._ids(spans))
        rule = lines.long
        span = self._all.since(ts - rule.days * _DAY)
        have = self._long.count([span])
        sentence = (
            f"{rule.days} 日内 {have} 人提出诉求或不满（需 {rule.voices} 人；"
            f"发帖较少的来源 {rule.quiet_days} 日内 {rule.quiet_voices} 人）"
        )
        ids = tuple(p.post_id for p in self._all.posts[span[0] : span[1]])
        yield LineResult(LONG, rule.level, False, sentence, have, rule.voices, ids)

    def _priority_line(self, ts: float, at: datetime, post_id: int) -> LineResult | None:
        rule = self._policy.lines.priority
        have, spans = self._mixed(ts, rule)
        posts = sum(high - low for low, high in spans)
        priority = self._busy.priority_in(spans[0]) + self._quiet.priority_in(spans[1])
        if have < rule.voices or priority * 2 <= posts:
            return None
        sentence = f"{_window_words(rule)} {have} 人提出诉求或不满（需 {rule.voices} 人），属重点类别“{self._klass()}”"
        return LineResult(PRIORITY, rule.level, True, sentence, have, rule.voices, self._ids(spans), at, post_id)

    def _burst_line(self, ts: float, at: datetime, post_id: int) -> LineResult | None:
        """Weighed over the short window of all sources and, where quiet ones speak, over their longer one."""
        rule = self._policy.lines.burst
        span = self._all.since(ts - rule.hours * _HOUR)
        if span[1] - span[0] >= rule.voices:
            have = self._short.count([span])
            words = self._burst(ts, at, have, rule.hours / 24, rule)
            if words is not None:
                ids = tuple(p.post_id for p in self._all.posts[span[0] : span[1]])
                return self._burst_result(rule, rule.hours, have, words, ids, at, post_id)
        if not self._quiet.posts:
            return None
        have, spans = self._mixed(ts, rule)
        words = self._burst(ts, at, have, rule.quiet_hours / 24, rule)
        if words is None:
            return None
        return self._burst_result(rule, rule.quiet_hours, have, words, self._ids(spans), at, post_id)

    def _burst_result(
        self, rule: BurstLine, hours: int, have: int, words: str, ids: tuple[int, ...], at: datetime, post_id: int
    ) -> LineResult:
        sentence = f"{hours // 24} 日内 {have} 人提出诉求或不满（需 {rule.voices} 人），{words}"
        return LineResult(BURST, rule.level, True, sentence, have, rule.voices, ids, at, post_id)

    def _burst(self, ts: float, at: datetime, have: int, days: float, rule: BurstLine) -> str | None:
        """Why `have` voices in `days` days are a burst against the topic's and the class's own past, or None."""
        if have < rule.voices:
            return None
        begins = ts - days * _DAY
        low = bisect_left(self._all.times, begins - rule.past_days * _DAY)
        high = bisect_left(self._all.times, begins)
        counter = self._past.get(days)
        if counter is None:
            counter = self._past[days] = SlidingVoices([self._all.posts], *self._make)
        topic_past = counter.count([(low, high)])
        # The volume can only raise the mean, and is the dearer figure: without a burst it need not be asked for.
        if self._chance(have, days, topic_past, 1.0, rule) > rule.probability:
            return None
        ratio = self._volume_ratio(at, begins, days, rule)
        own = self._chance(have, days, topic_past, ratio, rule)
        if own > rule.probability:
            return None
        window = at - timedelta(days=days)
        class_past = self._facts.class_past.voices(self._klass(), window - timedelta(days=rule.past_days), window)
        among = self._chance(have, days, class_past, ratio, rule)
        if among > rule.probability:
            return None
        return (
            f"此前 {rule.past_days} 日本话题 {topic_past} 人、同类 {class_past} 人，"
            f"属突发增多（偶然出现的可能{share_words(max(own, among))}，不超过 {rule.probability * 100:g} %）"
        )

    def _chance(self, have: int, days: float, past: int, ratio: float, rule: BurstLine) -> float:
        mean = burst_mean(
            window_days=days, past_days=rule.past_days, past_voices=past, prior=rule.prior, volume_ratio=ratio
        )
        return poisson_tail(have, mean)

    def _volume_ratio(self, at: datetime, begins: float, days: float, rule: BurstLine) -> float:
        """Volume of the topic's platforms in the window over their usual volume, the topic's own posts left out.

        A burst must not explain itself away; a platform without a past has no usual volume and counts as 1.
        """
        window = at - timedelta(days=days)
        past = window - timedelta(days=rule.past_days)
        past_begins = begins - rule.past_days * _DAY
        now = usual = 0
        for platform in sorted(self._platform_times):
            times = self._platform_times[platform]
            first = bisect_left(times, begins)
            if first == len(times):
                continue
            before = bisect_left(times, past_begins)
            now += max(self._facts.volumes.relevant(platform, window, at) - (len(times) - first), 0)
            usual += max(self._facts.volumes.relevant(platform, past, window) - (first - before), 0)
        if usual == 0:
            return 1.0
        return now / max(usual * days / rule.past_days, 1.0)

    def _long_line(self, ts: float, at: datetime, post_id: int) -> LineResult | None:
        rule = self._policy.lines.long
        span = self._all.since(ts - rule.days * _DAY)
        if span[1] - span[0] >= rule.voices:
            have = self._long.count([span])
            if have >= rule.voices:
                ids = tuple(p.post_id for p in self._all.posts[span[0] : span[1]])
                sentence = f"{rule.days} 日内 {have} 人提出诉求或不满（需 {rule.voices} 人）"
                return LineResult(LONG, rule.level, True, sentence, have, rule.voices, ids, at, post_id)
        span = self._quiet.since(ts - rule.quiet_days * _DAY)
        if span[1] - span[0] >= rule.quiet_voices:
            have = self._slow.count([span])
            if have >= rule.quiet_voices:
                ids = tuple(p.post_id for p in self._quiet.posts[span[0] : span[1]])
                sentence = f"发帖较少的来源 {rule.quiet_days} 日内 {have} 人提出诉求或不满（需 {rule.quiet_voices} 人）"
                return LineResult(LONG, rule.level, True, sentence, have, rule.quiet_voices, ids, at, post_id)
        return None

    def _mixed(self, ts: float, rule: PriorityLine) -> tuple[int, list[tuple[int, int]]]:
        spans = [self._busy.since(ts - rule.hours * _HOUR), self._quiet.since(ts - rule.quiet_hours * _HOUR)]
        return self._lanes.count(spans), spans

    def _ids(self, spans: list[tuple[int, int]]) -> tuple[int, ...]:
        found = [
            p.post_id
            for lane, (low, high) in zip((self._busy, self._quiet), spans, strict=True)
            for p in lane.posts[low:high]
        ]
        return tuple(sorted(found))

    def _klass(self) -> str:
        """The class most posts of the topic have (ties: the one that sorts first)."""
        return min(self._classes, key=lambda name: (-self._classes[name], name), default="")

    def _class_words(self, spans: list[tuple[int, int]]) -> str:
        posts = sum(high - low for low, high in spans)
        priority = self._busy.priority_in(spans[0]) + self._quiet.priority_in(spans[1])
        word = "属重点类别" if posts and priority * 2 > posts else "不属重点类别"
        return f"{word}“{self._klass()}”" if self._klass() else word

    def _refresh_quiet(self, at: datetime) -> None:
        """Sort platforms into quiet and busy at this moment; only a change costs more than a look."""
        rule = self._policy.voices
        since = at - timedelta(days=rule.quiet_over_days)
        limit = rule.quiet_posts_per_day * rule.quiet_over_days
        volumes = self._facts.volumes
        quiet = frozenset(name for name in self._platform_times if volumes.relevant(name, since, at) < limit)
        if quiet != self._quiet_platforms:
            self._quiet_platforms = quiet
            self._split()

    def _split(self) -> None:
        self._busy, self._quiet = _Lane(), _Lane()
        for post, ts in zip(self._all.posts, self._all.times, strict=True):
            (self._quiet if post.platform in self._quiet_platforms else self._busy).add(post, ts)
        self._lanes = SlidingVoices([self._busy.posts, self._quiet.posts], *self._make)
        self._slow = SlidingVoices([self._quiet.posts], *self._make)


def _window_words(rule: PriorityLine) -> str:
    if rule.hours == rule.quiet_hours:
        return f"{rule.hours // 24} 日内"
    return f"{rule.hours // 24} 日（发帖较少的来源 {rule.quiet_hours // 24} 日）内"


def share_words(share: float) -> str:
    """A probability as people read it: ` 0.42 %`; what would be rounded to nothing is 小于 0.01 %."""
    return "小于 0.01 %" if share < 1e-4 else f" {share * 100:.2f} %"
