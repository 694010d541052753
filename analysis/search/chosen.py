"""Which index this installation has."""

from django.db import connection

from analysis.search.engine import Engine
from analysis.search.postgresql import PostgresEngine
from analysis.search.sqlite import SqliteEngine

_ENGINES: dict[str, Engine] = {"sqlite": SqliteEngine(), "postgresql": PostgresEngine()}


def engine() -> Engine:
    """The index of the database in use."""
    return _ENGINES[connection.vendor]
