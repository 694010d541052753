"""The class of a post by the pack's words."""

import pytest

from tests.analysis.cast import read


@pytest.mark.parametrize(
    ("text", "klass"),
    [
        ("暖气不热，室温只有14度", "供暖"),
        ("整栋楼停水两天了，水压一直不稳", "供水"),
        ("一股煤气味，怀疑燃气泄漏", "燃气"),
        ("学区划片不公，派位到别的片区", "入学与学区"),
        ("楼道堆物，消防通道被堵", "消防安全"),
        ("永安路的路灯都不亮", "市政设施"),
        ("楼下广场舞扰民，噪音太大", "噪声扰民"),
        ("公司拖欠工资三个月", "欠薪与劳动关系"),
        ("申请式退租的补偿协议迟迟不签", "拆迁征收与腾退"),
    ],
)
def test_a_complaint_falls_into_its_class(text: str, klass: str) -> None:
    assert read(text).klass == klass


def test_a_priority_class_is_marked_and_an_ordinary_one_is_not() -> None:
    assert read("孩子入学派位").priority
    assert not read("路灯不亮").priority


def test_a_post_without_a_matter_falls_into_the_rest() -> None:
    reading = read("今天的云真好看")
    assert reading.klass == "其他"
    assert not reading.priority


def test_the_unit_that_answers_is_named_with_the_reason() -> None:
    units = read("西城区真武庙五里暖气不热").units
    assert units[0]["name"] == "北京市热力集团有限责任公司"
    assert "供暖" in units[0]["why"]
    assert {"name": "月坛街道办事处", "why": "属地：地点在月坛街道"} in units


def test_a_unit_that_the_post_names_comes_first() -> None:
    assert read("西城区教育委员会什么时候公布派位结果").units[0]["name"] == "西城区教育委员会"
