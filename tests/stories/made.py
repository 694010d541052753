"""Posts made for the tests: what residents of many streets write over some weeks, always the same for the same number.

Matters with one to six voices, copies, repeats, emergencies, posts about other places and lines that cannot be taken.
No sentence here was said by anybody.
"""

import random
from datetime import datetime, timedelta
from typing import Any

STREETS = (
    "白纸坊",
    "陶然亭",
    "牛街",
    "广安门外",
    "月坛",
    "展览路",
    "德胜",
    "新街口",
    "什刹海",
    "椿树",
    "天桥",
    "大栅栏",
)
MATTERS = (
    ("路灯不亮", "{s}街道的路灯坏了{n}盏，晚上黑得看不见路", "有老人已经摔过", "请尽快派人来修"),
    ("小区停水", "{s}街道我们这片从昨天起停水，{n}户人家没水做饭", "物业电话没人接", "什么时候能恢复"),
    ("暖气不热", "{s}街道这边暖气只有{n}度，孩子冻得发烧", "报修三次没人上门", "能不能来测一次温"),
    ("垃圾没人清", "{s}街道胡同口的垃圾堆了{n}天，味道很大", "苍蝇到处都是", "希望环卫尽快清走"),
    ("占道停车", "{s}街道的人行道停满了车，推婴儿车要走机动车道{n}米", "贴过条也没用", "请交管部门管一管"),
    ("夜间施工", "{s}街道的工地到夜里{n}点还在打桩，全家睡不着", "打过电话没人管", "请执法部门去看看"),
    ("电梯总坏", "{s}街道这栋楼的电梯一个月坏了{n}次，老人下不了楼", "维修基金迟迟不批", "到底谁负责"),
    ("入学材料", "{s}街道的幼升小材料到底怎么交，跑了{n}趟都说缺一样", "窗口说法不一样", "请教委给个准话"),
    ("食品发霉", "{s}街道的早点铺卖发霉的包子，{n}个人吃了不舒服", "老板不承认", "请市场监管去查"),
    ("井盖松动", "{s}街道路口的井盖松了，{n}辆自行车被绊倒", "夜里响个不停", "赶紧换一个吧"),
)
FIRES = (
    ("居民楼起火", "刚刚{s}街道一栋居民楼着火了，浓烟很大，有{n}人被困在楼上，消防车已经到了"),
    ("燃气泄漏", "{s}街道这边燃气泄漏了，整栋楼刚刚都疏散出来了，{n}个人被抬上救护车"),
)
ELSEWHERE = (
    "许昌市西城区的湿地公园真大，周末带孩子去玩了{n}个小时",
    "看完电视剧里金融街那一段，编剧真敢写，评分{n}分",
    "转让九成新电动车一辆，{n}元，上海松江自提",
)
BEGIN = datetime.fromisoformat("2026-09-01T08:00:00+08:00")


def made_posts(count: int = 200, *, seed: int = 7, begin: datetime = BEGIN, days: int = 45) -> list[dict[str, Any]]:
    """`count` raw posts (fields of design 6) by publishing time, each from source `board`; ids are p0001, p0002, …"""
    dice = random.Random(seed)
    rows: list[dict[str, Any]] = []
    while len(rows) < count:
        start = begin + timedelta(minutes=dice.randrange(days * 24 * 60))
        kind = dice.random()
        if kind < 0.04:
            rows += _fire(dice, start)
        elif kind < 0.16:
            rows.append(_row(dice.choice(ELSEWHERE).format(n=dice.randrange(2, 10)), "", start, dice))
        else:
            rows += _matter(dice, start)
    del rows[count:]
    rows.sort(key=lambda row: row["published_at"])
    for number, row in enumerate(rows, 1):
        row["id"] = f"p{number:04}"
    return rows


def _row(text: str, title: str, at: datetime, dice: random.Random, author: str = "") -> dict[str, Any]:
    return {
        "id": "",
        "source": "board",
        "title": title,
        "text": text,
        "author": author or f"居民{dice.randrange(10_000)}",
        "published_at": at.isoformat(),
        "likes": dice.randrange(30),
    }


def _matter(dice: random.Random, start: datetime) -> list[dict[str, Any]]:
    title, *parts = dice.choice(MATTERS)
    street, number = dice.choice(STREETS), dice.randrange(2, 12)
    rows: list[dict[str, Any]] = []
    for voice in range(dice.choice((1, 1, 1, 2, 3, 4, 6))):
        tail = [part for part in parts[1:] if dice.random() < 0.8]
        text = "，".join([parts[0].format(s=street, n=number + voice), *tail]) + "。"
        at = start + timedelta(minutes=dice.randrange(1, 2000) * voice)
        rows.append(_row(text, f"{street}{title}", at, dice))
    if dice.random() < 0.25:  # somebody pastes it, somebody sends the same thing twice
        first = rows[0]
        rows.append(_row(first["text"], first["title"], start + timedelta(minutes=50), dice))
        rows.append(_row(first["text"], first["title"], start + timedelta(minutes=70), dice, author=first["author"]))
    return rows


def _fire(dice: random.Random, start: datetime) -> list[dict[str, Any]]:
    title, told = dice.choice(FIRES)
    street = dice.choice(STREETS)
    rows = [_row(told.format(s=street, n=dice.randrange(1, 5)), f"{street}{title}", start, dice)]
    rows.append(
        _row(
            f"{street}街道那边怎么了，好多消防车，听说{title}了",
            f"{street}{title}？",
            start + timedelta(minutes=9),
            dice,
        )
    )
    return rows
