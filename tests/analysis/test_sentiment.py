"""The feeling of a post, as the model that is shipped reads it, and what happens to a damaged file of weights."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.sentiment import DEFAULT, LABELS, SentimentModel, WeightsError
from analysis.sentiment_engine import SnowNlpEngine, sentiment_engine, three_way


@pytest.fixture(scope="module")
def model() -> SentimentModel:
    return SentimentModel.load()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("气死我了！物业就是一群骗子，太恶心了！", "negative"),
        ("好难过，陪了我十年的小狗走了，一直在哭", "negative"),
        ("太可怕了，半夜有人砸门，吓得一晚上不敢睡", "negative"),
        ("今天特别开心，谢谢社区的工作人员，点赞！", "positive"),
        ("哈哈哈太好了，终于通车了，真棒", "positive"),
        ("图书馆周二至周日九点开放，周一闭馆。", "neutral"),
        ("该路线全长12公里，设站16座。", "neutral"),
    ],
)
def test_the_feeling_a_writer_expresses_is_read(model: SentimentModel, text: str, label: str) -> None:
    assert model.predict_batch([text])[0].label == label


def test_the_three_probabilities_add_up_and_the_label_is_the_likeliest(model: SentimentModel) -> None:
    for answer in model.predict_batch(["又停水了", "谢谢", "今天星期三", "😀😀😀", "……"]):
        assert set(answer.probability) == set(LABELS)
        assert sum(answer.probability.values()) == pytest.approx(1)
        assert answer.confidence == max(answer.probability.values())


def test_a_post_is_read_the_same_alone_and_among_a_thousand(model: SentimentModel) -> None:
    texts = [f"第{i}次投诉了，还是没人管，真让人生气" + "啊" * (i % 7) for i in range(1000)]
    together = model.predict_batch(texts)
    for i in (0, 511, 512, 999):
        assert together[i].probability == pytest.approx(dict(model.predict_batch([texts[i]])[0].probability), abs=1e-5)


@pytest.mark.parametrize(
    "text", ["", "   \n\t", "\x00", "🙂", "a" * 300_000, "\ud800", "\ud800\udc00断", "http://a.cn/b"]
)
def test_odd_texts_are_answered_too(model: SentimentModel, text: str) -> None:
    assert model.predict_batch([text])[0].label in LABELS


def test_a_post_without_a_character_expresses_nothing(model: SentimentModel) -> None:
    assert model.predict_batch(["  "])[0].label == "neutral"


def test_the_weights_that_are_shipped_are_small() -> None:
    assert DEFAULT.stat().st_size < 6_000_000


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("气死我了！物业就是一群骗子，太恶心了！", "angry"),
        ("好难过，陪了我十年的小狗走了，一直在哭", "sad"),
        ("太可怕了，吓得一晚上不敢睡，好害怕", "fear"),
        ("今天特别开心，谢谢社区的工作人员，点赞！", "happy"),
        ("图书馆周二至周日九点开放，周一闭馆。", "neutral"),
    ],
)
def test_the_emotion_behind_a_feeling_is_told(model: SentimentModel, text: str, emotion: str) -> None:
    told = model.predict_batch([text])[0].emotion
    assert max(told, key=told.__getitem__) == emotion
    assert sum(told.values()) == pytest.approx(1)


def test_a_feeling_is_the_sum_of_its_emotions_without_surprise(model: SentimentModel) -> None:
    told = model.predict_batch(["又停水了，烦死了，没人管"])[0]
    rest = 1 - told.emotion["surprise"]
    negative = told.emotion["angry"] + told.emotion["sad"] + told.emotion["fear"]
    assert told.probability["negative"] == pytest.approx(negative / rest)


def copied(folder: Path) -> Path:
    for name in (DEFAULT, DEFAULT.with_suffix(".json")):
        shutil.copy(name, folder / name.name)
    return folder / DEFAULT.name


def test_missing_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="train_sentiment.py"):
        SentimentModel.load(tmp_path / "sentiment.npy")


def test_weights_cut_in_half_are_refused(tmp_path: Path) -> None:
    path = copied(tmp_path)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(WeightsError, match="100000 bytes"):
        SentimentModel.load(path)


def test_weights_of_another_version_are_refused(tmp_path: Path) -> None:
    path = copied(tmp_path)
    card = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(card | {"format": 99}))
    with pytest.raises(WeightsError, match="format 99"):
        SentimentModel.load(path)


def test_weights_that_are_no_array_are_refused(tmp_path: Path) -> None:
    path = copied(tmp_path)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(WeightsError, match="cannot be read"):
        SentimentModel.load(path)


def test_reading_feelings_loads_no_heavy_library() -> None:
    code = (
        "import sys, analysis.sentiment_engine; print([n for n in ('snownlp', 'sklearn', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_engine_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="linear or snownlp"):
        sentiment_engine("other")


@pytest.mark.parametrize(("score", "label"), [(0.0, "negative"), (0.7, "neutral"), (1.0, "positive")])
def test_one_number_becomes_three_by_two_thresholds(score: float, label: str) -> None:
    answer = three_way(score, (0.5, 0.9))
    assert answer.label == label
    assert sum(answer.probability.values()) == pytest.approx(1)


def test_snownlp_answers_from_its_own_process_and_again_after_that_was_killed() -> None:
    engine = SnowNlpEngine()
    try:
        first = engine.predict_batch(["这家店太差了，再也不来", "", "非常满意，强烈推荐"])
        assert [answer.label for answer in first][1] == "neutral"
        engine.close()
        again = engine.predict_batch(["非常满意，强烈推荐"])
        assert again[0].probability == first[2].probability
    finally:
        engine.close()
