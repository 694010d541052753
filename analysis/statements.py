"""Plain SQL for the dozen statements that filing one post takes.

On SQLite Django's cursor costs 35 µs a statement (it rewrites every placeholder of the text again and again), which is
half of filing a post; here the rewritten text is kept and the driver is asked directly, inside Django's connection,
transaction and translation of errors. Other databases go through Django's cursor.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection

Row = tuple[Any, ...]


@lru_cache(maxsize=512)
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def fetch(sql: str, values: Sequence[Any]) -> list[Row]:
    """The rows of one statement, written with `%s` for its values."""
    found: list[Row]
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors:
            found = connection.connection.execute(_question_marks(sql), values).fetchall()
        return found
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    return found


def execute(sql: str, values: Sequence[Any]) -> int:
    """Runs one statement; returns how many rows it touched."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors:
            return int(connection.connection.execute(_question_marks(sql), values).rowcount)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def execute_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Runs one statement for each row of values."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors:
            connection.connection.executemany(_question_marks(sql), rows)
        return
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
