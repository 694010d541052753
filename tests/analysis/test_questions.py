"""Asks in other words are one question, others are not; how it is best put; what a release says to it."""

import pytest

from analysis.questions import About, Book, answer_in, best_wording, core_of, lines_of, stretch_of

STREET = About.of("青槐路热力管线破裂、路面塌陷", ["青槐路", "展览路街道"])
NOTICE = (
    "今天9时10分许，展览路街道青槐路热力管线破裂引发路面塌陷，3人受困，已全部救出送医，1人重伤，无人死亡。\n"
    "区城市管理委员会会同供热单位正在抢修，预计今晚22时恢复供热。"
)


def one_question(first: str, second: str) -> bool:
    book = Book(STREET)
    book.add(1, first)
    return book.find(second) is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("什么时候恢复供暖", "请问，几点能恢复供热？"),
        ("什么时候恢复供暖", "青槐路的暖气什么时候来"),
        ("什么时候恢复供暖", "没人告诉我们几点恢复"),
        ("有没有人受伤", "有人受伤吗"),
        ("为什么会塌", "好好的路怎么会塌呢"),
        ("停气三天是真的吗", "网传停气三天，真的假的"),
        ("路灯什么时候修好", "请尽快修复路灯"),
    ],
)
def test_the_same_in_other_words_is_one_question(first: str, second: str) -> None:
    assert one_question(first, second) and one_question(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("什么时候恢复供暖", "什么时候恢复通行"),
        ("什么时候恢复供暖", "为什么停暖"),
        ("青槐路塌陷，孩子怎么上学", "青槐路塌陷，封路了怎么绕行"),
        ("有没有人受伤", "有没有通知"),
        ("现在塌了谁负责", "车和店铺的损失找谁"),
    ],
)
def test_another_thing_about_the_same_place_is_another_question(first: str, second: str) -> None:
    assert not one_question(first, second)


def test_a_match_says_why_and_word_for_word_is_always_one() -> None:
    book = Book(STREET)
    book.add(7, "什么时候恢复供暖")
    found = book.find("几点能恢复供热")
    assert found is not None and found.question == 7
    assert found.why == "都问“何时”，都说到 供暖、恢复"
    again = book.find("什么时候恢复供暖？")
    assert again is not None and (again.score, again.why) == (1.0, "原话相同")


def test_of_two_questions_that_fit_alike_the_older_one_takes_the_ask() -> None:
    book = Book(STREET)
    book.add(5, "什么时候恢复供暖啊")
    book.add(3, "供暖什么时候恢复")
    found = book.find("到底何时恢复供暖")
    assert found is not None and found.question == 3


def test_what_stands_beside_a_bare_cue_says_what_it_is_about() -> None:
    core = core_of("家里有卧床老人，今晚怎么办", STREET)
    assert "《老人》" in core.features


def test_the_wording_is_the_shortest_clear_question_somebody_asked() -> None:
    asks = {
        1: "请尽快恢复供暖",
        2: "听说要停三天，什么时候能来暖气",
        3: "几点",
        4: "请问各位领导，我们这几栋楼的暖气停了一整天了，家里老人孩子都冻着，到底什么时候恢复供暖",
        5: "什么时候恢复供暖",
    }
    assert best_wording(asks, STREET) == 5


@pytest.mark.parametrize("ask", ["", "？", "请", "😡😡", "a" * 500, "怎么办"])
def test_an_ask_of_nothing_breaks_nothing(ask: str) -> None:
    book = Book(STREET)
    book.add(1, ask)
    book.find("什么时候恢复供暖")
    assert best_wording({1: ask}, STREET) == 1


@pytest.mark.parametrize(
    ("ask", "stretch"),
    [
        (
            "青槐路热力管线爆裂、路面塌陷，我家就在旁边，整栋楼暖气都停了，家里有老人，今晚怎么办",
            "家里有老人，今晚怎么办",
        ),
        ("这条管线去年就漏过，路面一直有裂缝，反映过好几次没人管，现在塌了谁负责？", "现在塌了谁负责"),
        ("青槐路塌陷，听说死了两个人，真的假的？", "听说死了两个人，真的假的"),
        ("塌陷封路，要绕路，什么时候能通", "塌陷封路，要绕路，什么时候能通"),
    ],
)
def test_of_a_long_ask_the_words_that_ask_are_kept_as_written(ask: str, stretch: str) -> None:
    assert stretch_of(ask, STREET) == stretch and stretch in ask


def test_a_release_is_held_against_a_question_sentence_by_sentence() -> None:
    lines = lines_of("关于青槐路热力管线破裂情况的通报", NOTICE, STREET)
    when = answer_in(core_of("什么时候恢复供暖", STREET), lines, STREET)
    assert when is not None and "22时恢复供热" in when.sentence
    hurt = answer_in(core_of("有没有人受伤", STREET), lines, STREET)
    assert hurt is not None and "1人重伤" in hurt.sentence


def test_a_release_that_names_no_time_answers_no_when_and_silence_answers_nothing() -> None:
    lines = lines_of("通报", "正在抢修，尽快恢复供热。", STREET)
    assert answer_in(core_of("什么时候恢复供暖", STREET), lines, STREET) is None
    lines = lines_of("关于青槐路热力管线破裂情况的通报", NOTICE, STREET)
    assert answer_in(core_of("车和店铺的损失找谁", STREET), lines, STREET) is None
