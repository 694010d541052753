"""Copies among posts in memory, for commands and benches: answers as `analysis/copies.py` gives from the database."""

from collections import Counter, deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from analysis.similarity import MIN_COPY_LENGTH, Print, copy_keys, plain, same_text, text_print

NEWEST = 20  # posts asked per key; a text copied a thousand times is still found through its newest copies
CANDIDATES = 8  # posts whose texts are held against this one
MIN_SHARED = 2  # keys; one shared key is a stock phrase


def whole(title: str, text: str) -> str:
    """What is compared: the text, or title and text where the text alone is too short."""
    return text if len(plain(text)) >= MIN_COPY_LENGTH else f"{title} {text}"


@dataclass
class CopyMemory:
    """Texts shown so far. What it holds of each: at most sixteen keys and the hashes of its 3-grams."""

    _of_key: dict[int, deque[int]] = field(default_factory=dict)
    _texts: list[tuple[Hashable, Print]] = field(default_factory=list)  # the root of its copies, and its print

    def shown(self, post: Hashable, title: str, text: str) -> Hashable | None:
        """The first post of the group that this one copies, or None. The post is remembered."""
        mine = whole(title, text)
        keys = copy_keys(mine)
        if not keys:
            return None
        compared = text_print(mine)
        root = self._first(keys, compared)
        for key in keys:
            self._of_key.setdefault(key, deque(maxlen=NEWEST)).append(len(self._texts))
        self._texts.append((post if root is None else root, compared))
        return root

    def found(self, title: str, text: str) -> Hashable | None:
        """As `shown`, but nothing is remembered."""
        mine = whole(title, text)
        return self._first(copy_keys(mine), text_print(mine))

    def _first(self, keys: list[int], compared: Print) -> Hashable | None:
        shared = Counter(other for key in keys for other in self._of_key.get(key, ()))
        needed = min(MIN_SHARED, len(keys))
        likeliest = sorted((o for o, n in shared.items() if n >= needed), key=lambda o: (-shared[o], o))[:CANDIDATES]
        return next((self._texts[o][0] for o in sorted(likeliest) if same_text(compared, self._texts[o][1]).copy), None)
