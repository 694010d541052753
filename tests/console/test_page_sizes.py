"""Pages stay small and ask the database as often for a hundred cases more: every page of the desk."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from office.models import User
from tests.console import full_house
from tests.console.night import Night

pytestmark = pytest.mark.django_db

LARGEST = 150_000  # bytes of a page, without pictures and scripts


def test_every_page_is_small_and_asks_as_often_for_ten_cases_as_for_a_hundred(
    desk: Night, sign_in: Callable[[User], Client]
) -> None:
    full_house.fill(desk)
    full_house.more_cases(desk, range(1000, 1010))
    client = sign_in(desk.people["wangmin"])
    pages = {name: at for name, at in full_house.opened(desk).items() if name not in full_house.OUTSIDE}
    _seen(client, pages)  # what a browser or a page does once
    few = _seen(client, pages)
    full_house.more_cases(desk, range(1010, 1110))
    many = _seen(client, pages)
    grown = {name: (few[name][0], many[name][0]) for name in pages if few[name][0] != many[name][0]}
    assert grown == {}
    large = {name: size for name, (_, size) in many.items() if size > LARGEST}
    assert large == {}


def _seen(client: Client, pages: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Page -> queries, bytes."""
    found = {}
    for name, address in pages.items():
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        found[name] = (len(asked), len(answer.content))
    return found
