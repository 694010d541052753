"""How many were killed and hurt, as a text tells it (rules.md 15)."""

import pytest

from analysis.casualties import casualties
from analysis.text import normal


@pytest.mark.parametrize(
    ("text", "dead", "hurt"),
    [
        ("两车相撞,3人死亡,5人受伤", 3, 5),
        ("救援人员被120急救人员送往医院", None, 1),
        ("现场120名乘客受伤", None, 120),
        ("今年11月21日9时,一居民楼发生火灾,造成3人死亡、12人受伤", 3, 12),
        ("一家去年开业的饭店今早起火,12人受伤", None, 12),
        ("食物中毒,20人送医,其中2人重伤", None, 20),
        ("35名学生送医,其中1人伤势较重", None, 35),
        ("5名居民受伤和1名居民死亡", 1, 1),
        ("现场有30名消防员和1名伤者", None, 1),
        ("今早7点着火了,打了20个电话都没人接", None, None),
        ("毒死了一条狗", None, None),
        ("燃气泄漏,全楼没气了", None, None),
        ("一辆货车撞上护栏,司机当场死亡", 1, None),
        ("自行车被卷进车轮,女孩不幸身亡", 1, None),
        ("施工人员1人当场死亡,3人送医院经抢救无效死亡", 3, None),
        ("1人死亡。据统计近3年已有5名环卫工人死亡", 1, None),
        ("1人重伤、4人轻伤、28人轻微伤", None, 33),
        ("小客车上十二名旅客中的十人当场死亡", 10, None),
        ("事故没有造成人员伤亡", 0, 0),
        ("浓烟滚滚,消防已到场", None, None),
    ],
)
def test_the_dead_and_the_hurt_are_counted_as_told(text: str, dead: int | None, hurt: int | None) -> None:
    told = casualties(normal(text))
    assert (told.dead, told.hurt) == (dead, hurt)
