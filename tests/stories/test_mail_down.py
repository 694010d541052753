"""The mail server is down while a fire is told: nothing is lost, it is tried again ever later, and people see it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts.models import Delivery, Notice
from office.state import set_state
from responses.models import Issue
from tests.gateways.mail import MailServer, Mode
from tests.people import Office, clock
from tests.responses.facts import fire_lead
from tests.stories.town import sweep_all

Turn = Callable[[datetime], None]


@pytest.fixture
def lead(office: Office, post_office: MailServer, turn: Turn) -> Issue:
    """09:06: a lead; two people are to be told by mail; the mail server has just gone down."""
    set_state("dry_run", False, by=None, at=clock("08:00"))
    post_office.become(Mode.DOWN)
    turn(clock("09:06"))
    return fire_lead()


def waiting() -> list[Delivery]:
    return list(Delivery.objects.filter(state=Notice.State.QUEUED).order_by("pk"))


def test_a_mail_that_could_not_be_sent_is_kept_tried_ever_later_and_arrives_once(
    lead: Issue, turn: Turn, post_office: MailServer
) -> None:
    moments: dict[int, list[datetime]] = {row.pk: [] for row in waiting()}
    assert len(moments) == 2
    at = clock("09:06")
    while at < clock("09:16"):  # before anybody is called a second time
        turn(at)
        sweep_all(only="notify")
        for row in waiting():
            if row.pk in moments and row.tries > len(moments[row.pk]):
                moments[row.pk].append(at)
        at += timedelta(seconds=10)
    for tries in moments.values():
        waits = [later - sooner for sooner, later in zip(tries, tries[1:], strict=False)]
        assert len(tries) >= 3 and waits == sorted(waits) and waits[-1] > waits[0]
    post_office.become(Mode.OK)
    turn(at + timedelta(minutes=40))
    for _ in range(3):
        sweep_all(only="notify")
    assert waiting() == []
    subjects = [(mail.recipients[0], str(mail.message["Message-ID"])) for mail in post_office.mails]
    assert len(subjects) == len(set(subjects)) == 2


def test_after_the_clock_was_set_back_no_mail_waits_longer_than_the_longest_back_off(
    lead: Issue, turn: Turn, post_office: MailServer
) -> None:
    for minutes in (0, 1, 3, 7, 15, 31, 61):  # tried until the waits are at their longest
        turn(clock("09:06") + timedelta(minutes=minutes))
        sweep_all(only="notify")
        sweep_all(only="notify")
    tried, fresh = waiting()
    assert tried.tries > 4 and fresh.tries > 4
    Delivery.objects.filter(pk=fresh.pk).update(tries=0, claimed_until=clock("10:09"))  # its worker was killed
    post_office.become(Mode.OK)
    turn(clock("09:20"))  # an hour back: the next try lies 77 minutes ahead by this clock
    sweep_all(only="notify")
    assert waiting() == []


def test_who_looks_at_the_notices_sees_that_the_mail_did_not_get_through(
    lead: Issue, turn: Turn, client: Client, office: Office
) -> None:
    sweep_all(only="notify")
    sweep_all(only="notify")
    office.wang.must_change_password = False
    office.wang.save(update_fields=["must_change_password"])
    client.force_login(office.wang, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/notices/").content.decode()
    assert "连不上邮件服务器" in page and "待发" in page
    assert client.get("/healthz").json()["notices"]["waiting"] == 2


def test_a_mail_server_that_hangs_keeps_the_clocks_waiting_for_one_time_out_at_most(
    lead: Issue, turn: Turn, post_office: MailServer
) -> None:
    post_office.become(Mode.HANG)
    before = post_office.connections
    sweep_all(only="notify")
    assert post_office.connections - before == 1
    assert len(waiting()) == 2
