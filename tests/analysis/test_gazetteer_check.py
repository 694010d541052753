"""What the author of a pack is told about its names."""

import dataclasses
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from analysis.gazetteer_check import Remark, remarks
from office.pack import Pack, load_pack
from office.pack.gazetteer import Compound, Gazetteer, Lane


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("xicheng")


def _with(pack: Pack, **more: object) -> Pack:
    changed: Gazetteer = pack.gazetteer.model_copy(update=more)
    return dataclasses.replace(pack, gazetteer=changed)


def _of(found: list[Remark], kind: str) -> dict[str, str]:
    return {remark.word: remark.told for remark in found if remark.kind == kind}


def test_a_name_of_one_character_is_told(pack: Pack) -> None:
    told = _of(remarks(_with(pack, compounds=(Compound(name="园"),))), "单字")
    assert list(told) == ["园"]


def test_one_name_in_two_streets_is_told_with_both(pack: Pack) -> None:
    lanes = (Lane(name="南草场巷", street="德胜街道"),)
    compounds = (Compound(name="南草场巷", street="牛街街道"),)
    told = _of(remarks(_with(pack, lanes=lanes, compounds=compounds)), "重名")
    assert "德胜街道" in told["南草场巷"]
    assert "牛街街道" in told["南草场巷"]


def test_a_name_that_is_also_a_city_without_a_rule_is_told(pack: Pack) -> None:
    assert "苏州" in _of(remarks(_with(pack, compounds=(Compound(name="苏州"),))), "与外地同名")


def test_names_in_everyday_texts_are_told_with_examples(pack: Pack) -> None:
    found = remarks(pack, ["今天去法源寺看丁香", "法源寺门口堵车", "过天桥的时候摔了一跤"])
    counted = next(r for r in found if r.word == "法源寺")
    assert (counted.kind, len(counted.examples)) == ("文中计入", 2)
    assert "3 条文本中出现 2 次" in counted.told
    assert "天桥" in _of(found, "文中未计入")


def test_a_pack_without_names_has_nothing_to_look_at(pack: Pack) -> None:
    bare = _with(pack, streets=(), places={}, compounds=(), schools=(), lanes=(), ambiguous_terms=())
    assert [r.kind for r in remarks(bare, ["法源寺门口堵车"]) if r.kind.startswith("文中计入")] == []


def test_the_command_tells_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("法源寺门口堵车\n\n", encoding="utf-8")
    call_command("gazetteer", "check", pack="xicheng", texts=texts)
    assert "[文中计入] 法源寺" in capsys.readouterr().out
    with pytest.raises(CommandError, match="读不到文件"):
        call_command("gazetteer", "check", pack="xicheng", texts=tmp_path / "none.txt")
    with pytest.raises(CommandError, match="E20"):
        call_command("gazetteer", "check", pack=str(tmp_path))
