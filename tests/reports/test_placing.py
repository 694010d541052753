"""A frozen figure is put into a text by its name, and stays known by the words beside it."""

from datetime import timedelta

import pytest

from office.errors import Refused
from reports.document import Document, Line, pages_about
from reports.figures import named, settle, standing, still_there
from reports.models import Brief
from reports.services import brief as doors
from tests.people import Office, clock
from tests.reports.world import World

FIGURES = {"clean": {"label": "去重条数", "text": "5238"}, "down": {"label": "负面占比", "text": "31.4%"}}
AT = clock("08:05", day=16)


@pytest.fixture
def draft(begun: None, world: World) -> Brief:
    """Monday's brief of an office where one person asked for one thing."""
    world.post(AT - timedelta(hours=2))
    return doors.draft_for(day=AT.date(), at=AT)


def text_of(brief: Brief, key: str = "guide") -> str:
    return str(next(s["text"] for s in brief.content["sections"] if s["key"] == key))


def test_a_name_in_braces_becomes_the_figure_and_is_known_by_the_words_beside_it() -> None:
    text, places = settle("guide", named("另据统计，去重{去重条数}条，｛负面占比｝为负面。", FIGURES), FIGURES)
    assert text == "另据统计，去重5238条，31.4%为负面。"
    assert [(p["key"], p["before"], p["after"]) for p in places] == [("clean", "去重", "条"), ("down", "", "为负")]


def test_a_name_that_is_no_figure_stays_as_typed() -> None:
    assert named("见{附件}和{}", FIGURES) == "见{附件}和{}"


def test_right_and_wrong_figures_are_told_apart_where_they_stand() -> None:
    _, places = settle("guide", named("去重{去重条数}条，负面{负面占比}。", FIGURES), FIGURES)
    text = "去重5283条，负面31.4%。"
    found = standing({"key": "guide", "text": text}, FIGURES, places)
    assert [(text[s.begins : s.ends], s.key, s.right) for s in found] == [
        ("5283", "clean", False),
        ("31.4%", "down", True),
    ]


def test_places_that_a_page_sent_are_kept_only_where_their_words_stand() -> None:
    good = {"section": "guide", "key": "clean", "before": "去重", "after": "条"}
    bad = [
        {**good, "section": "nowhere"},
        {**good, "key": "nothing"},
        {**good, "before": "", "after": ""},
        {**good, "before": "去重\n一二"},
        {**good, "before": ".*"},
        {**good, "before": "没有这几个字"},
        {"section": "guide"},
    ]
    assert still_there([*bad, good, good], {"guide": "去重5238条"}, FIGURES) == [good]


def test_an_inserted_figure_is_checked_from_then_on(draft: Brief, office: Office) -> None:
    qian, guide = office.qian, text_of(draft)
    content = {"sections": [{"key": "guide", "text": f"{guide}\n本期共见{{监测条数}}条。"}]}
    saved = doors.edit_brief(brief=draft, by=qian, at=AT, content=content, version=draft.version)
    assert text_of(saved).endswith("本期共见1条。")
    assert doors.faults(saved) == []
    wrong = {"sections": [{"key": "guide", "text": text_of(saved).replace("共见1条", "共见7条")}]}
    saved = doors.edit_brief(brief=saved, by=qian, at=AT, content=wrong, version=saved.version)
    assert [f.sentence for f in doors.faults(saved)] == ["监测条数：文中 7，冻结 1"]
    with pytest.raises(Refused, match="监测条数：文中 7，冻结 1"):
        doors.submit(brief=saved, by=qian, at=AT)
    texts = doors.with_frozen(saved, {"guide": text_of(saved)}, f"guide:{text_of(saved).index('7条')}:7")
    assert texts["guide"].endswith("本期共见1条。")


def test_a_figure_that_is_wrong_no_more_is_not_mended_again(draft: Brief) -> None:
    for wanted in ("guide:0:9999", "nowhere:0:1", "guide", "", "overall:x:1"):
        with pytest.raises(Refused, match="已经变了"):
            doors.with_frozen(draft, {"guide": text_of(draft), "overall": text_of(draft, "overall")}, wanted)


def test_a_name_nobody_knows_is_shown_for_a_persons_eye(draft: Brief) -> None:
    findings = doors.check_brief(draft, {"guide": "共{监测条书}条"})
    assert [f.sentence for f in findings if f.grade == "hint"] == [
        "【本期导读】：文中 {监测条书} 不在冻结数字里，请核对"
    ]


def test_the_pages_are_those_of_the_drawn_paper(draft: Brief) -> None:
    paged = doors.pages_of(draft)
    assert paged.pages >= 2 or "PDF" in paged.why  # the annex begins a page of its own
    assert not paged.pages or (paged.starts["guide"] == 1 and paged.starts["annex"] == paged.pages)
    assert abs(paged.about - (paged.pages or paged.about)) <= 1


def test_where_nobody_can_count_pages_they_are_estimated_by_lines() -> None:
    def paper(lines: int) -> Document:
        told = tuple(Line("body", "路灯坏了没人修") for _ in range(lines))
        return Document("", "", "", "", "", "", "", told, (), "", (), "", "")

    assert [pages_about(paper(lines)) for lines in (0, 14, 15, 37)] == [2, 2, 3, 4]
