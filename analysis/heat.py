"""How hot a topic is, as a sum of named parts. Pure.

By distinct voices decayed over 7 days, which ranks best on a real stream (technology: by number of posts one person's
ten posts win; by voices near the end late topics win). Copies and what a platform's repost function made add nothing
but spread. Every part is shown; they add up to the figure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DECAY = timedelta(days=7)
SPEED_WINDOW = timedelta(hours=24)
# Points of each part. A voice of today is 10, so that the figure reads as “about ten times the people”.
VOICE, SPEED, PLATFORM, INTERACTION, NEGATIVE, PRIORITY = 10.0, 2.0, 3.0, 2.0, 3.0, 2.0


@dataclass(frozen=True, slots=True)
class HeatPost:
    """A post as heat needs it. `voice`: public, media, official, own. `who`: platform and handle, or the copy group."""

    at: datetime
    voice: str
    who: str
    platform: str
    group: int
    is_repost: bool = False
    interactions: int = 0
    negative: bool = False
    priority: bool = False


@dataclass(frozen=True, slots=True)
class Heat:
    """`value` is the sum of `parts` (name in Chinese → points, rounded to 0.1). `voices`: distinct public ones."""

    value: float
    parts: dict[str, float]
    voices: int


def heat(posts: Sequence[HeatPost], *, at: datetime) -> Heat:
    """Heat of an episode at a moment. Official and own posts feed nothing, media feed spread only (rules.md 1)."""
    heard = [post for post in posts if post.voice in ("public", "media") and not post.is_repost]
    last: dict[str, HeatPost] = {}
    most: dict[int, int] = {}
    for post in heard:
        most[post.group] = max(most.get(post.group, 0), post.interactions)
        if post.voice == "public" and (post.who not in last or post.at >= last[post.who].at):
            last[post.who] = post
    decayed = {who: math.exp(-max((at - post.at) / DECAY, 0.0)) for who, post in last.items()}
    live = sum(decayed.values())
    platforms = {post.platform for post in heard}
    parts = {
        "人数": VOICE * live,
        "速度": SPEED * sum(at - post.at <= SPEED_WINDOW for post in last.values()),
        "扩散": PLATFORM * max(len(platforms) - 1, 0),
        "互动": INTERACTION * math.log10(1 + sum(most.values())),
        "不满": NEGATIVE * sum(weight for who, weight in decayed.items() if last[who].negative),
        "重点类": PRIORITY * sum(weight for who, weight in decayed.items() if last[who].priority),
    }
    rounded = {name: round(points, 1) for name, points in parts.items()}
    return Heat(round(sum(rounded.values()), 1), rounded, len(last))
