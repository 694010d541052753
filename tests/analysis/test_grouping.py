"""Posts become topics one at a time, in the database, and the answer is the same whoever asks and whenever."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from analysis.copies import find_copy
from analysis.grouping import EPISODE_GAP, Filed, Happening, NewPost, TopicFacts, apart, episodes, file_post, needed
from analysis.models import CopyKey, Membership, PostVector, Reading, TermCount, Topic, TopicTerm
from analysis.topic_memory import MemoryStore
from analysis.topic_store import DatabaseStore, forget, happening_of, prune
from crawlers.models import Post, Source

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WATER = (
    ("青槐小区七号楼停水三天没人管", "青槐小区七号楼停水三天了，自来水公司说在抢修，一直没有恢复"),
    ("青槐小区停水，自来水公司不接电话", "青槐小区从周一开始停水，打自来水公司电话没人接，老人没水用"),
    ("青槐小区什么时候恢复供水", "停水第四天了，青槐小区几百户没水，自来水公司给个说法"),
    ("强烈要求给青槐小区送水", "青槐小区停水这么久，自来水公司应当派车送水"),
)
SCHOOL = ("请问育才小学今年怎么登记", "外地户口的孩子入学登记要准备哪些材料，什么时候开始")


def stored(title: str, text: str, at: datetime) -> Post:
    source = Source.objects.get_or_create(
        key="board", defaults={"name": "板", "klass": "board", "kind": "board", "voice": "public", "platform": "board"}
    )[0]
    return Post.objects.create(
        source=source,
        platform="board",
        voice="public",
        title=title,
        text=text,
        text_key=f"{Post.objects.count():064d}",
        published_at=at,
        precision="minute",
        fetched_at=at,
        seen_at=at,
    )


def filed(told: tuple[str, str], at: datetime = MARCH) -> Filed:
    post = stored(*told, at)
    return file_post(DatabaseStore(), NewPost(post.pk, at, *told), at=at)


def filed_all(told: Sequence[tuple[str, str]], *, step: timedelta = DAY) -> list[Filed]:
    return [filed(one, MARCH + i * step) for i, one in enumerate(told)]


def test_posts_on_one_matter_make_one_topic_and_another_matter_makes_another() -> None:
    answers = filed_all([*WATER, SCHOOL])
    assert len({answer.topic for answer in answers[:4]}) == 1
    assert answers[4].opened
    assert answers[4].topic != answers[0].topic
    assert "相似度" in answers[1].why


def test_a_topic_knows_its_title_and_its_span() -> None:
    answers = filed_all(WATER)
    topic = Topic.objects.get(pk=answers[0].topic)
    assert topic.title in [title for title, _ in WATER]
    assert (topic.first_post_at, topic.last_post_at) == (MARCH, MARCH + 3 * DAY)
    assert topic.episode == 1


def test_a_topic_is_called_by_its_most_typical_post_not_by_its_first() -> None:
    first = filed(("青槐小区里的怪事", "青槐小区停水，自来水公司没有消息"))
    for i, told in enumerate(WATER):
        assert filed(told, MARCH + i * DAY).topic == first.topic
    assert Topic.objects.get(pk=first.topic).title in [title for title, _ in WATER]


def test_filing_a_post_twice_changes_nothing() -> None:
    post = stored(*WATER[0], MARCH)
    new = NewPost(post.pk, MARCH, *WATER[0])
    first = file_post(DatabaseStore(), new, at=MARCH)
    rows = [model.objects.count() for model in (Topic, Membership, TopicTerm, TermCount, PostVector)]
    again = file_post(DatabaseStore(), new, at=MARCH + DAY)
    assert again.already
    assert again.topic == first.topic
    assert rows == [model.objects.count() for model in (Topic, Membership, TopicTerm, TermCount, PostVector)]


def test_a_post_leaves_at_most_sixteen_rows_in_the_index() -> None:
    filed(("青槐小区" * 20, "停水" + SCHOOL[1] * 50))
    assert TopicTerm.objects.count() <= 16


def test_after_sixty_days_of_silence_the_same_matter_is_a_new_topic() -> None:
    first = filed(WATER[0], MARCH)
    inside = filed(WATER[1], MARCH + 60 * DAY)
    assert inside.topic == first.topic
    late = filed(WATER[2], MARCH + 121 * DAY)
    assert late.opened


def test_a_gap_of_more_than_fourteen_days_begins_another_episode() -> None:
    topic = filed(WATER[0], MARCH).topic
    filed(WATER[1], MARCH + DAY)
    filed(WATER[2], MARCH + DAY + EPISODE_GAP)
    assert Topic.objects.get(pk=topic).episode == 1
    filed(WATER[3], MARCH + 30 * DAY)
    told = Topic.objects.get(pk=topic)
    assert told.episode == 2
    assert told.episode_started_at == MARCH + 30 * DAY
    assert told.previous_seen_at == MARCH + DAY + EPISODE_GAP
    assert list(Membership.objects.order_by("at").values_list("episode", flat=True)) == [1, 1, 1, 2]


def test_a_post_that_comes_late_finds_its_episode() -> None:
    topic = filed(WATER[0], MARCH).topic
    filed(WATER[1], MARCH + 30 * DAY)
    assert Topic.objects.get(pk=topic).episode == 2
    late = filed(WATER[2], MARCH + 16 * DAY)
    assert late.topic == topic
    told = Topic.objects.get(pk=topic)
    assert (told.episode, told.episode_started_at) == (2, MARCH + 16 * DAY)
    assert told.last_post_at == MARCH + 30 * DAY
    assert list(Membership.objects.order_by("at").values_list("episode", flat=True)) == [1, 2, 2]


def test_a_post_older_than_all_others_moves_the_first_moment() -> None:
    topic = filed(WATER[0], MARCH).topic
    filed(WATER[1], MARCH - 2 * DAY)
    assert Topic.objects.get(pk=topic).first_post_at == MARCH - 2 * DAY


BEGINNING = (
    ("青槐小区七号楼停水三天没人管", "家里做不了饭"),
    ("自来水公司抢修为什么这么慢", "打了很多次电话，自来水公司抢修一直没有结果"),
)
BRIDGE = ("青槐小区停水，自来水公司抢修太慢", "青槐小区七号楼停水三天，自来水公司抢修没有结果，打了很多次电话")


def test_two_topics_that_began_apart_become_one_when_posts_fit_both() -> None:
    one, other = filed_all(BEGINNING)
    assert one.topic != other.topic
    bridge = filed(BRIDGE, MARCH + 2 * DAY)
    assert [(pair.survivor, pair.gone) for pair in bridge.joined] == [(one.topic, other.topic)]
    assert bridge.topic == one.topic
    gone = Topic.objects.get(pk=other.topic)
    assert gone.merged_into_id == one.topic
    assert not Membership.objects.filter(topic=gone).exists()
    assert Topic.objects.get(pk=one.topic).first_post_at == MARCH


def test_a_confirmed_topic_is_never_joined_but_still_grows() -> None:
    one, other = filed_all(BEGINNING)
    Topic.objects.filter(pk__in=[one.topic, other.topic]).update(frozen=True)
    bridge = filed(BRIDGE, MARCH + 2 * DAY)
    assert not bridge.opened
    assert bridge.joined == ()
    assert Topic.objects.filter(merged_into=None).count() == 2


def test_two_runs_over_the_same_posts_make_the_same_topics() -> None:
    told = [*WATER, SCHOOL, *BEGINNING, BRIDGE]
    first = [answer.topic for answer in filed_all(told)]
    shape = [first.index(topic) for topic in first]
    Topic.objects.update(merged_into=None)
    for model in (Membership, Topic, TopicTerm, TermCount, PostVector):
        model.objects.all().delete()
    second = [answer.topic for answer in filed_all(told)]
    assert shape == [second.index(topic) for topic in second]


def test_a_topic_asks_for_more_the_longer_it_was_silent() -> None:
    topic = TopicFacts(1, 3, MARCH, False)
    asked = [needed(topic, MARCH + days * DAY) for days in (0, 1, 7, 30, 60)]
    assert asked == sorted(set(asked))
    assert asked[-1] < 1.4 * asked[0]
    assert needed(topic, MARCH - 5 * DAY) == asked[0]


def test_the_store_in_memory_groups_as_the_database_does() -> None:
    told = [*WATER, SCHOOL, *BEGINNING, BRIDGE, *WATER, *BEGINNING]
    memory = MemoryStore()
    for i, answer in enumerate(filed_all(told, step=3 * DAY)):
        at = MARCH + 3 * i * DAY
        same = file_post(memory, NewPost(i + 1, at, *told[i]), at=at)
        assert (same.opened, same.why[-4:], len(same.joined)) == (answer.opened, answer.why[-4:], len(answer.joined))
    shape = sorted(len(posts) for posts in memory.posts.values())
    assert shape == sorted(
        Membership.objects.filter(topic=topic).count() for topic in set(Topic.objects.filter(merged_into=None))
    )


def test_posts_without_a_word_each_stay_alone() -> None:
    answers = filed_all([("", "。。。"), ("", "😀"), ("", "")])
    assert len({answer.topic for answer in answers}) == 3


def test_what_is_older_than_the_window_leaves_the_index_and_nothing_else() -> None:
    filed(WATER[0], MARCH)
    filed(WATER[1], MARCH + 10 * DAY)
    assert prune(before=MARCH + DAY) > 0
    assert PostVector.objects.count() == 1
    assert Membership.objects.count() == 2


def test_a_post_that_was_purged_leaves_nothing_of_its_words_behind() -> None:
    post = stored(*WATER[0], MARCH)
    find_copy(post.pk, *WATER[0])
    file_post(DatabaseStore(), NewPost(post.pk, MARCH, *WATER[0]), at=MARCH)
    forget(post.pk)
    for model in (CopyKey, TopicTerm, PostVector):
        assert not model.objects.exists()


def test_moments_in_order_are_cut_into_episodes() -> None:
    assert episodes([]) == []
    assert episodes([MARCH, MARCH + 14 * DAY, MARCH + 28 * DAY + timedelta(seconds=1)]) == [1, 1, 2]


# --- copies ----------------------------------------------------------------------------------------------------------


def copied(text: str, title: str = "") -> tuple[Post, int | None]:
    post = stored(title, text, MARCH)
    found = find_copy(post.pk, title, text)
    if found is not None:
        Post.objects.filter(pk=post.pk).update(copy_of=found.of)
    return post, found.of if found else None


def test_every_copy_points_to_the_first_post_of_its_group() -> None:
    first, none = copied(WATER[0][1])
    assert none is None
    _, second = copied("转发：" + WATER[0][1])
    _, third = copied("转发：转发：" + WATER[0][1] + "大家看看")
    assert second == third == first.pk
    assert copied(SCHOOL[1])[1] is None


def test_a_text_copied_hundreds_of_times_is_still_recognised() -> None:
    first, _ = copied(WATER[0][1])
    for i in range(120):
        assert copied(WATER[0][1] + f"第{i}楼")[1] == first.pk


def test_looking_for_a_copy_twice_leaves_one_set_of_keys() -> None:
    post, _ = copied(WATER[0][1])
    rows = CopyKey.objects.count()
    assert find_copy(post.pk, "", WATER[0][1]) is None
    assert CopyKey.objects.count() == rows


def test_a_text_of_a_few_characters_is_no_copy_of_another() -> None:
    copied("停水了")
    assert copied("停水了")[1] is None


# --- emergencies -----------------------------------------------------------------------------------------------------

FIRE = ("槐东路平房着火了", "槐东路一处平房着火，火势很大，有人受伤，消防车来了")
OTHER_FIRE = ("柏西街平房着火了", "柏西街一处平房着火，火势很大，有人受伤，消防车来了")


def told_by(place: str, kind: str = "fire", *streets: str) -> Happening:
    return Happening(kind, place, frozenset(streets))


@pytest.mark.parametrize(
    ("one", "other", "score", "two"),
    [
        (told_by("槐东路", "fire", "甲街道"), told_by("柏西街", "fire", "乙街道"), 0.9, True),
        (told_by("槐东路"), told_by("柏西街"), 0.3, True),
        (told_by("槐东路"), told_by("槐东路七号楼"), 0.3, False),
        (told_by("槐东路", "explosion"), told_by("槐东路", "fire"), 0.3, False),
        (told_by("槐东路", "traffic"), told_by("槐东路", "fire"), 0.3, True),
        (told_by("槐东路", "traffic"), told_by("槐东路", "other"), 0.3, False),
        (told_by(""), told_by("柏西街"), 0.35, False),
        (told_by(""), told_by("柏西街"), 0.2, True),
        (told_by("槐东路", "fire", "甲街道"), told_by("槐东里小区", "fire", "甲街道"), 0.5, False),
    ],
)
def test_reports_of_other_places_and_other_kinds_are_other_emergencies(
    one: Happening, other: Happening, score: float, two: bool
) -> None:
    assert apart(one, other, score) is two
    assert apart(other, one, score) is two


def emergency(told: tuple[str, str], at: datetime, happening: Happening) -> Filed:
    post = stored(*told, at)
    Reading.objects.create(
        post=post,
        version="test",
        at=at,
        relevant=True,
        confidence=1.0,
        sentiment="neutral",
        klass="",
        kind="",
        places=[{"name": happening.place, "kind": "road", "street": None}],
        streets=sorted(happening.streets),
        emergency={"kind": happening.kind, "place": happening.place, "current": True, "denied": False},
    )
    return file_post(DatabaseStore(), NewPost(post.pk, at, *told, happening), at=at)


def test_two_fires_told_in_the_same_words_are_two_topics() -> None:
    one = emergency(FIRE, MARCH, told_by("槐东路", "fire", "甲街道"))
    other = emergency(OTHER_FIRE, MARCH + timedelta(minutes=5), told_by("柏西街", "fire", "乙街道"))
    again = emergency(FIRE, MARCH + timedelta(minutes=9), told_by("槐东路", "fire", "甲街道"))
    assert other.opened
    assert again.topic == one.topic != other.topic


def test_a_week_of_complaints_and_the_blast_they_feared_are_one_topic() -> None:
    smell = filed(("槐东路七号楼煤气味很重", "槐东路七号楼楼道里煤气味很重，燃气公司没有来查"))
    blast = emergency(
        ("槐东路七号楼燃气爆炸", "槐东路七号楼刚才燃气爆炸，煤气味反映一周了没人管，有人受伤"),
        MARCH + 5 * DAY,
        told_by("槐东路七号楼", "explosion", "甲街道"),
    )
    assert blast.topic == smell.topic


@pytest.mark.parametrize("gone", [None, {"kind": "fire", "place": "", "current": False, "denied": False}])
def test_what_is_over_or_denied_keeps_nothing_apart(gone: dict[str, object] | None) -> None:
    assert happening_of(gone, [], ["甲街道"]) is None


def test_a_street_office_or_the_district_is_no_place_apart_from_the_places_in_it() -> None:
    told = {"kind": "fire", "place": "甲街道", "current": True, "denied": False}
    assert happening_of(told, [{"name": "甲街道", "kind": "street"}], ["甲街道"]) == told_by("", "fire", "甲街道")
    assert happening_of(told | {"place": "本区"}, [], []) == told_by("")
    road = [{"name": "槐东路", "kind": "road"}]
    assert happening_of(told | {"place": "槐东路七号楼"}, road, []) == told_by("槐东路七号楼")
