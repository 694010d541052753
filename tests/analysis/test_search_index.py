"""One query, one answer: what the index finds is what a plain scan of the texts finds, in every way posts can change.

The tests speak to the face of search alone, so that another index can be held to the same.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from analysis.models import Reading, SearchEntry, SearchGone, SearchPending
from analysis.search import Figures, Query, engine, parse, triggers
from analysis.search.units import searchable
from analysis.services import indexing
from analysis.services.indexing import index_posts, rebuild, settle, squeeze, waiting
from analysis.services.reading import read_posts
from crawlers.models import Post
from office.state import get_state
from office.statements import run
from tests.analysis.search_posts import AT, CHUNKS, post, scattered, told

pytestmark = pytest.mark.django_db


def found(line: str = "", **conditions: Any) -> list[int]:
    return engine().newest(Query(parse(line), **conditions), start=0, count=10_000)


def figures(line: str = "", **conditions: Any) -> Figures:
    return engine().figures(Query(parse(line), **conditions))


# --- posts that come, change and go -----------------------------------------------------------------------------------


def test_a_post_is_found_in_the_transaction_that_reads_it() -> None:
    row = post("青槐路停水三天", step=0)
    read_posts(at=AT)
    assert found("停水三") == [row.pk]
    assert waiting() == 0


def test_a_replay_indexes_nothing(settings: Any) -> None:
    settings.REPLAY = True
    post("青槐路停水三天", step=0)
    read_posts(at=AT)
    assert not SearchEntry.objects.exists()


def test_what_is_no_matter_of_search_moves_nothing() -> None:
    row = told("停水三天")
    settle(at=AT)
    row.likes = 7
    row.step = 2
    row.save()
    Reading.objects.filter(post=row).update(confidence=0.2)
    assert waiting() == 0


def test_a_transaction_that_fails_leaves_the_index_as_it_was() -> None:
    row = told("停水三天")
    settle(at=AT)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Reading.objects.filter(post=row).delete()
        Post.objects.filter(pk=row.pk).delete()
        told("停水")
        settle(at=AT)
        raise ZeroDivisionError
    assert found("停水") == [row.pk]


# --- the whole index --------------------------------------------------------------------------------------------------


def test_a_rebuilt_index_answers_the_same() -> None:
    scattered(400)
    settle(at=AT)
    before = {word: found(word) for word in ("水", "城区", "停水 -的", "gps")}
    heard: list[int] = []
    assert rebuild(at=AT, told=heard.append) == 400
    assert heard[-1] == 400
    assert {word: found(word) for word in before} == before


def test_the_triggers_stand_in_a_fresh_database() -> None:
    """A migration that remakes a table drops its triggers: it has to put them up again."""
    assert triggers.standing() == triggers.ALL.keys()


def test_new_rules_of_words_and_missing_triggers_make_everything_wait_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    row = told("停水三天")
    monkeypatch.setattr(indexing, "_checked", set())
    settle(at=AT)
    kept = get_state(indexing.RULES)
    triggers.take_down()
    Post.objects.filter(pk=row.pk).update(text="停电两天")  # nobody was told
    indexing._checked.clear()
    settle(at=AT)
    assert (found("停水"), found("停电")) == ([], [row.pk])
    assert triggers.standing() == triggers.ALL.keys()
    monkeypatch.setattr(indexing, "_rules", lambda: "others")
    indexing._checked.clear()
    settle(at=AT)
    assert found("停电") == [row.pk]
    assert get_state(indexing.RULES) == "others" != kept


def test_an_emptied_database_leaves_no_ghosts_in_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    told("停水三天")
    settle(at=AT)
    triggers.take_down()
    for model in (SearchEntry, SearchGone, SearchPending, Reading, Post):
        model.objects.all().delete()
    monkeypatch.setattr(indexing, "_checked", set())
    settle(at=AT)
    assert engine().is_empty()


@pytest.mark.embedded
def test_words_of_removed_posts_leave_the_disk() -> None:
    rows = scattered(300)
    secret = told("编号 zyxwvutsrq 停水")
    settle(at=AT)
    assert _on_disk("wvutsrq")
    Reading.objects.filter(post=secret).delete()
    Post.objects.filter(pk=secret.pk).delete()
    settle(at=AT)
    assert squeeze(at=AT) is False  # one of three hundred: not yet
    assert _on_disk("wvutsrq")
    assert squeeze(at=AT + timedelta(days=1)) is False
    assert not _on_disk("wvutsrq")
    assert len(found("-编号")) == len(rows)
    assert not get_state(indexing.REMOVED)


def _on_disk(letters: str) -> bool:
    """Whether the end of a word stands in the index's own pages (its beginning may be shared with its neighbour's)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM analysis_searchindex_data")
        return any(letters.encode() in bytes(block) for (block,) in cursor)


def test_chunks_are_of_every_kind() -> None:
    assert {searchable(chunk) for chunk in CHUNKS} >= {"gps", "地铁", "😡"}


@pytest.mark.embedded
def test_an_index_that_does_not_hold_what_it_should_let_go_of_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    gone, changed, kept = told("停水三天"), told("停电两天"), told("噪音一夜")
    settle(at=AT)
    run("INSERT INTO analysis_searchindex (analysis_searchindex) VALUES ('delete-all')", [])  # entries without words
    Reading.objects.filter(post=gone).delete()
    Post.objects.filter(pk=gone.pk).delete()
    settle(at=AT)
    assert (found("停水"), found("停电"), found("噪音")) == ([], [changed.pk], [kept.pk])
    run("INSERT INTO analysis_searchindex (analysis_searchindex) VALUES ('delete-all')", [])
    index_posts([changed.pk], at=AT)  # in the transaction of a reading, which must not fail for it
    settle(at=AT)
    assert (found("停电"), found("噪音")) == ([changed.pk], [kept.pk])
    assert caplog.text.count("made anew") == 2
