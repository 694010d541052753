"""Which topic a post belongs to, one post at a time. Pure: everything known is asked of a `Store`.

A post joins the topic whose three nearest posts have the best mean cosine, if that is at least 0.19; else it opens
one. A topic that has been silent asks for more, so that a theme that comes up every fortnight (noise at night,
kindergartens) does not swallow matters, while an incident that everybody tells of in a day stays one topic.
Only posts of the last 60 days are asked, and only through the terms that weigh most, so the work for one post does not
grow with the number of posts (docs/measurements.md). Two topics that began apart are joined when several posts of the
smaller fit the larger as well. Ties go to the smallest id. Nothing is clustered again as a whole.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from analysis.similarity import Vector, cosine, nearest_mean, term_counts, vector
from analysis.titles import TITLED_BY, Telling, most_typical, names_anew, standings, title_of

WINDOW = timedelta(days=60)  # a topic takes posts for so long after its last one (rules.md 2)
EPISODE_GAP = timedelta(days=14)  # without a post, it ends an episode (rules.md 2)
JOIN_AT = 0.19  # mean cosine of the three nearest posts; chosen on the real streams (bench/grouping.py)
SILENCE = 0.01  # more for every doubling of the days since the topic's last post: 0.03 after a week, 0.05 after a month
NEAREST = 3
INDEX_TERMS = 16  # heaviest terms of a post that lead to it; with 16 or all the same topics on the real stream
NEWEST = 64  # posts asked per term
CANDIDATES = 40  # posts compared whole
RIVALS = 3  # topics looked at for a joining
JOIN_SAMPLE, JOIN_AGAINST = 12, 40  # posts of the smaller topic, posts of the larger they are held against
JOIN_POSTS, JOIN_SHARE = 2, 0.34  # how many of the smaller topic must fit the larger
UNPLACED = 0.25  # mean cosine below which reports that share no place are two incidents
ONE_INCIDENT = 0.4  # mean cosine from which reports of unlike places or kinds are still one incident
# Kinds that no incident of another kind is told by; a blast, its fire, collapse and cuts are told by each other's.
ALONE = frozenset({"traffic", "crime", "crowd", "poisoning", "lift", "fall"})
RENAMED_AT = (3, 6, TITLED_BY)  # posts at which a topic's title is chosen again (analysis/titles.py)


@dataclass(frozen=True)
class Happening:
    """A current emergency as a post tells it: kind, main place as written, certain streets."""

    kind: str
    place: str
    streets: frozenset[str]


@dataclass(frozen=True)
class NewPost:
    """A post to be filed; `at` is its own moment (published, else fetched), aware. `authority`: official or media."""

    id: int
    at: datetime
    title: str
    text: str
    happening: Happening | None = None
    authority: bool = False


@dataclass(frozen=True)
class Member:
    """A filed post as the store knows it."""

    post: int
    topic: int
    terms: Mapping[int, float]


@dataclass(frozen=True)
class TopicFacts:
    """What filing needs of a topic; `size` is counted up to the last of `RENAMED_AT` at least.

    `frozen`: its issue is confirmed, or a person merged or split it: it takes posts, and nothing else is done to it.
    """

    id: int
    size: int
    last_at: datetime
    frozen: bool


@dataclass(frozen=True)
class Joined:
    """Two topics that proved to be one."""

    survivor: int
    gone: int


@dataclass(frozen=True)
class Filed:
    """Where a post went and why; `joined` tells of topics that became one by it."""

    post: int
    topic: int
    opened: bool
    similarity: float
    why: str
    joined: tuple[Joined, ...] = ()
    already: bool = False  # it had been filed before; nothing was changed


class Store(Protocol):
    """Where topics live. The database is the truth (`analysis/topic_store.py`); tests may use a small one in memory."""

    def topic_of(self, post: int) -> int | None:
        """The topic the post was filed in, or None."""

    def frequency(self, terms: Sequence[int]) -> tuple[int, dict[int, int]]:
        """How many posts were counted, and in how many of them each term occurred."""

    def posts_with(self, terms: Sequence[int], at: datetime, window: timedelta, newest: int) -> dict[int, list[int]]:
        """For each term the newest posts that lie within `window` of `at`."""

    def members(self, posts: Sequence[int]) -> list[Member]:
        """The posts that are filed, by id."""

    def newest_members(self, topic: int, count: int) -> list[Member]:
        """The newest posts of a topic, by id."""

    def topics(self, ids: Sequence[int]) -> dict[int, TopicFacts]:
        """Facts of the topics asked for."""

    def happenings(self, topics: Sequence[int]) -> dict[int, list[Happening]]:
        """What emergencies the newest posts of the topics tell of; a topic without one may be left out."""

    def open_topic(self, post: NewPost, title: str, at: datetime) -> int:
        """A new topic without posts; returns its id."""

    def add(self, post: NewPost, topic: int, terms: Vector, filed: Filed, at: datetime) -> None:
        """Writes the post's place, its vector and its index rows."""

    def count(self, terms: Sequence[int]) -> None:
        """Counts one more matter in which the terms occur."""

    def join(self, survivor: int, gone: int, at: datetime) -> None:
        """Moves every post of one topic to another."""

    def tellings(self, posts: Sequence[int]) -> dict[int, Telling]:
        """How the posts tell their matter, by post id."""

    def rename(self, topic: int, post: int) -> None:
        """Gives a topic the title of one of its posts (`title_of`)."""


def file_post(store: Store, post: NewPost, *, at: datetime) -> Filed:
    """Files one post; a post filed before stays where it is. `at` is the moment of filing, aware."""
    known = store.topic_of(post.id)
    if known is not None:
        return Filed(post.id, known, False, 1.0, "", already=True)
    counts = term_counts(post.title, post.text)
    documents, frequency = store.frequency(counts.terms())
    terms = vector(counts, documents, frequency)
    near = _without_others(store, post, _near_topics(store, post, terms))
    best = next(((score, facts) for score, facts in near if score >= needed(facts, post.at)), None)
    if best is None:
        topic = store.open_topic(post, title_of(post.title, post.text), at)
        opened = Filed(post.id, topic, True, 1.0, _why_alone(near, post.at))
        store.add(post, topic, terms, opened, at)
        # Only posts that open a topic are counted: a word that is in a hundred posts on one matter is still its name.
        store.count(counts.terms())
        return opened
    score, known_facts = best
    topic = known_facts.id
    filed = Filed(post.id, topic, False, score, f"与话题内最相近 {NEAREST} 帖用词相似度 {score:.2f}")
    store.add(post, topic, terms, filed, at)
    rivals = [rival.id for value, rival in near if rival.id != topic and value >= needed(rival, post.at)][:RIVALS]
    joined = _join_rivals(store, topic, rivals, at)
    if joined:
        topic = joined[-1].survivor
    if not known_facts.frozen:
        _name(store, topic, post, due=bool(joined) or known_facts.size + 1 in RENAMED_AT)
    return Filed(post.id, topic, False, score, filed.why, joined)


def file_into(store: Store, post: NewPost, topic: int, *, at: datetime) -> Filed:
    """Files a post in the topic that a person chose for its copies; a post filed before stays where it is."""
    known = store.topic_of(post.id)
    if known is not None:
        return Filed(post.id, known, False, 1.0, "", already=True)
    counts = term_counts(post.title, post.text)
    filed = Filed(post.id, topic, False, 1.0, "同文由人工归入本热点")
    store.add(post, topic, vector(counts, *store.frequency(counts.terms())), filed, at)
    return filed


def _name(store: Store, topic: int, post: NewPost, *, due: bool) -> None:
    """Chooses the topic's title where its turn has come, or where an authority speaks that names it better."""
    if not due and not post.authority:
        return
    members = store.newest_members(topic, TITLED_BY)
    tellings = store.tellings([member.post for member in members])
    ranks = standings(tellings)
    if due or (post.id in ranks and names_anew(post.id, ranks, tellings)):
        store.rename(topic, most_typical(members, ranks))


def needed(topic: TopicFacts, at: datetime) -> float:
    """The mean cosine that a topic asks of a post of the moment `at`."""
    silent = max(0.0, (at - topic.last_at) / timedelta(days=1))
    return JOIN_AT + SILENCE * math.log2(1 + silent)


def _near_topics(store: Store, post: NewPost, terms: Vector) -> list[tuple[float, TopicFacts]]:
    """Topics by mean cosine of their nearest posts, best first, ties by smallest id."""
    leading = list(terms)[:INDEX_TERMS]
    shared: Counter[int] = Counter()
    for number, posts in store.posts_with(leading, post.at, WINDOW, NEWEST).items():
        weight = round(terms[number] * terms[number] * 1_000_000)  # whole numbers: no sum depends on its order
        for other in posts:
            shared[other] += weight
    likeliest = sorted(shared, key=lambda other: (-shared[other], other))[:CANDIDATES]
    scores: dict[int, list[float]] = {}
    for member in store.members(sorted(likeliest)):
        scores.setdefault(member.topic, []).append(cosine(terms, member.terms))
    # A topic's mean cannot pass that of its best posts, so only topics within reach are asked for their size.
    reachable = [topic for topic, values in scores.items() if max(values) >= JOIN_AT]
    facts = store.topics(sorted(reachable))
    near = []
    for topic in reachable:
        size = max(1, min(NEAREST, facts[topic].size))
        best = sorted(scores[topic], reverse=True)[:size]
        near.append((sum(best) / size, facts[topic]))
    return sorted(near, key=lambda pair: (-round(pair[0], 9), pair[1].id))


def _join_rivals(store: Store, topic: int, rivals: list[int], at: datetime) -> tuple[Joined, ...]:
    if not rivals:
        return ()
    joined: list[Joined] = []
    facts = store.topics(sorted([topic, *rivals]))
    told = store.happenings(sorted([topic, *rivals]))
    for rival in rivals:
        if facts[topic].frozen or facts[rival].frozen:
            continue
        pairs = [(one, other) for one in told.get(topic, []) for other in told.get(rival, [])]
        if pairs and all(apart(one, other, 0.0) for one, other in pairs):
            continue
        if not _one_matter(store.newest_members(topic, JOIN_AGAINST), store.newest_members(rival, JOIN_AGAINST)):
            continue
        survivor, gone = min(topic, rival), max(topic, rival)
        store.join(survivor, gone, at)
        joined.append(Joined(survivor, gone))
        last = max(facts[topic].last_at, facts[rival].last_at)
        facts[survivor] = TopicFacts(survivor, facts[topic].size + facts[rival].size, last, False)
        told[survivor] = [*told.get(topic, []), *told.get(rival, [])]
        topic = survivor
    return tuple(joined)


def _without_others(
    store: Store, post: NewPost, near: list[tuple[float, TopicFacts]]
) -> list[tuple[float, TopicFacts]]:
    """Leaves out topics that tell only of other emergencies: two fires are two matters, however alike they are told."""
    if post.happening is None or not near:
        return near
    mine = post.happening
    told = store.happenings(sorted(facts.id for _, facts in near))
    return [
        (score, facts)
        for score, facts in near
        if not told.get(facts.id) or not all(apart(mine, other, score) for other in told[facts.id])
    ]


def apart(one: Happening, other: Happening, score: float) -> bool:
    """Whether two reports tell of two emergencies; `score` is how near their words are.

    Told of certain streets that differ, they are two. Told of places of which neither names the other (a road, a
    compound of the same street office), or of kinds that no single incident has, they are two unless their words are
    very near. Where one tells no place, its words must be nearer than those of a complaint.
    """
    if one.streets and other.streets and not one.streets & other.streets:
        return True
    if score >= ONE_INCIDENT:
        return False
    shared = one.place and other.place and (one.place in other.place or other.place in one.place)
    if not shared and (score < UNPLACED or (one.place and other.place)):
        return True
    return len({kind if kind in ALONE else "building" for kind in (one.kind, other.kind) if kind != "other"}) > 1


def _one_matter(one: Sequence[Member], other: Sequence[Member]) -> bool:
    """Whether several posts of the smaller topic, and a good share of it, fit the larger as well."""
    smaller, larger = (one, other) if len(one) <= len(other) else (other, one)
    sample = smaller[-JOIN_SAMPLE:]
    against = [member.terms for member in larger]
    fits = sum(nearest_mean(member.terms, against, NEAREST) >= JOIN_AT for member in sample)
    return fits >= min(JOIN_POSTS, len(sample)) and fits >= JOIN_SHARE * len(sample)


def _why_alone(near: Sequence[tuple[float, TopicFacts]], at: datetime) -> str:
    if not near:
        return f"近 {WINDOW.days} 日内没有相近的帖文"
    score, facts = near[0]
    return f"最相近的话题 {facts.id} 相似度 {score:.2f}，不足 {needed(facts, at):.2f}"


# --- episodes -------------------------------------------------------------------------------------------------------


def episodes(moments: Sequence[datetime]) -> list[int]:
    """The episode, from 1, of each moment of a topic; moments in ascending order."""
    numbers: list[int] = []
    for place, moment in enumerate(moments):
        if not place:
            numbers.append(1)
        else:
            numbers.append(numbers[-1] + (moment - moments[place - 1] > EPISODE_GAP))
    return numbers
