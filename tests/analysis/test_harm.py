"""Harm told without a number."""

import pytest

from analysis.harm import somebody_harmed


@pytest.mark.parametrize(
    "text",
    [
        "路口货车把骑车的大爷撞了",
        "有个姑娘从天桥上摔下来",
        "游船翻了，两个人落水",
        "店里有人拿刀砍人",
        "看台上好几个人摔倒，后面的还在挤",
        "司机卡在驾驶室里，消防在破拆",
        "老人被掉下来的瓷砖砸中",
        "那人躺在地上一动不动",
        "刚才救护车拉走一个",
    ],
)
def test_what_happened_to_a_person_tells_harm(text: str) -> None:
    assert somebody_harmed(text)


@pytest.mark.parametrize(
    "text",
    [
        "两车追尾，没有人受伤",
        "树倒了砸了一辆空车，幸好没砸到人",
        "剐蹭了一下，司机都没事",
        "路口堵得厉害，绕行吧",
    ],
)
def test_harm_denied_or_not_told_is_none(text: str) -> None:
    assert not somebody_harmed(text)
