"""A stock of posts over and over: every row of it again by statements of the database, as posts of their own.

A copy has its own numbers, moments, hands and addresses; the words that many posts share stay, the rarer ones are
others, so that no post meets itself a hundred times. Copies inside the sixty days lie seconds apart among the first
posts, those before lie months back and are in no index of topics any more.
"""

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Model

from analysis.models import (
    CopyKey,
    Membership,
    PostVector,
    Reading,
    SearchEntry,
    TermCount,
    Topic,
    TopicDay,
    TopicTerm,
)
from analysis.search import docid, triggers, units
from analysis.search.sqlite import INDEX
from crawlers.models import Post, Snapshot
from office.statements import fetch, run, run_many

STRIDE = 20_000  # numbers apart
SECONDS = 2  # apart
DAYS = 70  # between one stretch of copies and the one before it
TOGETHER = 10  # copies in one statement
WORD = 7919 * 1_000_003  # what another word is away

_TABLES: dict[type[Model], str] = {
    model: model._meta.db_table for model in (Post, Snapshot, Reading, Topic, TopicDay, Membership)
}
_MOMENTS: dict[type[Model], tuple[str, ...]] = {
    Post: ("published_at", "fetched_at", "taken_at", "seen_at", "not_before"),
    Snapshot: ("fetched_at",),
    Reading: ("at",),
    Topic: ("first_post_at", "last_post_at", "episode_started_at", "previous_seen_at", "heat_at", "changed_at"),
    TopicDay: ("last_at",),
    Membership: ("at",),
}
_NUMBERS: dict[type[Model], tuple[str, ...]] = {
    Post: ("id", "copy_of_id"),
    Snapshot: ("id", "post_id"),
    Reading: ("id", "post_id"),
    Topic: ("id", "merged_into_id"),
    TopicDay: ("id", "topic_id"),
    Membership: ("id", "post_id", "topic_id"),
}
_KEYS = ("address_key", "text_key", "handle")


class Copies:
    """The first posts of the database as a stock to be copied; they must be all there is when this is made."""

    def __init__(self, *, common: int) -> None:
        self._lite = connection.vendor == "sqlite"
        self._have = 1
        self._last = {model: fetch(f"SELECT max(id) FROM {table}")[0][0] for model, table in _TABLES.items()}
        assert max(self._last.values()) < STRIDE
        self._words: list[tuple[int, str]] = []
        run("CREATE TABLE growth_common (term bigint PRIMARY KEY)", [])
        counts = TermCount._meta.db_table
        run(f"INSERT INTO growth_common SELECT term FROM {counts} WHERE posts > %s AND term >= 0", [common])
        run(f"CREATE TABLE growth_counts AS SELECT term, posts FROM {counts}", [])
        for name, model in (("entries", SearchEntry), ("keys", CopyKey), ("terms", TopicTerm), ("vectors", PostVector)):
            run(f"CREATE TABLE growth_{name} AS SELECT * FROM {model._meta.db_table}", [])
        if self._lite:
            self._words = [
                (number, f"{units.tokens(title, text)} {facets} {units.EVERY}")
                for number, facets, title, text in fetch(
                    "SELECT e.docid, e.facets, p.title, p.text FROM analysis_searchentry e"
                    " JOIN crawlers_post p ON p.id = e.post ORDER BY e.docid"
                )
            ]
        else:
            run(f"CREATE TABLE growth_words AS SELECT * FROM {INDEX}", [])

    def grow_to(self, times: int, *, window: int, base: int) -> None:
        """That many times the stock in all, at most `window` of them inside the sixty days."""
        if times <= self._have:
            self._settle()
            return
        triggers.take_down()  # nothing is to wait for the index: its rows are copied like the others
        if self._lite:
            for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-4000000", "wal_autocheckpoint=100000"):
                fetch(f"PRAGMA {pragma}")
        else:
            run("SET session_replication_role = replica", [])
        for first in range(self._have, times, TOGETHER):
            numbers = range(first, min(first + TOGETHER, times))
            with transaction.atomic():
                self._copy(numbers, window=window, base=base)
        self._count(times, window=window)
        self._have = times
        self._settle()

    def _copy(self, numbers: range, *, window: int, base: int) -> None:
        run("DROP TABLE IF EXISTS growth_copy", [])
        run("CREATE TABLE growth_copy (r bigint, off bigint, moved bigint, days bigint)", [])
        rows = [(r, base + r * STRIDE, (r % window) * SECONDS - r // window * DAYS * 86400, r // window * DAYS)
                for r in numbers]  # fmt: skip
        run_many("INSERT INTO growth_copy (r, off, moved, days) VALUES (%s, %s, %s, %s)", rows)
        for model in _TABLES:
            self._copy_model(model)
        other = f"(k.key + c.r * {WORD}) %% {1 << 48}"
        self._fill(CopyKey, {"key": f"CASE WHEN k.key %% 4 = 0 THEN k.key ELSE {other} END", "post": "k.post + c.off"},
                   "growth_keys k CROSS JOIN growth_copy c")  # fmt: skip
        self._fill(
            SearchEntry,
            {"docid": f"e.docid + c.moved * {1 << docid.SECOND}", "post": "e.post + c.off", "facets": "e.facets"},
            "growth_entries e CROSS JOIN growth_copy c",
        )
        young = "CROSS JOIN growth_copy c WHERE c.days = 0"
        self._fill(
            TopicTerm,
            {"term": "CASE WHEN w.term IS NULL THEN t.term + c.r * " + str(WORD) + " ELSE t.term END",
             "at": "t.at + c.moved", "post": "t.post + c.off"},
            f"growth_terms t LEFT JOIN growth_common w ON w.term = t.term {young}",
        )  # fmt: skip
        self._fill(PostVector, {"post": "v.post + c.off", "at": "v.at + c.moved", "terms": "v.terms"},
                   f"growth_vectors v {young}")  # fmt: skip
        if self._lite:
            for _, _, moved, _ in rows:
                far = moved << docid.SECOND if moved >= 0 else -(-moved << docid.SECOND)
                run_many(f"INSERT INTO {INDEX} (rowid, words) VALUES (%s, %s)",
                         [(number + far, words) for number, words in self._words])  # fmt: skip
        else:
            run(f"INSERT INTO {INDEX} (docid, words, terms) SELECT e.docid + c.moved * {1 << docid.SECOND}, e.words,"
                " e.terms FROM growth_words e CROSS JOIN growth_copy c", [])  # fmt: skip

    def _copy_model(self, model: type[Model]) -> None:
        columns: dict[str, str] = {}
        for field in model._meta.local_concrete_fields:
            name = str(field.column)
            columns[name] = f's."{name}"'
            if name in _NUMBERS[model]:
                columns[name] += " + c.off"
            elif name in _MOMENTS[model]:
                columns[name] = self._moved(columns[name])
            elif model is Post and name in _KEYS:
                columns[name] = self._keyed(columns[name])
            elif model is TopicDay and name == "day":
                columns[name] = "date(s.day, (-c.days) || ' days')" if self._lite else "s.day - c.days::int"
            elif model is Topic and name == "weigh_from":
                columns[name] = "NULL"
        self._fill(model, columns, f"{_TABLES[model]} s CROSS JOIN growth_copy c WHERE s.id <= {self._last[model]}")

    def _fill(self, model: type[Model], columns: Mapping[str, str], source: str) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        run(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(columns.values())} FROM {source}", [])

    def _moved(self, column: str) -> str:
        if self._lite:
            return f"datetime({column}, c.moved || ' seconds')"
        return f"{column} + make_interval(secs => c.moved)"

    def _keyed(self, column: str) -> str:
        number = "printf('%%06x', c.r)" if self._lite else "lpad(to_hex(c.r), 6, '0')"
        return f"CASE WHEN {column} = '' THEN '' ELSE {number} || substr({column}, 7) END"

    def _count(self, times: int, *, window: int) -> None:
        """Words everybody uses are counted as often as there are copies; the others once for each young copy."""
        counts = TermCount._meta.db_table
        # What was filed since the stock was made stays counted beside it.
        shared = "(term IN (SELECT term FROM growth_common) OR term = -1)"
        in_stock = f"(SELECT posts FROM growth_counts g WHERE g.term = {counts}.term)"
        run(f"UPDATE {counts} SET posts = posts + %s * {in_stock} WHERE {shared}", [times - self._have])
        for r in range(self._have, min(times, window)):
            run(
                f"INSERT INTO {counts} (term, posts) SELECT term + %s, posts FROM growth_counts"
                " WHERE term >= 0 AND term NOT IN (SELECT term FROM growth_common) ON CONFLICT DO NOTHING",
                [r * WORD],
            )

    def _settle(self) -> None:
        triggers.put_up()
        if self._lite:
            for pragma in ("foreign_keys=ON", "synchronous=NORMAL", "cache_size=-16000", "wal_autocheckpoint=1000"):
                fetch(f"PRAGMA {pragma}")
            fetch("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        run("SET session_replication_role = DEFAULT", [])
        for table in _TABLES.values():
            fetch(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        run("VACUUM (ANALYZE)", [])
        run("CHECKPOINT", [])
