"""The chain of what people did."""

import importlib
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from office import trail
from office.models import Trail, TrailHead, TrailText, User
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
triggers = importlib.import_module("office.migrations.0002_trail_triggers")


def three_acts(office: Office) -> list[Trail]:
    return [
        trail.record(
            by=office.wang, kind="note.add", at=clock(f"09:0{n}"), object_kind="issue", object_id="7", text=f"第{n}条"
        )
        for n in range(3)
    ]


def rests() -> None:
    """The guard of the database rests, as for one who writes into the file behind our back."""
    with connection.cursor() as cursor:
        for statement in triggers.falling(connection.vendor):
            cursor.execute(statement)


def test_a_chain_nobody_touched_is_whole(office: Office) -> None:
    three_acts(office)
    assert trail.verify() == []


def test_the_database_refuses_to_change_a_row(office: Office) -> None:
    row = three_acts(office)[0]
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
        Trail.objects.filter(pk=row.pk).update(kind="other")


def test_the_database_refuses_to_delete_a_row(office: Office) -> None:
    row = three_acts(office)[0]
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
        Trail.objects.filter(pk=row.pk).delete()


def test_a_row_changed_behind_our_back_is_found(office: Office) -> None:
    row = three_acts(office)[1]
    rests()
    Trail.objects.filter(pk=row.pk).update(by=office.li)
    assert any(f"第 {row.seq} 号" in fault and "被改过" in fault for fault in trail.verify())


def test_a_missing_row_is_found(office: Office) -> None:
    row = three_acts(office)[1]
    rests()
    Trail.objects.filter(pk=row.pk).delete()
    assert any(f"缺第 {row.seq} 号" in fault for fault in trail.verify())


def test_a_cut_off_end_is_found(office: Office) -> None:
    row = three_acts(office)[2]
    rests()
    Trail.objects.filter(pk=row.pk).delete()
    assert any("末尾的记录被删过" in fault for fault in trail.verify())


def test_two_rows_that_changed_places_are_found(office: Office) -> None:
    _first, second, third = three_acts(office)
    rests()
    Trail.objects.filter(pk=second.pk).update(seq=1_000_000)
    Trail.objects.filter(pk=third.pk).update(seq=second.seq)
    Trail.objects.filter(pk=second.pk).update(seq=third.seq)
    assert any("接不上" in fault for fault in trail.verify())


def test_a_lost_head_is_found(office: Office) -> None:
    three_acts(office)
    TrailHead.objects.all().delete()
    assert "链头不见了" in trail.verify()


def test_words_rewritten_are_found_and_words_removed_break_nothing(office: Office) -> None:
    rows = three_acts(office)
    TrailText.objects.filter(digest=rows[0].text_digest).delete()
    assert trail.verify() == []
    TrailText.objects.filter(digest=rows[1].text_digest).update(text="另一句")
    assert any("文字" in fault for fault in trail.verify())


def test_a_refused_transaction_leaves_the_chain_as_it_was(office: Office) -> None:
    three_acts(office)
    before = Trail.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        trail.record(by=office.wang, kind="note.add", at=clock("10:00"), text="没办成")
        raise RuntimeError
    assert Trail.objects.count() == before
    assert trail.verify() == []


def test_the_command_says_whole_or_names_the_fault_and_ends_with_one(office: Office) -> None:
    row = three_acts(office)[1]
    out = StringIO()
    call_command("trail", "verify", stdout=out)
    assert json.loads(out.getvalue())["whole"] is True
    rests()
    Trail.objects.filter(pk=row.pk).delete()
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("trail", "verify", stdout=out)
    assert ended.value.code == 1
    assert json.loads(out.getvalue())["faults"]


def test_the_first_login_is_printed_until_it_was_used() -> None:
    out = StringIO()
    call_command("first_login", stdout=out)
    call_command("first_login", stdout=out)
    assert out.getvalue().count("用户名 admin") == 2
    User.objects.update(last_login=clock("09:00"))
    with pytest.raises(CommandError, match="已有人登录过"):
        call_command("first_login", stdout=out)
