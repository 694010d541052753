"""Sending by mail and console, receipts, and a mail server that is not there."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from office.errors import Refused
from office.models import User
from office.state import set_state
from reports.models import Brief, Receipt
from reports.services.brief import draft_due, open_by_ticket, opened, send_due, sign_brief, submit, try_again
from tests.gateways.mail import MailServer, Mode
from tests.people import Office, clock

pytestmark = pytest.mark.usefixtures("begun")
OUT = clock("08:55")


@pytest.fixture
def brief(office: Office) -> Brief:
    """A signed brief, not sent yet; only the leader and the duty lead have an address; sending is switched on."""
    User.objects.exclude(username__in=("fengyuan", "zhaogang")).update(email="")
    set_state("dry_run", False, by=None, at=clock("08:00"))
    row = draft_due(at=clock("08:01"))
    assert row is not None
    submit(brief=row, by=office.qian, at=clock("08:20"))
    sign_brief(brief=row, by=office.zhao, at=clock("08:40"))
    sign_brief(brief=row, by=office.chen, at=clock("08:50"))
    return row


@pytest.fixture
def drawn(brief: Brief, settings: Settings) -> Brief:
    """The same with a small file in the place of its documents: what is told here is the sending."""
    paper = settings.HOME / "briefs" / "brief.docx"
    paper.parent.mkdir(parents=True)
    paper.write_bytes(b"PK")
    Brief.objects.filter(pk=brief.pk).update(docx_path="briefs/brief.docx")
    brief.refresh_from_db()
    return brief


def mail_receipt(brief: Brief, username: str = "fengyuan") -> Receipt:
    return Receipt.objects.get(brief=brief, person__username=username, channel="mail")


def test_a_signed_brief_goes_out_with_its_documents_and_a_personal_link(
    brief: Brief, office: Office, post_office: MailServer
) -> None:
    assert send_due(at=OUT) == (2, 0)
    (mail,) = post_office.to("fengyuan@example.test")
    assert mail.message["Subject"] == "《今日舆情》2026年第1期（总第1期）"
    assert any(name.endswith(".docx") for name in mail.attachments)
    assert "【本期导读】" in mail.text and "/brief-link/" in mail.text
    brief.refresh_from_db()
    assert brief.state == Brief.State.SENT and brief.sent_at == OUT
    assert {r.person.username for r in brief.receipts.filter(channel="console")} >= {"fengyuan", "qianyue", "chenli"}
    assert not brief.receipts.filter(person__username__in=("gaogong", "yanmi", "shenqing")).exists()


def test_sending_twice_sends_once(drawn: Brief, post_office: MailServer) -> None:
    send_due(at=OUT)
    assert send_due(at=OUT + timedelta(minutes=5)) == (0, 0)
    assert len(post_office.mails) == 2
    assert drawn.receipts.filter(channel="console").count() == len(set(drawn.receipts.values_list("person")))


def test_opening_by_the_personal_link_is_noted_and_the_link_is_used_up(
    drawn: Brief, office: Office, post_office: MailServer
) -> None:
    send_due(at=OUT)
    text = post_office.to("fengyuan@example.test")[0].text
    token = text.split("/brief-link/")[1].split("/")[0]
    found, person = open_by_ticket(token=token, at=clock("09:10"))
    assert (found, person) == (drawn, office.feng)
    assert mail_receipt(drawn).opened_at == clock("09:10")
    with pytest.raises(Refused, match="用过"):
        open_by_ticket(token=token, at=clock("09:11"))


def test_opening_in_the_console_is_noted_once(drawn: Brief, office: Office, post_office: MailServer) -> None:
    send_due(at=OUT)
    assert opened(brief=drawn, person=office.feng, at=clock("09:10"))
    assert not opened(brief=drawn, person=office.feng, at=clock("09:20"))
    assert drawn.receipts.get(person=office.feng, channel="console").opened_at == clock("09:10")


def test_a_mail_server_that_is_down_keeps_the_mail_and_is_tried_again_ever_later(
    drawn: Brief, office: Office, post_office: MailServer
) -> None:
    User.objects.filter(pk=office.zhao.pk).update(email="")
    post_office.become(Mode.DOWN)
    assert send_due(at=OUT) == (0, 1)
    drawn.refresh_from_db()
    assert drawn.state == Brief.State.SENT  # the console has it: nobody waits for a mail server
    tries = [OUT]
    for _ in range(4):
        receipt = mail_receipt(drawn)
        assert "连不上邮件服务器" in receipt.error and receipt.next_try_at is not None
        tries.append(receipt.next_try_at)
        assert send_due(at=receipt.next_try_at - timedelta(seconds=1)) == (0, 0)
        assert send_due(at=receipt.next_try_at) == (0, 1)
    gaps = [later - sooner for sooner, later in zip(tries, tries[1:], strict=False)]
    assert gaps == sorted(gaps) and gaps[0] < gaps[-1]
    post_office.become(Mode.OK)
    last = mail_receipt(drawn).next_try_at
    assert last is not None
    send_due(at=last)
    receipt = mail_receipt(drawn)
    assert receipt.sent_at == last and not receipt.error and receipt.tries == 6
    assert len(post_office.to("fengyuan@example.test")) == 1


def test_after_the_clock_was_set_back_a_brief_waits_no_longer_than_the_longest_back_off(
    drawn: Brief, post_office: MailServer
) -> None:
    send_due(at=OUT, limit=0)
    Receipt.objects.filter(channel="mail").update(tries=3, next_try_at=OUT + timedelta(minutes=61))
    assert send_due(at=OUT) == (2, 0)


def test_a_mail_server_that_is_away_costs_the_clocks_one_time_out_a_sweep(
    drawn: Brief, post_office: MailServer
) -> None:
    post_office.become(Mode.DOWN)
    assert [send_due(at=OUT) for _ in range(3)] == [(0, 1), (0, 1), (0, 0)]


def test_an_address_the_server_refuses_is_given_up_shown_and_can_be_tried_again(
    drawn: Brief, office: Office, post_office: MailServer
) -> None:
    post_office.become(Mode.REFUSE)
    send_due(at=OUT)
    receipt = mail_receipt(drawn)
    assert receipt.next_try_at is None and "550" in receipt.error
    post_office.become(Mode.OK)
    try_again(receipt=receipt, by=office.zhao, at=clock("10:00"))
    send_due(at=clock("10:00"))
    assert mail_receipt(drawn).sent_at == clock("10:00")


def test_a_try_that_died_half_way_is_made_again(drawn: Brief, post_office: MailServer) -> None:
    send_due(at=OUT, limit=0)  # published, mails queued
    receipt = mail_receipt(drawn)
    Receipt.objects.filter(pk=receipt.pk).update(tries=1, next_try_at=OUT + timedelta(minutes=1))  # then the power went
    send_due(at=OUT + timedelta(minutes=1))
    assert mail_receipt(drawn).sent_at is not None


def test_under_trial_nothing_leaves_the_house_and_the_receipt_says_so(drawn: Brief, post_office: MailServer) -> None:
    set_state("dry_run", True, by=None, at=clock("08:52"))
    assert send_due(at=OUT) == (0, 0)
    assert post_office.connections == 0
    assert "试运行" in mail_receipt(drawn).error
    assert drawn.receipts.filter(channel="console", sent_at=OUT).exists()


def test_a_drill_marks_its_documents_and_sends_nothing(
    brief: Brief, post_office: MailServer, settings: Settings
) -> None:
    settings.DRILL = True
    send_due(at=OUT)
    brief.refresh_from_db()
    assert "演练" in brief.docx_path and post_office.connections == 0


def test_while_sending_is_held_a_signed_brief_waits(drawn: Brief, post_office: MailServer) -> None:
    set_state("sending_hold", {"since": "x"}, by=None, at=clock("08:52"))
    assert send_due(at=OUT) == (0, 0)
    drawn.refresh_from_db()
    assert drawn.state == Brief.State.SIGNED
