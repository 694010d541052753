"""A pack is read whole or refused with a sentence that names file, line, key, what was found, what is allowed."""

import shutil
from pathlib import Path

import pytest

from office.pack import Pack, PackError, load_pack

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def xicheng() -> Pack:
    return load_pack("xicheng")


def copy_of(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "districts" / "xicheng", tmp_path / "mine"))


def changed(folder: Path, name: str, old: str, new: str) -> int:
    """Replace once; the line (from 1) the change stands in."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_pack_of_xicheng_knows_its_streets_and_communities(xicheng: Pack) -> None:
    assert len(xicheng.gazetteer.streets) == 15
    assert sum(len(s.communities) for s in xicheng.gazetteer.streets) == 263
    assert xicheng.zone.key == "Asia/Shanghai"
    assert xicheng.district.masthead("daily_brief").title == "今日舆情"  # type: ignore[union-attr]  # it is there


def test_every_source_the_register_enables_is_enabled_and_the_rest_say_why_not(xicheng: Pack) -> None:
    sources = xicheng.sources.sources
    assert len(sources) == 164
    assert sum(s.enabled for s in sources) == 118
    assert all(s.disabled_reason for s in sources if not s.enabled)


def test_boards_and_letters_are_the_public_and_own_accounts_are_own(xicheng: Pack) -> None:
    voices = {s.id: s.voice for s in xicheng.sources.sources}
    assert voices["liuyan-bj"] == "public"
    assert voices["bj-letters"] == "public"
    assert voices["xch-tzgg"] == "official"
    assert voices["bjnews-beijing"] == "media"
    assert voices["own-weibo-bjxc"] == "own"


def test_a_line_of_the_register_is_handed_to_spiders_as_it_stands(xicheng: Pack) -> None:
    source = xicheng.sources.named("gov-yaowen")
    assert source is not None
    config = source.config()
    assert config["json"]["fields"]["title"] == "TITLE"
    assert config["class"] == "central"


def test_the_priority_classes_are_those_of_the_rules(xicheng: Pack) -> None:
    marked = {c.name for c in xicheng.taxonomy.classes if c.priority}
    assert {"消防安全", "入学与学区", "医疗服务", "食品安全", "供暖", "供水", "供电", "燃气"} <= marked
    assert {"市政设施", "停车", "噪声扰民"}.isdisjoint(marked)


def test_a_pack_outside_the_repository_is_taken_by_its_path(tmp_path: Path) -> None:
    pack = load_pack(copy_of(tmp_path))
    assert pack.name == "mine"


def test_the_anonymous_city_borrows_its_policy_and_maps_its_columns() -> None:
    pack = load_pack(ROOT / "bench" / "districts" / "a_city")
    source = pack.sources.sources[0]
    assert source.columns["留言主题"] == "title"
    assert source.scope == "district"
    assert pack.policy.version


def test_two_packs_that_differ_in_a_byte_have_different_digests(tmp_path: Path, xicheng: Pack) -> None:
    folder = copy_of(tmp_path)
    changed(folder, "district.yaml", "二龙路27号", "二龙路28号")
    assert load_pack(folder).digest != xicheng.digest


def test_an_unknown_pack_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(PackError, match="xicheng"):
        load_pack("nowhere")


def test_a_wrong_key_is_shown_with_its_file_its_line_and_the_keys_allowed(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    line = changed(folder, "sources.yaml", "    rhythm_minutes: 15\n", "    rythm_minutes: 15\n")
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    said = str(refused.value)
    assert f"mine/sources.yaml 第 {line} 行" in said
    assert "rythm_minutes：不认识的键" in said
    assert "rhythm_minutes" in said.split("允许的键是")[1]


def test_a_wrong_value_is_shown_with_what_is_allowed(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    line = changed(folder, "sources.yaml", "    scope: district\n", "    scope: all\n")
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    said = str(refused.value)
    assert f"sources.yaml 第 {line} 行" in said
    assert "写的是 'all'" in said
    assert "district" in said and "open" in said


def test_a_source_that_must_not_be_enabled_is_refused(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    changed(folder, "sources.yaml", "    login: none\n", "    login: required\n")
    with pytest.raises(PackError, match="login 为 none"):
        load_pack(folder)


def test_a_broken_regular_expression_is_refused(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    text = (folder / "sources.yaml").read_text(encoding="utf-8")
    at = text.index("list_hint: '^")
    (folder / "sources.yaml").write_text(text[:at] + "list_hint: '(" + text[at + 12 :], encoding="utf-8")
    with pytest.raises(PackError, match="正则表达式"):
        load_pack(folder)


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    with (folder / "district.yaml").open("a", encoding="utf-8") as file:
        file.write("code: '1'\n")
    with pytest.raises(PackError, match="code：同一个键在第"):
        load_pack(folder)


def test_broken_yaml_is_shown_with_its_line(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    (folder / "taxonomy.yaml").write_text("other: 其他\nclasses: [\n", encoding="utf-8")
    with pytest.raises(PackError, match=r"mine/taxonomy.yaml 第 \d+ 行：不是合法的 YAML"):
        load_pack(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    (folder / "departments.yaml").unlink()
    with pytest.raises(PackError, match=r"mine/departments.yaml：文件读不到"):
        load_pack(folder)


def test_a_class_that_sends_its_matters_to_nobody_is_refused(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    changed(folder, "taxonomy.yaml", "unit: 西城区消防救援支队", "unit: 西城区消防大队")
    with pytest.raises(PackError, match="没有这个单位"):
        load_pack(folder)


def test_a_wrong_time_zone_is_refused(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    changed(folder, "district.yaml", "Asia/Shanghai", "Asia/Xicheng")
    with pytest.raises(PackError, match="时区名"):
        load_pack(folder)


def test_the_policy_of_a_pack_is_checked_with_the_rest(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    with (folder / "policy.yaml").open("a", encoding="utf-8") as file:
        file.write("clock_speed: 2\n")
    with pytest.raises(PackError, match=r"mine/policy.yaml 第 \d+ 行，clock_speed：不认识的键"):
        load_pack(folder)


def test_streets_stand_from_north_to_south_whatever_the_gazetteer_does(xicheng: Pack) -> None:
    names = [street.name for street in xicheng.streets]
    assert (names[0], names[-1], len(names)) == ("德胜街道", "陶然亭街道", 15)
    assert sorted(names) == sorted(street.name for street in xicheng.gazetteer.streets)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("德胜街道, 新街口街道", "德胜街道", "少了 新街口街道"),
        ("德胜街道, 新街口街道", "德胜街道, 德胜街道, 新街口街道", "德胜街道 写了两次"),
        ("德胜街道, 新街口街道", "北极街道, 德胜街道, 新街口街道", "没有 北极街道"),
    ],
)
def test_an_order_of_streets_names_each_once_or_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    folder = copy_of(tmp_path)
    changed(folder, "district.yaml", f"streets_north_to_south: [{old}", f"streets_north_to_south: [{new}")
    with pytest.raises(PackError, match=f"streets_north_to_south.*{fault}"):
        load_pack(folder)
