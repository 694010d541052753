"""The index of the embedded default: SQLite FTS5 in the same database, so a post and its index row are one transaction.

Tokens are pairs of neighbouring characters (units.py), so a word is the phrase of its pairs. The row id is the post's
number (docid.py): time order, spans and counts by class cost nothing but the walk along the hits, 30 to 110 ns each
(docs/measurements.md). No copy of the words is kept; letting go of a post needs its old words (SearchGone).
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.search import docid as numbers
from analysis.search import units
from analysis.search.conditions import ENTRY, bits, figures_of, inside
from analysis.search.crossing import crossed
from analysis.search.engine import Doc, Unit
from analysis.search.query import Cell, Figures, Query
from analysis.search.words import Term
from office.statements import fetch, run, run_many

INDEX = "analysis_searchindex"
_WRITE = f"INSERT INTO {INDEX} (rowid, words) VALUES (%s, %s)"
_FORGET = f"INSERT INTO {INDEX} ({INDEX}, rowid, words) VALUES ('delete', %s, %s)"
_ENTER = f"INSERT INTO {ENTRY} (docid, post, facets) VALUES (%s, %s, %s)"
_LEAVE = f"DELETE FROM {ENTRY} WHERE docid = %s"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The table that is walked, the name of its number, the condition and its values."""

    table: str
    number: str
    where: str
    values: tuple[int | str, ...]


class SqliteEngine:
    """See `engine.Engine`."""

    def newest(self, query: Query, *, start: int, count: int) -> list[int]:
        asked = _asked(query)
        rows = fetch(
            f"SELECT {asked.number} FROM {asked.table} WHERE {asked.where}"
            f" ORDER BY {asked.number} DESC LIMIT %s OFFSET %s",
            [*asked.values, count, start],
        )
        found = [int(number) for (number,) in rows]
        marks = ", ".join(["%s"] * len(found))
        posts = dict(fetch(f"SELECT docid, post FROM {ENTRY} WHERE docid IN ({marks})", found)) if found else {}
        return [int(posts[number]) for number in found if number in posts]

    def figures(self, query: Query) -> Figures:
        asked = _asked(query)
        low, bits = numbers.COUNTED
        # A list as text: grouping in the database sorts first, which takes five times as long.
        (told,) = fetch(
            f"SELECT json_group_array(({asked.number} >> {low}) & {(1 << bits) - 1})"
            f" FROM {asked.table} WHERE {asked.where}",
            asked.values,
        )[0]
        return figures_of(_listed(str(told)))

    def by_span(self, query: Query, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
        if not spans:
            return []
        asked = _asked(query)
        bounds = [(numbers.second(begin), numbers.second(end)) for begin, end in spans]
        # One walk, in the longest steps that the bounds fall on: days of one zone give quarters of an hour or more.
        step = math.gcd(*(moment for bound in bounds for moment in bound)) or 1
        (told,) = fetch(
            f"SELECT json_group_array(({asked.number} >> {numbers.SECOND}) / {step}) FROM {asked.table}"
            f" WHERE {asked.where} AND {asked.number} >= %s AND {asked.number} < %s",
            [*asked.values, min(begin for begin, _ in bounds) << numbers.SECOND,
             max(end for _, end in bounds) << numbers.SECOND],
        )[0]  # fmt: skip
        counts = _listed(str(told))
        return [sum(count for at, count in counts.items() if begin <= at * step < end) for begin, end in bounds]

    def crossed(self, query: Query, *, unit: Unit) -> dict[Cell, int]:
        asked = _asked(query)
        rows = fetch(f"SELECT {asked.number} FROM {asked.table} WHERE {asked.where}", asked.values)
        return crossed([int(number) for (number,) in rows], unit)

    def put(self, docs: Sequence[Doc]) -> None:
        run_many(_WRITE, [(doc.docid, _tokens(doc)) for doc in docs])
        run_many(_ENTER, [(doc.docid, doc.post, doc.facets) for doc in docs])

    def drop(self, docs: Sequence[Doc]) -> None:
        run_many(_FORGET, [(doc.docid, _tokens(doc)) for doc in docs])
        run_many(_LEAVE, [(doc.docid,) for doc in docs])

    def clear(self) -> None:
        run(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('delete-all')", [])
        run(f"DELETE FROM {ENTRY}", [])

    def squeeze(self, *, pages: int, begin: bool) -> bool:
        # A negative number first declares all parts due for merging; what follows merges, `pages` at a time.
        before = fetch("SELECT total_changes()")[0][0]
        run(f"INSERT INTO {INDEX} ({INDEX}, rank) VALUES ('merge', %s)", [-pages if begin else pages])
        return bool(fetch("SELECT total_changes()")[0][0] - before >= 2)

    def is_empty(self) -> bool:
        return not fetch(f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s LIMIT 1", [_quoted([units.EVERY])])


def _tokens(doc: Doc) -> str:
    return f"{units.tokens(doc.title, doc.text)} {doc.facets} {units.EVERY}"


def _asked(query: Query) -> _Asked:
    match = _match(query)
    # Inside a small set and without words the entries of the set are walked, not the index.
    walk_entries = query.within and match == _quoted([units.EVERY])
    joins, held, inner = inside(query)
    table, number = (f"{ENTRY} e{joins}", "e.docid") if walk_entries else (INDEX, "rowid")
    conditions: list[str] = list(held) if walk_entries else [f"{INDEX} MATCH %s"]
    values: list[int | str] = list(inner) if walk_entries else [match]
    if query.since is not None:
        conditions.append(f"{number} >= %s")
        values.append(numbers.first_of(query.since))
    if query.until is not None:
        conditions.append(f"{number} < %s")
        values.append(numbers.first_of(query.until))
    for low, mask, codes in bits(query):
        conditions.append(f"({number} >> {low}) & {mask} IN ({', '.join(map(str, codes))})")
    if query.within and not walk_entries:
        # The plus keeps the index walk outside: looking up each number of the set in it is slower by far.
        conditions.append(f"+{number} IN (SELECT e.docid FROM {ENTRY} e{joins} WHERE {' AND '.join(held)})")
        values += inner
    if fetch("SELECT 1 FROM analysis_searchgone LIMIT 1"):
        conditions.append(f"+{number} NOT IN (SELECT docid FROM analysis_searchgone)")
    return _Asked(table, number, " AND ".join(conditions) or "1", tuple(values))


def _match(query: Query) -> str:
    """The expression of FTS5. Made of tokens only; nothing typed is part of its grammar."""
    parts = [_any([_term(term) for term in group]) for group in query.words.every]
    parts += [_any([_quoted([units.facet(letter, name)]) for name in names]) for letter, names in query.names]
    if not parts:
        parts = [_quoted([units.EVERY])]
    whole = " AND ".join(parts)
    if query.words.none:
        whole = f"({whole}) NOT {_any([_term(term) for term in query.words.none])}"
    return whole


def _any(expressions: Sequence[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"({' OR '.join(expressions)})"


def _term(term: Term) -> str:
    row = units.pairs(list(term.units)) or [units.ONE + term.units[0].text]
    return _quoted(row) + (" *" if term.open_end else "")


def _quoted(row: Sequence[str]) -> str:
    return f'"{" ".join(row)}"'


def _listed(told: str) -> dict[int, int]:
    """How often each number stands in a list that the database wrote as JSON."""
    return Counter(json.loads(told))
