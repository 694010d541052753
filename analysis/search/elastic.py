"""Asking a search node, with exactly the answers of the indexes inside the databases.

Equal answers come from equal tokens. A node's own Chinese analyzer cuts and folds by rules of its own, another in each
version, so nothing is asked by it: the node gets the tokens units.py makes and cuts them at blanks. A word is then the
phrase of its pairs (`pairs`, with positions), one character is one keyword (`ones`), a name of a place, a unit or a
source one keyword (`names`). An open end is a prefix: of a keyword, or of the last pair of a phrase, where the node
must look at as many endings as there are (`ENDINGS`), since its default of 50 would leave posts out. The number of the
post (docid.py) gives the order, its second the spans, its counted bits the figures: sums are made here, as for the
databases.

A post that left the database, and of which the node is still to be told, is left out by every question (`gone`), and
what the node names is looked up in the database once more: what is not there is shown to nobody.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from analysis.models import SearchEntry
from analysis.search import docid as numbers
from analysis.search import node, node_index, units
from analysis.search.conditions import codes, figures_of
from analysis.search.engine import Unit
from analysis.search.query import Cell, Figures, Query
from analysis.search.words import Term

WINDOW = 10_000  # hits one request may reach; beyond it the walk goes on after the last number
ENDINGS = 1_000_000  # endings of an open word looked at
MOST_KEYS = 60_000  # numbers in one condition; a node takes 65 536

Condition = dict[str, Any]
# Newest first, of each hit its number alone, from the column: reading what is stored takes five times as long.
_NUMBERS: dict[str, Any] = {
    "sort": [{"docid": "desc"}],
    "docvalue_fields": ["post"],
    "stored_fields": "_none_",
    "track_total_hits": False,
}


def newest(query: Query, *, start: int, count: int, gone: Sequence[int]) -> list[int]:
    """See `engine.Engine.newest`. Raises NodeFault."""
    asked = condition(query, gone)
    found: list[int] = []
    after: list[int] | None = None
    while len(found) < start + count:
        size = min(start + count - len(found), WINDOW)
        words: dict[str, Any] = {"search_after": after} if after else {}
        rows = _search(query=asked, size=size, **_NUMBERS, **words)["hits"]["hits"]
        found += [int(row["fields"]["post"][0]) for row in rows]
        if len(rows) < size:
            break
        after = rows[-1]["sort"]
    page = found[start : start + count]
    held: set[int] = set()
    for at in range(0, len(page), 500):
        held.update(SearchEntry.objects.filter(post__in=page[at : at + 500]).values_list("post", flat=True))
    return [post for post in page if post in held]


def figures(query: Query, *, gone: Sequence[int]) -> Figures:
    """See `engine.Engine.figures`. Raises NodeFault."""
    asked = {
        "terms": {"field": "counted", "size": 1 << numbers.COUNTED[1]},
        "aggs": {"least": {"min": {"field": "docid"}}},
    }
    buckets = _counted(query, gone, {"by": asked})["by"]["buckets"]
    # Of equally frequent names the one whose first post is the oldest comes first, as in the databases.
    return figures_of({int(one["key"]): int(one["doc_count"]) for one in sorted(buckets, key=_least)})


def by_span(query: Query, spans: Sequence[tuple[datetime, datetime]], *, gone: Sequence[int]) -> list[int]:
    """See `engine.Engine.by_span`. Raises NodeFault."""
    if not spans:
        return []
    bounds = [{"from": numbers.second(begin), "to": numbers.second(end)} for begin, end in spans]
    filters = [{"range": {"second": {"gte": bound["from"], "lt": bound["to"]}}} for bound in bounds]
    told = _counted(query, gone, {"spans": {"filters": {"filters": filters}}})
    return [int(bucket["doc_count"]) for bucket in told["spans"]["buckets"]]


def crossed(query: Query, *, unit: Unit, gone: Sequence[int]) -> dict[Cell, int]:
    """See `engine.Engine.crossed`. Raises NodeFault."""
    moments = {"field": "at", "calendar_interval": unit, "time_zone": settings.TIME_ZONE}
    names = ({name: {"terms": {"field": name, "missing_bucket": True}}} for name in ("klass", "sentiment", "streets"))
    asked: Condition = {"size": 1000, "sources": [{"begin": {"date_histogram": moments}}, *names]}
    counts: dict[Cell, int] = {}
    while True:
        told = _counted(query, gone, {"cells": {"composite": asked}})["cells"]
        for bucket in told["buckets"]:
            key = bucket["key"]
            begin = timezone.localtime(datetime.fromtimestamp(key["begin"] / 1000, UTC))
            cell = Cell(begin, key["klass"] or "", key["sentiment"] or "", key["streets"] or "")
            counts[cell] = int(bucket["doc_count"])
        if "after_key" not in told:
            return counts
        asked["after"] = told["after_key"]


def condition(query: Query, gone: Sequence[int] = ()) -> Condition:
    """The query as the node reads it; nothing typed is part of its grammar."""
    must: list[Condition] = [_any([_term(term) for term in group]) for group in query.words.every]
    never: list[Condition] = [_term(term) for term in query.words.none]
    for letter, names in query.names:
        must.append({"terms": {"names": [units.facet(letter, name)[: node_index.LONGEST] for name in names]}})
    must += [{"terms": {f"code.{field}": wanted}} for field, wanted in codes(query).items()]
    if query.since is not None:
        must.append({"range": {"second": {"gte": numbers.second(query.since)}}})
    if query.until is not None:
        must.append({"range": {"second": {"lt": numbers.second(query.until)}}})
    if query.topic is not None:
        must.append({"terms": {"topic": list(query.topic)}})
    if query.episode is not None:
        must.append({"term": {"episode": query.episode}})
    if query.copies_of is not None:
        must.append(_any([{"term": {"copy_of": query.copies_of}}, {"term": {"post": query.copies_of}}]))
    if query.posts is not None:
        must.append({"terms": {"post": list(query.posts)}})
    if gone:
        never.append({"terms": {"post": list(gone)}})
    return {"bool": {"filter": must or [{"match_all": {}}], "must_not": never}}


def too_many(query: Query) -> bool:
    """Whether the query names a set larger than a node takes."""
    return max(len(query.posts or ()), len(query.topic or ())) > MOST_KEYS


def _term(term: Term) -> Condition:
    row = [token[: node_index.LONGEST] for token in units.pairs(list(term.units))]
    if not row:
        kind = "prefix" if term.open_end else "term"
        return {kind: {"ones": {"value": units.ONE + term.units[0].text}}}
    if len(row) == 1:
        return {"prefix" if term.open_end else "term": {"pairs": {"value": row[0]}}}
    if term.open_end:
        return {"match_phrase_prefix": {"pairs": {"query": " ".join(row), "max_expansions": ENDINGS}}}
    return {"match_phrase": {"pairs": " ".join(row)}}


def _any(either: list[Condition]) -> Condition:
    return either[0] if len(either) == 1 else {"bool": {"should": either, "minimum_should_match": 1}}


def _counted(query: Query, gone: Sequence[int], aggs: dict[str, Any]) -> Any:
    return _search(query=condition(query, gone), size=0, aggs=aggs, track_total_hits=False)["aggregations"]


def _search(**words: Any) -> Any:
    held = node.client()
    with node.told():
        # Half an answer is none: a part of the index that does not answer makes the whole request fail.
        return held.search(index=node_index.alias(), allow_partial_search_results=False, **words).body


def _least(bucket: Any) -> float:
    return float(bucket["least"]["value"])
