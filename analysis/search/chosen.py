"""Which index this installation has."""

from django.db import connection

from analysis.search.engine import Engine
from analysis.search.sqlite import SqliteEngine

_ENGINES = {"sqlite": SqliteEngine()}


def engine() -> Engine:
    """The index of the database in use."""
    return _ENGINES[connection.vendor]
