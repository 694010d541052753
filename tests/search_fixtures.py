"""A search node for tests: one for each worker process, a prefix of its own for each test."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from analysis.search import node, standing
from analysis.services import outbox
from analysis.services.indexing import settle
from tests import needs
from tests.gateways import search_node as gateway

_numbers = count(1)


@dataclass(frozen=True)
class Index:
    """An index under test: that of the database, or a node's (`address`)."""

    address: str = ""

    def follow(self, *, at: datetime, limit: int = 10_000) -> None:
        """Bring it up to the posts, as the sweep does, and make the node show what it has."""
        settle(at=at, limit=limit)
        if self.address:
            outbox.send(at=at, limit=4 * limit)
            node.client().indices.refresh(index=f"{settings.SEARCH_PREFIX}-*")
            assert not standing.shown().why  # else the database would be asked, and the test say nothing


@pytest.fixture(scope="session")
def running_node() -> Iterator[str]:
    """The address of a node; HUIYING_TEST_NODE names one that runs already."""
    if address := os.environ.get("HUIYING_TEST_NODE", ""):
        yield address
        return
    with own_node() as running:
        yield running.address


@contextmanager
def own_node() -> Iterator[gateway.Node]:
    """A node of the caller's own."""
    try:
        gateway.jars()
    except gateway.NoNode as error:
        needs.missing(str(error))
    with gateway.node() as running:
        yield running


@pytest.fixture
def search_node(running_node: str, settings: Settings) -> Iterator[Index]:
    """The node as this test's index; nothing of it is left behind."""
    settings.SEARCH_URLS = (running_node,)
    settings.SEARCH_KIND = "opensearch"
    settings.SEARCH_PREFIX = f"test-{os.getpid()}-{next(_numbers)}"
    settings.SEARCH_TIMEOUT = 30
    standing.forget()
    yield Index(running_node)
    standing.forget()
    for path in (f"{settings.SEARCH_PREFIX}-*", f"_index_template/{settings.SEARCH_PREFIX}-posts"):
        asked = urllib.request.Request(f"{running_node}/{path}", method="DELETE")
        try:
            urllib.request.urlopen(asked, timeout=30).close()
        except urllib.error.HTTPError as error:
            assert error.code == 404


@pytest.fixture(params=["database", "node"])
def index(request: pytest.FixtureRequest) -> Index:
    """Every index in turn: what a test says of one it says of all."""
    found: Index = request.getfixturevalue("search_node") if request.param == "node" else Index()
    return found
