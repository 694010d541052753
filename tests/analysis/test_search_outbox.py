"""The search node follows the posts by an outbox, and searching goes on whatever happens to the node."""

import random
import socket
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from elasticsearch import Elasticsearch
from pytest_django.fixtures import Settings

from analysis.models import Reading, SearchEntry, SearchNode, SearchOutbox, SearchRefused
from analysis.search import Query, elastic, engine, node, node_index, node_writing, parse, shown, standing
from analysis.services import outbox
from analysis.services.indexing import rebuild, settle
from crawlers.models import Post
from tests.analysis.search_posts import AT, scattered, told, topic
from tests.search_fixtures import Index

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def found(line: str = "", **conditions: Any) -> list[int]:
    return engine().newest(Query(parse(line), **conditions), start=0, count=10_000)


def on_node(line: str = "") -> list[int]:
    """What the node itself holds, whoever answers just now."""
    raw().indices.refresh(index=node_index.alias())
    return elastic.newest(Query(parse(line)), start=0, count=10_000, gone=())


def raw() -> Elasticsearch:
    return node.client()


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def row() -> SearchNode:
    return SearchNode.objects.get()


# --- the outbox -------------------------------------------------------------------------------------------------------


def test_without_a_node_nothing_is_noted_for_one() -> None:
    one = told("停水三天")
    settle(at=AT)
    topic(one)
    Post.objects.filter(pk=one.pk).update(text="停电")
    settle(at=AT)
    assert outbox.send(at=AT) == 0
    assert not SearchOutbox.objects.exists()
    assert not SearchNode.objects.exists()
    assert not shown().why


def test_rows_stand_with_the_change_and_fall_with_it(search_node: Index) -> None:
    search_node.follow(at=AT)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        told("停水三天")
        settle(at=AT)
        assert SearchOutbox.objects.exists()
        raise ZeroDivisionError
    assert not SearchOutbox.objects.exists()


def test_a_post_is_sent_once_however_often_it_changed_and_its_topic_follows(search_node: Index) -> None:
    search_node.follow(at=AT)
    one = told("停水三天")
    settle(at=AT)
    matter = topic(one)
    Reading.objects.filter(post=one).update(klass="供电")
    settle(at=AT)
    assert SearchOutbox.objects.count() > 2
    search_node.follow(at=AT)
    assert not SearchOutbox.objects.exists()
    assert found("停水", topic=(matter.pk,), klass=("供电",)) == [one.pk]
    assert raw().count(index=node_index.alias())["count"] == 1


def test_a_corrected_time_moves_a_post_to_the_index_of_its_month(search_node: Index) -> None:
    one = told("停水三天")
    search_node.follow(at=AT)
    Post.objects.filter(pk=one.pk).update(seen_at=AT - timedelta(days=90))
    search_node.follow(at=AT)
    assert on_node("停水") == [one.pk]
    assert found("停水", until=AT - timedelta(days=80)) == [one.pk]


def test_a_writing_that_comes_late_changes_nothing(search_node: Index) -> None:
    one, two = told("停水三天"), told("停电")
    search_node.follow(at=AT)
    entries = {entry.post: entry for entry in SearchEntry.objects.all()}
    place = node_index.index_of(row().serving, entries[one.pk].docid)
    old = outbox._documents([entries[one.pk]])[one.pk]
    gone_place = node_index.index_of(row().serving, entries[two.pk].docid)
    gone = outbox._documents([entries[two.pk]])[two.pk]
    before = row().version
    Post.objects.filter(pk=one.pk).update(text="停暖两天")
    Reading.objects.filter(post=two).delete()
    Post.objects.filter(pk=two.pk).delete()
    search_node.follow(at=AT)
    late = [
        node_writing.Writing(place, one.pk, entries[one.pk].docid, old),
        node_writing.Writing(gone_place, two.pk, entries[two.pk].docid, gone),
    ]
    assert [sent.later for sent in node_writing.write(late, before)] == [True, True]
    assert (on_node("停水"), on_node("停暖"), on_node("停电")) == ([], [one.pk], [])


def test_who_hears_of_a_newer_writing_leaves_the_row_to_the_next_round(search_node: Index) -> None:
    one = told("停水三天")
    search_node.follow(at=AT)
    ahead = row().version + 5_000
    entry = SearchEntry.objects.get(post=one.pk)
    other = outbox._documents([entry])[one.pk] | {"title": "另一个先写"}
    node_writing.write([node_writing.Writing(node_index.index_of(row().serving, entry.docid), one.pk, 0, other)], ahead)
    Post.objects.filter(pk=one.pk).update(text="停暖两天")
    settle(at=AT)
    outbox.send(at=AT)
    assert SearchOutbox.objects.exists()
    search_node.follow(at=AT + timedelta(seconds=10))  # the number follows the clock
    assert not SearchOutbox.objects.exists()
    assert on_node("停暖") == [one.pk]


def test_one_refused_post_is_kept_aside_with_its_reason_and_the_others_go_in(search_node: Index) -> None:
    search_node.follow(at=AT)
    bad, good = told("停水三天", places=[{"name": "很长" * 20_000}]), told("停水")
    search_node.follow(at=AT)
    refused = SearchRefused.objects.get()
    assert (refused.post, refused.at) == (bad.pk, AT)
    assert "immense term" in refused.reason
    assert "places" in refused.reason
    assert "很长" not in refused.reason
    assert on_node("停水") == [good.pk]
    assert not SearchOutbox.objects.exists()
    Reading.objects.filter(post=bad).update(places=[])
    search_node.follow(at=AT)
    assert on_node("停水") == [bad.pk, good.pk] or on_node("停水") == [good.pk, bad.pk]
    assert not SearchRefused.objects.exists()


# --- the node away ----------------------------------------------------------------------------------------------------


def test_while_the_node_is_away_the_database_answers_and_afterwards_the_outbox_empties_by_itself(
    search_node: Index, settings: Settings
) -> None:
    one = told("停水三天")
    search_node.follow(at=AT)
    settings.SEARCH_URLS = (closed_port(),)
    assert found("停水") == [one.pk]
    assert "由数据库检索" in shown().why
    two = told("停水")
    settle(at=AT)
    outbox.send(at=AT)
    assert set(found("停水")) == {one.pk, two.pk}
    assert "连不上" in row().fault
    waits = []
    at = AT
    for _ in range(6):
        at = row().retry_at or at
        outbox.send(at=at - timedelta(seconds=1))
        assert row().retry_at == at, "not before its time"
        outbox.send(at=at)
        waits.append((row().retry_at - at).total_seconds())  # type: ignore[operator] # a failed round has one
    assert waits == [10, 20, 40, 60, 60, 60]
    assert row().failing_since == AT
    assert SearchOutbox.objects.count() == 1
    settings.SEARCH_URLS = (search_node.address,)
    standing.forget()
    outbox.send(at=at + timedelta(minutes=1))
    assert (row().failures, row().fault, SearchOutbox.objects.count()) == (0, "", 0)
    assert not shown().why
    assert set(on_node("停水")) == {one.pk, two.pk}


def test_a_second_node_answers_where_the_first_is_away(search_node: Index, settings: Settings) -> None:
    one = told("停水三天")
    settings.SEARCH_URLS = (closed_port(), search_node.address)
    search_node.follow(at=AT)
    assert (found("停水"), shown().why) == ([one.pk], "")


def test_a_node_that_is_far_behind_does_not_answer(search_node: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    search_node.follow(at=AT)
    monkeypatch.setattr(standing, "BEHIND", 2)
    rows = [told(f"停水{n}") for n in range(4)]
    settle(at=AT)
    assert "还没有跟上" in shown().why
    assert len(found("停水")) == len(rows)


def test_a_read_only_node_keeps_the_outbox_and_says_what_to_do(search_node: Index) -> None:
    search_node.follow(at=AT)
    one = told("停水三天")
    blocked = f"{node_index.alias()}-*"
    raw().indices.put_settings(index=blocked, settings={"index.blocks.read_only_allow_delete": True})
    settle(at=AT)
    outbox.send(at=AT)
    assert "只读" in row().fault
    assert "磁盘" in row().fault
    assert found("停水") == [one.pk]
    raw().indices.put_settings(index=blocked, settings={"index.blocks.read_only_allow_delete": None})
    search_node.follow(at=LATER)
    assert on_node("停水") == [one.pk]
    assert not SearchRefused.objects.exists()


def test_a_node_that_lost_its_index_is_filled_anew(search_node: Index) -> None:
    rows = scattered(30)
    search_node.follow(at=AT)
    former = row().serving
    raw().indices.delete(index=",".join(raw().indices.get_alias(index=f"{node_index.alias()}-*").body))
    assert len(found()) == len(rows), "the database answers"
    outbox.send(at=LATER)
    standing.forget()  # this process would wait 5 s before it asks the node again
    search_node.follow(at=LATER + timedelta(minutes=1))
    assert len(on_node()) == len(rows)
    assert row().serving != former


def test_a_node_that_lost_some_posts_is_found_out_and_filled_anew(search_node: Index) -> None:
    rows = scattered(30)
    search_node.follow(at=AT)
    assert outbox.verify(at=AT)
    raw().delete_by_query(index=node_index.alias(), query={"term": {"post": rows[0].pk}}, refresh=True)
    assert not outbox.verify(at=AT)
    assert len(found()) == len(rows)
    search_node.follow(at=LATER)
    assert len(on_node()) == len(rows)
    assert outbox.verify(at=LATER)


def test_where_no_node_is_named_any_more_nothing_is_noted(search_node: Index, settings: Settings) -> None:
    search_node.follow(at=AT)
    settings.SEARCH_URLS = ()
    told("停水")
    settle(at=AT)
    outbox.send(at=AT)
    told("停水")
    settle(at=AT)
    assert not SearchOutbox.objects.exists()
    assert not SearchNode.objects.exists()


def test_a_day_after_a_removal_the_node_rewrites_what_holds_it(search_node: Index) -> None:
    """A node lets go of the words themselves half a minute after the removal at the earliest: not waited for here."""
    rows = scattered(40)
    search_node.follow(at=AT)
    Reading.objects.filter(post=rows[0]).delete()
    Post.objects.filter(pk=rows[0].pk).delete()
    search_node.follow(at=AT)
    assert not outbox.expunge(at=AT + timedelta(hours=23))
    assert outbox.expunge(at=AT + timedelta(days=1))
    assert not outbox.expunge(at=AT + timedelta(days=2))
    assert len(on_node()) == len(rows) - 1


# --- a new generation -------------------------------------------------------------------------------------------------


def test_a_rebuilt_node_takes_its_place_while_searching_goes_on(
    search_node: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 40)
    rows = scattered(200)
    search_node.follow(at=AT)
    before, former = found("水"), row().serving
    seen: list[int] = []

    def meanwhile(done: int) -> None:
        seen.append(done)
        assert not shown().why, "the former generation answers"
        if len(seen) == 2:
            Post.objects.filter(pk=rows[0].pk).update(text="改成了别的", title="")
            told("后来的停水")
            settle(at=AT)
        elif row().filling:
            assert set(before) - {rows[0].pk} <= set(found("水"))

    assert outbox.rebuild(at=AT, told=meanwhile) >= 200
    search_node.follow(at=AT)
    assert row().serving not in ("", former)
    assert len(on_node()) == 201
    assert on_node("改成了别") == [rows[0].pk]
    assert found("后来的停水")
    names = raw().indices.get_alias(index=f"{node_index.alias()}-*").body
    assert all(row().serving in name for name in names), "nothing of the former is left"


def test_other_fields_make_a_new_generation_by_themselves(search_node: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    one = told("停水三天")
    search_node.follow(at=AT)
    former = row().serving
    monkeypatch.setattr(node_index, "rules", lambda: "others")
    assert "正在收入" in shown().why
    assert found("停水") == [one.pk]
    search_node.follow(at=AT)
    assert row().serving != former
    assert row().serving_rules == "others"
    assert found("停水") == [one.pk]


def test_an_index_of_the_database_made_anew_makes_the_node_s_anew(search_node: Index) -> None:
    rows = scattered(60)
    search_node.follow(at=AT)
    former = row().serving
    rebuild(at=AT)
    search_node.follow(at=AT)
    assert row().serving != former
    assert len(on_node()) == len(rows)


# --- the same answers -------------------------------------------------------------------------------------------------


def test_node_and_database_agree_in_ids_order_and_counts(search_node: Index, settings: Settings) -> None:
    rows = scattered(600, seed=8)
    rows += [told(f"停水的第{n}帖，4号{n}线", "GPS定位") for n in range(20)]
    topic(*rows[::9])
    search_node.follow(at=AT)
    dice = random.Random(3)
    spans = [(AT - timedelta(days=n + 1), AT - timedelta(days=n)) for n in range(14)]
    options: list[dict[str, Any]] = [
        {"klass": ("供水", "供电")}, {"klass": ("没有的",)}, {"sentiment": ("negative",)}, {"voice": ("public",)},
        {"relevant": True}, {"first": True}, {"street": ("月坛街道",)}, {"place": ("青槐路",)}, {"episode": 1},
        {"since": AT - timedelta(days=9)}, {"until": AT - timedelta(days=3)}, {"platform": ("a", "b")},
        {"posts": tuple(row.pk for row in rows[::7])},
    ]  # fmt: skip
    lines = [
        "",
        "水",
        "停水 或 暖气",
        "-的",
        "gp",
        "4号1",
        '"4号1"',
        "城区 -垃圾 -老人",
        "2019",
        "3.5 或 20*",
        "水，不",
    ]
    for _ in range(60):
        given: dict[str, Any] = {}
        for one in dice.sample(options, dice.randrange(4)):
            given |= one
        query = Query(parse(dice.choice(lines)), **given)
        answers = []
        for urls in ((search_node.address,), ()):
            settings.SEARCH_URLS = urls
            counts = engine().figures(query)
            answers.append(
                [
                    engine().newest(query, start=3, count=40),
                    *(list(by.items()) for by in (counts.klass, counts.voice, counts.sentiment)),
                    (counts.total, counts.first),
                    engine().by_span(query, spans),
                ]
            )
            assert not shown().why
        assert answers[0] == answers[1], query


# --- deep pages and large requests ------------------------------------------------------------------------------------


def test_pages_beyond_one_request_go_on_where_the_last_ended(
    search_node: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    scattered(120)
    search_node.follow(at=AT)
    whole = found()
    monkeypatch.setattr(elastic, "WINDOW", 7)
    assert found() == whole
    assert engine().newest(Query(), start=50, count=20) == whole[50:70]


def test_a_set_larger_than_a_node_takes_is_looked_up_in_the_database(search_node: Index) -> None:
    one = told("停水三天")
    search_node.follow(at=AT)
    assert found(posts=tuple(range(one.pk, one.pk + 70_000))) == [one.pk]
    assert not shown().why
