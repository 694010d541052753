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
        ("一辆货车撞上护栏,司机当场死亡", 1, None),
        ("自行车被卷进车轮,女孩不幸身亡", 1, None),
        ("施工人员1人当场死亡,3人送医院经抢救无效死亡", 3, None),
        ("1人死亡。据统计近3年已有5名环卫工人死亡", 1, None),
        ("1人重伤、4人轻伤、28人轻微伤", None, 33),
        ("小客车上十二名旅客中的十人当场死亡", 10, None),
        ("事故没有造成人员伤亡", 0, 0),
        ("浓烟滚滚,消防已到场", None, None),
        ("特大交通事故致63人死伤,其中47人死亡、16人重伤", 47, 16),
        ("目前死亡人数已经突破300人", 300, None),
        ("一名外卖骑手被公交车碾压，当场死亡", 1, None),
        ("嫌疑人持锤杀害两名邻居", 2, None),
        ("流浪狗发疯咬了四个人", None, 4),
        ("热水喷涌而出，烫伤了四名路人", None, 4),
        ("某酒店婚宴宾客目前累计就诊38人", None, 38),
        ("一单位食堂疑似食物中毒，二十余人送医", None, 20),
        ("5名乘客及1名司机受伤", None, 6),
        ("车祸造成1人受伤,随后两名女子被送到医院", None, 1),
        ("车内两女一人无碍一人面部受伤", None, 1),
        ("轿车追尾,奔驰司机受轻伤", None, 1),
        ("两车相撞,2人受伤。今年2月该路段曾有9人受伤", None, 2),
    ],
)
def test_the_dead_and_the_hurt_are_counted_as_told(text: str, dead: int | None, hurt: int | None) -> None:
    told = casualties(normal(text))
    assert (told.dead, told.hurt) == (dead, hurt)
