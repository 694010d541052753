"""What every test may lean on: a fast password hasher, a home of its own, and a trail that a flush can empty."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

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


def _transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    asked = "transactional_db" in request.fixturenames or "live_server" in request.fixturenames
    return asked or bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture(autouse=True)
def _trail_is_guarded_again(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """After the flush of a transactional test the triggers stand again: the next test finds the trail guarded."""
    yield
    if _transactional(request):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            for statement in triggers.SQLITE.values():
                cursor.execute(statement)


@pytest.fixture(autouse=True)
def _trail_may_be_flushed(request: pytest.FixtureRequest, _trail_is_guarded_again: None) -> Iterator[None]:
    """A transactional test ends with a flush, which the trail's triggers would refuse: they rest while it is done."""
    if not _transactional(request):
        yield
        return
    request.getfixturevalue("transactional_db")  # so that this fixture is undone before the flush
    yield
    with connection.cursor() as cursor:
        for name in triggers.SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
