"""Who counts as a voice (rules.md 1): one person on four sites is one, three people pasting one text are three."""

from collections.abc import Iterable, Sequence

from alerts.grading.facts import SeenPost

VoiceKey = tuple[str, str]  # (platform, handle); ("", "group n") where nobody is named


def voice_keys(posts: Iterable[SeenPost], *, same_moment_seconds: int) -> dict[int, VoiceKey]:
    """Post id -> the key of its voice, for public posts that no repost function made.

    Within a group of copies on one platform, handles within `same_moment_seconds` of a counted one take its key.
    A post without a handle speaks for its group of copies only.
    """
    posts = sorted(posts, key=lambda p: (p.at, p.post_id))
    # Over a change of keys a person's posts carry the old handle, both, then the new one alone: one voice.
    renamed = {(p.platform, p.handle): p.handle_before for p in posts if p.handle and p.handle_before}
    keys: dict[int, VoiceKey] = {}
    counted: dict[tuple[int, str], list[tuple[float, VoiceKey]]] = {}
    for post in posts:
        if post.voice_kind != "public" or post.is_repost:
            continue
        if not post.handle:
            keys[post.post_id] = ("", f"group {post.copy_group or post.post_id}")
            continue
        own: VoiceKey = (post.platform, renamed.get((post.platform, post.handle), post.handle))
        if not post.copy_group:
            keys[post.post_id] = own
            continue
        earlier = counted.setdefault((post.copy_group, post.platform), [])
        moment = post.at.timestamp()
        if earlier and moment - earlier[-1][0] <= same_moment_seconds and earlier[-1][1] != own:
            keys[post.post_id] = earlier[-1][1]
            continue
        earlier.append((moment, own))
        keys[post.post_id] = own
    return keys


class VoiceCounter:
    """Distinct voices of a changing set of posts. Adding and taking away cost next to nothing.

    Within one group of copies only the platform with most voices speaks (ties: the name that sorts first).
    """

    __slots__ = ("_groups", "_keys", "_shared", "_spoken")

    def __init__(self, keys: dict[int, VoiceKey], shared: frozenset[int]) -> None:
        self._keys = keys
        self._shared = shared  # groups of copies with posts on more than one platform
        self._spoken: dict[VoiceKey, int] = {}
        self._groups: dict[int, tuple[dict[str, dict[VoiceKey, int]], list[str]]] = {}

    def __len__(self) -> int:
        return len(self._spoken)

    def change(self, post: SeenPost, by: int) -> None:
        """Add (`by=1`) or take away (`by=-1`) a post that has a voice."""
        key = self._keys[post.post_id]
        group = post.copy_group
        if group not in self._shared:
            _count(self._spoken, key, by)
            return
        platforms, chosen = self._groups.setdefault(group, ({}, [""]))
        platform = key[0]
        voices = platforms.setdefault(platform, {})
        known = len(voices)
        _count(voices, key, by)
        if len(voices) == known:
            return
        if platform == chosen[0]:
            _count(self._spoken, key, by)
        best = min(platforms, key=lambda name: (-len(platforms[name]), name == "", name))
        if best != chosen[0]:
            for old in platforms.get(chosen[0], {}):
                _count(self._spoken, old, -1)
            for new in platforms[best]:
                _count(self._spoken, new, 1)
            chosen[0] = best


def _count(counts: dict[VoiceKey, int], key: VoiceKey, by: int) -> None:
    left = counts.get(key, 0) + by
    if left > 0:
        counts[key] = left
    else:
        counts.pop(key, None)


def shared_groups(posts: Iterable[SeenPost]) -> frozenset[int]:
    """Groups of copies whose posts stand on more than one platform (nobody named counts as a platform of its own)."""
    first: dict[int, str] = {}
    shared: set[int] = set()
    for post in posts:
        if not post.copy_group:
            continue
        platform = post.platform if post.handle else ""
        if first.setdefault(post.copy_group, platform) != platform:
            shared.add(post.copy_group)
    return frozenset(shared)


def voices(posts: Sequence[SeenPost], *, same_moment_seconds: int = 60) -> int:
    """Number of voices in these posts (only relevant public ones speak)."""
    speaking = [p for p in posts if p.voice_kind == "public" and not p.is_repost and p.relevant]
    keys = voice_keys(speaking, same_moment_seconds=same_moment_seconds)
    counter = VoiceCounter(keys, shared_groups(speaking))
    for post in speaking:
        counter.change(post, 1)
    return len(counter)


class SlidingVoices:
    """Voices in windows that end at a moment and slide forward; windows may differ by list (quiet and busy sources)."""

    __slots__ = ("_counter", "_high", "_low", "_lists", "_make")

    def __init__(self, lists: Sequence[Sequence[SeenPost]], keys: dict[int, VoiceKey], shared: frozenset[int]) -> None:
        self._lists = lists
        self._make = (keys, shared)
        self._counter = VoiceCounter(keys, shared)
        self._low = [0] * len(lists)
        self._high = [0] * len(lists)

    def count(self, ranges: Sequence[tuple[int, int]]) -> int:
        """Voices of `lists[i][low:high]` for each range. Ranges that only move forward cost what they move."""
        if any(low < self._low[i] or high < self._high[i] for i, (low, high) in enumerate(ranges)):
            self._counter = VoiceCounter(*self._make)
            self._low = [low for low, _ in ranges]
            self._high = list(self._low)
        counter = self._counter
        for i, (low, high) in enumerate(ranges):
            posts = self._lists[i]
            if low >= self._high[i]:
                for index in range(self._low[i], self._high[i]):
                    counter.change(posts[index], -1)
                self._low[i] = self._high[i] = low
            for index in range(self._high[i], high):
                counter.change(posts[index], 1)
            for index in range(self._low[i], low):
                counter.change(posts[index], -1)
            self._low[i], self._high[i] = low, high
        return len(counter)
