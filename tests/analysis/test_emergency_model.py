"""The model of how emergencies are told: its text, its stretches, its file."""

from pathlib import Path

import numpy as np
import pytest

from analysis.emergency_model import (
    OURS,
    THEIRS,
    WEIGHTS,
    TellingModel,
    TellingWeightsError,
    blot,
    blotted,
    telling_model,
)
from analysis.emergency_windows import WHOLE, windows
from analysis.places import Finding
from analysis.text import Body


def test_places_become_signs_and_numbers_one_zero() -> None:
    text = blot("西单23号楼,成都10人", [(0, 2, OURS), (7, 9, THEIRS)])
    assert text.text == f"^{OURS}0号楼,{THEIRS}0人$"


def test_places_side_by_side_are_one_sign() -> None:
    assert blot("西城西单着火", [(0, 2, OURS), (2, 4, OURS)]).text == f"^{OURS}着火$"


def test_a_stretch_of_a_post_is_heard_as_it_would_be_alone() -> None:
    first, second = "楼下着火了,消防车来了", "谢谢物业送的月饼"
    both, alone = blot(f"{first}。{second}"), blot(second)
    end = len(first) + 1 + len(second)
    model = telling_model()
    (whole,) = model.hear([both], [[(0, len(first)), (len(first) + 1, end)]])
    (part,) = model.hear([alone], [[(0, len(second))]])
    assert whole.logits[0] > 0 > whole.logits[1]
    # the opening edge and what leans on it are missing in the middle of a post
    assert abs(float(whole.logits[1] - part.logits[0])) < 1.5


def test_a_batch_is_heard_as_its_posts_alone() -> None:
    texts = [blot("楼下着火了"), blot("好"), blot("今天天气不错")]
    model = telling_model()
    together = model.hear(texts, [[(0, 5)], [(0, 1)], [(0, 6)]])
    for text, told, size in zip(texts, together, (5, 1, 6), strict=True):
        (alone,) = model.hear([text], [[(0, size)]])
        assert np.allclose(told.logits, alone.logits)
    assert model.hear([], []) == []


def test_a_letter_is_cut_into_stretches_of_whole_sentences() -> None:
    sentence = "这一句话刚好有二十个字那么长不信数一数吧。"
    body = Body.of("标题", sentence * 20)
    assert len(body.plain) > WHOLE
    found = windows(body)
    assert found[0][0] == 0 and found[-1][1] >= len(body.plain) - 1
    assert all(a < b for a, b in zip(found, found[1:], strict=False))
    assert windows(Body.of("", "")) == []


def test_weights_that_are_missing_cut_or_of_another_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TellingWeightsError, match="train_emergency"):
        TellingModel(tmp_path / "none.npz")
    cut = tmp_path / "cut.npz"
    cut.write_bytes(WEIGHTS.read_bytes()[:20_000])
    with pytest.raises(TellingWeightsError, match="train_emergency"):
        TellingModel(cut)
    with np.load(WEIGHTS) as file:
        parts = {name: file[name] for name in file.files}
    other = tmp_path / "other.npz"
    np.savez(other, **{**parts, "card": np.array(str(parts["card"]).replace('"format": 1', '"format": 0'))})
    with pytest.raises(TellingWeightsError, match="format"):
        TellingModel(other)
    short = tmp_path / "short.npz"
    np.savez(short, **{**parts, "weights": parts["weights"][:10]})
    with pytest.raises(TellingWeightsError, match="cut"):
        TellingModel(short)


def test_markup_left_in_a_text_is_not_heard() -> None:
    tag = "<script>alert('路灯')</script><img src=x onerror=alert(1)>"
    text = f"楼里着火{tag},3人遇难"
    cut = blotted(Body.of("", text), Finding())
    assert cut.text == blot("楼里着火,3人遇难").text
    assert cut.bounds(text.index("3"), len(text)) == (6, len(cut.codes))
