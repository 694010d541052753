"""What was dismissed is looked at again: drawn once a week, not by who dismissed it; back with its old clocks."""

from datetime import timedelta

import pytest

from alerts.models import Notice
from office.errors import Refused
from office.models import Trail
from office.services.people import declare_solo
from responses.models import Issue, SampleCheck
from responses.services import decide
from responses.services.samples import check_sample, draw_sample, who_dismissed
from tests.people import Office, clock
from tests.responses.facts import clock_of, lamp_lead

pytestmark = pytest.mark.django_db
TUESDAY = clock("10:00")  # 17 November 2026
MONDAY = TUESDAY + timedelta(days=6)


def dismissed(office: Office) -> Issue:
    issue = lamp_lead()
    done = decide.dismiss_lead(
        issue=issue, by=office.wang, at=TUESDAY, code="settled", sentence="已修好", version=issue.version
    )
    assert isinstance(done, Issue)
    return done


def test_the_week_before_is_drawn_once_and_the_duty_lead_is_told(office: Office) -> None:
    issue = dismissed(office)
    assert draw_sample(at=TUESDAY) == 0  # the week is not over
    assert draw_sample(at=MONDAY) == 1
    assert draw_sample(at=MONDAY + timedelta(hours=1)) == 0
    row = SampleCheck.objects.get()
    assert (row.issue, row.week.isoformat(), row.right) == (issue, "2026-11-16", None)
    assert Notice.objects.filter(event="sample:2026-11-16", person=office.zhao).count() == 1
    assert draw_sample(at=MONDAY + timedelta(days=7)) == 0  # nothing was dismissed in that week


def test_so_many_are_drawn_as_the_pack_says(office: Office) -> None:
    issue = dismissed(office)
    for number in range(50, 90):
        matter = issue.matter
        matter.pk = None
        matter.save()
        issue.pk, issue.matter, issue.number, issue.topic = None, matter, number, None
        issue.save()
    assert draw_sample(at=MONDAY) == 5  # a tenth of 41, rounded up


def test_who_dismissed_it_does_not_look_at_it_and_it_is_marked_once(office: Office) -> None:
    issue = dismissed(office)
    draw_sample(at=MONDAY)
    row = SampleCheck.objects.get()
    assert who_dismissed(issue) == [office.wang]
    with pytest.raises(Refused, match="抽查排除的线索"):
        check_sample(sample=row, right=True, remark="", by=office.wang, at=MONDAY)
    office.wang.roles = ["monitor", "duty_lead"]
    office.wang.save()
    with pytest.raises(Refused, match="另一个人"):
        check_sample(sample=row, right=True, remark="看过", by=office.wang, at=MONDAY)
    done = check_sample(sample=row, right=True, remark="已修好，属实", by=office.zhao, at=MONDAY)
    assert (done.right, done.checked_by, done.solo) == (True, office.zhao, False)
    with pytest.raises(Refused, match="已经核过"):
        check_sample(sample=row, right=False, remark="再想想", by=office.zhao, at=MONDAY)
    issue.refresh_from_db()
    assert issue.state == Issue.State.DISMISSED
    assert Trail.objects.filter(kind="issue.sample", by=office.zhao).count() == 1


def test_one_person_alone_may_where_that_is_declared_and_it_is_marked(office: Office) -> None:
    dismissed(office)
    draw_sample(at=MONDAY)
    office.wang.roles = ["monitor", "duty_lead"]
    office.wang.save()
    declare_solo(by=office.zhao, reason="只到一人", at=MONDAY)
    with pytest.raises(Refused, match="再写一遍"):
        check_sample(sample=SampleCheck.objects.get(), right=True, remark="", by=office.wang, at=MONDAY)
    done = check_sample(sample=SampleCheck.objects.get(), right=True, remark="属实", by=office.wang, at=MONDAY)
    assert done.solo


def test_wrongly_dismissed_it_is_a_lead_again_with_its_old_anchor_and_what_ran_out_meanwhile_is_over(
    office: Office,
) -> None:
    issue = dismissed(office)
    clock_row = clock_of(issue, "response")
    before = (clock_row.anchor_at, clock_row.due_at)
    draw_sample(at=MONDAY)
    with pytest.raises(Refused, match="为什么不该排除"):
        check_sample(sample=SampleCheck.objects.get(), right=False, remark=" ", by=office.zhao, at=MONDAY)
    check_sample(sample=SampleCheck.objects.get(), right=False, remark="灯还是不亮", by=office.zhao, at=MONDAY)
    issue.refresh_from_db()
    after = clock_of(issue, "response")
    assert issue.state == Issue.State.LEAD
    assert (after.anchor_at, after.due_at) == before
    assert after.closed_at is None and after.next_rung_at == MONDAY
