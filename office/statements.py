"""Queries that run once a post: built by the object layer, compiled once, run with new values each time.

Building a query costs the object layer one to two milliseconds, running it a tenth; a sweep that asks ten questions a
post would spend nine tenths of its time building the same ten statements again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from threading import local
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    FloatField,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    TextField,
    query,
)

Slot = int | str | datetime
Row = TypeVar("Row", bound=Model)
_related: Any = query.get_related_populators  # Any: the stubs are a Django ahead, where it takes one thing more
TOGETHER = 256  # keys or rows that one statement is asked for
_SOME_DAY = datetime(1901, 1, 1, tzinfo=UTC)


class Prepared:
    """`Prepared(build, topic=int, since=datetime)`: `build` gets one stand-in per slot and returns a `values_list`.

    Calling it with the slots' values gives the rows as tuples, converted as the object layer would. Slots must be
    compared by plain lookups (`=`, `>=`, …) or `startswith`; each may stand in several places, a text in one way.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **slots: type[Slot]) -> None:
        self._build = build
        self._slots = slots
        self._ready: tuple[str, str, list[str | None], list[Any], Any, Any] | None = None
        self._beginnings: frozenset[str] = frozenset()  # slots compared by `startswith`

    def __call__(self, **values: Slot) -> list[tuple[Any, ...]]:
        vendor = _wrapper().vendor
        if self._ready is None or self._ready[0] != vendor:
            self._ready = self._compile(vendor)
        _, sql, names, fixed, compiler, converters = self._ready
        given = {name: _adapted(value, vendor) for name, value in values.items()}
        for name in self._beginnings:
            given[name] = f"{connection.ops.prep_for_like_query(given[name])}%"
        params = [fixed[i] if name is None else given[name] for i, name in enumerate(names)]
        rows = fetch(sql, params)
        if not converters or not rows:
            return rows
        return [tuple(row) for row in compiler.apply_converters(rows, converters)]

    @property
    def compiler(self) -> Any:
        """The compiler of the statement, for who makes more of the rows. Only after a call."""
        assert self._ready is not None
        return self._ready[4]

    def _compile(self, vendor: str) -> tuple[str, str, list[str | None], list[Any], Any, Any]:
        stand_ins: dict[str, Slot] = {}
        for number, (name, kind) in enumerate(self._slots.items()):
            day = _SOME_DAY + timedelta(days=number)
            stand_ins[name] = day if kind is datetime else 987654321 + number if kind is int else f"\x01slot{number}"
        compiler: Any = self._build(**stand_ins).query.get_compiler("default")
        sql, params = compiler.as_sql()
        adapted = {_adapted(value, vendor): name for name, value in stand_ins.items()}
        beginnings = {f"{value}%": name for value, name in adapted.items() if isinstance(value, str)}
        self._beginnings = frozenset(beginnings[param] for param in params if param in beginnings)
        adapted |= beginnings
        names = [adapted.get(param) if isinstance(param, str | int | datetime) else None for param in params]
        missing = set(self._slots) - set(names)
        if missing:
            raise ValueError(f"slots without a place in the statement: {sorted(missing)}")
        converters = compiler.get_converters([column[0] for column in compiler.select])
        if vendor == "sqlite":
            for place, (_, column) in converters.items():
                if type(column.output_field) is DateTimeField:
                    converters[place] = [_aware], column
        return vendor, sql, names, list(params), compiler, converters


def _aware(value: Any, column: Any, wrapper: Any) -> Any:
    """SQLite's naive moment in UTC, as the object layer makes it, which looks up the settings for every value."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return wrapper.ops.convert_datetimefield_value(value, column, wrapper)


class PreparedRows(Generic[Row]):
    """`Prepared` for whole rows: `build` returns a query set of a model, with `select_related` and `only` as usual."""

    def __init__(self, build: Callable[..., QuerySet[Row, Row]], **slots: type[Slot]) -> None:
        self._values = Prepared(build, **slots)
        self._known: tuple[Any, Callable[[tuple[Any, ...]], Row]] | None = None  # a compiler, and what makes its rows

    def __call__(self, **values: Slot) -> list[Row]:
        found = self._values(**values)
        if not found:
            return []
        compiler = self._values.compiler
        if self._known is None or self._known[0] is not compiler:
            self._known = compiler, self._maker(compiler)
        return [self._known[1](value) for value in found]

    def _maker(self, compiler: Any) -> Callable[[tuple[Any, ...]], Row]:
        told, select = compiler.klass_info, compiler.select
        first, end = told["select_fields"][0], told["select_fields"][-1] + 1
        names = [column[0].target.attname for column in select[first:end]]
        related = _related(told, select, DEFAULT_DB_ALIAS)

        def made(value: tuple[Any, ...]) -> Row:
            row: Row = told["model"].from_db(DEFAULT_DB_ALIAS, names, value[first:end])
            for one in related:
                one.populate(value, row)
            return row

        return made


class PreparedAmong(Generic[Row]):
    """`PreparedRows` for the rows of many keys: `build` gets a list of keys for a plain `__in`.

    Compiled once for each power of two of keys; what is missing to one is filled up with the last key. Rows stand in
    the order of `build` within each `TOGETHER` keys.
    """

    def __init__(self, build: Callable[[list[int]], QuerySet[Row, Row]]) -> None:
        self._build = build
        self._ready: dict[int, PreparedRows[Row]] = {}

    def __call__(self, keys: Sequence[int]) -> list[Row]:
        found: list[Row] = []
        for first in range(0, len(keys), TOGETHER):
            part = keys[first : first + TOGETHER]
            size = 1 << (len(part) - 1).bit_length()
            if size not in self._ready:
                slots = {f"key{number}": int for number in range(size)}
                self._ready[size] = PreparedRows(lambda **given: self._build([*given.values()]), **slots)
            found += self._ready[size](**{f"key{n}": part[min(n, len(part) - 1)] for n in range(size)})
        return found


def add(row: Model, *, unless_there: bool = False) -> bool:
    """Insert a new row and give it its key, as `save(force_insert=True)` would, in a tenth of the time.

    `unless_there`: False, and nothing is written, where a row with one of its unique keys is there already.
    """
    sql, columns = _insertion(type(row), _wrapper().vendor, unless_there)
    found = fetch(sql, [taken(getattr(row, name)) for name, taken in columns])
    if not found:
        return False
    row.pk = found[0][0]
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS
    return True


def add_many(rows: Sequence[Row], *, by: Sequence[str]) -> list[Row]:
    """Insert new rows of one model, many a statement, and give them their keys.

    A row is left out where one with one of its unique keys is there already. Returns those written, in the order
    given. `by`: attributes, a number or a text each, by which the rows of this call differ.
    """
    written: list[Row] = []
    insert = _insert_told if _wrapper().vendor == "postgresql" else _insert_marked
    for part, found in insert(rows, tuple(by)):
        keys = {tuple(values): key for key, *values in found}
        for row in part:
            key = keys.get(tuple(getattr(row, name) for name in by))
            if key is not None:
                row.pk = key
                row._state.adding = False
                row._state.db = DEFAULT_DB_ALIAS
                written.append(row)
    return written


def _insert_marked(rows: Sequence[Row], by: tuple[str, ...]) -> Iterator[tuple[Sequence[Row], list[tuple[Any, ...]]]]:
    """By one mark a value; the numbers of rows are powers of two, so that few different statements stay prepared."""
    first = 0
    while first < len(rows):
        size = min(TOGETHER >> 2, 1 << ((len(rows) - first).bit_length() - 1))
        part = rows[first : first + size]
        first += size
        sql, columns = _insertion(type(part[0]), "sqlite", True)
        mark = f"({','.join(['%s'] * len(columns))})"
        sql = sql.replace(mark, ",".join([mark] * size), 1) + _told_columns(type(part[0]), by)
        yield part, fetch(sql, [taken(getattr(row, name)) for row in part for name, taken in columns])


def _insert_told(rows: Sequence[Row], by: tuple[str, ...]) -> Iterator[tuple[Sequence[Row], list[tuple[Any, ...]]]]:
    """By one JSON text a statement: a value costs PostgreSQL's driver more than the row costs the server."""
    for first in range(0, len(rows), TOGETHER << 2):
        part = rows[first : first + (TOGETHER << 2)]
        meta = type(part[0])._meta
        fields = [field for field in meta.local_concrete_fields if not field.primary_key]
        columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
        told = [{str(field.column): getattr(row, field.attname) for field in fields} for row in part]
        sql = (
            f"INSERT INTO {meta.db_table} ({columns})"
            f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{meta.db_table}, %s)"
            f" ON CONFLICT DO NOTHING RETURNING {connection.ops.quote_name(str(meta.pk.column))}"
        )
        yield (
            part,
            fetch(sql + _told_columns(type(part[0]), by), [json.dumps(told, default=_in_json, ensure_ascii=False)]),
        )


Change = tuple[int, Mapping[str, Any], Mapping[str, Any]]


def change_many(model: type[Model], changes: Sequence[Change], *, only: str = "TRUE") -> None:
    """Change rows of one model: `(key, new values, values as they were read)`, by column and alike for all of them.

    A claim: a row that no longer has what was read, or that `only` (plain SQL) leaves out, stays as it is.
    """
    if not changes:
        return
    table, (_, new, old) = model._meta.db_table, changes[0]
    if _wrapper().vendor != "postgresql":
        sets, still = (", ".join(f"{name}=%s" for name in new), " AND ".join(f"{name}=%s" for name in ["id", *old]))
        rows = [[*map(adapted, to.values()), key, *map(adapted, was.values())] for key, to, was in changes]
        run_many(f"UPDATE {table} SET {sets} WHERE {still} AND {only}", rows)
        return
    types = {str(field.column): str(field.db_type(connection)) for field in model._meta.local_concrete_fields}
    columns = {"id": "bigint", **{name: types[name] for name in new}, **{f"was_{name}": types[name] for name in old}}
    told = [{"id": key, **to, **{f"was_{name}": value for name, value in was.items()}} for key, to, was in changes]
    still = " AND ".join([f"{table}.id = v.id", *(f"{table}.{name} = v.was_{name}" for name in old)])
    run(
        f"UPDATE {table} SET {', '.join(f'{name} = v.{name}' for name in new)}"
        f" FROM jsonb_to_recordset(%s) AS v({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
        f" WHERE {still} AND {only}",
        [json.dumps(told, default=_in_json, ensure_ascii=False)],
    )


@lru_cache(maxsize=64)
def _told_columns(model: type[Model], by: tuple[str, ...]) -> str:
    columns = {field.attname: str(field.column) for field in model._meta.local_concrete_fields}
    return "".join(f", {connection.ops.quote_name(columns[name])}" for name in by)


def _in_json(value: Any) -> str:
    """A moment to the microsecond; anything else a model's plain fields hold JSON knows by itself."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no column of add_many: {value!r}")


# Fields whose values every driver takes as they are.
_PLAIN = (BooleanField, CharField, FloatField, ForeignKey, IntegerField, TextField)


@lru_cache(maxsize=64)
def _insertion(
    model: type[Model], vendor: str, unless_there: bool
) -> tuple[str, tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """The statement, and for each value its attribute and what makes it ready for the database of `vendor`."""
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    assert meta.pk is not None
    sql = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({','.join(['%s'] * len(fields))})"
    sql += f"{' ON CONFLICT DO NOTHING' if unless_there else ''} RETURNING {quoted(str(meta.pk.column))}"
    return sql, tuple((field.attname, _taker(field, vendor)) for field in fields)


def _taker(field: "Field[Any, Any]", vendor: str) -> Callable[[Any], Any]:
    if isinstance(field, DateTimeField):
        return partial(_adapted, vendor=vendor)
    if isinstance(field, JSONField):
        return partial(_told, told=_wrapper().ops.adapt_json_value, encoder=field.encoder)
    if isinstance(field, _PLAIN):
        return _as_it_is
    return partial(field.get_db_prep_save, connection=connection)


def _told(value: Any, told: Callable[[Any, Any], Any], encoder: Any) -> Any:
    return None if value is None else told(value, encoder)


def _as_it_is(value: Any) -> Any:
    return value


def adapted(value: Any) -> Any:
    """The value as the driver takes it: a moment in the form of the database in use, anything else as it is."""
    return _adapted(value, _wrapper().vendor)


def _adapted(value: Any, vendor: str) -> Any:
    return _moment(value, vendor) if isinstance(value, datetime) else value


@lru_cache(maxsize=256)  # one sweep asks with the same few moments again and again
def _moment(value: datetime, vendor: str) -> Any:
    return _wrapper().ops.adapt_datetimefield_value(value)


def fetch(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of one plain statement (`%s` for a value), as the driver gives them; values as the driver takes them."""
    wrapper = _wrapper()
    if not _straight(wrapper):
        with wrapper.cursor() as cursor:
            cursor.execute(sql, values)
            return [tuple(row) for row in cursor.fetchall()]
    with wrapper.wrap_database_errors:
        found: list[tuple[Any, ...]] = wrapper.connection.execute(_marked(sql), values).fetchall()
    return found


def run(sql: str, values: Sequence[Any]) -> int:
    """Run one plain statement; moments are adapted to the database. Returns the number of rows it touched."""
    wrapper = _wrapper()
    values = [_adapted(value, wrapper.vendor) for value in values]
    if not _straight(wrapper):
        with wrapper.cursor() as cursor:
            cursor.execute(sql, values)
            return int(cursor.rowcount)
    with wrapper.wrap_database_errors:
        return int(wrapper.connection.execute(_marked(sql), values).rowcount)


def run_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one plain statement once per row of values."""
    wrapper = _wrapper()
    if not _straight(wrapper):
        with wrapper.cursor() as cursor:
            cursor.executemany(sql, rows)
        return
    with wrapper.wrap_database_errors:
        wrapper.connection.executemany(_marked(sql), rows)


_held = local()


def _wrapper() -> Any:
    """This thread's connection; Django's own look-up costs a third of a small statement."""
    try:
        return _held.wrapper
    except AttributeError:
        _held.wrapper = connections[DEFAULT_DB_ALIAS]
        return _held.wrapper


def let_go() -> None:
    """Forget this thread's connection: under an event loop Django gives the same thread another one."""
    vars(_held).clear()


def _straight(wrapper: Any) -> bool:
    """Whether the driver may be asked without Django's cursor, whose wrapping costs more than a small statement.

    Not where somebody listens (logged queries, wrappers of a test), and not on another database.
    """
    if wrapper.vendor != "sqlite" or wrapper.execute_wrappers or wrapper.queries_logged:
        return False
    if wrapper.connection is None:
        wrapper.ensure_connection()
    if wrapper.needs_rollback:
        wrapper.validate_no_broken_transaction()
    return True


@lru_cache(maxsize=1024)
def _marked(sql: str) -> str:
    """The statement with SQLite's marks; a per cent sign is written `%%`, as for every driver."""
    return sql.replace("%s", "?").replace("%%", "%")
