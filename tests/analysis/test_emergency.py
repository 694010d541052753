"""Emergencies are noticed; rehearsals, films, history, fears, other places and denials are not."""

import json
from datetime import datetime

import pytest

from analysis.emergency import EmergencyFact
from tests.analysis import (
    emergency_texts_2,
    emergency_texts_3,
    emergency_texts_4,
    emergency_texts_5,
    emergency_texts_6,
    emergency_texts_7,
    emergency_texts_8,
    emergency_texts_9,
    emergency_texts_10,
    emergency_texts_11,
    emergency_texts_12,
    emergency_texts_13,
    emergency_texts_14,
    emergency_texts_15,
)
from tests.analysis.cast import MORNING, ZONE, read
from tests.analysis.emergency_texts import DECOYS, EMERGENCIES, OUTAGES

BATCHES = (
    emergency_texts_2,
    emergency_texts_3,
    emergency_texts_4,
    emergency_texts_5,
    emergency_texts_6,
    emergency_texts_7,
    emergency_texts_8,
)
BY_KIND = (
    emergency_texts_9,
    emergency_texts_10,
    emergency_texts_11,
    emergency_texts_12,
    emergency_texts_13,
    emergency_texts_14,
    emergency_texts_15,
)
TOLD = [text for batch in BATCHES for text in batch.EMERGENCIES]
TOLD += [text for batch in BY_KIND for texts in batch.TOLD.values() for text in texts]
PASSED_OVER = [text for batch in (*BATCHES, *BY_KIND) for text in batch.DECOYS]
# Told as an emergency, but the place alone does not prove the district to an open source: every city has a 四中, a
# 太平街, a 儿童医院; the others are lanes and yards no list of names holds.
UNPROVED = (
    "他们四中教学楼",
    "儿童医院地库",
    "实验中学后门",
    "什坊院那棵",
    "三轮在太平街",
    "棉花片胡同",
    "护城河永安桥",
    "听见天桥那边",
    "天桥一工地",
)
# A school of another city that bears the district's name: the happening is read rightly, the place is not.
MISPLACED = ("天津和平区西城小学",)


def fact(text: str, **given: str) -> EmergencyFact:
    told = read(text, **given).emergency  # type: ignore[arg-type]  # all given are texts
    assert told is not None
    return told


@pytest.mark.parametrize("text", EMERGENCIES)
def test_a_happening_is_noticed(text: str) -> None:
    told = fact(text)
    assert told.current and not told.denied
    assert told.in_district is not False


@pytest.mark.parametrize("text", OUTAGES)
def test_what_is_still_cut_for_a_building_is_noticed(text: str) -> None:
    told = fact(text)
    assert told.outage
    assert told.scope == "building"


@pytest.mark.parametrize("text", DECOYS)
def test_what_only_sounds_like_a_happening_warns_nobody(text: str) -> None:
    told = read(text).emergency
    assert told is None or told.in_district is False


@pytest.mark.parametrize("text", TOLD)
def test_an_emergency_at_a_place_of_the_district_is_noticed_as_ours(text: str) -> None:
    reading = read(text)
    assert reading.emergency is not None
    assert reading.emergency.in_district is not False
    assert reading.relevant or any(words in text for words in UNPROVED)


@pytest.mark.parametrize(
    ("kinds", "text"),
    [(kinds, text) for batch in BY_KIND for kinds, texts in batch.TOLD.items() for text in texts],
)
def test_an_emergency_is_told_by_its_kind(kinds: str, text: str) -> None:
    told = fact(text)
    assert told.kind in kinds.split("|")
    assert told.outage is told.kind.startswith("停")


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("白广路整栋楼的暖气都不热，昨天开始的", "building"),
        ("六铺炕北小街好多楼暖气一点不热，第四天了", "building"),
        ("西单一栋楼的暖气一点不热", "building"),
        ("红莲北里小区居民家里暖气都不热，三天了，到现在没人管", "building"),
        ("白纸坊东街12号楼停暖两天了，孩子冻感冒了", "building"),
        ("百万庄北里3号楼、5号楼停止供热，至今未恢复", "building"),
        ("白纸坊东街12号楼的暖气从来就不热，孩子总感冒，请热力公司上门", None),
        ("陶然亭路整个小区的暖气都不太热，屋里17度", None),
        ("真武庙四里2单元我家的暖气不热，已经三天了，请派人来修", None),
    ],
)
def test_heat_that_is_cut_is_told_from_heat_that_is_too_little(text: str, scope: str | None) -> None:
    told = read(text).emergency
    assert (told and told.outage and told.scope) == scope


@pytest.mark.parametrize("text", PASSED_OVER)
def test_a_text_that_plays_recalls_fears_or_denies_an_emergency_is_passed_over(text: str) -> None:
    reading = read(text)
    told = reading.emergency
    misplaced = any(words in text for words in MISPLACED)
    assert told is None or told.in_district is False or not reading.relevant or misplaced


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("白云路7号院停水，已经两天", True),
        ("地铁和平门站往下灌水呢，乘客都困在站台上", True),
        ("广州白云路7号院停水，已经两天", False),
        ("西安地铁和平门站往下灌水呢，乘客都困在站台上", False),
        ("后海冰面塌了，掉下去两个人，救护车刚到", True),
        ("深圳后海一工地塌了，掉下去两个人，救护车刚到", False),
        ("实验二小门口刚撞了三个孩子，都送医院了", True),
        ("洛阳实验二小门口刚撞了三个孩子，都送医院了", False),
    ],
)
def test_a_yard_or_a_station_that_is_mainly_here_counts_in_an_emergency_unless_another_city_is_named(
    text: str, *, ours: bool
) -> None:
    reading = read(text)
    assert reading.emergency is not None
    assert reading.relevant is ours


def test_time_hurt_and_place_are_told() -> None:
    told = fact("今早7点半白纸坊某楼起火，有人受伤")
    assert told.kind == "fire"
    assert told.occurred_at == datetime(2026, 11, 21, 7, 30, tzinfo=ZONE)
    assert told.precision == "minute"
    assert (told.dead, told.hurt) == (None, 1)
    assert told.in_district is True
    assert told.place == "白纸坊"


def test_the_dead_are_counted() -> None:
    assert fact("今早7点半白纸坊某楼起火，3人死亡").dead == 3


def test_a_fire_in_another_xicheng_is_told_as_elsewhere() -> None:
    assert fact("许昌西城区一小区突发火灾，3人死亡").in_district is False
    assert fact("许昌西城区一小区突发火灾，3人死亡").place == "许昌"


def test_a_police_notice_of_the_morning_is_as_good_as_a_post() -> None:
    told = fact("西城警方通报：今晨6时许某楼坍塌，3人死亡", voice="official")
    assert (told.kind, told.dead, told.precision) == ("collapse", 3, "hour")
    assert told.occurred_at == datetime(2026, 11, 21, 6, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    "text",
    [
        "去年今天这里起过火",
        "如果着火怎么办，消防通道都堵了",
        "8月15号再次停电，今年已经二十多次",
        "西城消防预告：明天上午在牛街举行消防演练，请勿惊慌",
        "凌晨2点还在施工",
        "电梯又坏了，天天爬楼",
    ],
)
def test_the_worked_cases_that_are_no_emergency(text: str) -> None:
    assert read(text, scope="district").emergency is None


def test_water_cut_since_last_night_begins_with_the_part_of_the_day() -> None:
    told = fact("昨晚停水到现在，整栋楼没水")
    assert told.outage_begun_at == datetime(2026, 11, 20, 20, 0, tzinfo=ZONE)
    assert told.precision == "part_of_day"


def test_days_without_water_are_counted_back() -> None:
    told = fact("真武庙五里整栋楼停水7天了，没人管")
    assert told.outage_begun_at is not None
    assert (MORNING - told.outage_begun_at).days == 7


def test_one_household_without_power_is_not_a_building() -> None:
    reading = read("西城区我家里停电了，现在还没来，邻居都有电")
    assert reading.emergency is None or reading.emergency.scope == "household"


def test_what_came_back_is_over() -> None:
    assert read("西城区荣丰小区昨晚停电，现在已经恢复供电了").emergency is None


def test_nobody_hurt_is_zero_and_not_told_is_nothing() -> None:
    assert fact("刚才西单一商铺起火，无人员伤亡").dead == 0
    assert fact("刚才西单一商铺起火，浓烟滚滚").dead is None


def test_the_newest_figure_counts_and_the_older_one_stands_beside_it() -> None:
    told = fact("西城区今晨坍塌事故死亡人数升至5人，此前通报3人遇难")
    assert told.dead == 5
    assert told.contradicting == ("3人遇难",)


def test_a_real_fire_that_is_said_to_be_no_rehearsal_is_one() -> None:
    assert fact("不是演习，西单大悦城真的着火了，快报警").kind == "fire"


def test_without_the_time_of_the_post_relative_words_fix_nothing() -> None:
    told = read("西单大悦城着火了，消防车刚到", at=None).emergency
    assert told is not None
    assert told.occurred_at is None
    assert told.precision == "unknown"


def test_a_fact_goes_through_json_and_back() -> None:
    told = fact("今早7点半白纸坊某楼起火，3人死亡")
    assert EmergencyFact.from_json(json.loads(json.dumps(told.as_json()))) == told


def test_a_fire_of_the_morning_told_by_a_source_that_dates_by_day_is_current() -> None:
    told = read("今早7点半西城区白纸坊某楼起火", at=datetime(2026, 11, 21, tzinfo=ZONE)).emergency
    assert told is not None
    assert told.occurred_at == datetime(2026, 11, 21, 7, 30, tzinfo=ZONE)


def test_a_flow_of_people_past_gas_bottles_is_no_leak() -> None:
    text = "每天中午放学，德胜门中学门口好多摊贩，一个摊贩一个煤气罐人流量大，天气变热有很大的安全隐患"
    assert read(text).emergency is None
