"""Which index this installation has: that of its database, and before it a search node where one is used."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection

from analysis.search import elastic, node
from analysis.search.engine import Doc, Engine, Unit
from analysis.search.faults import NodeFault
from analysis.search.postgresql import PostgresEngine
from analysis.search.query import Cell, Figures, Query
from analysis.search.sqlite import SqliteEngine
from analysis.search.standing import met, standing

Answer = TypeVar("Answer")
Posts = tuple[int, ...]


class NodeFirst:
    """Asks the search node, and the index of the database where the node can not answer.

    Written is the index of the database alone, in the transaction of the posts; the node follows by the outbox
    (analysis/services/outbox.py). See `engine.Engine`.
    """

    def __init__(self, own: Engine) -> None:
        self._own = own

    def newest(self, query: Query, *, start: int, count: int) -> list[int]:
        return self._either(
            query,
            lambda gone: elastic.newest(query, start=start, count=count, gone=gone),
            lambda: self._own.newest(query, start=start, count=count),
        )

    def figures(self, query: Query) -> Figures:
        return self._either(query, lambda gone: elastic.figures(query, gone=gone), lambda: self._own.figures(query))

    def by_span(self, query: Query, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
        return self._either(
            query, lambda gone: elastic.by_span(query, spans, gone=gone), lambda: self._own.by_span(query, spans)
        )

    def crossed(self, query: Query, *, unit: Unit) -> dict[Cell, int]:
        return self._either(
            query,
            lambda gone: elastic.crossed(query, unit=unit, gone=gone),
            lambda: self._own.crossed(query, unit=unit),
        )

    def put(self, docs: Sequence[Doc]) -> None:
        self._own.put(docs)

    def drop(self, docs: Sequence[Doc]) -> None:
        self._own.drop(docs)

    def clear(self) -> None:
        self._own.clear()

    def squeeze(self, *, pages: int, begin: bool) -> bool:
        return self._own.squeeze(pages=pages, begin=begin)

    def is_empty(self) -> bool:
        return self._own.is_empty()

    def _either(self, query: Query, first: Callable[[Posts], Answer], then: Callable[[], Answer]) -> Answer:
        now = standing()
        if now.why or elastic.too_many(query):
            return then()
        try:
            answer = first(now.gone)
        except NodeFault as fault:
            met(fault)
            return then()
        met(None)
        return answer


_ENGINES: dict[str, Engine] = {"sqlite": SqliteEngine(), "postgresql": PostgresEngine()}
_BEFORE: dict[str, Engine] = {vendor: NodeFirst(own) for vendor, own in _ENGINES.items()}


def engine() -> Engine:
    """The index in use."""
    return (_BEFORE if node.used() else _ENGINES)[connection.vendor]
