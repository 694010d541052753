"""Swaps, gaps that are told, and mails with a link into an account."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from alerts.models import Notice
from alerts.services.account_mails import mail_invitation, queue_reset_mails
from alerts.services.notices import Addressee, tell
from alerts.services.roster_watch import tell_gaps
from alerts.services.sending import send_due
from alerts.services.swaps import (
    answer_swap,
    approve_swap,
    ask_swap,
    lapse_swaps,
    open_swaps,
    remind_swap,
    withdraw_swap,
)
from office.errors import Refused
from office.models import Duty, Swap, Trail
from office.queries import on_duty
from office.services import links
from office.services.duty import put_on_duty
from office.services.people import create_user, declare_solo
from office.state import set_state
from tests.gateways.mail import MailServer
from tests.people import Office, clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def coming(office: Office) -> Duty:
    """李静's night from the 19th to the 20th."""
    return put_on_duty(
        user=office.li,
        role="monitor",
        starts_at=clock("20:00", day=19),
        ends_at=clock("08:00", day=20),
        by=office.zhao,
        at=clock("08:00"),
    )


def test_a_swap_is_asked_agreed_approved_and_the_roster_follows(office: Office, coming: Duty) -> None:
    swap = ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:00"), reason="看病")
    assert Notice.objects.get(person=office.wang, event=f"swap:{swap.pk}:ask:0").title == "李静 想与您换班"
    with pytest.raises(Refused, match="王敏 本人答应"):
        answer_swap(swap=swap, agree=True, by=office.zhao, at=clock("09:10"))
    answer_swap(swap=swap, agree=True, by=office.wang, at=clock("09:20"))
    assert Notice.objects.filter(person=office.zhao, event=f"swap:{swap.pk}:agreed").exists()
    with pytest.raises(Refused, match="没有“排班”的权限"):
        approve_swap(swap=swap, approve=True, by=office.li, at=clock("09:30"))
    approve_swap(swap=swap, approve=True, by=office.zhao, at=clock("09:40"))
    assert on_duty("monitor", clock("22:00", day=19)) == [office.wang]
    assert [row.kind for row in Trail.objects.filter(object_id=f"swap/{swap.pk}").order_by("seq")] == [
        "duty.swap_ask",
        "duty.swap_answer",
        "duty.swap_done",
    ]


def test_two_shifts_are_exchanged(office: Office, coming: Duty) -> None:
    back = put_on_duty(
        user=office.wang,
        role="monitor",
        starts_at=clock("20:00", day=20),
        ends_at=clock("08:00", day=21),
        by=office.zhao,
        at=clock("08:00"),
    )
    swap = ask_swap(duty=coming, taker=office.wang, back=back, by=office.li, at=clock("09:00"))
    answer_swap(swap=swap, agree=True, by=office.wang, at=clock("09:10"))
    approve_swap(swap=swap, approve=True, by=office.zhao, at=clock("09:20"))
    assert on_duty("monitor", clock("22:00", day=19)) == [office.wang]
    assert on_duty("monitor", clock("22:00", day=20)) == [office.li]


def test_who_is_busy_or_lacks_the_role_can_not_take_a_shift(office: Office, coming: Duty) -> None:
    with pytest.raises(Refused, match="不是舆情工作人员"):
        ask_swap(duty=coming, taker=office.qian, by=office.li, at=clock("09:00"))
    put_on_duty(
        user=office.wang,
        role="monitor",
        starts_at=clock("22:00", day=19),
        ends_at=clock("23:00", day=19),
        by=office.zhao,
        at=clock("08:00"),
    )
    with pytest.raises(Refused, match="已有班"):
        ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:00"))
    with pytest.raises(Refused, match="没有“排班”的权限"):
        ask_swap(duty=coming, taker=office.wang, by=office.qian, at=clock("09:00"))
    with pytest.raises(Refused, match="已经开始"):
        ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("21:00", day=19))


def test_a_shift_waits_in_one_swap_only_and_a_swap_can_be_taken_back(office: Office, coming: Duty) -> None:
    swap = ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:00"))
    with pytest.raises(Refused, match="已有一个换班"):
        ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:01"))
    withdraw_swap(swap=swap, by=office.li, at=clock("09:02"))
    assert ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:03")).state == "asked"


def test_who_has_not_answered_is_reminded_at_most_once_an_hour(office: Office, coming: Duty) -> None:
    swap = ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:00"))
    with pytest.raises(Refused, match="一小时后"):
        remind_swap(swap=swap, by=office.li, at=clock("09:30"))
    remind_swap(swap=swap, by=office.li, at=clock("10:05"))
    with pytest.raises(Refused, match="一小时后"):
        remind_swap(swap=swap, by=office.li, at=clock("10:30"))
    assert Notice.objects.filter(person=office.wang, event__startswith=f"swap:{swap.pk}:ask").count() == 2


def test_a_swap_nobody_answers_lapses_and_both_hear_of_it(office: Office, coming: Duty) -> None:
    swap = ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:00"))
    assert lapse_swaps(at=clock("08:59", day=18)) == 0
    assert lapse_swaps(at=clock("09:00", day=18)) == 1
    assert Notice.objects.filter(event=f"swap:{swap.pk}:lapsed").count() == 2
    with pytest.raises(Refused, match="办过了"):
        answer_swap(swap=swap, agree=True, by=office.wang, at=clock("09:01", day=18))
    assert on_duty("monitor", clock("22:00", day=19)) == [office.li]


def test_a_swap_of_a_shift_that_left_the_roster_lapses(office: Office, coming: Duty) -> None:
    ask_swap(duty=coming, taker=office.wang, by=office.li, at=clock("09:00"))
    coming.delete()
    assert lapse_swaps(at=clock("09:05")) == 1
    assert open_swaps() == []


def test_the_planner_who_takes_part_does_not_approve_unless_alone(office: Office) -> None:
    office.qian.roles = ["duty_lead"]
    office.qian.save()
    night = put_on_duty(
        user=office.zhao,
        role="duty_lead",
        starts_at=clock("20:00", day=19),
        ends_at=clock("08:00", day=20),
        by=office.admin,
        at=clock("08:00"),
    )
    swap = ask_swap(duty=night, taker=office.qian, by=office.zhao, at=clock("09:00"))
    answer_swap(swap=swap, agree=True, by=office.qian, at=clock("09:01"))
    with pytest.raises(Refused, match="另一个人"):
        approve_swap(swap=swap, approve=True, by=office.zhao, at=clock("09:02"))
    declare_solo(by=office.zhao, reason="春节", at=clock("09:03"))
    approve_swap(swap=swap, approve=True, by=office.zhao, at=clock("09:04"), reason_again="春节")
    assert Swap.objects.get(pk=swap.pk).state == "done"
    assert Trail.objects.filter(kind="duty.swap_done", solo=True).count() == 1


def test_a_shift_with_nobody_is_told_a_day_before_once(office: Office) -> None:
    assert tell_gaps(at=clock("19:00", day=18)) == 0
    told = tell_gaps(at=clock("20:30", day=18))
    people = set(Notice.objects.filter(event__startswith="duty-gap:").values_list("person__username", flat=True))
    assert (told, people) == (4, {"chenli", "gaogong"})
    for later in (timedelta(minutes=1), timedelta(hours=30), timedelta(days=5)):
        assert tell_gaps(at=clock("20:30", day=18) + later) == 0


def test_a_house_without_a_roster_is_not_told_of_gaps(office: Office) -> None:
    Duty.objects.all().delete()
    assert tell_gaps(at=clock("09:00")) == 0


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.SMTP = server.address
        settings.SMTP_TLS = "none"
        set_state("dry_run", False, by=None, at=clock("00:00"))
        yield server


def _token(text: str, kind: str) -> str:
    found = re.search(rf"/{kind}/(\S+)/", text)
    assert found is not None
    return found[1]


def test_a_forgotten_password_is_set_anew_by_mail(office: Office, post: MailServer) -> None:
    for _ in range(3):
        links.request_reset(username="wangmin", address="10.0.0.9", at=clock("09:00"))
    links.request_reset(username="nobody", address="10.0.0.9", at=clock("09:00"))
    assert queue_reset_mails(at=clock("09:01")) == 1
    links.request_reset(username="wangmin", address="10.0.0.9", at=clock("09:02"))
    assert queue_reset_mails(at=clock("09:03")) == 0  # one mail in ten minutes
    assert send_due(at=clock("09:03")) == (1, 0)
    (mail,) = post.to("wangmin@example.test")
    token = _token(mail.text, "reset")
    links.redeem(token=token, kind="reset", new="Huai-shu-2026", at=clock("09:05"))
    with pytest.raises(Refused, match="已经用过"):
        links.redeem(token=token, kind="reset", new="Huai-shu-2027", at=clock("09:06"))


def test_a_link_by_mail_runs_out_after_half_an_hour(office: Office, post: MailServer) -> None:
    links.request_reset(username="wangmin", address="", at=clock("09:00"))
    queue_reset_mails(at=clock("09:00"))
    send_due(at=clock("09:01"))
    token = _token(post.to("wangmin@example.test")[0].text, "reset")
    with pytest.raises(Refused, match="已过期"):
        links.read_link(token=token, kind="reset", at=clock("09:31"))


def test_an_invitation_goes_by_mail_only_where_mail_goes_out(office: Office, post: MailServer) -> None:
    new = create_user(username="newcomer", name="新人", email="new@example.test", at=clock("09:00"), by=office.admin)
    mail_invitation(user=new, by=office.admin, at=clock("09:00"))
    send_due(at=clock("09:01"))
    assert links.read_link(token=_token(post.to("new@example.test")[0].text, "join"), kind="join", at=clock("09:02"))
    set_state("dry_run", True, by=None, at=clock("09:03"))
    with pytest.raises(Refused, match="当面给链接"):
        mail_invitation(user=new, by=office.admin, at=clock("09:04"))


def test_who_takes_no_mail_still_sees_the_notice_on_the_page(office: Office) -> None:
    office.wang.mail_notices = False
    office.wang.save()
    people = [Addressee("monitor", office.wang), Addressee("duty_lead", office.zhao)]
    tell(people=people, event="e", title="题", body="文", at=clock("09:00"))
    assert Notice.objects.get(person=office.wang).deliveries.count() == 0
    assert Notice.objects.get(person=office.zhao).deliveries.count() == 1
