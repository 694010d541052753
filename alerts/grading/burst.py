"""How unlikely a burst is: the exact tail of a Poisson, because at low volume no approximation holds."""

import math


def poisson_tail(at_least: int, mean: float) -> float:
    """P(X >= at_least) for X ~ Poisson(mean). Exact sum; falls to 0 or 1 where a float can hold no more."""
    if at_least <= 0:
        return 1.0
    if mean <= 0.0:
        return 0.0
    if mean > 700.0:  # exp(-mean) underflows; so busy a past is never the ground of a burst on its own
        return 1.0 if at_least <= mean else 0.5 * math.erfc((at_least - 0.5 - mean) / math.sqrt(2.0 * mean))
    term = math.exp(-mean)
    below = term
    for count in range(1, at_least):
        term *= mean / count
        below += term
    if below < 0.5:
        return 1.0 - below
    # Sum the tail itself: 1 - below would lose its digits.
    term *= mean / at_least
    tail = 0.0
    count = at_least
    while term > tail * 1e-17 and term > 0.0:
        tail += term
        count += 1
        term *= mean / count
    return tail


def burst_mean(*, window_days: float, past_days: int, past_voices: int, prior: float, volume_ratio: float) -> float:
    """Mean of the Poisson of rules.md 3: w/28 * (n + 0.5) * max(1, volume in the window / usual volume)."""
    return window_days / past_days * (past_voices + prior) * max(1.0, volume_ratio)


def burst_limit(mean: float, *, fewest: int, chance: float) -> int:
    """The fewest voices that are a burst against this mean: at least `fewest`, with P(X >= k) <= `chance`."""
    limit = max(fewest, math.ceil(mean))
    while poisson_tail(limit, mean) > chance:
        limit += 1
    return limit
