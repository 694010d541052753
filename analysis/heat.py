"""How hot a topic is, as a sum of named parts, and what would be usual for it. Pure.

By distinct voices decayed over 7 days, which ranks best on a real stream (by number of posts one person's ten posts
win; by voices near the end late topics win: technology.md 10). Who counts as a voice is rules.md 1: within a group of
copies the platform with most handles speaks, handles within a minute of each other are one, and what a platform's
repost function made is none. Every part is shown; they add up to the figure.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DECAY = timedelta(days=7)
SPEED_WINDOW = timedelta(hours=24)
SAME_MOMENT = timedelta(seconds=60)  # copies of one text within it are one voice (rules.md 1)
PAST = timedelta(days=28)  # what is usual is learnt from (rules.md 3)
PRIOR = 0.5  # voices added to the past, so that a topic without one is not divided by nothing (rules.md 3)
# Points of each part. A voice of today is 10, so that the figure reads as “about ten times the people”.
VOICE, SPEED, PLATFORM, INTERACTION, NEGATIVE, PRIORITY, STREET = 10.0, 2.0, 3.0, 2.0, 3.0, 2.0, 2.0
MOST_STREETS = 3  # beyond the first that add points
NEXT_TO_NOTHING = 0.01  # parts are rounded to 0.1; a logarithm wants more than 0


@dataclass(frozen=True, slots=True)
class HeatPost:
    """A post as heat needs it. `voice`: public, media, official, own. `who`: platform and handle, or the copy group.

    `group`: the first post of its copies (its own id where there are none). `interactions`: likes, reposts, comments.
    `streets`: those that are certain. `id`: the post's own, for naming the posts behind a part.
    """

    at: datetime
    voice: str
    who: str
    platform: str
    group: int
    is_repost: bool = False
    interactions: int = 0
    negative: bool = False
    priority: bool = False
    streets: tuple[str, ...] = ()
    id: int = 0


@dataclass(frozen=True, slots=True)
class Heat:
    """`value` is the sum of `parts` (name in Chinese → points, rounded to 0.1). `voices`: distinct public ones."""

    value: float
    parts: dict[str, float]
    voices: int


def voices(posts: Iterable[HeatPost]) -> dict[str, HeatPost]:
    """The distinct public voices, each with its latest post; in the order in which they first spoke."""
    groups: dict[int, dict[str, list[HeatPost]]] = {}
    for post in sorted(posts, key=lambda post: (post.at, post.group, post.who)):
        if post.voice == "public" and not post.is_repost:
            groups.setdefault(post.group, {}).setdefault(post.platform, []).append(post)
    spoken: list[HeatPost] = []
    for platforms in groups.values():
        heard = {platform: _one_by_one(told) for platform, told in platforms.items()}
        loudest = min(heard, key=lambda platform: (-len({post.who for post in heard[platform]}), platform))
        spoken.extend(heard[loudest])
    latest: dict[str, HeatPost] = {}
    for post in sorted(spoken, key=lambda post: (post.at, post.group, post.who)):
        latest[post.who] = post
    return latest


def _one_by_one(told: Sequence[HeatPost]) -> list[HeatPost]:
    """Posts of one text on one platform, in order of time, without handles that speak within a minute of another."""
    kept: list[HeatPost] = []
    known: set[str] = set()
    last: datetime | None = None
    for post in told:
        alone = last is None or post.at - last > SAME_MOMENT
        if post.who in known or alone:
            known.add(post.who)
            kept.append(post)
        last = post.at
    return kept


def heat(posts: Sequence[HeatPost], *, at: datetime) -> Heat:
    """Heat of an episode at a moment. Official and own posts feed nothing, media feed spread only (rules.md 1)."""
    heard, last, most = _heard(posts)
    decayed = {who: math.exp(-max((at - post.at) / DECAY, 0.0)) for who, post in last.items()}
    platforms = {post.platform for post in heard}
    streets = {street for post in last.values() for street in post.streets}
    parts = {
        "人数": VOICE * sum(decayed.values()),
        "速度": SPEED * sum(timedelta(0) <= at - post.at <= SPEED_WINDOW for post in last.values()),
        "扩散": PLATFORM * max(len(platforms) - 1, 0),
        "互动": INTERACTION * math.log10(1 + sum(post.interactions for post in most.values())),
        "不满": NEGATIVE * sum(weight for who, weight in decayed.items() if last[who].negative),
        "重点类": PRIORITY * sum(weight for who, weight in decayed.items() if last[who].priority),
        "地点": STREET * min(max(len(streets) - 1, 0), MOST_STREETS),
    }
    rounded = {name: round(points, 1) for name, points in parts.items()}
    return Heat(round(sum(rounded.values()), 1), rounded, len(last))


def makers(posts: Sequence[HeatPost], *, at: datetime) -> dict[str, list[int]]:
    """Ids of the posts that make each part of `heat`, in order of time; a part without points has none."""
    heard, last, most = _heard(posts)
    spoke = list(last.values())
    streets = {street for post in spoke for street in post.streets}
    platforms: dict[str, HeatPost] = {}
    for post in sorted(heard, key=lambda post: (post.at, post.id)):
        platforms.setdefault(post.platform, post)
    behind = {
        "人数": spoke,
        "速度": [post for post in spoke if timedelta(0) <= at - post.at <= SPEED_WINDOW],
        "扩散": list(platforms.values()) if len(platforms) > 1 else [],
        "互动": [post for post in most.values() if post.interactions],
        "不满": [post for post in spoke if post.negative],
        "重点类": [post for post in spoke if post.priority],
        "地点": [post for post in spoke if post.streets] if len(streets) > 1 else [],
    }
    return {name: [p.id for p in sorted(made, key=lambda p: (p.at, p.id))] for name, made in behind.items()}


def _heard(posts: Sequence[HeatPost]) -> tuple[list[HeatPost], dict[str, HeatPost], dict[int, HeatPost]]:
    """The posts that count, the voices with their latest post, and of each text the post with most interactions."""
    heard = [post for post in posts if post.voice in ("public", "media") and not post.is_repost]
    most: dict[int, HeatPost] = {}
    for post in heard:
        # One text seen on several sites is liked once: the largest count of its copies.
        if post.group not in most or post.interactions > most[post.group].interactions:
            most[post.group] = post
    return heard, voices(heard), most


def cooled(parts: Mapping[str, float], *, since: datetime, at: datetime) -> dict[str, float]:
    """What is left of each part at a later moment: with no further post all fade alike, to a third in a week."""
    left = math.exp(-max((at - since) / DECAY, 0.0))
    return {name: round(points * left, 1) for name, points in parts.items()}


def standing(value: float, *, at: datetime) -> float:
    """A heat and its moment as one number: of two, the larger is the hotter at any later moment.

    Each week of silence takes one off. A heat of nothing stands below every other of its time.
    """
    return at.timestamp() / DECAY.total_seconds() + math.log(max(value, NEXT_TO_NOTHING))


@dataclass(frozen=True, slots=True)
class Baseline:
    """Voices in a window against what is usual there. `usual` is never 0; `times` is voices divided by usual."""

    voices: int
    usual: float
    times: float


def baseline(posts: Sequence[HeatPost], *, at: datetime, window: timedelta) -> Baseline:
    """What a page shows beside the voices of a window: how many are usual in the 28 days before it.

    The same counting serves a topic and a class. It answers for display only; whether a lead opens is decided by the
    Poisson line of grading, which uses the same past and the same prior.
    """
    begins = at - window
    now = len(voices(post for post in posts if begins < post.at <= at))
    before = len(voices(post for post in posts if begins - PAST < post.at <= begins))
    usual = (before + PRIOR) * (window / PAST)
    return Baseline(now, round(usual, 2), round(now / usual, 1))
