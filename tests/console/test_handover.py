"""交接班 as people do it, and a person who leaves with cases in hand."""

from datetime import datetime, timedelta

import pytest

from alerts.models import Clock, Notice
from office.errors import Changed, Refused
from office.models import Duty, Trail, User
from office.queries import on_duty
from office.services.duty import put_on_duty
from office.services.people import declare_solo
from responses.models import Handover
from responses.services import handover
from responses.services.handover import Ticks
from responses.services.leaving import leave, open_work
from tests.console.night import Night

pytestmark = pytest.mark.django_db
EARLY = timedelta(hours=4)  # 03:14 + 4 h: an hour before the change at 08:00
NOTHING = Ticks(frozenset(), {})


@pytest.fixture
def next_shift(desk: Night) -> User:
    """陈曦 leads the day shift from 08:00."""
    person = desk.people["chenxi"]
    person.roles = ["propaganda_lead", "duty_lead"]
    person.save()
    put_on_duty(
        user=person,
        role="duty_lead",
        starts_at=desk.at + timedelta(hours=4, minutes=46),
        ends_at=desk.at + timedelta(hours=16),
        by=None,
        at=desk.at,
    )
    return person


def _sheet(desk: Night, at: datetime) -> Handover:
    change = handover.change_now(at=at)
    assert change is not None
    return handover.begin(change=change, by=desk.people["wangmin"], at=at)


def _all() -> Ticks:
    clocks = handover.running_clocks()
    return Ticks(frozenset(c.pk for c in clocks), {clocks[0].pk: "区教委 09:00 给稿"})


def test_both_tick_every_clock_and_sign_and_reminders_find_the_new_one_at_once(desk: Night, next_shift: User) -> None:
    at = desk.at + EARLY
    sheet = _sheet(desk, at)
    wang = desk.people["wangmin"]
    handover.sign_giving(handover=sheet, ticks=_all(), note="热力在抢修", version=sheet.version, by=wang, at=at)
    assert Notice.objects.filter(person=next_shift, event=f"handover:{sheet.pk}:given").exists()
    assert on_duty("duty_lead", at) == [wang]
    handover.sign_taking(handover=sheet, ticks=_all(), by=next_shift, at=at + timedelta(minutes=9))
    assert next_shift in on_duty("duty_lead", at + timedelta(minutes=10))
    assert (sheet.giver, sheet.taker) == (wang, next_shift)
    kinds = list(Trail.objects.filter(object_kind="handover").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["handover.begin", "handover.give", "handover.take"]


def test_nobody_signs_with_a_clock_left_out_also_one_that_opened_meanwhile(desk: Night, next_shift: User) -> None:
    at = desk.at + EARLY
    sheet = _sheet(desk, at)
    ticks = _all()
    one = Clock.objects.filter(closed_at=None).order_by("due_at")[0]
    one.pk = None
    one.round = 2
    one.save()
    with pytest.raises(Refused, match="还有 1 个时限没有勾"):
        handover.sign_giving(
            handover=sheet, ticks=ticks, note="", version=sheet.version, by=desk.people["wangmin"], at=at
        )
    assert Handover.objects.get().given_at is None


def test_who_has_nothing_to_do_with_the_shift_does_not_sign(desk: Night, next_shift: User) -> None:
    at = desk.at + EARLY
    sheet = _sheet(desk, at)
    with pytest.raises(Refused, match="本班的人签"):
        handover.sign_giving(handover=sheet, ticks=_all(), note="", version=None, by=next_shift, at=at)
    with pytest.raises(Refused, match="下一班的人签"):
        handover.sign_taking(handover=sheet, ticks=_all(), by=desk.people["lizhuo"], at=at)
    with pytest.raises(Refused, match="没有“交接班”的权限"):
        handover.begin(change=handover.change_now(at=at) or pytest.fail("no change"), by=desk.people["hechuan"], at=at)


def test_a_giver_who_is_gone_is_named_with_the_reason(desk: Night, next_shift: User) -> None:
    at = desk.at + timedelta(hours=5, minutes=30)
    sheet = _sheet(desk, at)
    with pytest.raises(Refused, match="写明原因"):
        handover.sign_taking(handover=sheet, ticks=_all(), by=next_shift, at=at)
    handover.sign_taking(handover=sheet, ticks=_all(), by=next_shift, at=at, missing_giver="出警去了")
    assert Handover.objects.get().missing_giver == "出警去了"


def test_two_givers_save_one_sheet_and_the_second_is_told(desk: Night, next_shift: User) -> None:
    at = desk.at + EARLY
    sheet = _sheet(desk, at)
    seen = sheet.version
    handover.save_giving(handover=sheet, ticks=NOTHING, note="先存的", version=seen, by=desk.people["lizhuo"], at=at)
    with pytest.raises(Changed, match="先存了一次"):
        handover.save_giving(
            handover=sheet, ticks=NOTHING, note="后存的", version=seen, by=desk.people["wangmin"], at=at
        )
    assert Handover.objects.get().note == "先存的"


def test_one_person_signs_both_sides_only_under_solo_duty(desk: Night) -> None:
    at = desk.at + EARLY
    wang = desk.people["wangmin"]
    sheet = _sheet(desk, at)
    handover.sign_giving(handover=sheet, ticks=_all(), note="", version=None, by=wang, at=at)
    with pytest.raises(Refused, match="另一个人"):
        handover.sign_taking(handover=sheet, ticks=_all(), by=wang, at=at)
    declare_solo(by=wang, reason="春节", at=at)
    handover.sign_taking(handover=sheet, ticks=_all(), by=wang, at=at, reason_again="春节")
    assert Handover.objects.get().solo


def test_a_question_reaches_the_other_side(desk: Night, next_shift: User) -> None:
    at = desk.at + EARLY
    sheet = _sheet(desk, at)
    handover.say(handover=sheet, text="福谊里的复检几点报？", by=next_shift, at=at)
    assert Notice.objects.filter(event=f"handover:{sheet.pk}:say:1", person=desk.people["wangmin"]).exists()
    assert Handover.objects.get().talk[0]["text"] == "福谊里的复检几点报？"


def test_a_handover_nobody_signed_is_told_ten_minutes_after_the_hour_once(desk: Night, next_shift: User) -> None:
    due = desk.at + timedelta(hours=4, minutes=46)
    assert handover.remind_unsigned(at=due + timedelta(minutes=9)) == 0
    assert handover.remind_unsigned(at=due + timedelta(minutes=10)) == 4
    assert handover.remind_unsigned(at=due + timedelta(minutes=11)) == 0
    at = due + timedelta(minutes=12)
    sheet = _sheet(desk, at)
    handover.sign_taking(handover=sheet, ticks=_all(), by=next_shift, at=at, missing_giver="已下班")
    Notice.objects.all().delete()
    assert handover.remind_unsigned(at=at) == 0


def test_who_leaves_hands_every_case_to_somebody_and_the_case_keeps_its_past(desk: Night) -> None:
    zhoulan, lizhuo, admin = (desk.people[name] for name in ("zhoulan", "lizhuo", "zhaoning"))
    work = open_work(zhoulan, at=desk.at)
    assert {i.matter.title for i in work.issues} == {
        "福谊里小区自来水发黄",
        "校车停靠点临时取消未通知",
        "幼儿园食堂留样说法不清",
    }
    with pytest.raises(Refused, match="没有指定交给谁"):
        leave(user=zhoulan, issues_to={}, duties_to={}, reason="调离", by=admin, at=desk.at)
    to = {issue.pk: lizhuo for issue in work.issues}
    with pytest.raises(Refused, match="不能交给 赵宁"):
        leave(
            user=zhoulan, issues_to=to | {work.issues[0].pk: admin}, duties_to={}, reason="调离", by=admin, at=desk.at
        )
    assert User.objects.get(pk=zhoulan.pk).is_active
    leave(user=zhoulan, issues_to=to, duties_to={}, reason="调离", by=admin, at=desk.at)
    water = desk.issues["water"]
    water.refresh_from_db()
    assert water.matter.owner == lizhuo
    assert Trail.objects.filter(kind="issue.hand_on", object_id=str(water.pk)).count() == 1
    assert Notice.objects.filter(person=lizhuo, event__startswith="hand-on:").count() == 3
    assert not User.objects.get(pk=zhoulan.pk).is_active


def test_a_shift_of_who_leaves_goes_to_whom_it_is_given(desk: Night) -> None:
    wangmin, chenxi, admin = (desk.people[name] for name in ("wangmin", "chenxi", "zhaoning"))
    chenxi.roles = ["duty_lead"]
    chenxi.save()
    work = open_work(wangmin, at=desk.at)
    later = work.duties[-1]
    leave(
        user=wangmin,
        issues_to={issue.pk: desk.people["lizhuo"] for issue in work.issues},
        duties_to={later.pk: chenxi},
        reason="退休",
        by=admin,
        at=desk.at,
    )
    assert [d.user for d in Duty.objects.filter(role="duty_lead", ends_at__gt=desk.at)] == [chenxi]
