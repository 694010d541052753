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


def burst_course(
    posts: Iterable[SeenPost],
    moments: Sequence[datetime],
    policy: PolicyPack,
    *,
    quiet: frozenset[str] | None = None,
) -> list[BurstStand]:
    """One stand a moment (moments in order), over the short window of the burst rule; with `quiet` (platforms), over
    the longer one that the rule gives to quiet sources: theirs for so long, the others' for the short one. Windows run
    over the topic, whatever the episode; `posts` reach back to the window and the past before the first moment.
    """
    rule = policy.lines.burst
    speaking = [p for p in posts if p.relevant and p.voice_kind != "own" and not p.is_repost]
    speaking.sort(key=lambda p: (p.at, p.post_id))
    keys = voice_keys(speaking, same_moment_seconds=policy.voices.same_moment_seconds)
    shared = shared_groups(p for p in speaking if p.voice_kind == "public")
    asking = [p for p in speaking if p.voice_kind == "public" and p.asks(policy.voices.demand_kinds)]
    hours = rule.hours if quiet is None else rule.quiet_hours
    slow = [p for p in asking if quiet is not None and p.platform in quiet]
    fast = [p for p in asking if quiet is None or p.platform not in quiet]
    lanes = [(fast, _times(fast), rule.hours), (slow, _times(slow), rule.quiet_hours)]
    times = _times(asking)
    window, before = SlidingVoices([fast, slow], keys, shared), SlidingVoices([asking], keys, shared)
    found = []
    for moment in moments:
        end = moment.timestamp()
        have = window.count(
            [(bisect_left(lane, end - length * _HOUR), bisect_right(lane, end)) for _, lane, length in lanes]
        )
        begins = end - hours * _HOUR
        past = before.count([(bisect_left(times, begins - rule.past_days * _DAY), bisect_left(times, begins))])
        mean = burst_mean(
            window_days=hours / 24,
            past_days=rule.past_days,
            past_voices=past,
            prior=rule.prior,
            volume_ratio=1.0,
        )
        found.append(BurstStand(have, past, mean, burst_limit(mean, fewest=rule.voices, chance=rule.probability)))
    return found


def _times(posts: Iterable[SeenPost]) -> list[float]:
    return [p.at.timestamp() for p in posts]
