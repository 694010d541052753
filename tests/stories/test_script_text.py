"""Text with script tags from a site is shown as text everywhere: pages of post, topic, lead, board, and the DOCX."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from analysis.models import Topic
from crawlers.models import Post, Source
from reports.models import Brief
from reports.services.brief import preview_docx, preview_html
from responses.models import Issue
from tests.people import Office, clock
from tests.stories.town import Town, sweep_all

Turn = Callable[[datetime], None]
TAG = "<script>alert('路灯')</script><img src=x onerror=alert(1)>"
TOLD = f"今早7点半白纸坊东街一栋居民楼着火{TAG}，3人遇难，到底怎么回事？"


@pytest.fixture
def told(office: Office, town: Town, turn: Turn) -> Issue:
    """A thread whose title and text show a script tag as words (`&lt;script&gt;` in the page), seen by the spider."""
    escaped = TOLD.replace("<", "&lt;").replace(">", "&gt;")
    town.say(f"白纸坊东街着火{TAG}", escaped, author=f"甲{TAG}", at=clock("09:00"))
    Source.objects.update(next_visit_at=clock("09:05"))
    turn(clock("09:06"))
    sweep_all()
    return Issue.objects.select_related("matter", "topic").get()


def test_the_words_arrive_whole_and_the_markup_of_the_page_does_not(told: Issue) -> None:
    post = Post.objects.get()
    assert "<script>" in post.text and "alert(" in post.text


def test_no_page_that_shows_crawled_text_runs_it(told: Issue, office: Office, client: Client) -> None:
    office.wang.must_change_password = False
    office.wang.save(update_fields=["must_change_password"])
    client.force_login(office.wang, backend="django.contrib.auth.backends.ModelBackend")
    addresses = [
        "/",
        "/leads/",
        f"/leads/{told.pk}/",
        f"/issues/{told.pk}/",
        "/issues/",
        "/topics/",
        f"/topics/{Topic.objects.get().pk}/",
        "/search/",
        f"/posts/{Post.objects.get().pk}/",
        "/notices/",
        f"/sources/{Source.objects.get(key='town-board').key}/",
    ]
    shown = 0
    for address in addresses:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page, address
        assert not re.search(r"<[^>]*\bonerror=", page), address
        shown += "&lt;script&gt;" in page
    assert shown >= 5


def test_the_brief_shows_it_as_words_in_the_docx_and_on_the_page(told: Issue, turn: Turn) -> None:
    turn(clock("08:01", day=18))
    sweep_all(only="briefs")
    brief = Brief.objects.get()
    assert "<script>" not in preview_html(brief)
    _, content = preview_docx(brief)
    with zipfile.ZipFile(io.BytesIO(content)) as paper:
        body = paper.read("word/document.xml").decode()
    assert "<script" not in body and "&lt;script&gt;" in body
