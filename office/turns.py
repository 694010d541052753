"""Whose turn it is: of the same sweep in several processes and on several machines, one runs at a time.

Claims by conditional update make a second run harmless where a row is the unit of work; filing, weighing and counting
are about many rows at once, and on SQLite the one write lock has always kept them apart. On PostgreSQL an advisory
lock does. It is held on a connection of its own, outside every transaction, so nothing waits for it; it goes with its
process, however that ends.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import local
from typing import Any

from django.db import DatabaseError, connection

SPACE = 0x4859  # the first half of our locks' numbers: "HY", so that no other user of the server meets them
_held = local()


@contextmanager
def turn(name: str) -> Iterator[bool]:
    """True while nobody else has the turn of that name; False at once where somebody has. Always True on SQLite."""
    if connection.vendor != "postgresql":
        yield True
        return
    line = _line()
    number = zlib.crc32(name.encode()) & 0x7FFFFFFF
    if not _told(line, "SELECT pg_try_advisory_lock(%s, %s)", number):
        yield False
        return
    try:
        yield True
    finally:
        if not line.closed:
            _told(line, "SELECT pg_advisory_unlock(%s, %s)", number)


def _told(line: Any, sql: str, number: int) -> bool:
    try:
        return bool(line.execute(sql, [SPACE, number]).fetchone()[0])
    except _driver().Error as error:
        line.close()
        raise DatabaseError(str(error)) from error


def _driver() -> Any:
    """psycopg, by way of the connection: it is loaded only where it is used."""
    wrapper: Any = connection
    return wrapper.Database


def _line() -> Any:
    """This thread's connection for turns; made anew where the server was restarted."""
    line = getattr(_held, "line", None)
    if line is not None and not line.closed and _held.name == connection.settings_dict["NAME"]:
        return line
    if line is not None:
        line.close()
    given = connection.get_connection_params()
    given = {key: value for key, value in given.items() if key not in ("pool", "cursor_factory", "context")}
    with connection.wrap_database_errors:
        _held.line = _driver().connect(**given, autocommit=True)
    _held.name = connection.settings_dict["NAME"]
    return _held.line
