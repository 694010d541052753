"""Heat: who counts as a voice, and that every part of the figure is shown."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest

from analysis.heat import HeatPost, baseline, heat, makers, voices

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def post(
    who: str, *, at: datetime = NOON, group: int | None = None, platform: str = "board", **told: object
) -> HeatPost:
    number = crc32(f"{who}{at}{platform}".encode()) if group is None else group
    facts = {"voice": "public", "is_repost": False, "interactions": 0, "negative": False, "priority": False} | told
    return HeatPost(at=at, who=f"{platform}:{who}", platform=platform, group=number, **facts)  # type: ignore[arg-type]  # told by name


def test_one_person_with_one_text_on_four_sites_is_one_voice() -> None:
    told = [post("a", at=NOON + i * HOUR, group=1, platform=f"site{i}") for i in range(4)]
    assert len(voices(told)) == 1


def test_three_people_who_paste_one_text_on_one_board_are_three_voices() -> None:
    assert len(voices([post(who, at=NOON + i * HOUR, group=1) for i, who in enumerate("abc")])) == 3


def test_handles_that_paste_one_text_within_a_minute_are_one_voice() -> None:
    told = [post(who, at=NOON + timedelta(seconds=20 * i), group=1) for i, who in enumerate("abcd")]
    assert len(voices(told)) == 1


def test_what_a_repost_function_made_and_what_offices_say_is_no_voice() -> None:
    told = [post("a", is_repost=True), post("b", voice="official"), post("c", voice="own"), post("d", voice="media")]
    assert heat(told, at=NOON).voices == 0


def test_ten_posts_of_one_person_are_cooler_than_three_people() -> None:
    alone = heat([post("a", at=NOON + i * HOUR) for i in range(10)], at=NOON + 10 * HOUR)
    three = heat([post(who, at=NOON + i * HOUR) for i, who in enumerate("abc")], at=NOON + 10 * HOUR)
    assert alone.voices == 1
    assert three.value > alone.value


def test_heat_cools_by_a_factor_of_e_in_seven_days() -> None:
    fresh, old = heat([post("a")], at=NOON), heat([post("a")], at=NOON + 7 * DAY)
    assert fresh.parts["人数"] == 10.0
    assert old.parts["人数"] == pytest.approx(10 / 2.718, abs=0.1)
    assert old.parts["速度"] == 0


def test_likes_of_one_text_on_two_sites_are_counted_once() -> None:
    told = [post("a", group=1, interactions=99), post("a", group=1, platform="other", interactions=9)]
    assert heat(told, at=NOON).parts["互动"] == 4.0


def test_the_parts_add_up_to_the_figure() -> None:
    told = [
        post("a", negative=True, priority=True, streets=("一街",)),
        post("b", platform="other", interactions=7, streets=("二街",)),
    ]
    measured = heat(told, at=NOON)
    assert measured.value == pytest.approx(sum(measured.parts.values()))
    assert all(measured.parts[name] > 0 for name in ("人数", "速度", "扩散", "互动", "不满", "重点类", "地点"))


def test_nothing_said_is_no_heat() -> None:
    assert heat([], at=NOON).value == 0


def test_heat_does_not_depend_on_the_order_in_which_posts_are_given() -> None:
    told = [post(who, at=NOON + timedelta(seconds=40 * i), group=1 + i % 2) for i, who in enumerate("abcdef")]
    assert heat(told, at=NOON + HOUR) == heat(told[::-1], at=NOON + HOUR)


def test_three_voices_after_a_silent_month_are_many_times_the_usual() -> None:
    told = [post(who, at=NOON - i * HOUR) for i, who in enumerate("abc")]
    silent = baseline(told, at=NOON, window=timedelta(days=3))
    busy = baseline(
        told + [post(f"x{i}", at=NOON - 4 * DAY - i * DAY) for i in range(24)], at=NOON, window=timedelta(days=3)
    )
    assert silent.voices == busy.voices == 3
    assert silent.times > 20
    assert busy.times < 2


def test_each_part_names_the_posts_that_make_it() -> None:
    told = [
        post("a", at=NOON - 3 * DAY, id=1),
        post("a", id=2, negative=True, streets=("一街",)),  # the same person's latest word stands for the voice
        post("b", at=NOON - 2 * DAY, id=3, platform="other", interactions=7, streets=("二街",), group=9),
        post("c", at=NOON - DAY / 2, id=4, platform="other", interactions=3, group=9),  # the same text, liked less
        post("d", id=5, voice="official"),
    ]
    behind = makers(told, at=NOON)
    assert behind["人数"] == [3, 4, 2] and behind["速度"] == [4, 2]
    assert behind["扩散"] == [1, 3] and behind["互动"] == [3]
    assert behind["不满"] == [2] and behind["重点类"] == [] and behind["地点"] == [3, 2]
    measured = heat(told, at=NOON)
    assert {name for name, points in measured.parts.items() if points} == {name for name, ids in behind.items() if ids}
