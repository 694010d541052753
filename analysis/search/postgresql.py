"""The index inside PostgreSQL: the same tokens in a tsvector under a GIN index, in the transaction of the posts.

A tsvector proves that every pair of a word stands in a post, not that they stand in order: it holds positions up to
16 383 only, and 256 of a lexeme. So the pairs are kept in order beside it (`words`), and a word of three characters and
more is looked up there once more among the few posts that have all its pairs. Numbers of posts: docid.py.
"""

import math
from collections.abc import Callable, Iterable, Sequence
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
TABLES = (
    f"CREATE TABLE {INDEX} (docid bigint NOT NULL PRIMARY KEY, words text NOT NULL, terms tsvector NOT NULL)",
    f"CREATE INDEX {INDEX}_terms ON {INDEX} USING gin (terms)",
)
LONGEST = 300  # characters of a lexeme; PostgreSQL takes 2046 bytes, and no query has a word of more than 200
ROOM = 900_000  # bytes of lexemes of one post; a tsvector ends at 1 MB, which no text that tells something comes near

Adding = Callable[[str, Iterable[int | str]], None]
_WRITE = f"INSERT INTO {INDEX} (docid, words, terms) VALUES (%s, %s, array_to_tsvector(%s::text[]))"
_ENTER = f"INSERT INTO {ENTRY} (docid, post, facets) VALUES (%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The table that is walked, the name of its number, the condition, its values, and whether words narrow it."""

    table: str
    number: str
    where: str
    values: tuple[int | str, ...]
    narrowed: bool


class PostgresEngine:
    """See `engine.Engine`."""

    def newest(self, query: Query, *, start: int, count: int) -> list[int]:
        asked = _asked(query)
        # The sum keeps the planner from walking all posts from the newest on until enough hits are met: 119 ms
        # against 0.14 for a rare word among 200 000 posts.
        order = f"{asked.number} + 0" if asked.narrowed else asked.number
        rows = fetch(
            f"SELECT {asked.number} FROM {asked.table} WHERE {asked.where} ORDER BY {order} DESC LIMIT %s OFFSET %s",
            [*asked.values, count, start],
        )
        found = [int(number) for (number,) in rows]
        marks = ", ".join(["%s"] * len(found))
        posts = dict(fetch(f"SELECT docid, post FROM {ENTRY} WHERE docid IN ({marks})", found)) if found else {}
        return [int(posts[number]) for number in found if number in posts]

    def figures(self, query: Query) -> Figures:
        asked = _asked(query)
        low, wide = numbers.COUNTED
        rows = fetch(
            f"SELECT ({asked.number} >> {low}) & {(1 << wide) - 1} AS key, count(*) FROM {asked.table}"
            f" WHERE {asked.where} GROUP BY 1 ORDER BY min({asked.number})",
            asked.values,
        )
        return figures_of({int(key): int(count) for key, count in rows})

    def by_span(self, query: Query, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
        if not spans:
            return []
        asked = _asked(query)
        bounds = [(numbers.second(begin), numbers.second(end)) for begin, end in spans]
        step = math.gcd(*(moment for bound in bounds for moment in bound)) or 1
        rows = fetch(
            f"SELECT ({asked.number} >> {numbers.SECOND}) / {step}, count(*) FROM {asked.table}"
            f" WHERE {asked.where} AND {asked.number} >= %s AND {asked.number} < %s GROUP BY 1",
            [*asked.values, min(begin for begin, _ in bounds) << numbers.SECOND,
             max(end for _, end in bounds) << numbers.SECOND],
        )  # fmt: skip
        return [sum(int(count) for at, count in rows if begin <= at * step < end) for begin, end in bounds]

    def crossed(self, query: Query, *, unit: Unit) -> dict[Cell, int]:
        asked = _asked(query)
        rows = fetch(f"SELECT {asked.number} FROM {asked.table} WHERE {asked.where}", asked.values)
        return crossed([int(number) for (number,) in rows], unit)

    def put(self, docs: Sequence[Doc]) -> None:
        run_many(_WRITE, [(doc.docid, *_kept(doc)) for doc in docs])
        run_many(_ENTER, [(doc.docid, doc.post, doc.facets) for doc in docs])

    def drop(self, docs: Sequence[Doc]) -> None:
        run_many(f"DELETE FROM {INDEX} WHERE docid = %s", [(doc.docid,) for doc in docs])
        run_many(f"DELETE FROM {ENTRY} WHERE docid = %s", [(doc.docid,) for doc in docs])

    def clear(self) -> None:
        run(f"DELETE FROM {INDEX}", [])
        run(f"DELETE FROM {ENTRY}", [])

    def squeeze(self, *, pages: int, begin: bool) -> bool:
        # Rows that went leave the disk by the server's own vacuum.
        return False

    def is_empty(self) -> bool:
        return not fetch(f"SELECT 1 FROM {INDEX} LIMIT 1")


def _kept(doc: Doc) -> tuple[str, list[str]]:
    """The pairs in order, a blank around each, and every token of the post once."""
    row = units.tokens(doc.title, doc.text).split()
    ordered = " ".join(token for token in row if not token.startswith(units.ONE))
    lexemes: dict[str, None] = {}
    room = ROOM
    for token in (*doc.facets.split(), *row):
        lexeme = token[:LONGEST]
        if lexeme in lexemes:
            continue
        room -= len(lexeme.encode())
        if room < 0:
            break
        lexemes[lexeme] = None
    return f" {ordered} ", list(lexemes)


def _asked(query: Query) -> _Asked:
    match = _match(query)
    walk_entries = query.within and not match and not query.words.none
    joins, held, inner = inside(query)
    table, number = (f"{ENTRY} e{joins}", "e.docid") if walk_entries else (INDEX, "docid")
    conditions: list[str] = []
    values: list[int | str] = []

    def add(condition: str, given: Iterable[int | str] = ()) -> None:
        conditions.append(condition)
        values.extend(given)

    if walk_entries:
        conditions, values = list(held), list(inner)
    elif match:
        add("terms @@ %s::tsquery", [match])
    for group in query.words.every:
        _in_order(group, add)
    for term in query.words.none:
        if len(_row(term)) > 1:
            add("NOT (terms @@ %s::tsquery AND strpos(words, %s) > 0)", [_term(term), _stretch(term)])
        else:
            add("NOT terms @@ %s::tsquery", [_term(term)])
    if query.since is not None:
        add(f"{number} >= %s", [numbers.first_of(query.since)])
    if query.until is not None:
        add(f"{number} < %s", [numbers.first_of(query.until)])
    for low, mask, codes in bits(query):
        add(f"({number} >> {low}) & {mask} IN ({', '.join(map(str, codes))})" if codes else "FALSE")
    if query.within and not walk_entries:
        add(f"{number} IN (SELECT e.docid FROM {ENTRY} e{joins} WHERE {' AND '.join(held)})", inner)
    if fetch("SELECT 1 FROM analysis_searchgone LIMIT 1"):
        add(f"{number} NOT IN (SELECT docid FROM analysis_searchgone)")
    return _Asked(table, number, " AND ".join(conditions) or "TRUE", tuple(values), bool(match))


def _in_order(group: Sequence[Term], add: Adding) -> None:
    """Hold the posts of a group to those that have one of its terms in order; nothing to do for single tokens."""
    if all(len(_row(term)) == 1 for term in group):
        return
    if len(group) == 1:
        add("strpos(words, %s) > 0", [_stretch(group[0])])
        return
    either = [f"(terms @@ %s::tsquery{' AND strpos(words, %s) > 0' if len(_row(term)) > 1 else ''})" for term in group]
    given = [value for term in group for value in ([_term(term), _stretch(term)][: 1 + (len(_row(term)) > 1)])]
    add(f"({' OR '.join(either)})", given)


def _match(query: Query) -> str:
    """What every hit must have, as a tsquery: each token quoted, so that nothing typed is part of its grammar."""
    parts = [_any([_term(term) for term in group]) for group in query.words.every]
    parts += [_any([_quoted(units.facet(letter, name)) for name in names]) for letter, names in query.names]
    return " & ".join(parts)


def _any(expressions: Sequence[str]) -> str:
    return f"({' | '.join(expressions)})"


def _row(term: Term) -> list[str]:
    return units.pairs(list(term.units)) or [units.ONE + term.units[0].text]


def _term(term: Term) -> str:
    row = [_quoted(token) for token in _row(term)]
    if term.open_end:
        row[-1] += ":*"
    return f"({' & '.join(row)})"


def _stretch(term: Term) -> str:
    """A term's pairs as they stand in `words`."""
    return f" {' '.join(_row(term))}{'' if term.open_end else ' '}"


def _quoted(token: str) -> str:
    return f"'{token[:LONGEST]}'"
