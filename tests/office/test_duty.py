"""Who is on, and who is told when nobody is."""

from datetime import timedelta

import pytest

from office.errors import Refused
from office.models import Duty
from office.queries import duty_gaps, handover, on_duty, people_for
from office.services.duty import put_on_duty, remove_duty
from tests.people import Office, clock

pytestmark = pytest.mark.django_db


def test_the_monitor_on_duty_is_told_and_nobody_else(office: Office) -> None:
    assert people_for("monitor", clock("09:00")) == ([office.wang], False)


def test_an_empty_roster_means_all_duty_leads(office: Office) -> None:
    Duty.objects.all().delete()
    assert on_duty("monitor", clock("09:00")) == []
    assert people_for("monitor", clock("09:00")) == ([office.zhao], True)


def test_without_a_duty_lead_the_administrators_are_told(office: Office) -> None:
    Duty.objects.all().delete()
    office.zhao.is_active = False
    office.zhao.save()
    assert people_for("monitor", clock("09:00")) == ([office.admin], True)


def test_a_role_without_shifts_means_all_who_hold_it(office: Office) -> None:
    assert people_for("press_officer", clock("09:00")) == ([office.zhou, office.wu], False)


def test_a_shift_ends_at_its_end(office: Office) -> None:
    assert on_duty("monitor", clock("20:00", day=19)) == []
    assert on_duty("monitor", clock("19:59", day=19)) == [office.wang]


def test_a_gap_in_the_roster_is_shown(office: Office) -> None:
    put_on_duty(
        user=office.li,
        role="monitor",
        starts_at=clock("22:00", day=19),
        ends_at=clock("08:00", day=20),
        by=office.zhao,
        at=clock("09:00"),
    )
    gaps = [g for g in duty_gaps(clock("09:00"), days=4) if g.role == "monitor"]
    assert [(g.starts_at, g.ends_at) for g in gaps] == [
        (clock("20:00", day=19), clock("22:00", day=19)),
        (clock("08:00", day=20), clock("09:00", day=21)),
    ]


def test_who_goes_and_who_comes(office: Office) -> None:
    put_on_duty(
        user=office.li,
        role="monitor",
        starts_at=clock("20:00", day=19),
        ends_at=clock("20:00", day=20),
        by=office.zhao,
        at=clock("09:00"),
    )
    change = handover(clock("09:00"))
    assert change.changes_at == clock("20:00", day=19)
    assert {d.user.name for d in change.going} == {"王敏", "赵刚"}
    assert [d.user.name for d in change.coming] == ["李静"]


def test_nobody_is_put_on_in_a_role_they_do_not_hold(office: Office) -> None:
    with pytest.raises(Refused, match="不是值班长"):
        put_on_duty(
            user=office.li,
            role="duty_lead",
            starts_at=clock("20:00"),
            ends_at=clock("23:00"),
            by=office.zhao,
            at=clock("09:00"),
        )


def test_a_shift_that_is_over_is_not_taken_off_and_a_running_one_keeps_its_past(office: Office) -> None:
    duty = Duty.objects.get(user=office.wang)
    remove_duty(duty=duty, by=office.zhao, at=clock("09:00"))
    duty.refresh_from_db()
    assert duty.ends_at == clock("09:00")
    with pytest.raises(Refused, match="已经结束"):
        remove_duty(duty=duty, by=office.zhao, at=clock("09:00") + timedelta(minutes=1))
