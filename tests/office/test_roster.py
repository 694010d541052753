"""The roster by shifts: planning a cell, copying a week, overlaps and gaps."""

from datetime import date

import pytest

from office.errors import Changed, Refused
from office.models import Duty, Swap, Trail
from office.queries import duty_gaps, last_change, on_duty
from office.services.duty import put_on_duty
from office.services.roster import cell, copy_week, plan_cell
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
THURSDAY = date(2026, 11, 19)


def test_a_shift_is_planned_by_role_and_the_trail_says_who(office: Office) -> None:
    made = plan_cell(
        day=THURSDAY,
        key="night",
        wanted={"duty_lead": [office.zhao], "monitor": [office.li]},
        seen=None,
        by=office.zhao,
        at=clock("09:00"),
    )
    assert [(p.name) for p in made.people("monitor")] == ["李静"]
    assert on_duty("monitor", clock("02:00", day=20)) == [office.li]
    row = Trail.objects.filter(kind="duty.plan").get()
    assert row.object_id == "2026-11-19/night"


def test_taking_somebody_off_one_shift_leaves_the_shifts_around_it(office: Office) -> None:
    """王敏 is on from the 16th to the 19th in one row; the day shift of the 18th goes to 李静."""
    plan_cell(
        day=date(2026, 11, 18),
        key="day",
        wanted={"monitor": [office.li]},
        seen=None,
        by=office.zhao,
        at=clock("09:00"),
    )
    spans = list(Duty.objects.filter(user=office.wang).order_by("starts_at").values_list("starts_at", "ends_at"))
    assert spans == [
        (clock("20:00", day=16), clock("08:00", day=18)),
        (clock("20:00", day=18), clock("20:00", day=19)),
    ]
    assert on_duty("monitor", clock("12:00", day=18)) == [office.li]


def test_a_running_shift_changes_from_now_on_and_one_that_is_over_stays(office: Office) -> None:
    today = date(2026, 11, 17)
    plan_cell(day=today, key="day", wanted={"monitor": [office.li]}, seen=None, by=office.zhao, at=clock("10:30"))
    assert on_duty("monitor", clock("10:29")) == [office.wang]
    assert on_duty("monitor", clock("10:31")) == [office.li]
    with pytest.raises(Refused, match="已经结束"):
        plan_cell(day=today, key="day", wanted={"monitor": []}, seen=None, by=office.zhao, at=clock("20:00"))


def test_of_two_who_plan_one_shift_the_second_hears_who_was_first(office: Office) -> None:
    seen = cell(day=THURSDAY, key="night").seen
    first = {"monitor": [office.li]}
    plan_cell(day=THURSDAY, key="night", wanted=first, seen=seen, by=office.zhao, at=clock("09:00"))
    with pytest.raises(Changed, match="赵刚 09:00 先存了一次"):
        plan_cell(
            day=THURSDAY, key="night", wanted={"monitor": [office.wang]}, seen=seen, by=office.admin, at=clock("09:01")
        )
    assert [p.name for p in cell(day=THURSDAY, key="night").people("monitor")] == ["李静"]


def test_nobody_is_planned_without_the_right_or_in_a_role_they_do_not_hold(office: Office) -> None:
    with pytest.raises(Refused, match="没有“排班”的权限"):
        plan_cell(day=THURSDAY, key="night", wanted={}, seen=None, by=office.li, at=clock("09:00"))
    with pytest.raises(Refused, match="不是值班长"):
        plan_cell(
            day=THURSDAY,
            key="night",
            wanted={"duty_lead": [office.li]},
            seen=None,
            by=office.zhao,
            at=clock("09:00"),
        )
    with pytest.raises(Refused, match="没有“noon”这个班次"):
        cell(day=THURSDAY, key="noon")


def test_a_week_is_filled_like_the_one_before_without_its_swaps(office: Office) -> None:
    night = plan_cell(
        day=THURSDAY,
        key="night",
        wanted={"monitor": [office.li], "duty_lead": [office.zhao]},
        seen=None,
        by=office.zhao,
        at=clock("09:00"),
    )
    swapped = next(d for d in night.duties if d.user == office.li)
    Duty.objects.filter(pk=swapped.pk).update(user=office.wang)
    Swap.objects.create(
        state="done",
        role="monitor",
        giver=office.li,
        taker=office.wang,
        duty=swapped,
        starts_at=swapped.starts_at,
        ends_at=swapped.ends_at,
        asked_by=office.li,
        asked_at=clock("10:00"),
        answer_by=clock("20:00"),
        decided_at=clock("11:00"),
    )
    copied = copy_week(monday=date(2026, 11, 23), by=office.zhao, at=clock("12:00"))
    assert (copied.made, copied.left_out) == (4, [])
    assert {p.name for p in cell(day=date(2026, 11, 26), key="night").people("monitor")} == {"李静"}
    again = copy_week(monday=date(2026, 11, 23), by=office.zhao, at=clock("12:01"))
    assert again.made == 0
    assert all("已经排了" in said for said in again.left_out)
    with pytest.raises(Refused, match="没有可照的"):
        copy_week(monday=date(2027, 11, 22), by=office.zhao, at=clock("12:02"))


def test_a_copied_week_leaves_out_who_may_no_longer(office: Office) -> None:
    office.zhao.roles = ["monitor"]
    office.zhao.save()
    copied = copy_week(monday=date(2026, 11, 23), by=office.admin, at=clock("12:00"))
    assert copied.made == 1
    assert "赵刚 11-23 20:00" in copied.left_out[0] and "不是值班长" in copied.left_out[0]


def test_a_roster_with_an_overlap_and_a_gap_is_kept_and_told(office: Office) -> None:
    for start, end, day in (("18:00", "22:00", 19), ("23:00", "08:00", 19)):
        put_on_duty(
            user=office.li,
            role="monitor",
            starts_at=clock(start, day=day),
            ends_at=clock(end, day=20 if end < start else day),
            by=office.zhao,
            at=clock("09:00"),
        )
    assert on_duty("monitor", clock("19:00", day=19)) == [office.wang, office.li]
    gaps = [(g.starts_at, g.ends_at) for g in duty_gaps(clock("12:00", day=19), days=1) if g.role == "monitor"]
    assert gaps == [
        (clock("22:00", day=19), clock("23:00", day=19)),
        (clock("08:00", day=20), clock("12:00", day=20)),
    ]


def test_a_change_of_shift_knows_who_goes_who_comes_and_who_stays(office: Office) -> None:
    put_on_duty(
        user=office.li,
        role="monitor",
        starts_at=clock("20:00", day=19),
        ends_at=clock("08:00", day=20),
        by=office.zhao,
        at=clock("09:00"),
    )
    put_on_duty(
        user=office.zhao,
        role="duty_lead",
        starts_at=clock("20:00", day=19),
        ends_at=clock("08:00", day=20),
        by=office.zhao,
        at=clock("09:00"),
    )
    from_dusk = last_change(clock("20:10", day=19), early=clock("01:00") - clock("00:00"))
    assert from_dusk is not None
    assert from_dusk.at == clock("20:00", day=19)
    assert from_dusk.going == {office.wang.pk}
    assert from_dusk.coming == {office.li.pk, office.zhao.pk}
    assert last_change(clock("12:00", day=18), early=clock("01:00") - clock("00:00")) is None
