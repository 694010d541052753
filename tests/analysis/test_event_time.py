"""When something happened, out of the words people use."""

from datetime import datetime

import pytest

from analysis.event_time import stamps
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
