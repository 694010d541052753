"""A hit shows the words that were searched, as the writer wrote them."""

import pytest

from analysis.search.marks import found, pieces, score
from analysis.search.words import parse


def marked(line: str, text: str) -> list[str]:
    return [text[left:right] for left, right in found(text, parse(line).shown)]


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("停水", "停水三天，又停水", ["停水", "停水"]),
        ("城区", "西城区", ["城区"]),
        ("gps", "装了ＧＰＳ定位", ["ＧＰＳ"]),
        ("gp", "GPS 和 agps", ["GP"]),
        ('"gps"', "gpss", []),
        ("地铁", "地鐵停運", ["地鐵"]),
        ("停运", "地鐵停運", ["停運"]),
        ("西城区", "西*城*区", ["西*城*区"]),
        ("西城", "西\u200b城", ["西\u200b城"]),
        ("停水，三天", "停水！ 三天", ["停水！ 三天"]),
        ("停水 或 物业 -天", "停水，物业", ["停水", "物业"]),
        ("m2", "面积 ㎡ 不足", ["㎡"]),  # a form that changes its length
        ("12345", "打12345", ["12345"]),
        ("停电", "停水", []),
        ("", "停水", []),
    ],
)
def test_marks_what_was_searched(line: str, text: str, expected: list[str]) -> None:
    assert marked(line, text) == expected


def test_a_long_text_is_cut_around_the_first_word_found() -> None:
    text = "甲" * 300 + "停水" + "乙" * 300
    row = pieces(text, parse("停水").shown)
    assert [piece.text for piece in row if piece.hit] == ["停水"]
    assert (row[0].text, row[-1].text) == ("…", "…")
    assert sum(len(piece.text) for piece in row) <= 92


def test_a_text_without_the_word_shows_its_beginning() -> None:
    assert "".join(piece.text for piece in pieces("甲\n乙 " * 50, parse("停水").shown)).startswith("甲 乙 甲 乙")
    assert pieces("", parse("停水").shown) == []


def test_a_word_longer_than_the_window_is_shown_whole() -> None:
    word = "停水" * 60
    assert [piece.text for piece in pieces(f"前{word}后", parse(word).shown) if piece.hit] == [word]


def test_a_title_and_many_mentions_fit_better() -> None:
    terms = parse("停水").shown
    best = score("停水", "停水停水停水", terms)
    assert best > score("", "停水停水停水", terms) > score("", "停水", terms) > score("", "别的", terms) == 0


def test_hostile_text_takes_no_time() -> None:
    found("停" * 20_000 + "*" * 20_000, parse("停水 停停停停 停，停，停").shown)
    found(" * " * 20_000, parse("停水").shown)
    found("停" + "\u200b" * 30_000, parse("停水").shown)
