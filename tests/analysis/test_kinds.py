"""What kind of post it is, and what it asks."""

import pytest

from tests.analysis.cast import read


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("楼下饭馆油烟太大，投诉多次没人管", "投诉"),
        ("永安路的路灯又不亮了", "投诉"),
        ("请问随迁子女入学需要哪些材料", "咨询"),
        ("建议在路口增设红绿灯", "建议"),
        ("举报小区里无证经营的黑诊所", "举报"),
        ("孩子走丢了，求助大家帮忙转发", "求助"),
        ("陶然亭公园今天真美，给园林工人点赞", "表扬"),
        ("感谢街道，路修得很好，建议再装几盏灯", "建议"),
        ("据新京报记者报道，西单商圈明年改造", "转述新闻"),
    ],
)
def test_the_kind_follows_from_what_is_said(text: str, kind: str) -> None:
    assert read(text).kind == kind


def test_a_polite_complaint_is_a_demand() -> None:
    reading = read("请问什么时候能修好电梯，谢谢")
    assert reading.kind in ("投诉", "咨询")
    assert reading.demand


@pytest.mark.parametrize(
    "text",
    [
        "楼道里有燃气味，请燃气公司来查",
        "那处健身器材还是坏的，请派人修一修",
        "扶手生锈松动，请换新的",
    ],
)
def test_asking_somebody_to_come_and_mend_is_a_demand(text: str) -> None:
    assert read(text).demand


def test_praise_demands_nothing() -> None:
    assert not read("陶然亭公园今天真美，给园林工人点赞").demand


def test_what_a_government_site_says_is_an_official_notice_whatever_its_words() -> None:
    assert read("建议市民减少外出", voice="official").kind == "官方发布"


def test_the_asking_sentence_is_lifted_as_written() -> None:
    reading = read("小区停水两天了。请问，什么时候能恢复供水？家里有老人。")
    assert reading.asks == ["请问，什么时候能恢复供水"]


def test_somebody_who_tells_of_a_fire_demands_nothing() -> None:
    assert not read("今早7点半白纸坊某楼起火，有人受伤").demand
