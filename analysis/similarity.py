"""Which posts are one text, and how near two posts stand in words. Pure: numpy and rjieba, no Django.

Copies. Two posts are one text when their sets of character 3-grams agree (Jaccard), or when one holds nearly all of
the other (containment: a repost wrapped in other words). To find candidates without reading every post, each text has
a few *copy keys*: the sixteen smallest hashes of its character 6-grams (a bottom-k sketch). They were chosen over
MinHash bands after a trial with a million rows (docs/measurements.md): the rows read for one post stay the same
however many posts there are, and wrapped texts are still found. MinHash-64 stays here for pairs without their texts.

Matters. A post becomes a short vector: half of it words (rjieba, two characters and more, title three times, the first
300 characters of the body), half of it pairs of characters of its headline, weighted by tf-idf; near means cosine.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.cutting import cut
from crawlers.canonical import nfkc

Hashes = npt.NDArray[np.uint64]
Signature = npt.NDArray[np.uint32]

SHINGLE = 3  # characters; what a set of a text is made of
KEY_SHINGLE = 6  # characters; long enough that a stock phrase seldom fills a key
COPY_KEYS = 16  # index rows per post
MIN_COPY_LENGTH = 12  # characters; below it only the address decides (rules.md 1)
COPY_JACCARD = 0.5  # technology.md 2: 5 % of characters changed keeps 0.97 of the pairs above it
# Of longer texts: keeps 0.98 with a tenth of the characters changed (bench/alike.py); two people who tell one thing in
# a short sentence each may agree as far as that.
LONG_COPY_JACCARD, LONG_COPY = 0.4, 24
COPY_CONTAINMENT = 0.8  # of the shorter text, for a text wrapped in other words
MIN_WRAPPED_LENGTH = 20  # characters the shorter text must have for containment to count
BODY = 300  # characters of the body that are read for words
TITLE_WEIGHT = 3
MAX_TERMS = 120
HEADLINE = 30  # characters of a text without title that stand for one
IDF_POWER = 1.5

_NOT_WRITTEN = re.compile(r"[\W_]+")
_MASK = np.uint64((1 << 63) - 1)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_STEP = np.uint64(1_000_003)


@lru_cache(maxsize=64)  # a post's text is asked for several times in a row
def plain(text: str) -> str:
    """Width and case folded, everything but letters, digits and Chinese characters dropped."""
    return _NOT_WRITTEN.sub("", nfkc(text).lower())


def shingles(text: str, size: int = SHINGLE) -> Hashes:
    """Sorted hashes (63 bit) of the distinct character n-grams of `plain(text)`; a shorter text is one n-gram."""
    written = plain(text)
    if not written:
        return np.empty(0, dtype=np.uint64)
    codes = np.frombuffer(written.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    width = min(size, len(codes))
    rows = len(codes) - width + 1
    values = np.zeros(rows, dtype=np.uint64)
    for i in range(width):
        values = values * _STEP + codes[i : i + rows]
    found = _mixed(values) & _MASK
    found.sort()
    fresh = np.empty(rows, dtype=bool)  # np.unique hashes first, which takes twice as long for a few hundred values
    fresh[0] = True
    np.not_equal(found[1:], found[:-1], out=fresh[1:])
    return np.asarray(found[fresh], dtype=np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """Spread by the finaliser of splitmix64, so that the smallest hashes are a fair sample."""
    mixed = values + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def copy_keys(text: str) -> list[int]:
    """At most `COPY_KEYS` keys (48 bit) of a text, for the index of copies; none for a text too short to compare."""
    if len(plain(text)) < MIN_COPY_LENGTH:
        return []
    return [int(key) >> 15 for key in shingles(text, KEY_SHINGLE)[:COPY_KEYS]]


# --- pairs without their texts --------------------------------------------------------------------------------------

SIGNATURE = 64
_FACTORS = _mixed(np.arange(1, SIGNATURE + 1, dtype=np.uint64)) | np.uint64(1)
_ADDENDS = _mixed(np.arange(1001, 1001 + SIGNATURE, dtype=np.uint64))


def signature(text: str) -> Signature:
    """MinHash of 64 values, shape (64,), of the text's 3-grams; all ones for an empty text."""
    grams = shingles(text)
    if not len(grams):
        return np.full(SIGNATURE, 0xFFFFFFFF, dtype=np.uint32)
    spread = (grams[:, None] * _FACTORS[None, :] + _ADDENDS[None, :]) >> np.uint64(32)
    return np.asarray(spread.min(axis=0), dtype=np.uint32)


def estimated_jaccard(one: Signature, other: Signature) -> float:
    """Share of equal values; standard error about 0.06 at one half."""
    return float(np.mean(one == other))


def bands(sign: Signature, count: int = 32) -> list[int]:
    """`count` keys (48 bit) of neighbouring values of a signature; two texts of one band are candidates."""
    rows = sign.reshape(count, SIGNATURE // count).astype(np.uint64)
    values = np.arange(count, dtype=np.uint64)
    for i in range(rows.shape[1]):
        values = _mixed(values * _STEP + rows[:, i])
    return [int(value) >> 16 for value in values]


# --- one text or not ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Likeness:
    """How much of two texts is the same; `copy` with the reason in words."""

    jaccard: float
    containment: float  # of the shorter in the longer
    copy: bool
    why: str


def jaccard(one: Hashes, other: Hashes) -> float:
    """Exact Jaccard of two sorted sets of hashes; 0 if either is empty."""
    if not len(one) or not len(other):
        return 0.0
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)


def containment(one: Hashes, other: Hashes) -> float:
    """Share of the smaller set that the larger holds; 0 if either is empty."""
    if not len(one) or not len(other):
        return 0.0
    return len(np.intersect1d(one, other, assume_unique=True)) / min(len(one), len(other))


@dataclass(frozen=True)
class Print:
    """What is kept of a text to hold it against others: its written length and the hashes of its 3-grams."""

    length: int
    grams: Hashes


def text_print(text: str) -> Print:
    """The print of a text; made once where one text is held against many."""
    return Print(len(plain(text)), shingles(text))


def same_text(one: str | Print, other: str | Print) -> Likeness:
    """Weighs two texts whole, whatever brought them together. Under twelve characters they are never one text."""
    first = text_print(one) if isinstance(one, str) else one
    second = text_print(other) if isinstance(other, str) else other
    shorter = min(first.length, second.length)
    alike, held = jaccard(first.grams, second.grams), containment(first.grams, second.grams)
    if shorter < MIN_COPY_LENGTH:
        return Likeness(alike, held, False, "文字太短，只看网址")
    if alike >= (LONG_COPY_JACCARD if shorter >= LONG_COPY else COPY_JACCARD):
        return Likeness(alike, held, True, f"文字相同部分 {alike:.0%}")
    if held >= COPY_CONTAINMENT and shorter >= MIN_WRAPPED_LENGTH:
        return Likeness(alike, held, True, f"一篇含另一篇的 {held:.0%}")
    return Likeness(alike, held, False, f"文字相同部分仅 {alike:.0%}")


# --- words of a post ------------------------------------------------------------------------------------------------

_SPOKEN = re.compile(r"[\u3400-\u9fff]|[a-z0-9]")


def words(text: str) -> dict[str, int]:
    """Words of two characters and more, in order, and how often each is there."""
    found = Counter(cut(nfkc(text).lower()))
    return {
        word: times
        for word, times in found.items()
        if len(word) >= 2 and ("\u3400" <= word < "\ua000" or _spoken(word))  # nearly all begin with such a character
    }


@lru_cache(maxsize=50_000)
def _spoken(word: str) -> bool:
    return _SPOKEN.search(word) is not None


class _Numbers(dict[str, int]):
    """Words and their numbers; cheaper than a cache that keeps count of what was asked last."""

    MOST = 100_000

    def __missing__(self, word: str) -> int:
        if len(self) >= self.MOST:
            self.clear()
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest()
        return self.setdefault(word, int.from_bytes(digest, "big"))


_numbers = _Numbers()


def term(word: str) -> int:
    """The word as a number of 32 bits, the same on every machine."""
    return _numbers[word]


def headline(title: str, text: str) -> str:
    """The title, or the beginning of a text that has none, without punctuation."""
    return plain(title) or plain(text[: 2 * HEADLINE])[:HEADLINE]


@dataclass(frozen=True)
class TermCounts:
    """How often a post tells each word, and each pair of neighbouring characters in its headline."""

    words: Mapping[int, int]
    pairs: Mapping[int, int]

    def terms(self) -> list[int]:
        """Every term once, in ascending order."""
        return sorted({*self.words, *self.pairs})


def term_counts(title: str, text: str) -> TermCounts:
    """The title's words three times, the first 300 characters of the body once; the pairs of the headline.

    The pairs are what holds names together that no dictionary knows (余易贷, 云开一品): cut into single characters
    they would be lost among the words.
    """
    counts = words("".join(text.split())[:BODY])
    for word, times in words(title).items():
        counts[word] = counts.get(word, 0) + TITLE_WEIGHT * times
    head = headline(title, text)
    pairs = Counter("#" + head[i : i + 2] for i in range(len(head) - 1))
    return TermCounts(_numbered(counts), _numbered(pairs))


def _numbered(counts: Mapping[str, int]) -> dict[int, int]:
    totals = dict(zip(map(_numbers.__getitem__, counts), counts.values(), strict=True))
    if len(totals) < len(counts):  # two words of one number
        totals = dict.fromkeys(totals, 0)
        for word, count in counts.items():
            totals[term(word)] += count
    return totals


Vector = dict[int, float]  # term -> weight, length 1, heaviest first


def vector(counts: TermCounts, documents: int, frequency: Mapping[int, int]) -> Vector:
    """Words and pairs, each part weighted by tf-idf and of the same length, together of length 1.

    `documents` is the number of posts the frequencies were counted over, `frequency` in how many a term occurs. The
    idf is raised to the power 1.5, so that names outweigh the words that every complaint has: on the real stream this
    and the pairs found 8 of 10 matters with topics of at most 13 posts, words alone 4 (bench/grouping.py).
    """
    parts = [_weighed(part, documents, frequency) for part in (counts.words, counts.pairs)]
    share = math.sqrt(sum(1 for part in parts if part))
    together: dict[int, float] = {}
    for part in parts:
        for number, weight in part:
            together[number] = together.get(number, 0.0) + weight / share
    heaviest = sorted([(-weight, number) for number, weight in together.items()])
    return {number: -weight for weight, number in heaviest}


def _weighed(counts: Mapping[int, int], documents: int, frequency: Mapping[int, int]) -> list[tuple[int, float]]:
    weighed = []
    for number, count in counts.items():
        idf = math.log((documents + 1) / (frequency.get(number, 0) + 1))
        if idf > 0:
            weighed.append((-count * idf**IDF_POWER, number))  # negative: heaviest first without a key
    weighed.sort()
    heaviest = weighed[:MAX_TERMS]
    length = math.sqrt(sum([weight * weight for weight, _ in heaviest]))
    return [(number, -weight / length) for weight, number in heaviest]


def cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Nearness of two vectors of length 1, 0 to 1."""
    if len(one) > len(other):
        one, other = other, one
    return sum([weight * other[number] for number, weight in one.items() if number in other])


def nearest_mean(one: Mapping[int, float], members: Iterable[Mapping[int, float]], nearest: int = 3) -> float:
    """Mean cosine of the three nearest members (fewer if there are fewer); 0 without members."""
    near = sorted((cosine(one, member) for member in members), reverse=True)[:nearest]
    return sum(near) / len(near) if near else 0.0


def packed(one: Vector) -> bytes:
    """A vector as bytes: terms (4 bytes each), then weights (2 bytes each)."""
    numbers = np.fromiter(one.keys(), dtype="<u4", count=len(one))
    weights = np.fromiter(one.values(), dtype="<f2", count=len(one))
    return numbers.tobytes() + weights.tobytes()


@lru_cache(maxsize=1024)  # some 11 MB; the posts a new one is held against are mostly those of the last ones
def unpacked(data: bytes) -> Mapping[int, float]:
    """The vector of `packed`, not to be changed. Raises ValueError for bytes that are none."""
    if len(data) % 6:
        raise ValueError(f"not a packed vector: {len(data)} bytes")
    count = len(data) // 6
    numbers = np.frombuffer(data, dtype="<u4", count=count)
    weights = np.frombuffer(data, dtype="<f2", offset=4 * count)
    return dict(zip(numbers.tolist(), weights.tolist(), strict=True))


# --- how common words are, before the service has read any ----------------------------------------------------------

SEED = Path(__file__).parent / "weights" / "idf.npz"


@dataclass(frozen=True)
class Seed:
    """In how many of `documents` labelled messages each term occurred (analysis/weights/train_idf.py)."""

    documents: int
    counts: Mapping[int, int]

    def frequency(self, numbers: Sequence[int]) -> dict[int, int]:
        """Counts of the terms asked for; terms never seen are left out."""
        return {number: self.counts[number] for number in self.counts.keys() & numbers}


def load_seed(path: Path = SEED) -> Seed:
    """Raises FileNotFoundError with what to do, ValueError for a file that is none of ours."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: restore it, or run analysis/weights/train_idf.py")
    with np.load(path) as stored:
        if int(stored["version"]) != 1:
            raise ValueError(f"{path} has version {stored['version']}, expected 1: run analysis/weights/train_idf.py")
        counts = dict(zip(stored["terms"].tolist(), stored["counts"].tolist(), strict=True))
        return Seed(int(stored["documents"]), counts)
