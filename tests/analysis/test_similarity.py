"""Which posts are one text, and which speak with the same words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import similarity
from analysis.similarity import (
    bands,
    containment,
    copy_keys,
    cosine,
    estimated_jaccard,
    jaccard,
    nearest_mean,
    packed,
    plain,
    same_text,
    shingles,
    signature,
    term_counts,
    unpacked,
    vector,
)

TEXT = "槐柏小区七号楼从昨天晚上开始停水，到今天早上还没有恢复，物业电话一直打不通，老人孩子都没水喝，请尽快处理。"
OTHER = "请问今年小学入学登记什么时候开始，外地户口需要准备哪些材料，在哪里能够查到自己的学区范围和学校电话？"


def changed(text: str, share: float) -> str:
    chance = random.Random(3)
    return "".join(chance.choice(OTHER) if chance.random() < share else sign for sign in text)


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("word for word", TEXT),
        ("other width and spaces", TEXT.replace("，", " , ").replace("。", "．")),
        ("a repost with prefix and source", "转发微博：" + TEXT + "（来源：本地论坛）"),
        ("one character in twenty changed", changed(TEXT, 0.05)),
        ("cut to seven tenths", TEXT[: int(len(TEXT) * 0.7)]),
        ("wrapped in other words", OTHER + TEXT + OTHER),
    ],
)
def test_one_text_told_again_is_a_copy(name: str, variant: str) -> None:
    assert same_text(TEXT, variant).copy, name
    assert len(set(copy_keys(TEXT)) & set(copy_keys(variant))) >= 2, name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TEXT, OTHER),
        (TEXT, "槐柏小区七号楼停水了，物业电话打不通，怎么办呢，有没有人知道什么时候来水？"),
        ("物业不作为", "物业不作为"),
        ("", TEXT),
        ("😀😀😀😀😀😀😀😀😀😀😀😀😀", "😀😀😀😀😀😀😀😀😀😀😀😀😀"),
    ],
)
def test_other_words_short_words_and_no_words_are_no_copy(one: str, other: str) -> None:
    assert not same_text(one, other).copy


def test_a_long_post_costs_no_more_index_rows_than_a_short_one() -> None:
    assert len(copy_keys(TEXT * 200 + OTHER * 100)) <= similarity.COPY_KEYS
    assert copy_keys("停水了") == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_does_not_depend_on_who_is_first(one: str, other: str) -> None:
    first, second = shingles(one), shingles(other)
    assert jaccard(first, second) == jaccard(second, first)
    assert containment(first, second) >= jaccard(first, second)
    assert 0 <= jaccard(first, second) <= 1


@given(st.text(alphabet="停水电气暖物业小区楼道路灯", min_size=30, max_size=200), st.integers(0, 100))
def test_a_signature_estimates_what_the_sets_say(text: str, cut: int) -> None:
    other = text[len(text) * cut // 200 :]
    exact = jaccard(shingles(text), shingles(other))
    assert estimated_jaccard(signature(text), signature(other)) == pytest.approx(exact, abs=0.3)


def test_texts_that_share_most_of_their_signature_meet_in_a_band() -> None:
    assert set(bands(signature(TEXT))) & set(bands(signature("转发：" + TEXT)))
    assert len(bands(signature(TEXT))) == 32
    assert estimated_jaccard(signature(TEXT), signature(OTHER)) < 0.2


def test_keys_are_the_same_on_every_machine() -> None:
    assert [int(n) for n in shingles("停水了", 2)] == sorted(int(n) for n in shingles("停水了", 2))
    assert similarity.term("停水") == 365_992_193


def test_folding_keeps_what_is_written_and_drops_the_rest() -> None:
    assert plain("Ａ７ 路—灯\t不_亮！\n😀") == "a7路灯不亮"


# --- matters ---------------------------------------------------------------------------------------------------------


def told(title: str, text: str = "") -> similarity.Vector:
    seed = similarity.load_seed()
    counts = term_counts(title, text)
    return vector(counts, seed.documents, seed.frequency(counts.terms()))


def test_two_posts_on_one_matter_are_nearer_than_posts_on_another_at_the_same_place() -> None:
    water = told("槐柏小区停水三天", "槐柏小区七号楼停水三天了，自来水公司没有通知")
    again = told("槐柏小区又停水了", "自来水公司抢修，槐柏小区停水，居民没水用")
    noise = told("槐柏小区楼下烧烤店油烟", "槐柏小区楼下的烧烤店油烟太大，窗户不敢开")
    assert cosine(water, again) > 1.5 * cosine(water, noise)


def test_a_name_no_dictionary_knows_still_brings_posts_together() -> None:
    one = told("请关注余易贷受害人", "平台负责人失联，出借人要求追回本金")
    other = told("余易贷什么时候还钱", "我们投的钱到现在没有消息")
    stranger = told("请关注公交线路调整", "平台下班以后没有车，乘客要求加开班次")
    assert cosine(one, other) > cosine(one, stranger)


def test_a_post_without_title_is_known_by_its_first_words() -> None:
    assert cosine(told("", "余易贷受害人求助"), told("余易贷受害人求助")) > 0.9


@pytest.mark.parametrize("text", ["", "。。。！！！", "😀", "啊"])
def test_a_post_without_words_is_near_to_nothing(text: str) -> None:
    assert cosine(told(text), told("停水停电", TEXT)) == 0


def test_a_vector_has_length_one_and_survives_storage() -> None:
    one = told("槐柏小区停水", TEXT)
    assert sum(weight * weight for weight in one.values()) == pytest.approx(1)
    back = unpacked(packed(one))
    assert list(back) == list(one)
    assert cosine(back, one) == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match="bytes"):
        unpacked(b"12345")


def test_a_common_word_weighs_less_than_a_rare_one() -> None:
    counts = similarity.TermCounts({1: 1, 2: 1}, {})
    weighed = vector(counts, 1000, {1: 900, 2: 3})
    assert weighed[2] > 10 * weighed[1]


def test_the_nearest_three_decide_and_a_topic_of_one_is_its_one_post() -> None:
    one = {1: 1.0}
    assert nearest_mean(one, [{1: 1.0}]) == 1
    assert nearest_mean(one, [{1: 1.0}, {2: 1.0}, {2: 1.0}, {2: 1.0}]) == pytest.approx(1 / 3)
    assert nearest_mean(one, []) == 0


def test_the_seed_of_word_counts_knows_common_words_and_says_what_to_do_when_it_is_gone() -> None:
    seed = similarity.load_seed()
    known = seed.frequency([similarity.term("小区"), similarity.term("余易贷案")])
    assert known[similarity.term("小区")] > 100
    assert similarity.term("余易贷案") not in known
    assert seed.frequency([]) == {}
    with pytest.raises(FileNotFoundError, match="train_idf.py"):
        similarity.load_seed(similarity.SEED.parent / "nothing.npz")
