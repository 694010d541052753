"""What a clock froze is kept by the database itself, whoever writes to it."""

import pytest
from django.db import DatabaseError, connection, transaction

from alerts.models import Clock
from tests.conftest import GUARDS
from tests.console.night import Night

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("change", [{"minutes": 600}, {"wording": "改过"}, {"document": "另一份文件"}])
def test_length_wording_and_source_of_a_clock_stay(desk: Night, change: dict[str, object]) -> None:
    clock = Clock.objects.order_by("pk")[0]
    with pytest.raises(DatabaseError, match="不能改"), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(**change)
    clock.repeats += 1
    clock.save()  # all columns written as they were: nothing of what is frozen changed
    assert Clock.objects.get(pk=clock.pk).repeats == clock.repeats


def test_no_clock_is_deleted(desk: Night) -> None:
    before = Clock.objects.count()
    with pytest.raises(DatabaseError, match="保留"), transaction.atomic():
        Clock.objects.order_by("pk")[0].delete()
    assert Clock.objects.count() == before > 0


def test_the_guards_stand_after_the_last_migration() -> None:
    """A migration that remakes a table of SQLite drops its triggers: it has to put them up again."""
    names = {name for guard in GUARDS for name in guard.SQLITE}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger")
            names = {"office_trail_no_change", "alerts_clock_no_delete", "alerts_clock_frozen"}
        assert names <= {row[0] for row in cursor.fetchall()}
