"""What a person says of a judgement holds at once, for copies too, and no machine takes it back."""

from datetime import UTC, datetime, timedelta

import pytest

from analysis.models import Correction, Membership, Reading, SearchEntry, Topic, TopicDay
from analysis.services.filing import file_posts
from analysis.services.indexing import settle as settle_index
from analysis.services.standing import differing, group_of, standing
from crawlers.canonical import REMOVED
from crawlers.models import Post, Source
from office import trail
from office.errors import Refused
from office.models import Trail
from office.pack.current import current_pack
from responses.models import Issue
from responses.services.corrections import correct, take_back
from responses.services.topics import open_lead
from tests.people import Office

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIFT = ("电梯又停了", "三号楼电梯停运，物业说等配件，老人上不了楼，已经第五天了没人管")
LIFT_AGAIN = ("电梯什么时候修好", "三号楼电梯停运五天，物业一直说等配件，老人上不了楼")
SHOW = ("电视剧里的西城区", "追剧追到大结局，西城区那段拍得真好，主演演技在线，票房一定高")


def say(
    told: tuple[str, str], at: datetime, *, relevant: bool = True, handle: str = "", sentiment: str = "negative"
) -> Post:
    """A resident's post, read and filed."""
    source = Source.objects.get_or_create(
        key="board",
        defaults={
            "name": "板", "klass": "board", "kind": "board", "voice": "public", "platform": "board", "scope": "open",
        },
    )[0]  # fmt: skip
    number = Post.objects.count()
    row = Post.objects.create(
        source=source,
        platform="board",
        voice="public",
        handle=handle or f"{number:016x}",
        title=told[0],
        text=told[1],
        text_key=f"{number:064x}",
        published_at=at,
        precision="minute",
        fetched_at=at,
        seen_at=at,
        step=1,
    )
    Reading.objects.create(
        post=row, version="t", at=at, relevant=relevant, confidence=0.8, sentiment=sentiment, klass="物业管理",
        kind="投诉", units=[{"name": "物业服务企业", "why": "t"}],
    )  # fmt: skip
    file_posts(at=at)
    return row


def reading(post: Post) -> Reading:
    return Reading.objects.get(post=post)


def topic_of(post: Post) -> Topic | None:
    row = Membership.objects.select_related("topic").filter(post=post).first()
    return row.topic if row else None


def test_a_post_that_is_not_ours_leaves_its_topic_and_comes_back_by_undo(office: Office) -> None:
    posts = [say(LIFT, MARCH), say(LIFT_AGAIN, MARCH + HOUR)]
    topic = topic_of(posts[0])
    assert topic is not None and topic_of(posts[1]) == topic and Topic.objects.get(pk=topic.pk).voices == 2
    done = correct(post=posts[1], judgement="relevant", value=False, by=office.wang, at=MARCH + 2 * HOUR)
    assert topic_of(posts[1]) is None and done.followed.left == {topic.pk}
    topic.refresh_from_db()
    assert (topic.voices, topic.posts_count, topic.last_post_at) == (1, 1, MARCH)
    assert TopicDay.objects.get(topic=topic).posts == 1
    now = reading(posts[1])
    assert now.relevant is False and now.units == [] and (now.machine or {})["relevant"] is True
    row = Trail.objects.get(kind="reading.correct")
    assert row.by == office.wang and row.object_kind == "correction" and trail.verify() == []
    take_back(correction=done.correction, by=office.li, at=MARCH + 3 * HOUR)
    assert topic_of(posts[1]) == topic and reading(posts[1]).machine is None
    assert Topic.objects.get(pk=topic.pk).voices == 2
    with pytest.raises(Refused, match="李静 已经撤销"):
        take_back(correction=done.correction, by=office.wang, at=MARCH + 4 * HOUR)


def test_a_post_that_is_ours_after_all_is_filed_with_its_copies(office: Office) -> None:
    first = say(LIFT, MARCH, relevant=False)
    copy = say(LIFT, MARCH + HOUR, relevant=False)
    assert Post.objects.get(pk=copy.pk).copy_of_id == first.pk and Topic.objects.count() == 0
    done = correct(post=copy, judgement="relevant", value=True, by=office.qian, at=MARCH + 2 * HOUR)
    assert done.followed.filing == 2
    assert file_posts(at=MARCH + 2 * HOUR) == 2
    topic = topic_of(first)
    assert topic is not None and topic_of(copy) == topic
    assert all(row.relevant and row.confidence == 1.0 for row in Reading.objects.all())
    later = say(LIFT, MARCH + 3 * HOUR, relevant=False)
    assert reading(later).relevant is True and topic_of(later) == topic


def test_class_and_street_bring_their_unit_and_the_topic_counts_anew(office: Office) -> None:
    post = say(LIFT, MARCH)
    street = current_pack().streets[0].name
    correct(post=post, judgement="klass", value="供暖", by=office.wang, at=MARCH + HOUR)
    correct(post=post, judgement="place", value=street, by=office.wang, at=MARCH + HOUR)
    correct(post=post, judgement="sentiment", value="neutral", by=office.wang, at=MARCH + HOUR)
    now = reading(post)
    assert (now.klass, now.klass_p, now.priority, now.streets) == ("供暖", 1.0, True, [street])
    answers = [unit["name"] for unit in now.units]
    assert current_pack().taxonomy.named("供暖").unit in answers  # type: ignore[union-attr]
    assert any(street[:-2] in name for name in answers)
    topic = topic_of(post)
    assert topic is not None and (topic.klass, topic.streets, topic.negative_share) == ("供暖", [street], 0.0)
    assert topic.weigh_from is not None


def test_of_two_that_contradict_the_later_wins_and_both_are_kept(office: Office) -> None:
    post = say(LIFT, MARCH)
    one = correct(post=post, judgement="sentiment", value="neutral", by=office.wang, at=MARCH + HOUR).correction
    other = correct(post=post, judgement="sentiment", value="positive", by=office.li, at=MARCH + 2 * HOUR).correction
    rows = standing(group_of(post))
    assert rows == [one, other] and differing(rows) == {"sentiment"} and reading(post).sentiment == "positive"
    assert other.machine == "neutral"
    take_back(correction=other, by=office.li, at=MARCH + 3 * HOUR)
    assert reading(post).sentiment == "neutral" and differing(standing(group_of(post))) == set()
    take_back(correction=one, by=office.wang, at=MARCH + 4 * HOUR)
    assert reading(post).sentiment == "negative" and reading(post).machine is None
    assert Correction.objects.count() == 2


def test_a_post_moved_to_another_topic_stays_there_and_its_next_copies_follow(office: Office) -> None:
    posts = [say(LIFT, MARCH), say(LIFT_AGAIN, MARCH + HOUR)]
    was = topic_of(posts[1])
    done = correct(post=posts[1], judgement="topic", value=0, by=office.qian, at=MARCH + 2 * HOUR)
    own = topic_of(posts[1])
    assert was is not None and own is not None and own != was and own.pinned and own.voices == 1
    copy = say(LIFT_AGAIN, MARCH + 3 * HOUR)
    assert topic_of(copy) == own and Membership.objects.get(post=posts[1]).by_hand
    take_back(correction=done.correction, by=office.qian, at=MARCH + 4 * HOUR)
    assert topic_of(posts[1]) == was and topic_of(copy) == own
    for wrong, words in ((was.pk, "现在就在"), (999, "没有编号为 T-999")):
        with pytest.raises(Refused, match=words):
            correct(post=posts[0], judgement="topic", value=wrong, by=office.qian, at=MARCH)


def test_the_search_index_follows(office: Office) -> None:
    post = say(LIFT, MARCH)
    settle_index(at=MARCH)
    before = SearchEntry.objects.get(post=post.pk)
    correct(post=post, judgement="sentiment", value="positive", by=office.wang, at=MARCH + HOUR)
    correct(post=post, judgement="place", value=current_pack().streets[0].name, by=office.wang, at=MARCH + HOUR)
    settle_index(at=MARCH + HOUR)
    after = SearchEntry.objects.get(post=post.pk)
    assert after.docid != before.docid and after.facets != before.facets


def test_an_open_case_is_told_and_keeps_its_clocks(office: Office) -> None:
    post = say(LIFT, MARCH)
    topic = topic_of(post)
    assert topic is not None
    case = open_lead(topic=topic, by=office.wang, at=MARCH + HOUR, level=4, reason="看一下")
    due = [clock.due_at for clock in case.matter.clocks.order_by("pk")]
    done = correct(post=post, judgement="relevant", value=False, by=office.wang, at=MARCH + 2 * HOUR)
    assert done.cases == [case] and done.followed.emptied == {topic.pk}
    topic.refresh_from_db()
    assert (topic.voices, topic.posts_count, topic.heat, topic.weigh_from) == (0, 0, 0.0, None)
    case.refresh_from_db()
    assert case.state == Issue.State.LEAD and [c.due_at for c in case.matter.clocks.order_by("pk")] == due
    assert Trail.objects.filter(kind="issue.reading", object_id=str(case.pk)).exists()


def test_what_can_not_be_corrected_is_refused_in_a_sentence(office: Office) -> None:
    post = say(LIFT, MARCH)
    for by, judgement, value, words in (
        (office.han, "relevant", False, "没有“更正判读”的权限"),
        (office.admin, "relevant", False, "没有“更正判读”的权限"),
        (office.wang, "relevant", True, "不用改"),
        (office.wang, "klass", "没有这一类", "不在单子里"),
        (office.wang, "place", "月球街道", "不在单子里"),
        (office.wang, "sentiment", "angry", "不在单子里"),
        (office.wang, "mood", "x", "不在单子里"),
    ):
        with pytest.raises(Refused, match=words):
            correct(post=post, judgement=judgement, value=value, by=by, at=MARCH)
    Post.objects.filter(pk=post.pk).update(text=REMOVED)
    post.refresh_from_db()
    with pytest.raises(Refused, match="按本人要求移除"):
        correct(post=post, judgement="sentiment", value="neutral", by=office.wang, at=MARCH)
    assert Correction.objects.count() == 0
