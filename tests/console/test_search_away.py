"""检索 while its search node is away: the page answers from the database and says so."""

import socket

from django.test import Client
from pytest_django.fixtures import Settings

from analysis.search import standing
from analysis.services.indexing import settle
from tests.analysis.search_posts import AT
from tests.console.test_search import lead

__all__ = ["lead"]


def test_the_page_answers_and_says_that_the_node_is_away(lead: Client, settings: Settings) -> None:
    settle(at=AT)
    before = lead.get("/search/?q=停暖").content.decode()
    assert "检索节点" not in before
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.SEARCH_URLS = (f"http://127.0.0.1:{free.getsockname()[1]}",)
    standing.forget()
    page = lead.get("/search/?q=停暖")
    said = page.content.decode()
    assert page.status_code == 200
    assert '<mark class="hit">停暖' in said
    assert said.count("由数据库检索，结果不受影响") == 1
