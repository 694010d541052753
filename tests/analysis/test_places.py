"""Names of the district: which count, which street they make certain."""

import pytest

from tests.analysis.cast import read


def streets(text: str, scope: str = "open") -> list[str]:
    return read(text, scope=scope).streets


def test_a_compound_tells_its_street() -> None:
    assert streets("真武庙五里的暖气不热") == ["月坛街道"]


def test_an_area_that_is_also_a_street_office_gives_that_street() -> None:
    assert streets("北京新街口的路灯不亮了") == ["新街口街道"]


def test_a_house_number_decides_the_side_of_a_boundary_road() -> None:
    assert streets("西单北大街131号门口违停") == ["金融街街道"]
    assert streets("西单北大街132号门口违停") == ["西长安街街道"]


def test_a_boundary_road_alone_gives_no_street() -> None:
    assert streets("西单北大街太堵了") == []


def test_the_name_stands_as_the_writer_wrote_it() -> None:
    places = read("德\u200b胜\u200b门外大街修路，西城区的").places
    assert places[0]["name"] == "德\u200b胜\u200b门外大街"


def test_two_ambiguous_names_of_the_district_prove_each_other() -> None:
    reading = read("新街口积水潭医院门口太堵")
    assert reading.relevant
    assert {p["name"] for p in reading.places} == {"新街口", "积水潭医院"}


def test_a_source_that_speaks_of_the_city_is_context_for_an_ambiguous_name() -> None:
    assert not read("菜市口外共享单车堆满了").relevant
    assert read("菜市口外共享单车堆满了", source="新京报·北京频道").relevant


@pytest.mark.parametrize(
    "text",
    [
        "看完展览路过这里",
        "展览路线图在门口领",
        "天桥下面有摆摊的",
        "丰盛的晚餐",
        "今晚吃了陶然亭作文范文里的小吃",
        "坐161路公交",
    ],
)
def test_everyday_words_that_look_like_names_are_none(text: str) -> None:
    assert read(text).places == []


def test_a_longer_name_hides_the_shorter_one_inside() -> None:
    names = [p["name"] for p in read("牛街礼拜寺门口堵车").places]
    assert names == ["牛街礼拜寺"]


def test_a_former_name_is_placed_and_shown_as_written() -> None:
    reading = read("西城厂桥一带停水")
    assert any(p["name"] == "厂桥" for p in reading.places)


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("小马厂南里的电梯坏了半个月，小马厂南里没人管", "广安门外街道"),  # told twice, counted once as what it is
        ("燕家胡同下水道堵了，臭气熏天", "大栅栏街道"),
        ("新安中里路灯不亮，晚上看不见路", "白纸坊街道"),  # a community without its last word
        ("证仁医院门口天天堵车", "白纸坊街道"),
        ("尊敬的县领导：燕家胡同停水了", "大栅栏街道"),  # 县 after a word that is no name
        ("燕家胡同口往吉安路方向堵死了", "大栅栏街道"),  # a road named after another city
        ("三里河54号院的消防设施瘫痪了", "月坛街道"),
    ],
)
def test_a_name_of_the_lists_counts_where_no_other_place_is_named(text: str, street: str) -> None:
    reading = read(text)
    assert reading.relevant
    assert "".join(reading.streets) == street


@pytest.mark.parametrize(
    "text",
    [
        "武汉小马厂南里的电梯坏了半个月",
        "沈阳市白纸坊小学门口太堵",
        "朝阳区香炉营头条附近工地昼夜施工",
        "广州市西城区顺城街第一小学师资不足",
        "永乐里的路灯坏了",  # many cities have one
        "白云路成断头路两年了，西二环还在修",
        "西城湾小区停水两天整了",
    ],
)
def test_a_name_of_the_lists_proves_nothing_beside_another_place_or_where_many_have_it(text: str) -> None:
    assert not read(text).relevant
