"""Pages of docs/ that speak of the code say what the code says."""

import re
from pathlib import Path

from django.core.management import get_commands

from console.management.commands.dictionary import dictionary

ROOT = Path(__file__).resolve().parents[2]


def test_the_data_dictionary_is_what_the_models_say() -> None:
    page = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == dictionary(), "run: manage.py dictionary"


def test_every_command_of_ours_is_explained() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    ours = sorted(name for name, app in get_commands().items() if app == "console")
    assert [name for name in ours if f"`{name}" not in page and f"manage.py {name}" not in page] == []


def test_every_setting_is_named_in_the_settings_file_and_the_operations_guide() -> None:
    settings = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r'env\w*\(\s*"(HUIYING_\w+)"', settings)) | set(
        re.findall(r'environ\.get\("(HUIYING_\w+)"', settings)
    )
    inner = {"HUIYING_DRILL", "HUIYING_REPLAY", "HUIYING_CLOCK_FILE", "HUIYING_LOOPBACK"}  # set by the service itself
    assert sorted(name for name in named - inner if name not in page) == []
    assert sorted(name for name in named if not re.search(rf"# .*{name}\b", settings)) == []


def test_no_page_or_file_names_a_machine_path_or_a_registry() -> None:
    forbidden = re.compile(r"/work/|/root/|[p]ypi\.org|python[h]osted|registry\.[n]pmjs|[d]eb\.debian\.org")
    told = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "Makefile", *ROOT.glob("requirements/*")]:
        if forbidden.search(path.read_text(encoding="utf-8")):
            told.append(path.name)
    assert told == []


def test_the_pictures_of_the_guides_are_those_that_make_pictures_takes_in_both_sizes_and_small() -> None:
    taken = set(re.findall(r'Shot\("([a-z-]+)"', (ROOT / "docs" / "pictures.py").read_text(encoding="utf-8")))
    taken |= {"first-run"}
    files = {path.stem: path.stat().st_size for path in (ROOT / "docs" / "images").glob("*.png")}
    assert set(files) == {f"{name}{size}" for name in taken for size in ("", "-phone")}
    assert [name for name, size in files.items() if size > 200_000] == []
    looks = (ROOT / "docs" / "looks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"images/([a-z-]+)\.png", looks)) == set(files)
    for page in (ROOT / "docs").glob("*.md"):
        shown = set(re.findall(r"images/([a-z-]+)\.png", page.read_text(encoding="utf-8")))
        assert shown <= set(files), page.name
