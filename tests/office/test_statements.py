"""Statements compiled once say what the object layer would say, each time anew."""

from datetime import datetime, timedelta

import pytest

from office.models import Duty, User
from office.statements import Prepared, PreparedAmong, PreparedRows, add, add_many
from tests.people import Office, clock

pytestmark = pytest.mark.django_db


def test_whole_rows_come_as_from_the_object_layer_related_ones_too(office: Office) -> None:
    on_duty = PreparedRows(
        lambda at: Duty.objects.filter(starts_at__lte=at, ends_at__gt=at).select_related("user").order_by("pk"),
        at=datetime,
    )
    for at in (clock("09:00"), clock("20:00", day=19)):
        plain = Duty.objects.filter(starts_at__lte=at, ends_at__gt=at).order_by("pk")
        assert [(row, row.role, row.starts_at) for row in on_duty(at=at)] == [
            (row, row.role, row.starts_at) for row in plain
        ]
    first = on_duty(at=clock("09:00"))[0]
    assert Duty.user.is_cached(first) and first.user == User.objects.get(pk=first.user_id)


def test_columns_left_out_are_asked_for_when_they_are_needed(office: Office) -> None:
    named = PreparedRows(lambda pk: User.objects.filter(pk=pk).only("username"), pk=int)
    [row] = named(pk=office.wang.pk)
    assert row.get_deferred_fields() and (row.username, row.name) == (office.wang.username, office.wang.name)


def test_a_beginning_is_taken_letter_by_letter(office: Office) -> None:
    called = Prepared(lambda start: User.objects.filter(username__startswith=start).values_list("username"), start=str)
    assert called(start=office.wang.username[:3]) == [(office.wang.username,)]
    assert called(start="%") == called(start="_") == []


def test_a_new_row_has_its_key_and_the_defaults_of_its_model(office: Office) -> None:
    made = Duty(user=office.li, role="monitor", starts_at=clock("20:00"), ends_at=clock("20:00") + timedelta(hours=12))
    assert add(made)
    kept = Duty.objects.get(pk=made.pk)
    fields = [field.attname for field in Duty._meta.concrete_fields]
    assert [getattr(kept, name) for name in fields] == [getattr(made, name) for name in fields]
    made.role = "duty_lead"
    made.save()  # it counts as stored: this is no second row
    assert Duty.objects.filter(user=office.li).count() == 1


def test_a_row_whose_unique_key_stands_is_not_written(office: Office) -> None:
    before = User.objects.count()
    twin = User(username=office.wang.username, name="另一人", created_at=clock("09:00"))
    assert not add(twin, unless_there=True)
    assert User.objects.count() == before


def test_of_many_rows_those_that_are_new_are_written_and_have_their_keys(office: Office) -> None:
    at = clock("09:00") + timedelta(microseconds=123456)
    rows = [User(username=f"many{number}", name="许多人", roles=["monitor"], created_at=at) for number in range(70)]
    twin = User(username=office.wang.username, name="另一人", created_at=at)
    written = add_many([*rows[:40], twin, *rows[40:]], by=("username",))
    assert written == rows
    kept = {user.pk: user for user in User.objects.filter(username__startswith="many")}
    fields = [field.attname for field in User._meta.concrete_fields]
    for row in rows:
        assert [getattr(kept[row.pk], name) for name in fields] == [getattr(row, name) for name in fields]
    assert add_many(rows, by=("username",)) == []
    among = PreparedAmong(lambda keys: User.objects.filter(pk__in=keys).order_by("pk"))
    assert among([row.pk for row in rows[:5]]) == rows[:5]
    assert among([]) == []
