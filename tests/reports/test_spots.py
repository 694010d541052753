"""A wrong figure is found where it stands in the text as typed."""

import pytest

from reports.figures import check, mark, settle, spots

FIGURES = {"clean": {"label": "去重条数", "text": "5238"}, "down": {"label": "负面占比", "text": "31.4%"}}
TEXT, PLACES = settle("overall", f"监测后去重{mark('clean')}条，负面{mark('down')}。", FIGURES)


def wrong(text: str, key: str = "overall") -> list[tuple[str, str]]:
    """(what stands there, the frozen figure)."""
    found = spots({"key": key, "text": text}, FIGURES, PLACES, allowed=["24"])
    return [(text[s.begins : s.ends], s.frozen) for s in found]


@pytest.mark.parametrize(
    ("typed", "stands"),
    [("5283", "5283"), ("5,283", "5,283"), ("５２８３", "５２８３"), (" 5283 ", "5283"), ("5283.5", "5283.5")],
)
def test_a_figure_typed_wrong_is_found_as_it_was_typed(typed: str, stands: str) -> None:
    assert wrong(TEXT.replace("5238", typed)) == [(stands, "5238")]


@pytest.mark.parametrize("typed", ["5238", "5,238", "５２３８", "5238.0"])
def test_the_same_figure_in_another_hand_is_no_spot(typed: str) -> None:
    assert wrong(TEXT.replace("5238", typed)) == []


def test_several_stand_in_the_order_of_the_text_and_a_number_from_nowhere_has_no_frozen_one() -> None:
    text = f"截至11月17日9时30分，（一）另收97件，24小时内；\n{TEXT.replace('5238', '5,283').replace('31.4%', '13.4%')}"
    assert wrong(text) == [("97", ""), ("5,283", "5238"), ("13.4%", "31.4%")]


def test_another_section_and_an_empty_one_have_none() -> None:
    assert wrong(TEXT.replace("5238", "5283"), key="focus") == []
    assert wrong("") == []


def test_spots_and_check_agree() -> None:
    for text in (TEXT, TEXT.replace("5238", "5283"), f"{TEXT}另收97件", "①②，㎡ 5㎡", TEXT.replace("。", "﹒\t７７")):
        faults = [f for f in check([{"key": "overall", "text": text}], FIGURES, PLACES) if f.grade == "must"]
        assert bool(spots({"key": "overall", "text": text}, FIGURES, PLACES)) == bool(faults)
