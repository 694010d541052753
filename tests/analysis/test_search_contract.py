"""One query, one answer, whichever index: what it finds is what a plain scan of the texts finds, however posts change.

Every test runs on the index of the database and on a real search node.
"""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from analysis.models import Reading, SearchGone, SearchPending
from analysis.search import Cell, Figures, Query, engine, parse
from analysis.search.engine import Unit
from analysis.search.units import searchable
from crawlers.models import Post
from tests.analysis.search_posts import AT, read, scattered, source, told, topic
from tests.search_fixtures import Index

pytestmark = pytest.mark.django_db


def found(line: str = "", **conditions: Any) -> list[int]:
    return engine().newest(Query(parse(line), **conditions), start=0, count=10_000)


def figures(line: str = "", **conditions: Any) -> Figures:
    return engine().figures(Query(parse(line), **conditions))


# --- words -----------------------------------------------------------------------------------------------------------


FOUND = [
    ("城区", "西城区停水"),  # across the borders of words
    ("区停", "西城区停水"),
    ("水", "西城区停水"),
    ("西", "西城区停水"),
    ("西城区停水", "西城区停水"),
    ("青槐路福谊里小区一号楼今天停水没有人来管", "听说青槐路福谊里小区一号楼今天停水没有人来管呢"),
    ("GPS", "装了ＧＰＳ定位"),
    ("gp", "装了ＧＰＳ定位"),
    ("ＧＰＳ", "装了gps定位"),
    ("地铁", "地鐵停运"),
    ("12345", "打１２３４５没人接"),
    ("123", "打12345没人接"),
    ("3.5", "涨到3.5元"),
    ("4号线", "地铁4号线停运"),
    ("4号1", "地铁4号12线停运"),  # a phrase whose last word goes on
    ("停水，三天", "停水三天？不，停水、三天"),
    ('"停水 三天"', "停水！三天"),
    ("西城区", "西*城*区停水"),
    ("手机号", "打［手机号］没人接"),
    ("物业", "停水\n物业不管"),
    ("𠮷野", "𠮷野家"),
    ("カフェ", "新开的カフェ"),
    ("café", "Café 关门"),
    ("题", "正文"),
    ("a" * 40, "网址" + "a" * 1000 + "打不开"),  # a word longer than an index keeps
    ("打不开", "网址" + "b" * 1000 + "打不开"),
]


def test_is_found(index: Index) -> None:
    told("别的事情")
    rows = [told(text, "题") for _, text in FOUND]
    index.follow(at=AT)
    for (line, text), row in zip(FOUND, rows, strict=True):
        assert row.pk in found(line), (line, text)


NOT_FOUND = [
    ("停电", "停水"),
    ("停水三", "停水，三天"),  # a word does not reach over a sign
    ("停水、三天", "停水三天"),
    ("ps", "gps"),  # letters by their beginning only
    ('"gp"', "gps"),
    ('"4号1"', "地铁4号12线停运"),
    ("4号1", "地铁4号线1号口"),
    ("g", "gps"),
    ("3号楼", "13号楼"),
    ("水停", "停水停"[:2]),
    ("停水 物业", "停水"),
    ("停水 -物业", "停水物业"),
    ("-停水", "停水"),
]


def test_is_not_found(index: Index) -> None:
    rows = [told(text) for _, text in NOT_FOUND]
    index.follow(at=AT)
    for (line, text), row in zip(NOT_FOUND, rows, strict=True):
        assert row.pk not in found(line), (line, text)


def test_either_word_and_exclusion(index: Index) -> None:
    rows = [told(text) for text in ("供热", "停暖", "暖气", "停水")]
    index.follow(at=AT)
    assert set(found("供热 或 停暖 | 暖气")) == {row.pk for row in rows[:3]}
    assert found("-供热 -停暖 -暖气") == [rows[3].pk]
    assert set(found("供热 或 停暖 -热")) == {rows[1].pk}


GRAMMAR = [
    "NEAR(停水 物业)",
    "停水*",
    'words:"停水"',
    "停水 AND 物业",
    "'; DROP TABLE crawlers_post;-- 停水",
    "^停水",
    '停水" OR "x',
]


def test_the_grammar_of_an_index_or_a_database_means_nothing(index: Index) -> None:
    row = told("near 停水 and words drop table crawlers post or x 物业")
    told("停电")
    index.follow(at=AT)
    for line in GRAMMAR:
        assert found(line) == [row.pk], line
    assert Post.objects.count() == 2


def test_a_random_stretch_of_a_text_is_found_as_a_plain_scan_finds_it(index: Index) -> None:
    """A few thousand random texts; Chinese stretches of 1 to 20 characters and made ones; ids and counts equal."""
    rows = scattered(2500)
    index.follow(at=AT)
    plain = {row.pk: searchable(f"{row.title}。{row.text}") for row in rows}
    dice = random.Random(5)
    asked = {"的", "水", "停水", "城区", "槐路垃", "地铁"}
    for text in dice.sample(list(plain.values()), 150):
        for stretch in re.findall("[\u4e00-\u9fff]+", text)[:1]:
            start = dice.randrange(len(stretch))
            asked.add(stretch[start : start + dice.randrange(1, 21)])
    for word in sorted(asked):
        expected = {pk for pk, text in plain.items() if word in text}
        assert set(found(word)) == expected, word
        assert figures(word).total == len(expected), word


Test = Callable[[Post, Reading], bool]


def test_conditions_together_count_as_a_plain_scan_counts(index: Index) -> None:
    rows = scattered(1500, seed=3)
    index.follow(at=AT)
    readings = {reading.post_id: reading for reading in Reading.objects.all()}
    plain = {row.pk: searchable(f"{row.title}。{row.text}") for row in rows}
    source_id, early, late = rows[0].source_id, AT - timedelta(days=20), AT - timedelta(days=5)
    options: dict[str, tuple[Any, Test]] = {
        "klass": (("供水", "供电"), lambda p, r: r.klass in ("供水", "供电")),
        "kind": (("投诉",), lambda p, r: r.kind == "投诉"),
        "sentiment": (("negative",), lambda p, r: r.sentiment == "negative"),
        "voice": (("public", "own"), lambda p, r: p.voice in ("public", "own")),
        "relevant": (False, lambda p, r: not r.relevant),
        "first": (True, lambda p, r: not p.is_repost),
        "street": (("月坛街道",), lambda p, r: "月坛街道" in r.streets),
        "place": (("青槐路",), lambda p, r: any(place["name"] == "青槐路" for place in r.places)),
        "unit": (("区水务局",), lambda p, r: bool(r.units)),
        "source": ((source_id,), lambda p, r: p.source_id == source_id),
        "since": (early, lambda p, r: p.seen_at >= early),
        "until": (late, lambda p, r: p.seen_at < late),
    }
    dice = random.Random(9)
    for _ in range(120):
        word = dice.choice(["水", "停水", "城区", "暖气", "", "老人"])
        chosen = dice.sample([*options], dice.randrange(4))
        conditions = {name: options[name][0] for name in chosen}
        tests = [options[name][1] for name in chosen]
        expected = [r for r in rows if word in plain[r.pk] and all(test(r, readings[r.pk]) for test in tests)]
        answer = figures(word, **conditions)
        assert set(found(word, **conditions)) == {row.pk for row in expected}, (word, conditions)
        assert answer.total == len(expected)
        assert answer.first == sum(not row.is_repost for row in expected)
        assert answer.klass.get("供电", 0) == sum(readings[row.pk].klass == "供电" for row in expected)
        assert answer.voice.get("media", 0) == sum(row.voice == "media" for row in expected)
        assert answer.sentiment.get("positive", 0) == sum(readings[row.pk].sentiment == "positive" for row in expected)


def test_newest_first_page_by_page_and_counts_by_day(index: Index) -> None:
    rows = scattered(300)
    index.follow(at=AT)
    order = found("水")
    times = {row.pk: row.seen_at for row in rows}
    assert [times[pk].replace(microsecond=0) for pk in order] == sorted((times[pk] for pk in order), reverse=True)
    query = Query(parse("水"))
    pages = [engine().newest(query, start=start, count=7) for start in range(0, len(order), 7)]
    assert [pk for page in pages for pk in page] == order
    days = [(AT - timedelta(days=n + 1), AT - timedelta(days=n)) for n in range(41)]
    expected = [sum(begin <= times[pk] < end for pk in order) for begin, end in days]
    assert engine().by_span(query, days) == expected


def test_counts_by_hour_and_day_of_beijing_by_class_feeling_and_street(index: Index) -> None:
    rows = scattered(400, seed=4)
    late = told("停水", at=AT.replace(hour=16, minute=30))  # 00:30 of the next day in Beijing
    index.follow(at=AT)
    readings = {reading.post_id: reading for reading in Reading.objects.all()}
    plain = {row.pk: searchable(f"{row.title}。{row.text}") for row in [*rows, late]}
    units: tuple[Unit, ...] = ("hour", "day")
    for unit in units:
        expected: Counter[Cell] = Counter()
        for row in [*rows, late]:
            if "水" in plain[row.pk]:
                begin = timezone.localtime(row.seen_at).replace(minute=0, second=0, microsecond=0)
                begin = begin if unit == "hour" else begin.replace(hour=0)
                one = readings[row.pk]
                for street in one.streets or [""]:
                    expected[Cell(begin, one.klass, one.sentiment, street)] += 1
        assert engine().crossed(Query(parse("水")), unit=unit) == expected


def test_small_sets_topic_episode_copies_and_numbers(index: Index) -> None:
    first, second, third = told("停水一"), told("停水二"), told("停电三")
    Post.objects.filter(pk=second.pk).update(copy_of=first)
    matter = topic(first, third)
    index.follow(at=AT)
    assert set(found(topic=(matter.pk,))) == {first.pk, third.pk}
    assert found("停水", topic=(matter.pk,)) == [first.pk]
    assert found("停水", topic=()) == []
    assert set(found(episode=1)) == {first.pk, third.pk}
    assert set(found(copies_of=first.pk)) == {first.pk, second.pk}
    assert found("二", copies_of=first.pk) == [second.pk]
    assert set(found(posts=(first.pk, third.pk, 99))) == {first.pk, third.pk}
    assert found("停", posts=(third.pk,), klass=("供水",)) == [third.pk]
    assert found(copies=True) == [second.pk]


# --- posts that come, change and go -----------------------------------------------------------------------------------


def test_a_removed_post_is_found_no_more_at_once_and_leaves_the_index_with_the_sweep(index: Index) -> None:
    row, stays = told("停水三天"), told("停水")
    index.follow(at=AT)
    Reading.objects.filter(post=row).delete()
    Post.objects.filter(pk=row.pk).delete()
    assert found("停水") == [stays.pk]
    assert figures("停水").total == 1
    assert SearchGone.objects.count() == 1
    index.follow(at=AT)
    assert (SearchGone.objects.count(), SearchPending.objects.count(), found("三天")) == (0, 0, [])


def test_a_post_removed_behind_the_object_layer_is_followed_too(index: Index) -> None:
    row = told("停水三天")
    index.follow(at=AT)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM analysis_reading WHERE post_id = %s", [row.pk])
        cursor.execute("DELETE FROM crawlers_post WHERE id = %s", [row.pk])
    assert found("停水") == []
    index.follow(at=AT)
    assert engine().is_empty()


def test_a_rewritten_text_is_found_by_its_new_words_only(index: Index) -> None:
    row = told("停水三天，打［手机号］")
    index.follow(at=AT)
    Post.objects.filter(pk=row.pk).update(text="", title="")
    assert found("停水") == []
    Post.objects.filter(pk=row.pk).update(text="停电两天")
    index.follow(at=AT)
    assert (found("停水"), found("停电")) == ([], [row.pk])
    assert not SearchGone.objects.exists()


def test_a_new_judgement_a_copy_and_a_corrected_time_move_the_post(index: Index) -> None:
    row, other = told("停水三天"), told("停水")
    index.follow(at=AT)
    Reading.objects.filter(post=row).update(klass="供电", relevant=False, streets=["月坛街道"])
    Post.objects.filter(pk=row.pk).update(copy_of=other, seen_at=AT - timedelta(days=3))
    assert row.pk in found("停水")  # by what was known, until the sweep
    index.follow(at=AT)
    assert found("停水", klass=("供电",), relevant=False, street=("月坛街道",), copies=True) == [row.pk]
    assert found("停水", until=AT - timedelta(days=2)) == [row.pk]
    assert found("停水", klass=("供水",)) == [other.pk]
    assert figures("停水").total == 2


def test_a_post_without_its_reading_is_not_in_the_index(index: Index) -> None:
    row = told("停水三天")
    index.follow(at=AT)
    Reading.objects.filter(post=row).delete()
    index.follow(at=AT)
    assert found("停水") == []
    read(row)
    index.follow(at=AT)
    assert found("停水") == [row.pk]


def test_posts_of_one_second_are_all_found(index: Index) -> None:
    Post.objects.bulk_create(
        Post(id=n * 4096 + 1, source=source(), platform="p", voice="public", text=f"停水{n}", text_key=str(n),
             precision="day", fetched_at=AT, seen_at=AT, step=1)
        for n in range(1, 40)
    )  # fmt: skip
    for row in Post.objects.all():
        read(row)
    index.follow(at=AT)
    assert len(found("停水")) == 39
    assert len(found("停水", since=AT, until=AT + timedelta(seconds=1))) == 39
