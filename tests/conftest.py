"""What every test may lean on: a fast password hasher, a home of its own, and a trail that a flush can empty."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from analysis.search import triggers as search_triggers

pytest_plugins = ["tests.people"]

triggers = importlib.import_module("office.migrations.0002_trail_triggers")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file, as in service: a database in memory knows no WAL, and two threads of a test would refuse each other."""
    connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "huiying.sqlite3")


@pytest.fixture(autouse=True)
def _own_home(settings: Settings, tmp_path: Path) -> None:
    """Nothing a test writes lands in the installation's own home; hashing passwords takes no second."""
    settings.HOME = tmp_path / "home"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _trail_may_be_flushed(request: pytest.FixtureRequest) -> Iterator[None]:
    """The trail's triggers stand in every test, and rest at the end of a transactional one: its flush deletes rows."""
    marker = request.node.get_closest_marker("django_db")
    asked = "transactional_db" in request.fixturenames or "live_server" in request.fixturenames
    transactional = asked or bool(marker and marker.kwargs.get("transaction"))
    if not (transactional or marker or "db" in request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db" if transactional else "db")  # so that this is undone before the flush
    with connection.cursor() as cursor:
        for statement in triggers.SQLITE.values():
            cursor.execute(statement)
    search_triggers.put_up()
    yield
    if transactional:
        with connection.cursor() as cursor:
            for name in triggers.SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            # The search index is no table of a model: the flush would leave its words without their posts, and the
            # triggers would note every post the flush takes as one to be let go of by the next test.
            search_triggers.take_down()
            cursor.execute("INSERT INTO analysis_searchindex (analysis_searchindex) VALUES ('delete-all')")
