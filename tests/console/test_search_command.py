"""`manage.py search`: how far the index is, and counts for a table."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analysis.services.indexing import settle
from office import clock
from tests.analysis.search_posts import told

pytestmark = pytest.mark.django_db


def said(*words: str) -> list[dict[str, object]]:
    out = StringIO()
    call_command("search", *words, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_counts_are_a_line_a_cell() -> None:
    now = clock.now()
    told("停水三天", at=now, streets=["月坛街道", "德胜街道"], sentiment="negative")
    told("停水", at=now)
    told("停水", at=now - timedelta(days=40))
    settle(at=now)
    lines = said("counts", "--words", "停水", "--by", "day")
    assert [(one["street"], one["sentiment"], one["posts"]) for one in lines] == [
        ("德胜街道", "negative", 1),
        ("月坛街道", "negative", 1),
        ("", "neutral", 1),
    ]
    assert str(lines[0]["begin"]).endswith("T00:00:00+08:00")
    with pytest.raises(CommandError, match="没有可查的字"):
        said("counts", "--words", "！！")


def test_status_speaks_of_a_node_only_where_one_is_used() -> None:
    assert said("status") == [{"indexed": 0, "waiting": 0}]
