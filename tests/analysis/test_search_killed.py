"""A search node killed as a machine that dies, in the middle of its work."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from analysis.search import Query, elastic, engine, node, node_index, parse, shown, standing
from analysis.services import outbox
from analysis.services.indexing import settle
from crawlers.models import Post
from tests.analysis.search_posts import AT, scattered
from tests.search_fixtures import own_node

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def test_a_node_killed_amid_its_filling_loses_nothing_and_doubles_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 50)
    with own_node() as killed:
        settings.SEARCH_URLS, settings.SEARCH_KIND = (killed.address,), "opensearch"
        settings.SEARCH_TIMEOUT = 30
        standing.forget()
        rows = scattered(300)
        settle(at=AT)
        assert outbox.send(at=AT, limit=100) == 100
        killed.stop(kill=True)
        assert outbox.send(at=AT) == 0
        Post.objects.filter(pk=rows[0].pk).update(text="改成了别的", title="")
        settle(at=AT)
        assert engine().newest(Query(parse("改成了别")), start=0, count=9) == [rows[0].pk]
        killed.start()
        outbox.send(at=LATER)
        standing.forget()
        assert not shown().why
        node.client().indices.refresh(index=node_index.alias())
        assert len(elastic.newest(Query(), start=0, count=1000, gone=())) == len(rows)
        assert elastic.newest(Query(parse("改成了别")), start=0, count=9, gone=()) == [rows[0].pk]
        assert outbox.verify(at=LATER)
    standing.forget()
