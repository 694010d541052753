"""Classes of a district's own, learnt from examples; and folders of weights that are damaged."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from analysis.class_learning import TooLittle, checked, cross_validated, learn
from analysis.class_model import CARD, WEIGHTS, ClassModel, ClassModelError
from analysis.reader import PostIn, Reader
from analysis.text import Body
from office.pack import load_pack
from tests.analysis.cast import Calm

WORDS = {
    "供暖": ("暖气不热", "室温只有十四度", "暖气片冰凉", "供热站没人接电话"),
    "停车": ("车位被占", "违停堵住消防通道", "停车场乱收费", "门口停满了车"),
    "噪声": ("夜里施工吵得睡不着", "广场舞音响太大", "凌晨打桩", "酒吧噪音扰民"),
}
PLACES = ("一号楼", "二号院", "南门", "北区", "东街", "西巷")


def lines() -> list[tuple[str, str]]:
    return [
        (f"{place}{words}，已经第{n}天", klass)
        for klass, said in WORDS.items()
        for n, words in enumerate(said)
        for place in PLACES
    ]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classes")
    with (folder / "examples.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows([*lines(), ("没有类别", ""), ("", "供暖")])
    call_command("train_classes", str(folder / "examples.csv"), out=folder / "model")
    return folder / "model"


def test_a_trained_folder_reads_the_classes_of_its_examples(trained: Path) -> None:
    model = ClassModel.load(trained)
    assert model.labels == tuple(sorted(WORDS))
    for text, klass in (("楼上暖气一直不热", "供暖"), ("凌晨还在施工打桩", "噪声"), ("车位又被占了", "停车")):
        reading = model.read(Body.of("", text))
        assert reading.name == klass and 1 / 3 < reading.probability <= 1
        assert (reading.priority, reading.unit) == (False, "")


def test_the_same_examples_make_the_same_model(trained: Path, tmp_path: Path) -> None:
    call_command("train_classes", str(trained.parent / "examples.csv"), out=tmp_path)
    assert (tmp_path / CARD).read_bytes() == (trained / CARD).read_bytes()
    assert (tmp_path / WEIGHTS).read_bytes() == (trained / WEIGHTS).read_bytes()


def test_the_card_tells_what_cross_validation_saw(trained: Path) -> None:
    card = json.loads((trained / CARD).read_text(encoding="utf-8"))
    assert card["texts"] == 72 and len(card["macro_f1_of_folds"]) == 5
    assert set(card["f1"]) == set(WORDS) and 0.5 < card["macro_f1"] <= 1


def test_the_reader_of_posts_takes_trained_classes_for_those_of_the_pack(trained: Path) -> None:
    reader = Reader(load_pack("xicheng"), Calm(), classes=ClassModel.load(trained), mark="-own")
    reading = reader.read_batch([PostIn("1", "西城区广场舞噪音太大")])[0]
    assert reading.klass == "噪声" and reading.version.endswith("-own")


@pytest.mark.parametrize(
    "text", ["", "啊", "😀😀", "http://a.cn/b", "龘" * 100_000, "\u200b德\u200b胜", "ting dian le"]
)
def test_odd_texts_have_a_class_too(trained: Path, text: str) -> None:
    assert ClassModel.load(trained).read(Body.of("", text)).name in WORDS


def damaged(
    trained: Path, folder: Path, *, card: dict[str, object] | None = None, weights: bytes | None = None
) -> Path:
    folder.mkdir(exist_ok=True)
    kept = json.loads((trained / CARD).read_text(encoding="utf-8"))
    (folder / CARD).write_text(json.dumps(kept | (card or {})), encoding="utf-8")
    (folder / WEIGHTS).write_bytes((trained / WEIGHTS).read_bytes() if weights is None else weights)
    return folder


def test_a_damaged_folder_is_refused_with_what_to_do(trained: Path, tmp_path: Path) -> None:
    whole = (trained / WEIGHTS).read_bytes()
    with pytest.raises(ClassModelError, match="缺少.*train-classes"):
        ClassModel.load(tmp_path / "nowhere")
    with pytest.raises(ClassModelError, match="没有拷全"):
        ClassModel.load(damaged(trained, tmp_path / "cut", weights=whole[:500]))
    with pytest.raises(ClassModelError, match="第 99 版"):
        ClassModel.load(damaged(trained, tmp_path / "other", card={"format": 99}))
    with pytest.raises(ClassModelError, match="读不出来"):
        ClassModel.load(damaged(trained, tmp_path / "noise", weights=b"x" * len(whole)))
    with pytest.raises(ClassModelError, match="不是一套"):
        ClassModel.load(damaged(trained, tmp_path / "mixed", card={"labels": ["甲", "乙"]}))
    with pytest.raises(ClassModelError, match="不是数"):
        ClassModel.load(damaged(trained, tmp_path / "nan", card={"biases": [float("nan")] * 3}))


def test_too_few_examples_are_refused() -> None:
    with pytest.raises(TooLittle, match="两个类别"):
        checked(["供暖"] * 30)
    with pytest.raises(TooLittle, match="不够的有：停车"):
        checked(["供暖"] * 30 + ["停车"] * 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a,b\n1,2\n", "没有 text、label 列"), (b"", "没有 text、label 列"), (b"text,label\n\xff\xfe,1\n", "不是 UTF-8")],
)
def test_a_file_that_is_no_list_of_examples_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("train_classes", str(tmp_path / "x.csv"), out=tmp_path / "out")
    with pytest.raises(CommandError, match="读不到文件"):
        call_command("train_classes", str(tmp_path / "none.csv"), out=tmp_path / "out")


def test_cross_validation_reads_each_text_by_a_model_that_has_not_seen_it() -> None:
    bodies = [Body.of("", f"同一句话说了两遍{n // 2}号") for n in range(40)]
    labels = [("甲", "乙")[n % 2] for n in range(40)]
    outcome = cross_validated(bodies, labels)
    assert max(outcome.folds) < 1  # what can not be learnt is not seen as learnt
    assert np.isfinite(learn(bodies, labels, sharpness=1.0, version="t").scores(bodies[0])).all()
