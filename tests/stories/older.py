"""An installation of an older version: its tables as they were after chosen migrations, with rows in every one.

`python -m tests.stories.older previous|main-line` makes the database of HUIYING_HOME. The rows are made from the models
as they were then, so that the test needs no change when a migration is added.
"""

import os
import sys
from datetime import UTC, datetime, time
from typing import Any

import django
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

OURS = ("office", "crawlers", "analysis", "alerts", "responses", "reports")
# The first version that was given to an office.
MAIN_LINE = [
    ("office", "0003_old_passwords"),
    ("crawlers", "0004_repeat_address"),
    ("analysis", "0002_copy_and_topic_index"),
    ("alerts", "0004_plain_indexes"),
    ("responses", "0002_one_open_issue_per_topic"),
    ("reports", "0001_initial"),
    ("sessions", "0001_initial"),
]
ROWS = 3
DAY = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)


def previous() -> list[tuple[str, str]]:
    """The last migration but one of each of our apps."""
    graph = MigrationExecutor(connection).loader.graph
    targets = []
    for app in OURS:
        (leaf,) = graph.leaf_nodes(app)
        steps = [key for key in graph.forwards_plan(leaf) if key[0] == app]
        targets.append(steps[-2] if len(steps) > 1 else steps[-1])
    return [*targets, *graph.leaf_nodes("sessions"), *graph.leaf_nodes("auth")]


def make(targets: list[tuple[str, str]]) -> None:
    """Migrate up to there and put rows into every table of ours."""
    executor = MigrationExecutor(connection)
    state = executor.migrate(targets)
    for model in _in_order(state.apps):
        for number in range(ROWS):
            row = model(**{field.attname: _value(field, number) for field in model._meta.concrete_fields})
            row.save(force_insert=True)


def _in_order(then: Any) -> list[type[models.Model]]:
    """Models so that whatever a row points at is there before it."""
    waiting = [m for app in OURS for m in then.get_app_config(app).get_models() if m._meta.managed]
    done: list[type[models.Model]] = []
    while waiting:
        ready = [m for m in waiting if not _needs(m) & {other._meta.label for other in waiting if other is not m}]
        assert ready, waiting
        done += ready
        waiting = [m for m in waiting if m not in ready]
    return done


def _needs(model: type[models.Model]) -> set[str]:
    """By label: a state draws its models anew now and then."""
    return {f.related_model._meta.label for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey)}


def _value(field: Any, number: int) -> Any:
    """Something a column may hold, another for every row; the last row has every column that may be empty empty."""
    empty = number == ROWS - 1
    if isinstance(field, models.ForeignKey):
        alone = field.related_model._meta.label == field.model._meta.label
        return None if field.null and (empty or alone) else _key(field.related_model, number)
    if field.null and empty:
        return None
    if isinstance(field, models.BooleanField):
        return number == 0
    if isinstance(field, models.DateTimeField):
        return DAY.replace(day=2 + number)
    if isinstance(field, models.DateField):
        return DAY.date().replace(day=2 + number)
    if isinstance(field, models.TimeField):
        return time(8, number)
    if isinstance(field, models.JSONField):
        return field.get_default() if field.has_default() else {"n": number}
    if isinstance(field, models.BinaryField):
        return b"\x01" * (number + 1)
    if isinstance(field, models.FloatField):
        return number + 0.5
    if isinstance(field, models.IntegerField):
        return number + 1
    return f"{field.name[:8]}-{number}"[: field.max_length]


def _key(model: Any, number: int) -> Any:
    return sorted(model.objects.values_list("pk", flat=True), key=str)[number]


def upgrade() -> None:
    """What `make run` does before it starts. Called in a fork that may be killed."""
    import_string("console.installation.prepare")(at=DAY.replace(month=11), say=lambda words: None)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    make(MAIN_LINE if sys.argv[1] == "main-line" else previous())
