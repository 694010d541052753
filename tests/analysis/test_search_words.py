"""What an officer types becomes words, phrases and exclusions; nothing typed is ever grammar of the index."""

import re

import pytest

from analysis.search import docid as numbers
from analysis.search import units
from analysis.search.words import LONGEST, MOST, BadWords, Words, parse
from tests.people import clock


def told(words: Words) -> tuple[list[list[str]], list[str]]:
    return [[term.written for term in group] for group in words.every], [term.written for term in words.none]


@pytest.mark.parametrize(
    ("line", "every", "none"),
    [
        ("停水 物业", [["停水"], ["物业"]], []),
        ("停水　物业", [["停水"], ["物业"]], []),  # full-width blank
        ('"停水 三天" -广告', [["停水 三天"]], ["广告"]),
        ("“停水 三天” －广告", [["停水 三天"]], ["广告"]),
        ("供热 或 停暖 | 暖气 投诉", [["供热", "停暖", "暖气"], ["投诉"]], []),
        ("或 停水", [["停水"]], []),
        ("停水 或", [["停水"]], []),
        ("停水 或 -物业", [["停水"]], ["物业"]),
        ('-"夜间 施工"', [], ["夜间 施工"]),
        ('"没有收尾', [["没有收尾"]], []),
        ("ＧＰＳ", [["GPS"]], []),
        ("", [], []),
        ("   ", [], []),
    ],
)
def test_a_line_is_words_phrases_and_exclusions(line: str, every: list[list[str]], none: list[str]) -> None:
    assert told(parse(line)) == (every, none)


@pytest.mark.parametrize("line", ["。，！", "😡😡", '""', "-", '" "', "* ( ) ^", "—…—", "\u200b"])
def test_a_line_without_anything_to_search_is_refused_with_what_to_do(line: str) -> None:
    with pytest.raises(BadWords, match="请换成文字"):
        parse(line)


def test_what_cannot_be_searched_beside_words_is_told_and_passed_over() -> None:
    words = parse("停水 😡 ！！")
    assert told(words) == ([["停水"]], [])
    assert words.skipped == ("😡", "!!")


def test_ten_thousand_characters_and_too_many_words_are_refused_with_their_number() -> None:
    with pytest.raises(BadWords, match="10000"):
        parse("水" * 10_000)
    assert parse("水" * LONGEST)
    with pytest.raises(BadWords, match=f"最多查 {MOST} 个词"):
        parse(" ".join(f"词{n}" for n in range(MOST + 1)))


@pytest.mark.parametrize(
    "line",
    [
        'NEAR(停水 物业, 5)', '停水" OR words:*', "words : 停水", "停水*", "'; DROP TABLE crawlers_post; --", "^停水",
        "a AND NOT b", "{a b} : c", "停水\x00物业", "x' OR '1'='1", "%_%停水", "\\\"停水", "🏴停水",
    ],
)  # fmt: skip
def test_tokens_hold_nothing_but_letters_and_marks(line: str) -> None:
    words = parse(line)
    for group in (*words.every, words.none):
        for term in group:
            row = units.pairs(list(term.units)) or [units.ONE + term.units[0].text]
            assert not re.search(r"[\x00-\x2f\x3a-\x60\x7b-\x7f]", "".join(row))


@pytest.mark.parametrize(
    ("line", "open_end"),
    [("gps", True), ("g", False), ("g*", True), ('"gps"', False), ("地铁4", True), ("地铁4号", False), ("停水", False)],
)
def test_a_word_of_letters_may_go_on_unless_quoted_or_single(line: str, open_end: bool) -> None:
    assert parse(line).every[0][0].open_end is open_end


def test_neighbours_know_whether_a_sign_stood_between_them() -> None:
    row = units.units(units.searchable("停水，三天 ＡＢ12 好"))
    assert [unit.text for unit in row] == ["停", "水", "三", "天", "ab12", "好"]
    assert [unit.apart for unit in row] == [False, False, True, False, True, True]
    assert units.pairs(row)[1] == f"水{units.BREAK}三"


def test_an_index_keeps_a_title_that_the_text_repeats_once() -> None:
    assert units.tokens("停水三天", "停水三天，没人管").split().count("停水") == 1
    assert units.tokens("停水", "没人管").split()[:2] == ["停水", f"水{units.BREAK}没"]


def test_names_with_signs_become_one_token_each_and_stay_apart() -> None:
    made = {units.facet("p", name) for name in ("A-B", "A B", "AB", 'A"B', "Ａ-Ｂ")}
    assert len(made) == 4  # full-width A-B is A-B
    assert not any(re.search(r"[\x00-\x2f\x3a-\x60\x7b-\x7f]", token) for token in made)


def test_numbers_grow_with_time_and_hold_what_posts_are_counted_by() -> None:
    facets = numbers.Facets(klass=45, voice="media", sentiment="negative", kind=9, relevant=True, first=False)
    early, late = clock("07:30"), clock("07:31")
    one = next(numbers.candidates(early, 5, facets.bits()))
    assert numbers.first_of(early) <= one < numbers.first_of(late)
    for field, value in {"klass": 45, "voice": 1, "sentiment": 1, "kind": 9, "relevant": 1, "first": 0}.items():
        low = numbers.FIELDS[field][0]
        assert one >> low & numbers.most(field) == value
    assert numbers.candidates(late, 1, numbers.Facets(127, "own", "positive", 15, True, True).bits())
    assert numbers.first_of(clock("00:00").replace(year=2130)) < 2**63


def test_posts_of_one_second_have_numbers_of_their_own_even_when_a_second_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numbers, "SLOTS", 8)
    at, taken = clock("08:00"), set[int]()
    for post in range(10):
        taken.add(next(n for n in numbers.candidates(at, post * 8, 3) if n not in taken))
    assert len(taken) == 10
    assert max(taken) < numbers.first_of(clock("08:00").replace(second=2))
