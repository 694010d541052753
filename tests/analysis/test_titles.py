"""What a topic is called: never by a rumour where a plain post or an authority tells the matter too."""

from typing import Any

import pytest

from analysis.grouping import NewPost, file_post
from analysis.models import Reading, Topic
from analysis.titles import Telling, standings, telling_of
from analysis.topic_store import DatabaseStore, title_stands
from tests.analysis.test_grouping import DAY, MARCH, stored

FALLEN = {"current": True, "denied": False, "dead": None}
ROAD = "青槐路热力管线破裂路面塌陷，一辆小轿车掉进坑里，车里三个人被困"


@pytest.mark.parametrize(
    ("voice", "title", "text", "emergency", "stands"),
    [
        ("public", "青槐路路面塌了", ROAD, FALLEN, 2),
        ("public", "青槐路听说死人了", ROAD, FALLEN, 0),
        ("public", "青槐路出事了", "听说死了两个人，真的假的", FALLEN, 0),
        ("public", "别传谣青槐路没有人死亡", ROAD, None, 0),
        ("media", "三人一度被困", ROAD, FALLEN, 3),
        ("official", "关于今冬供热的通告", "供热期间请保持电话畅通。", None, 2),
        ("official", "关于网传青槐路死人不实的说明", ROAD, FALLEN, 1),
        ("hotlist", "", "青槐路路面塌陷", FALLEN, 2),
    ],
)
def test_how_well_a_post_names_its_topic(voice: str, title: str, text: str, emergency: Any, stands: int) -> None:
    assert standings({1: telling_of(voice, title, text, emergency)}) == {1: stands}


def test_deaths_that_an_authority_contradicts_later_name_nothing_and_those_it_confirms_do() -> None:
    tale, newer = Telling(event=True, deaths=True), Telling(event=True, deaths=True)
    none_dead = Telling(authority=True, event=True, refutes=True)
    three_dead = Telling(authority=True, event=True, deaths=True)
    assert standings({1: tale, 2: none_dead, 3: newer}) == {1: 0, 2: 3, 3: 2}
    assert standings({1: tale, 2: three_dead}) == {1: 2, 2: 3}


def told(title: str, day: int, *, voice: str = "public", emergency: Any = None) -> int:
    """A post about the road, read and filed; its topic."""
    post = stored(title, f"{ROAD}。{title}", MARCH + day * DAY)
    post.voice = voice
    post.save(update_fields=["voice"])
    Reading.objects.create(
        post=post, version="test", at=MARCH, relevant=True, confidence=1.0, sentiment="negative", klass="公共安全",
        kind="投诉", emergency=emergency,
    )  # fmt: skip
    new = NewPost(post.pk, post.seen_at, post.title, post.text, authority=voice != "public")
    return file_post(DatabaseStore(), new, at=post.seen_at).topic


@pytest.mark.django_db
def test_a_topic_that_a_rumour_opened_is_called_by_plain_posts_and_then_by_the_authority() -> None:
    rumour = "青槐路塌陷听说死人了"
    topic = told(rumour, 0, emergency={**FALLEN, "dead": 2})
    for day, title in enumerate(("青槐路路面塌陷有车掉进去", "青槐路塌了一大块"), 1):
        assert told(title, day) == topic
    assert Topic.objects.get(pk=topic).title != rumour
    assert not title_stands(topic, rumour)
    assert title_stands(topic, "青槐路塌了一大块") and title_stands(topic, "一个没有帖文用过的标题")
    told("青槐路路面塌陷三人获救", 3, voice="official", emergency={**FALLEN, "dead": 0})
    assert Topic.objects.get(pk=topic).title == "青槐路路面塌陷三人获救"
    told("青槐路塌陷又有人听说死了人", 4)
    told("青槐路还封着", 5)
    assert Topic.objects.get(pk=topic).title == "青槐路路面塌陷三人获救"
