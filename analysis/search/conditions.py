"""What the indexes inside a database share: conditions that a post's number holds, small sets of posts, counts."""

from collections import Counter
from collections.abc import Mapping, Sequence

from analysis.search import docid as numbers
from analysis.search.labels import codes_of, names_of
from analysis.search.query import Figures, Query

ENTRY = "analysis_searchentry"


def codes(query: Query) -> dict[str, list[int]]:
    """Field -> codes that pass, of each condition that a number holds."""
    wanted: dict[str, list[int]] = {}
    for field, names in (("klass", query.klass), ("kind", query.kind)):
        if names:
            wanted[field] = codes_of(field, names)
    if query.sentiment:
        wanted["sentiment"] = [numbers.code(numbers.SENTIMENTS, name) for name in query.sentiment]
    if query.voice:
        wanted["voice"] = [numbers.VOICES.index(name) for name in query.voice if name in numbers.VOICES]
    if query.relevant is not None:
        wanted["relevant"] = [int(query.relevant)]
    if query.first or query.copies:
        wanted["first"] = [given for given, asked in ((1, query.first), (0, query.copies)) if asked]
    return wanted


def bits(query: Query) -> list[tuple[int, int, list[int]]]:
    """(lowest bit, mask, codes that pass) of each condition that a number holds."""
    return [(numbers.FIELDS[field][0], numbers.most(field), passing) for field, passing in codes(query).items()]


def inside(query: Query) -> tuple[str, list[str], list[int | str]]:
    """How entries (`e`) are held to a small set of posts: joins, each giving one row an entry, conditions, values."""
    conditions: list[str] = []
    values: list[int | str] = []
    joins = ""
    if query.topic is not None or query.episode is not None:
        joins += " JOIN analysis_membership m ON m.post_id = e.post"
    if query.topic is not None:
        conditions.append(f"m.topic_id IN ({_listed(query.topic)})")
    if query.episode is not None:
        conditions.append("m.episode = %s")
        values.append(query.episode)
    if query.copies_of is not None:
        joins += " JOIN crawlers_post c ON c.id = e.post"
        conditions.append("(c.copy_of_id = %s OR c.id = %s)")
        values += [query.copies_of, query.copies_of]
    if query.posts is not None:
        conditions.append(f"e.post IN ({_listed(query.posts)})")
    return joins, conditions, values


def _listed(keys: Sequence[int]) -> str:
    return ", ".join(str(int(key)) for key in keys) or "NULL"  # PostgreSQL refuses an empty list; nothing equals NULL


def figures_of(counts: Mapping[int, int]) -> Figures:
    """The figures from how often each `docid >> COUNTED & mask` stands among the hits."""
    low, _ = numbers.COUNTED

    def by(field: str, names: Mapping[int, str]) -> dict[str, int]:
        shift, mask = numbers.FIELDS[field][0] - low, numbers.most(field)
        summed: Counter[str] = Counter()
        for key, count in counts.items():
            summed[names.get(key >> shift & mask, "")] += count
        return dict(summed.most_common())

    first = numbers.FIELDS["first"][0] - low
    return Figures(
        total=sum(counts.values()),
        first=sum(count for key, count in counts.items() if key >> first & 1),
        klass=by("klass", names_of("klass")),
        voice=by("voice", dict(enumerate(numbers.VOICES))),
        sentiment=by("sentiment", dict(enumerate(numbers.SENTIMENTS))),
    )
