"""A clock that was ahead is put right (rules.md 9): what has not come has not happened."""

from datetime import timedelta

import pytest

from alerts.models import Delivery, Notice, Rung
from alerts.services.put_right import take_back
from alerts.services.rungs import fire_rungs
from office.models import Trail
from office.services.timewatch import jump_undone, watch_clock
from office.timejump import Reading
from tests.people import Office, clock
from tests.responses.facts import clock_of, fire_lead

pytestmark = pytest.mark.django_db


def test_rungs_and_breaches_of_moments_that_have_not_come_are_taken_back_and_come_at_their_time(
    office: Office,
) -> None:
    issue = fire_lead()  # from 07:30: due at 12:30, the first rung at 09:30
    wrong = clock("09:10", day=18)
    fire_rungs(at=wrong)
    assert clock_of(issue, "first_release").breached_at == clock("12:30")
    told = Delivery.objects.filter(notice__rung__name__startswith="after").count()
    take_back(since=wrong, ahead=timedelta(days=1), at=clock("09:11"))
    first = clock_of(issue, "first_release")
    assert (first.status, first.breached_at, first.cause) == ("provisional", None, "")
    assert told and not Delivery.objects.filter(state="queued", notice__rung__name__startswith="after").exists()
    assert set(Rung.objects.filter(name="lead").values_list("fired_at", flat=True)) == {clock("09:06")}
    assert Notice.objects.filter(created_at__gt=clock("09:11")).count() == 0
    assert Trail.objects.filter(kind="clock.put_right").count() == 1
    fire_rungs(at=clock("09:30"))
    assert list(Rung.objects.filter(fired_at=clock("09:30")).values_list("name", flat=True)) == ["p40"]
    fire_rungs(at=clock("12:30"))
    assert clock_of(issue, "first_release").breached_at == clock("12:30")


@pytest.mark.parametrize(
    ("first", "then", "undone"),
    [(86400, -86400, True), (86400, -86250, True), (86400, -3600, False), (-3600, 3600, True), (0, -3600, False)],
)
def test_a_jump_takes_back_the_one_before_it_only_where_it_is_as_long(first: int, then: int, undone: bool) -> None:
    at = clock("09:00")
    watch_clock(reading=Reading(at, 100, "a"))
    watch_clock(reading=Reading(at + timedelta(seconds=1 + first), 101, "a"))
    jump = watch_clock(reading=Reading(at + timedelta(seconds=2 + first + then), 102, "a"))
    assert jump is not None
    assert (jump_undone(jump) is not None) is undone
