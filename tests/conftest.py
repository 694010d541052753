"""What every test may lean on: a fast password hasher, a home of its own, and a trail that a flush can empty."""

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from analysis.search import engine
from analysis.search import triggers as search_triggers

pytest_plugins = ["tests.people", "tests.search_fixtures"]

# What the database itself refuses: changes of the trail, and of what a clock froze.
GUARDS = [
    importlib.import_module(name)
    for name in ("office.migrations.0002_trail_triggers", "alerts.migrations.0006_clock_guard")
]


def pytest_configure(config: pytest.Config) -> None:
    """Services that a test starts run on the embedded default, unless it says another database."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        os.environ.pop("HUIYING_DATABASE", None)  # of this process the settings know it already


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """A file, as in service: a database in memory knows no WAL, and two threads of a test would refuse each other.

    On a server each worker has a database of its own.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "huiying.sqlite3")
    else:
        connection.settings_dict["TEST"]["NAME"] = f"test_huiying_{worker_id}"


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
        for statement in (each for guard in GUARDS for each in guard.standing(connection.vendor)):
            cursor.execute(statement)
    search_triggers.put_up()
    yield
    if transactional:
        with connection.cursor() as cursor:
            for statement in (each for guard in GUARDS for each in guard.falling(connection.vendor)):
                cursor.execute(statement)
            # The search index is no table of a model: the flush would leave its words without their posts, and the
            # triggers would note every post the flush takes as one to be let go of by the next test.
            search_triggers.take_down()
        engine().clear()
