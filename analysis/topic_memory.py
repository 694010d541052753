"""Topics in memory: the `Store` of `analysis/grouping.py` for benches, tests and the command that groups a file.

The service never uses it: what it knows ends with it (design.md 4). Answers are those of the database store.
"""

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from analysis.grouping import INDEX_TERMS, Filed, Happening, Member, NewPost, TopicFacts
from analysis.similarity import Seed, Vector, load_seed, packed, unpacked
from analysis.titles import Telling, telling_of, title_of


class MemoryStore:
    """Files into dictionaries. `posts` of a topic, in order of time, is what callers read."""

    def __init__(self, seed: Seed | None = None) -> None:
        self._seed = seed or load_seed()
        self._documents = 0
        self._counts: Counter[int] = Counter()
        self._index: dict[int, list[tuple[datetime, int]]] = {}
        self._members: dict[int, Member] = {}
        self._at: dict[int, datetime] = {}
        self._told: dict[int, tuple[str, str]] = {}
        self._happenings: dict[int, Happening] = {}
        self.posts: dict[int, list[int]] = {}
        self.titles: dict[int, str] = {}

    def topic_of(self, post: int) -> int | None:
        member = self._members.get(post)
        return member.topic if member else None

    def frequency(self, terms: Sequence[int]) -> tuple[int, dict[int, int]]:
        known = self._seed.frequency(terms)
        for number in terms:
            if number in self._counts:
                known[number] = known.get(number, 0) + self._counts[number]
        return self._seed.documents + self._documents, known

    def posts_with(self, terms: Sequence[int], at: datetime, window: timedelta, newest: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number in terms:
            posts: list[int] = []
            for moment, post in reversed(self._index.get(number, [])):
                if moment < at - window or len(posts) == newest:
                    break
                if moment <= at + window:
                    posts.append(post)
            found[number] = posts
        return found

    def members(self, posts: Sequence[int]) -> list[Member]:
        return [self._members[post] for post in sorted(posts) if post in self._members]

    def newest_members(self, topic: int, count: int) -> list[Member]:
        return self.members(self.posts[topic][-count:])

    def topics(self, ids: Sequence[int]) -> dict[int, TopicFacts]:
        return {
            topic: TopicFacts(topic, len(posts), self._at[posts[-1]], False)
            for topic, posts in ((topic, self.posts[topic]) for topic in ids)
        }

    def happenings(self, topics: Sequence[int]) -> dict[int, list[Happening]]:
        return {
            topic: [self._happenings[post] for post in self.posts[topic] if post in self._happenings]
            for topic in topics
        }

    def open_topic(self, post: NewPost, title: str, at: datetime) -> int:
        topic = len(self.titles) + 1
        self.titles[topic], self.posts[topic] = title, []
        return topic

    def add(self, post: NewPost, topic: int, terms: Vector, filed: Filed, at: datetime) -> None:
        # As the database keeps them, so that the two stores answer alike.
        self._members[post.id] = Member(post.id, topic, unpacked(packed(terms)))
        self._at[post.id] = post.at
        if post.happening is not None:
            self._happenings[post.id] = post.happening
        self._told[post.id] = (post.title, post.text)
        self.posts[topic].append(post.id)
        self._sort(topic)
        for number in list(terms)[:INDEX_TERMS]:
            insort(self._index.setdefault(number, []), (post.at, post.id))

    def count(self, terms: Sequence[int]) -> None:
        self._documents += 1
        self._counts.update(terms)

    def join(self, survivor: int, gone: int, at: datetime) -> None:
        for post in self.posts.pop(gone):
            self._members[post] = Member(post, survivor, self._members[post].terms)
            self.posts[survivor].append(post)
        self._sort(survivor)

    def tellings(self, posts: Sequence[int]) -> dict[int, Telling]:
        return {post: telling_of("", *self._told[post], None) for post in sorted(posts)}

    def rename(self, topic: int, post: int) -> None:
        self.titles[topic] = title_of(*self._told[post])

    def _sort(self, topic: int) -> None:
        self.posts[topic].sort(key=lambda post: (self._at[post], post))
