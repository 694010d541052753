"""What a person arranged stays so whatever is filed after; and the days of a topic, which its curves are drawn from."""

from datetime import UTC, date, datetime, timedelta

import pytest

from analysis.heat import cooled, standing
from analysis.models import Membership, Reading, Topic, TopicDay
from analysis.nearness import near_topics
from analysis.services import arranging
from analysis.services.figures import fill_days
from analysis.services.filing import file_posts
from crawlers.models import Post, Source
from tests.people import Office

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LIFT = ("青槐小区电梯又停了", "青槐小区三号楼电梯停运，物业说等配件，老人上不了楼")
LIFT_AGAIN = ("青槐小区电梯什么时候修好", "青槐小区三号楼电梯停运五天，物业一直说等配件")
GATE = ("青槐小区大门改道没有公告", "青槐小区南门封了改走北门，物业没有公告，送孩子上学绕路")
SCHOOL = ("育才小学门口没有斑马线", "育才小学放学时路口车多，没有斑马线也没有护学岗")
BOTH = ("青槐小区电梯停运、大门改道", "青槐小区三号楼电梯停运，南门封了改走北门，物业没有公告也不说等配件到什么时候")


def say(told: tuple[str, str], at: datetime, *, handle: str = "", copy_of: Post | None = None) -> Post:
    """A resident's post, read and filed."""
    source = Source.objects.get_or_create(
        key="board", defaults={"name": "板", "klass": "board", "kind": "board", "voice": "public", "platform": "board"}
    )[0]
    number = Post.objects.count()
    row = Post.objects.create(
        source=source,
        platform="board",
        voice="public",
        handle=handle or f"{number:016x}",
        title=told[0],
        text=told[1],
        text_key=f"{number:064d}",
        published_at=at,
        precision="minute",
        fetched_at=at,
        seen_at=at,
        step=1,
    )
    Reading.objects.create(
        post=row, version="t", at=at, relevant=True, confidence=1.0, sentiment="negative", klass="物业", kind="投诉"
    )
    file_posts(at=at)
    return row


def topic_of(post: Post) -> Topic:
    return Membership.objects.select_related("topic").get(post=post).topic


def days_of(topic: Topic) -> list[tuple[date, int, int, int]]:
    return list(TopicDay.objects.filter(topic=topic).order_by("day").values_list("day", "posts", "copies", "voices"))


def one_topic() -> tuple[Topic, list[Post]]:
    """Two matters of one compound that lie in one topic."""
    posts = [say(LIFT, MARCH), say(LIFT_AGAIN, MARCH + DAY), say(GATE, MARCH + DAY)]
    topic = topic_of(posts[0])
    Membership.objects.update(topic=topic)
    return topic, posts


def test_what_was_split_by_hand_is_not_joined_again_by_posts_that_fit_both(office: Office) -> None:
    topic, posts = one_topic()
    done = arranging.split(
        topic=topic, posts=[posts[2].pk], title="", by=office.qian, at=MARCH + 2 * DAY, reason="两件事"
    )
    for n in range(4):
        say(BOTH, MARCH + (3 + n) * DAY)
    assert topic_of(posts[2]).pk == done.other_id and topic_of(posts[0]) == topic
    assert Topic.objects.filter(merged_into=None).count() == 2
    assert Topic.objects.get(pk=done.other_id).title == GATE[0]
    topic.refresh_from_db()
    assert topic.title in (LIFT[0], LIFT_AGAIN[0])


def test_what_was_merged_by_hand_takes_new_posts_of_both(office: Office) -> None:
    lift, school = say(LIFT, MARCH), say(SCHOOL, MARCH + 20 * DAY)
    assert topic_of(lift) != topic_of(school)
    arranging.merge(topic=topic_of(lift), gone=topic_of(school), by=office.qian, at=MARCH + 21 * DAY, reason="同一处")
    newer = [say(SCHOOL, MARCH + 22 * DAY), say(LIFT_AGAIN, MARCH + 23 * DAY)]
    assert {topic_of(post) for post in newer} == {topic_of(lift)} == {topic_of(school)}
    assert topic_of(lift).episode == 2


def test_topics_whose_words_are_near_are_offered_first_and_others_not_at_all(office: Office) -> None:
    topic, posts = one_topic()
    done = arranging.split(
        topic=topic, posts=[posts[1].pk], title="", by=office.qian, at=MARCH + 2 * DAY, reason="两件事"
    )
    say(SCHOOL, MARCH + DAY)
    found = near_topics(topic, limit=6)
    assert [other for other, _ in found] == [done.other_id] and found[0][1] > 0.2


def test_the_days_of_a_topic_are_kept_by_filing_late_posts_and_copies_included() -> None:
    first = say(LIFT, MARCH)
    say(LIFT_AGAIN, MARCH + 3 * DAY)
    say(LIFT, MARCH + 3 * DAY + timedelta(hours=1))  # the same words by another person
    topic = topic_of(first)
    assert days_of(topic) == [(date(2026, 3, 2), 1, 0, 1), (date(2026, 3, 5), 2, 1, 3)]
    say(LIFT_AGAIN, MARCH + 2 * DAY)  # found late
    topic.refresh_from_db()
    rows = days_of(topic)
    assert [day for day, *_ in rows] == [date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 5)]
    assert sum(posts for _, posts, _, _ in rows) == topic.posts_count == 4
    last = TopicDay.objects.filter(topic=topic).latest("day")
    assert (last.heat, last.heat_parts, last.voices) == (topic.heat, topic.heat_parts, topic.voices)


def test_a_day_is_of_the_district_not_of_greenwich() -> None:
    post = say(LIFT, datetime(2026, 3, 2, 17, tzinfo=UTC))  # 01:00 of the next day in Beijing
    assert [day for day, *_ in days_of(topic_of(post))] == [date(2026, 3, 3)]


def test_topics_of_an_older_version_get_their_days_from_the_next_tidying() -> None:
    topic = topic_of(say(LIFT, MARCH))
    say(LIFT_AGAIN, MARCH + DAY)
    before = days_of(topic)
    TopicDay.objects.all().delete()
    assert fill_days(at=MARCH + 2 * DAY) == 1
    assert days_of(topic) == before
    assert fill_days(at=MARCH + 2 * DAY) == 0


def test_heat_fades_alike_in_all_parts_and_orders_topics_whenever_they_spoke() -> None:
    parts = {"人数": 30.0, "扩散": 3.0}
    assert cooled(parts, since=MARCH, at=MARCH) == parts
    assert cooled(parts, since=MARCH, at=MARCH + 7 * DAY) == {"人数": 11.0, "扩散": 1.1}
    assert cooled(parts, since=MARCH, at=MARCH - DAY) == parts
    hot_then, warm_now = standing(40, at=MARCH), standing(20, at=MARCH + 7 * DAY)
    assert hot_then < warm_now < standing(60, at=MARCH)
    assert standing(0, at=MARCH) < standing(0.1, at=MARCH)
