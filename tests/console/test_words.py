"""Codes of the code never reach an officer: every kind of trail row, sweep and role has its words."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from console.templatetags.trail_words import trail_kind, trail_object
from console.templatetags.words import sweep_name

ROOT = Path(settings.BASE_DIR)
APPS = ("office", "crawlers", "alerts", "responses", "reports", "console")
CODE = "".join(path.read_text(encoding="utf-8") for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
GROUPS = "brief|conference|drill|duty|handover|issue|login|notice|people|question|release|settings|task"
KINDS = sorted(set(re.findall(rf'kind="((?:{GROUPS}|clock)\.[a-z_]+)"', CODE)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_trail_row_has_chinese_words(kind: str) -> None:
    assert not re.search("[a-z]", trail_kind(kind))


def test_every_thing_a_trail_row_is_about_has_a_chinese_name() -> None:
    things = sorted(set(re.findall(r'object_kind="([a-z_]+)"', CODE)))
    assert [thing for thing in things if re.search("[a-z]", trail_object(thing))] == []


def test_every_sweep_of_the_schedule_has_a_chinese_name() -> None:
    names = [str(line["name"]) for line in settings.SCHEDULE]
    assert [name for name in names if re.search("[a-z]", sweep_name(name))] == []
