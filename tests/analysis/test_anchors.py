"""What is derived from a pattern never loses a match."""

import random
import re

import pytest

from analysis import anchors, casualties, emergency_cues, emergency_triggers, event_time, harm, kinds
from analysis.anchors import hastened, may_match

TEXTS = [
    "西直门路口两车相撞，有人受伤，救护车来了",
    "刚才德胜门那边冒黑烟，火苗蹿得老高！！快报警",
    "暖气片一直冰凉，孩子12日起发烧了，请问什么时候能修",
    "气死我了，朋友圈都炸了锅，房价要塌",
    "感谢物业，今天水管爆了很快就修好",
    "",
    "😀😀",
    "abc 123 起火",
]


def patterns() -> list[re.Pattern[str]]:
    found: list[re.Pattern[str]] = []
    for module in (emergency_cues, emergency_triggers, kinds, harm, casualties, event_time):
        for value in vars(module).values():
            if isinstance(value, re.Pattern):
                found.append(value)
            elif isinstance(value, dict):
                found += [pattern for pattern in value.values() if isinstance(pattern, re.Pattern)]
    return found


def test_a_match_holds_one_of_the_characters_said_to_be_needed() -> None:
    chooser = random.Random(5)
    letters = "".join(TEXTS)
    texts = TEXTS + ["".join(chooser.choices(letters, k=60)) for _ in range(60)]
    matches = 0
    for pattern in patterns():
        for text in texts:
            if pattern.search(text):
                matches += 1
                assert may_match(pattern, frozenset(text)), pattern.pattern
    assert matches > 100


@pytest.mark.parametrize(
    "text",
    [r"火|\d+人", r"(?:大|小)?火", r"[^，]火", r"x*", r"(?=火)火", r"(?<!怒)火|a{0,2}b", r"^火|烟$", r"[一-鿿]{2}"],
)
def test_a_hastened_pattern_finds_what_the_plain_one_finds(text: str) -> None:
    for sample in [*TEXTS, "火", "怒火", "12人", "aab", "大火，小火", "烟"]:
        plain = [match.span() for match in re.finditer(text, sample)]
        assert [match.span() for match in hastened(text).finditer(sample)] == plain


def test_without_a_tree_of_the_pattern_everything_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "_parse", None)
    anchors.anchors_of.cache_clear()
    pattern = hastened("火灾")
    assert may_match(pattern, frozenset("水")) and pattern.search("火灾")
    anchors.anchors_of.cache_clear()
