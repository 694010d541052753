"""存为常用: one's own searches by name, and what came in since one looked."""

from collections.abc import Callable

import pytest
from django.test import Client

from analysis.services.reading import read_posts
from crawlers.models import Post
from office.models import AccessLog, User
from reports.models import SavedSearch
from tests.console.conftest import NIGHT
from tests.console.night import Night

SignIn = Callable[[User], Client]


def another(text: str) -> Post:
    """A post that comes in now and is read."""
    row = Post.objects.filter(voice="public").latest("pk")
    row.pk, row.text, row.address_key, row.step, row.copy_of = None, text, None, 0, None
    row.text_key = f"fresh-{text}"[:64]
    row._state.adding = True
    row.save()
    read_posts(at=NIGHT)
    return row


@pytest.fixture
def mine(desk: Night, sign_in: SignIn) -> Client:
    return sign_in(desk.people["lizhuo"])


def save(client: Client, address: str = "q=暖气&voice=public", name: str = "供热") -> str:
    """The page after a search was saved."""
    return client.post(f"/search/saved/?{address}", {"name": name}, follow=True).content.decode()


def test_a_search_is_saved_by_name_listed_and_taken_away(mine: Client) -> None:
    assert "存为常用" in mine.get("/search/?q=暖气").content.decode()
    assert "已存为常用“供热”" in save(mine, "q=暖气&voice=public&page=2&after=7")
    row = SavedSearch.objects.get()
    assert row.address == "q=%E6%9A%96%E6%B0%94&voice=public"  # neither the page nor what was new then
    words = mine.get("/search/").content.decode()
    assert f'href="?{row.address.replace("&", "&amp;")}&amp;saved={row.pk}"' in words
    assert "已去掉" in mine.post(f"/search/saved/{row.pk}/drop/", follow=True).content.decode()
    assert not SavedSearch.objects.exists()


def test_only_what_came_in_since_one_looked_is_new(mine: Client) -> None:
    save(mine)
    row = SavedSearch.objects.get()
    address = f"/search/?{row.address}&saved={row.pk}"
    assert mine.get(address).context["opened"].count == 0
    fresh = another("暖气又凉了，谁来管一管")
    another("公园的花开了")
    page = mine.get(address)
    assert page.context["opened"].count == 1
    link = page.context["opened"].fresh
    assert mine.get(address).context["opened"].count == 0  # he has looked
    only = mine.get(f"/search/{link}")  # the link of the page he had open still shows them
    assert [post.pk for post in only.context["posts"]] == [fresh.pk]
    assert "只看新到" in only.content.decode()
    row.refresh_from_db()
    assert row.seen_post == Post.objects.latest("pk").pk
    assert AccessLog.objects.filter(kind="search", what__contains="暖气").count() >= 3


def test_a_narrower_look_counts_as_none_and_nothing_new_finds_nothing(mine: Client) -> None:
    save(mine)
    row = SavedSearch.objects.get()
    another("暖气又凉了，谁来管一管")
    narrower = mine.get(f"/search/?{row.address}&saved={row.pk}&sentiment=positive")
    assert narrower.context["opened"] is None
    assert mine.get(f"/search/?{row.address}&saved={row.pk}").context["opened"].count == 1
    last = Post.objects.latest("pk").pk
    assert mine.get(f"/search/?q=暖气&after={last}").context["posts"] == []


@pytest.mark.parametrize(
    ("address", "name", "said"),
    [
        ("q=暖气", "  ", "起个名字"),
        ("q=暖气", "字" * 21, "至多 20 个字"),
        ("", "全部", "还没有写条件"),
        ("q=暖气&unknown=" + "长" * 1500, "太长", "条件太长"),
    ],
)
def test_what_can_not_be_saved_is_said(mine: Client, address: str, name: str, said: str) -> None:
    assert said in save(mine, address, name)
    assert not SavedSearch.objects.exists()


def test_a_name_stands_once_and_twelve_are_enough(mine: Client) -> None:
    save(mine)
    assert "已经有一个叫“供热”" in save(mine, "q=停水")
    for number in range(11):
        save(mine, f"q=停水{number}", f"停水{number}")
    assert "至多 12 个" in save(mine, "q=再来", "再来")
    assert SavedSearch.objects.count() == 12


def test_nobody_sees_or_drops_what_another_saved(mine: Client, desk: Night, sign_in: SignIn) -> None:
    save(mine)
    row = SavedSearch.objects.get()
    other = sign_in(desk.people["chenxi"])
    page = other.get(f"/search/?{row.address}&saved={row.pk}")
    assert page.context["opened"] is None and page.context["saved"] == []
    assert "这不是您存的" in other.post(f"/search/saved/{row.pk}/drop/", follow=True).content.decode()
    assert SavedSearch.objects.filter(pk=row.pk).exists()
