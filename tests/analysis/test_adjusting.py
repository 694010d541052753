"""What a few corrections teach: near texts follow, others stay, the same lessons give the same bytes."""

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.adjusting import FORMAT, Adjustment, LearntError, Lesson, digest, packed, unpacked
from analysis.proportions import Share

LABELS = ("negative", "neutral", "positive")
SHIPPED = (0.2, 0.7, 0.1)
COLD = "家里暖气片冰凉"


def learnt(*lessons: Lesson) -> Adjustment:
    return Adjustment.learn(lessons, judgement="sentiment", base="linear-1", labels=LABELS)


def answer(table: Adjustment, text: str, shares: Sequence[float] = SHIPPED) -> list[float]:
    return [round(float(share), 3) for share in table.shares([text], [shares])[0]]


def test_texts_like_the_corrected_ones_follow_and_others_stay() -> None:
    said = [Lesson(f"{COLD}，第{n}天了没人管", SHIPPED, 0) for n in range(6)]
    everyday = [Lesson(text, SHIPPED, 0, held=True) for text in ("请问几点开门", "公园的花开了", "公交改线了")]
    table = learnt(*everyday, *said)
    assert answer(table, f"{COLD}，打电话也没人管")[0] > 0.5
    told = answer(table, "请问图书馆几点开门")
    assert abs(told[1] - 0.7) < 0.03
    assert answer(table, "") == list(SHIPPED)


def test_without_a_correction_nothing_changes_and_one_alone_changes_little() -> None:
    assert answer(learnt(Lesson("请问几点开门", SHIPPED, 0, held=True)), COLD) == list(SHIPPED)
    one = learnt(Lesson(COLD, (0.02, 0.97, 0.01), 2))
    assert answer(one, "今天的天气不错", (0.3, 0.6, 0.1))[1] > 0.5


def test_corrections_that_contradict_each_other_leave_the_text_open() -> None:
    both = learnt(Lesson(COLD, SHIPPED, 0), Lesson(COLD, SHIPPED, 2))
    told = answer(both, COLD)
    assert 0.15 < told[0] < 0.5 and told[2] < 0.4


def test_the_same_lessons_give_the_same_bytes_and_they_come_back() -> None:
    lessons = [Lesson(f"{COLD}{n}", SHIPPED, n % 3) for n in range(9)]
    kept = packed([learnt(*lessons)])
    assert kept == packed([learnt(*lessons)])
    back = unpacked(kept, digest(kept))["sentiment"]
    assert back.labels == LABELS and back.base == "linear-1"
    assert np.array_equal(back.weights, learnt(*lessons).weights)


def test_cut_altered_foreign_and_absent_weights_are_refused_with_what_to_do() -> None:
    kept = packed([learnt(Lesson(COLD, SHIPPED, 0))])
    other = kept.replace(b"PK", b"PX", 1)
    for wrong, mark, words in (
        (b"", digest(kept), "不在了"),
        (kept[: len(kept) // 2], digest(kept), "截断或改过"),
        (other, digest(kept), "截断或改过"),
        (other, digest(other), "读不出来"),
    ):
        with pytest.raises(LearntError, match=f"{words}.*退回以前的版本"):
            unpacked(wrong, mark)
    assert FORMAT == 1


def test_an_interval_says_how_little_few_looks_tell() -> None:
    low, high = Share(0, 20).interval
    assert low == 0 and 0.15 < high < 0.17 and not Share(0, 20).few and Share(0, 19).few
    low, high = Share(5, 50).interval
    assert 0.04 < low < 0.045 and 0.21 < high < 0.215
    assert Share(0, 0).value is None and Share(0, 0).interval == (0.0, 1.0)
