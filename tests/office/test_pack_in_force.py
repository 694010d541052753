"""Which pack holds: the copy that was taken; what lies on the disk changes nothing by itself, broken or not."""

import re
import shutil
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from console.doctor import pack as doctor_on_pack
from console.doctor import pack_on_disk
from console.findings import Weight
from console.installation import take_in_pack
from console.pack_proposals import agree, ask_disk
from console.pack_taking import on_disk
from crawlers.models import Source
from office.errors import Refused
from office.models import PackTaking, Trail
from office.pack.current import current_pack, look_again
from office.pack.differences import by_file, differences
from office.pack.errors import PackError
from office.pack.kept import keep_pack, kept_pack, pointer_of
from office.pack.loading import load_pack
from office.state import set_state
from tests.people import Office, clock

ROOT = Path(__file__).resolve().parents[2]
AT = clock("09:00")


@pytest.fixture
def disk(settings: Settings, tmp_path: Path) -> Path:
    """A pack of one's own on the disk, small: the anonymous city's, which borrows nothing of this copy."""
    folder = tmp_path / "mine"
    shutil.copytree(ROOT / "bench" / "districts" / "a_city", folder)
    shutil.copyfile(ROOT / "districts" / "xicheng" / "policy.yaml", folder / "policy.yaml")
    text = (folder / "district.yaml").read_text(encoding="utf-8")
    (folder / "district.yaml").write_text(text.replace("policy: xicheng", ""), encoding="utf-8")
    settings.DISTRICT = str(folder)
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, (name, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def said(lines: list[str]) -> str:
    return "\n".join(lines)


@pytest.mark.django_db
def test_the_first_start_takes_the_pack_and_keeps_a_copy(disk: Path, settings: Settings) -> None:
    take_in_pack(at=AT)
    take_in_pack(at=AT)
    row = PackTaking.objects.get()
    assert (row.digest, row.by, row.version) == (load_pack(str(disk)).digest, None, "2026-01")
    kept = kept_pack(Path(settings.HOME), district=str(disk))
    assert kept is not None and kept.load().digest == row.digest
    assert current_pack().path == kept.folder and current_pack().name == "mine"


@pytest.mark.django_db
def test_a_change_on_the_disk_waits_until_a_person_takes_it(disk: Path, office: Office) -> None:
    take_in_pack(at=AT)
    edit(disk, "policy.yaml", 'version: "2026-01"', 'version: "2026-02"')
    edit(disk, "policy.yaml", "first_minutes: 360", "first_minutes: 240")
    heard: list[str] = []
    take_in_pack(at=AT, say=lambda line: heard.append(str(line)))
    assert "没有采用" in said(heard) and current_pack().policy.version == "2026-01"
    lying = on_disk()
    assert lying.waits and lying.pack is not None
    assert {(d.words, d.before, d.after) for d in lying.changes} == {
        ("版本", "2026-01", "2026-02"),
        ("持续发布 · 首段每隔", "360 分", "240 分"),
    }
    with pytest.raises(Refused, match="权限"):
        ask_disk(seen=lying.pack.digest, reason="第 3 次修订", by=office.zhao, at=AT)
    with pytest.raises(Refused, match="为什么"):
        ask_disk(seen=lying.pack.digest, reason=" ", by=office.admin, at=AT)
    edit(disk, "policy.yaml", "first_minutes: 240", "first_minutes: 120")
    with pytest.raises(Refused, match="又变了"):
        ask_disk(seen=lying.pack.digest, reason="第 3 次修订", by=office.admin, at=AT)
    now = on_disk()
    assert now.pack is not None
    asked = ask_disk(seen=now.pack.digest, reason="第 3 次修订", by=office.admin, at=AT)
    with pytest.raises(Refused, match="另一个人办理"):
        agree(proposal=asked, reason_again="第 3 次修订", by=office.admin, at=AT)
    assert current_pack().policy.version == "2026-01"
    agree(proposal=asked, reason_again="", by=office.keeper, at=AT)
    assert current_pack().policy.followup.first_minutes == 120 and not on_disk().waits
    row = PackTaking.objects.latest("pk")
    assert (row.by, row.reason, row.changed, len(row.changes)) == (office.keeper, "第 3 次修订", 2, 2)
    assert Trail.objects.filter(kind="take_pack", by=office.keeper).count() == 1
    with pytest.raises(Refused, match="一样"):
        ask_disk(seen=now.pack.digest, reason="再来", by=office.admin, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("policy.yaml", "version: [", "不是合法的 YAML"),
        ("policy.yaml", "version: '2026-01'\nnothing: 1\n", "缺少这个键|不认识的键"),
        ("sources.yaml", None, "文件读不到"),
    ],
)
def test_a_broken_pack_on_the_disk_leaves_the_running_one_and_its_fault_is_told(
    disk: Path, office: Office, name: str, text: str | None, fault: str
) -> None:
    take_in_pack(at=AT)
    if text is None:
        (disk / name).unlink()
    else:
        (disk / name).write_text(text, encoding="utf-8")
    heard: list[str] = []
    take_in_pack(at=AT, say=lambda line: heard.append(str(line)))  # a restart
    assert "盘上的资料包有误" in said(heard)
    look_again()
    assert current_pack().policy.version == "2026-01"
    assert re.search(fault, on_disk().fault) and name in on_disk().fault
    with pytest.raises(Refused, match="盘上的资料包有误"):
        ask_disk(seen="x", reason="试试", by=office.admin, at=AT)
    assert [f.weight for f in (*doctor_on_pack(), *pack_on_disk(AT))] == [Weight.GOOD, Weight.MUST]


@pytest.mark.django_db
def test_another_setting_is_another_pack_and_a_copy_nobody_can_read_is_taken_anew(
    disk: Path, settings: Settings
) -> None:
    take_in_pack(at=AT)
    settings.DISTRICT = "xicheng"
    take_in_pack(at=AT)
    assert current_pack().district.short_name == "西城区"
    assert "资料包设置改为 xicheng" in PackTaking.objects.latest("pk").reason
    kept = kept_pack(Path(settings.HOME), district="xicheng")
    assert kept is not None
    (kept.folder / "policy.yaml").write_text("{}", encoding="utf-8")
    (settings.HOME / "pack-taken" / "current.json").touch()
    look_again()
    assert current_pack().policy.version  # what the process holds goes on
    heard: list[str] = []
    set_state("pack_digest", "", by=None, at=AT)
    with pytest.raises(PackError):
        kept.load()
    take_in_pack(at=AT, say=lambda line: heard.append(str(line)))
    assert "改用盘上的" in said(heard)


def test_a_process_sees_what_another_took_at_its_next_look(disk: Path, settings: Settings) -> None:
    before = current_pack()
    edit(disk, "policy.yaml", "first_minutes: 360", "first_minutes: 240")
    assert current_pack() is before
    keep_pack(load_pack(str(disk)), Path(settings.HOME), district=str(disk))
    assert current_pack() is before  # in the middle of a piece of work nothing changes
    look_again()
    assert current_pack().policy.followup.first_minutes == 240
    pointer_of(Path(settings.HOME)).write_text("{", encoding="utf-8")
    look_again()
    assert current_pack().policy.followup.first_minutes == 240


def test_files_changed_between_reading_and_copying_are_not_kept(disk: Path, settings: Settings) -> None:
    pack = load_pack(str(disk))
    edit(disk, "policy.yaml", "first_minutes: 360", "first_minutes: 240")
    with pytest.raises(PackError, match="正在被改写"):
        keep_pack(pack, Path(settings.HOME), district=str(disk))
    assert kept_pack(Path(settings.HOME), district=str(disk)) is None


def test_differences_are_told_entry_by_entry_in_words(disk: Path) -> None:
    old = load_pack("xicheng")
    assert differences(old, old) == []
    folder = disk.parent / "other"
    shutil.copytree(ROOT / "districts" / "xicheng", folder)
    edit(folder, "policy.yaml", "minutes: 2880", "minutes: 1440")
    edit(folder, "policy.yaml", "apply_legal_clocks_to_level: true", "apply_legal_clocks_to_level: false")
    edit(folder, "policy.yaml", "    - {code: commercial, name: 商业}\n", "")
    edit(folder, "sources.yaml", "    rhythm_minutes: 30\n", "    rhythm_minutes: 45\n")
    found = differences(old, load_pack(folder))
    told = {(d.part, d.words): (d.before, d.after) for d in found}
    assert told["policy", "时限 · 48 小时回应 · 长度"] == ("2880 分", "1440 分")
    assert told["policy", "5 小时、24 小时也适用Ⅰ、Ⅱ级舆情"] == ("是", "否")
    assert told["policy", "排除 · 排除理由 · commercial"] == ("有", "删去")
    assert told["sources", "来源 · xch-home · 节律"] == ("30 分", "45 分")
    assert by_file(found) == {"规则（policy.yaml）": 3, "来源（sources.yaml）": 1}


@pytest.mark.django_db
def test_what_the_new_pack_says_of_sources_counts_from_the_taking_on(disk: Path, office: Office) -> None:
    take_in_pack(at=AT)
    source = Source.objects.get(key=current_pack().sources.sources[0].id)
    edit(disk, "sources.yaml", f"name: {source.name}", f"name: {source.name}（新）")
    lying = on_disk()
    assert lying.pack is not None
    asked = ask_disk(seen=lying.pack.digest, reason="改名", by=office.admin, at=AT)
    agree(proposal=asked, reason_again="", by=office.keeper, at=AT)
    source.refresh_from_db()
    assert source.name.endswith("（新）")
