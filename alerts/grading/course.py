"""How a topic stood against the burst rule from moment to moment, for drawing (rules.md 3)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.grading.burst import burst_limit, burst_mean
from alerts.grading.facts import SeenPost
from alerts.grading.voices import SlidingVoices, shared_groups, voice_keys
from office.pack.policy import PolicyPack

_HOUR, _DAY = 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class BurstStand:
    """People who ask or complain in the window up to a moment, as many as are usual, and from how many it is a burst.

    `past`: people in the days before the window. `usual`: mean of the Poisson of the burst rule. `limit`: the fewest
    people that are a burst, both against the topic's own past alone: a busy source or a busy class ask for more.
    """

    have: int
    past: int
    usual: float
    limit: int


def burst_course(posts: Iterable[SeenPost], moments: Sequence[datetime], policy: PolicyPack) -> list[BurstStand]:
    """One stand a moment (moments in order), over the short window of the burst rule. Windows run over the topic,
    whatever the episode; `posts` reach back to the window and the past before the first moment.
    """
    rule = policy.lines.burst
    speaking = [p for p in posts if p.relevant and p.voice_kind != "own" and not p.is_repost]
    speaking.sort(key=lambda p: (p.at, p.post_id))
    keys = voice_keys(speaking, same_moment_seconds=policy.voices.same_moment_seconds)
    shared = shared_groups(p for p in speaking if p.voice_kind == "public")
    asking = [p for p in speaking if p.voice_kind == "public" and p.asks(policy.voices.demand_kinds)]
    times = [p.at.timestamp() for p in asking]
    window, before = SlidingVoices([asking], keys, shared), SlidingVoices([asking], keys, shared)
    found = []
    for moment in moments:
        end = moment.timestamp()
        begins = bisect_left(times, end - rule.hours * _HOUR)
        have = window.count([(begins, bisect_right(times, end))])
        past = before.count([(bisect_left(times, end - rule.hours * _HOUR - rule.past_days * _DAY), begins)])
        mean = burst_mean(
            window_days=rule.hours / 24,
            past_days=rule.past_days,
            past_voices=past,
            prior=rule.prior,
            volume_ratio=1.0,
        )
        found.append(BurstStand(have, past, mean, burst_limit(mean, fewest=rule.voices, chance=rule.probability)))
    return found
