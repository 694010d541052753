"""Rows by plain SQL, for the few questions a replay asks five hundred times.

Building and compiling an ORM query of this size takes longer than SQLite needs to answer it; two years of briefs
have to be composed in two seconds. The SQL here is common to SQLite and PostgreSQL, values always travel as
parameters, and moments are written and read the way Django's own fields do it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from office import statements

_NAMED = re.compile(r"%\((\w+)\)s")


def fetch(sql: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a question; `%(name)s` stands for a value. Moments in the answer: see `moment`."""
    values = {
        name: connection.ops.adapt_datefield_value(value)
        if isinstance(value, date) and not isinstance(value, datetime)
        else statements.adapted(value)
        for name, value in given.items()
    }
    ordered, names = _by_place(sql)
    return statements.fetch(ordered, [values[name] for name in names])


@lru_cache(maxsize=64)
def _by_place(sql: str) -> tuple[str, tuple[str, ...]]:
    """The question with `%s` for every value, and the names of the values in that order."""
    return _NAMED.sub("%s", sql), tuple(_NAMED.findall(sql))


def records(
    sql: str, given: Mapping[str, Any], names: Iterable[str], *, moments: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Rows as dicts under `names`; those of `moments` as aware datetimes."""
    names, times = tuple(names), tuple(moments)
    found = [dict(zip(names, row, strict=True)) for row in fetch(sql, given)]
    for record in found:
        for name in times:
            record[name] = moment(record[name])
    return found


def moment(value: Any) -> datetime | None:
    """SQLite keeps moments as text without an offset, in UTC; PostgreSQL gives them aware."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    assert isinstance(value, datetime)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def listed(value: Any) -> list[Any]:
    """A JSON list: text in SQLite, already read in PostgreSQL."""
    if isinstance(value, str):
        value = json.loads(value) if value != "[]" else []
    return value if isinstance(value, list) else []
