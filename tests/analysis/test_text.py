"""The normal form serves matching; what people see is always what was written."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.text import Body, Lexicon, clauses, longest, normal, sentences


def test_zero_width_marks_inside_a_word_do_not_hide_it() -> None:
    assert normal("德\u200b胜\u2060门") == "德胜门"


def test_full_width_letters_and_digits_are_read_as_plain_ones() -> None:
    assert normal("ＡＢ１２３") == "AB123"


def test_traditional_characters_are_matched_as_simplified_ones() -> None:
    assert normal("什剎海 停電 處臵") == "什刹海 停电 处置"


def test_a_mark_slipped_between_two_characters_is_taken_out() -> None:
    assert normal("西*城 德 . 胜") == "西城 德胜"


def test_space_and_line_ends_become_one_space() -> None:
    assert normal("  停水\n\t\t 三天 ") == "停水 三天"


def test_a_title_that_the_text_repeats_is_read_once() -> None:
    body = Body.of("小区停水", "小区停水，三天了")
    assert body.plain.count("停水") == 1
    assert body.title_end == 4


def test_what_is_lifted_stands_as_the_writer_wrote_it() -> None:
    body = Body.of("", "我住德\u200b勝\u200b門外，停電了")
    at = body.plain.index("德胜门")
    assert body.written(at, at + 3) == "德\u200b勝\u200b門"


def test_what_is_lifted_across_folded_space_is_found_again() -> None:
    body = Body.of("", "请问\t\t什么时候\n修路")
    at = body.plain.index("问 什么")
    assert body.written(at, at + 4) == "问\t\t什么"


def test_sentences_end_at_stops_and_keep_their_places() -> None:
    plain = normal("停水了。什么时候来?急!")
    found = sentences(plain)
    assert [s.text for s in found] == ["停水了", "什么时候来", "急"]
    assert [plain[s.start : s.end] for s in found] == [s.text for s in found]
    assert found[1].mark == "?"


def test_clauses_part_at_commas_and_brackets() -> None:
    assert clauses("今早着火，消防车来了（两辆）") == ["今早着火", "消防车来了", "两辆"]


def test_of_overlapping_words_the_longest_is_kept() -> None:
    words = Lexicon({"西单": 1, "西单北大街": 2, "北大": 3})
    assert [h.value for h in longest(words.find("在西单北大街等"))] == [2]


def test_empty_and_one_character_texts_are_read_without_harm() -> None:
    assert Body.of("", "").plain == ""
    assert Lexicon({"西单": 1}).find("西") == []


@given(st.text(max_size=200))
def test_any_text_has_a_normal_form_that_is_its_own_normal_form(text: str) -> None:
    once = normal(text)
    assert normal(once) == once


@given(st.text(alphabet="德胜门 \u200b，,。1２a\t", max_size=60), st.integers(0, 40), st.integers(1, 20))
def test_any_stretch_can_be_shown_as_written(text: str, start: int, length: int) -> None:
    body = Body.of("", text)
    stretch = body.plain[start : start + length]
    assert normal(body.written(start, start + len(stretch))).replace(" ", "") in body.plain.replace(" ", "")
