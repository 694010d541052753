"""One reading of a post, whole."""

import json
from pathlib import Path

from analysis.reader import PostIn, Reader
from office.pack import load_pack
from tests.analysis.cast import MORNING, Calm, read, reader

ROOT = Path(__file__).resolve().parents[2]


def test_a_reading_can_be_written_as_one_line_of_json() -> None:
    line = json.dumps(read("今早7点半白纸坊某楼起火，有人受伤").as_json(), ensure_ascii=False)
    told = json.loads(line)
    assert told["relevant"] is True
    assert told["emergency"]["kind"] == "fire"
    assert set(told["sentiment"]["probability"]) == {"negative", "neutral", "positive"}


def test_answers_come_in_the_order_of_the_posts() -> None:
    posts = [PostIn(str(i), f"第{i}封：西城区路灯不亮") for i in range(20)]
    assert [r.id for r in reader().read_batch(posts)] == [p.id for p in posts]


def test_the_same_batch_reads_the_same_twice() -> None:
    posts = [PostIn("1", "西城区新街口停水，请问何时恢复", published_at=MORNING)]
    assert reader().read_batch(posts) == reader().read_batch(posts)


def test_the_version_names_the_rules_the_pack_and_the_engine() -> None:
    other = Reader(load_pack(ROOT / "bench" / "districts" / "a_city"), Calm())
    assert other.version != reader().version
    assert other.version.endswith("calm")


def test_an_empty_batch_gives_no_readings() -> None:
    assert reader().read_batch([]) == []


def test_a_post_that_is_not_relevant_keeps_its_reading_but_accuses_nobody() -> None:
    reading = read("许昌西城区停水三天了")
    assert not reading.relevant
    assert reading.klass == "供水"
    assert reading.units == []
    assert reading.streets == []


def test_the_anonymous_citys_letters_are_relevant_and_placed() -> None:
    other = Reader(load_pack(ROOT / "bench" / "districts" / "a_city"), Calm())
    letter = PostIn("1", "A市A3区某小区的路灯坏了，没人修", "A3区路灯不亮", scope="district")
    reading = other.read_batch([letter])[0]
    assert reading.relevant
    assert reading.streets == ["A3区"]


def test_keywords_name_the_matter_with_the_titles_first() -> None:
    words = read("每天晚上都黑漆漆的，路灯坏了两周", title="永安路路灯不亮").keywords
    assert words[0] in ("永安路", "路灯")
    assert "每天" not in words
