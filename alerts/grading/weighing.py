"""Weighs a topic at the moment of each of its posts and count readings (rules.md 3).

One pass in time order; every window slides, so that a topic of thousands of posts costs what it grew by. A line once
met in an episode keeps the moment it was met; a later episode begins anew, while the windows run over the topic.
"""

from datetime import datetime, timedelta

from alerts.grading.emergencies import emergency_lines_met
from alerts.grading.facts import CountSeen, Grade, LineResult, SeenPost, TopicFacts
from alerts.grading.figures import FigureLines
from alerts.grading.spread import StreetsLine
from alerts.grading.talk import VoiceLines
from alerts.grading.voices import shared_groups, voice_keys
from office.pack.policy import PolicyPack

EVENT_GRADE = "event_grade"
_GRADES = {"extraordinary": (1, "特别重大"), "major": (2, "重大")}

Event = tuple[float, int, int, SeenPost, CountSeen | None]


def grade(facts: TopicFacts, policy: PolicyPack) -> Grade:
    """Propose a level for a topic, with every line and its reasons. Sets nothing: a person does.

    Only moments from `facts.weigh_from` on are weighed; lines in `facts.settled` are left out of the answer.
    """
    return _Weighing(facts, policy).run()


class _Weighing:
    def __init__(self, facts: TopicFacts, policy: PolicyPack) -> None:
        self.facts = facts
        self.policy = policy
        posts = sorted(
            (p for p in facts.posts if p.relevant and p.voice_kind != "own" and not p.is_repost),
            key=lambda p: (p.at, p.post_id),
        )
        keys = voice_keys(posts, same_moment_seconds=policy.voices.same_moment_seconds)
        shared = shared_groups(p for p in posts if p.voice_kind == "public")
        self.talk = VoiceLines(policy, facts, keys, shared)
        self.figures = FigureLines(policy, keys, shared)
        self.streets = StreetsLine(policy.lines.streets, keys)
        self.events = _events(posts, facts)
        self.demand_kinds = frozenset(policy.voices.demand_kinds)
        self.met: dict[str, LineResult] = {}

    def run(self) -> Grade:
        facts = self.facts
        gap = timedelta(days=self.policy.episodes.gap_days).total_seconds()
        begins = facts.episode_started_at.timestamp() if facts.episode_started_at else None
        weigh_from = facts.weigh_from.timestamp() if facts.weigh_from else float("-inf")
        last = float("-inf")
        demand = False
        moment: datetime | None = None
        for ts, _, _, post, count in self.events:
            if count is None:
                if begins is None and last > float("-inf") and ts - last > gap:
                    demand = False
                    self.met.clear()
                last = ts
                in_episode = begins is None or ts >= begins
                if not in_episode:
                    self.met.clear()
                demand = self._take(post) and in_episode or demand
            if count is not None or (post.counted_at is None and _counted(post)):
                self.figures.count(count or _own_count(post), post, ts)
            if ts < weigh_from or post.history or (begins is not None and ts < begins):
                continue
            moment = count.at if count is not None else post.at
            self._weigh(post, count, ts, moment, demand)
        return self._answer(moment, demand)

    def _take(self, post: SeenPost) -> bool:
        """Let the windows know the post; whether it holds a demand or a negative feeling."""
        if post.voice_kind == "official":
            return False  # feeds neither heat nor feelings nor leads (rules.md 1)
        asks = post.asks(self.demand_kinds)
        if post.voice_kind == "public":
            self.talk.take(post, asks)
        self.figures.take(post)
        self.streets.take(post)
        return asks

    def _weigh(self, post: SeenPost, count: CountSeen | None, ts: float, at: datetime, demand: bool) -> None:
        if count is None:
            for line in emergency_lines_met(post, self.policy.emergency_lines):
                self._keep(line)
        if post.voice_kind == "official" or not demand:
            return
        for line in self.figures.weigh(ts, at, post.post_id, self._open):
            self._keep(line)
        if count is None:
            for line in self.streets.weigh(ts, at, post, self._open):
                self._keep(line)
            for line in self.talk.weigh(ts, at, post, self._open):
                self._keep(line)

    def _open(self, rule: str) -> bool:
        return rule not in self.met and rule not in self.facts.settled

    def _keep(self, line: LineResult) -> None:
        if self._open(line.rule):
            self.met[line.rule] = line

    def _answer(self, moment: datetime | None, demand: bool) -> Grade:
        graded = _GRADES.get(self.facts.event_grade)
        if graded is not None:
            level, word = graded
            sentence = f"应急一侧认定突发事件等级为{word}"
            at = self.facts.event_grade_at or moment
            self._keep(LineResult(EVENT_GRADE, level, True, sentence, 1, 1, met_at=at))
        lines = list(self.met.values())
        if moment is not None:
            for line in (*self.figures.unmet(moment), *self.streets.unmet(moment), *self.talk.unmet(moment)):
                if self._open(line.rule):
                    lines.append(line if demand else _without_demand(line))
        lines.sort(key=lambda line: (not line.met, line.level, line.rule))
        levels = [line.level for line in lines if line.met]
        return Grade(level=min(levels, default=None), lead=bool(levels), lines=tuple(lines))


def _without_demand(line: LineResult) -> LineResult:
    sentence = f"{line.sentence}；帖文中没有诉求，也没有不满"
    return LineResult(line.rule, line.level, False, sentence, line.have, line.need, line.posts)


def _counted(post: SeenPost) -> bool:
    return post.interactions is not None or post.reads is not None


def _own_count(post: SeenPost) -> CountSeen:
    return CountSeen(post.post_id, post.counted_at or post.at, post.interactions, post.reads)


def _events(posts: list[SeenPost], facts: TopicFacts) -> list[Event]:
    """Posts and count readings in time order; at one moment posts first, then by id."""
    events: list[Event] = [(post.at.timestamp(), 0, post.post_id, post, None) for post in posts]
    later = [_own_count(post) for post in posts if post.counted_at is not None and _counted(post)]
    if later or facts.counts:
        by_id = {post.post_id: post for post in posts}
        for count in (*later, *facts.counts):
            if count.post_id in by_id:
                events.append((count.at.timestamp(), 1, count.post_id, by_id[count.post_id], count))
        events.sort(key=lambda event: event[:3])
    return events
