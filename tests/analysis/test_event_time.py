"""When something happened, out of the words people use."""

from datetime import datetime

import pytest

from analysis.event_time import choose, stamps
from analysis.text import normal
from tests.analysis.cast import MORNING, ZONE


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("今早7点半起火", "2026-11-21 07:30", "minute"),
        ("今晨6时许坍塌", "2026-11-21 06:00", "hour"),
        ("十分钟前有车祸", "2026-11-21 08:56", "minute"),
        ("刚才炸了", "2026-11-21 09:06", "hour"),
        ("两小时前", "2026-11-21 07:06", "hour"),
        ("昨晚停水", "2026-11-20 20:00", "part_of_day"),
        ("昨天半夜", "2026-11-21 00:00", "part_of_day"),
        ("11月20日20时15分许", "2026-11-20 20:15", "minute"),
        ("20号晚上8点多", "2026-11-20 20:00", "hour"),
        ("下午3点半", "2026-11-20 15:30", "minute"),
        ("周五傍晚", "2026-11-20 18:00", "part_of_day"),
        ("前天", "2026-11-19 00:00", "day"),
        ("昨天晚上12点", "2026-11-21 00:00", "hour"),
        ("2025年11月21日", "2025-11-21 00:00", "day"),
    ],
)
def test_words_of_time_become_moments(text: str, moment: str, precision: str) -> None:
    found = stamps(normal(text), MORNING, ZONE)[0]
    assert found.at == datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
    assert found.precision == precision


@pytest.mark.parametrize("text", ["168号院着火", "3号楼着火", "住12层", "一号线停运", "损失30万"])
def test_numbers_of_houses_and_lines_are_no_dates(text: str) -> None:
    assert stamps(normal(text), MORNING, ZONE) == []


def test_a_post_dated_by_its_day_speaks_of_the_hours_of_that_day() -> None:
    day = datetime(2026, 11, 21, tzinfo=ZONE)
    found = stamps(normal("今早7点半起火"), day, ZONE)[0]
    assert found.at == datetime(2026, 11, 21, 7, 30, tzinfo=ZONE)
    assert stamps(normal("刚才起火"), day, ZONE)[0].precision == "day"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("6时40分许路口相撞", "2026-11-21 06:40"),  # written by the clock of 24 hours
        ("11月20日7时40分两车相撞", "2026-11-20 07:40"),
        ("二十日晚七时许两车相撞", "2026-11-20 19:00"),
    ],
)
def test_a_formal_clock_and_a_spelt_day_are_taken_as_written(text: str, moment: str) -> None:
    found = stamps(normal(text), MORNING, ZONE)[0]
    assert found.at == datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def test_that_day_is_the_day_last_named() -> None:
    found = stamps(normal("11月19日下午发生事故,当日下午2时14分许两车相撞"), MORNING, ZONE)
    assert [s.at for s in found] == [
        datetime(2026, 11, 19, 15, 0, tzinfo=ZONE),
        datetime(2026, 11, 19, 14, 14, tzinfo=ZONE),
    ]


def test_a_report_speaks_from_the_day_of_its_dateline() -> None:
    found = stamps(normal("新华社北京11月20日电 昨晚21时许发生一起事故"), MORNING, ZONE)
    assert [s.at for s in found] == [datetime(2026, 11, 19, 21, 0, tzinfo=ZONE)]


def test_a_dateline_of_long_ago_moves_nothing() -> None:
    found = stamps(normal("本报3月2日讯 昨晚21时许发生一起事故"), MORNING, ZONE)
    assert found[-1].at == datetime(2026, 11, 20, 21, 0, tzinfo=ZONE)


def test_a_part_of_the_day_is_told_to_the_minute_further_on() -> None:
    found = stamps(normal("昨天上午两车相撞。上午10时30分,一辆货车"), MORNING, ZONE)
    chosen = choose(found, 4, (0, 8))
    assert chosen is not None
    assert (chosen.at, chosen.precision) == (datetime(2026, 11, 20, 10, 30, tzinfo=ZONE), "minute")
