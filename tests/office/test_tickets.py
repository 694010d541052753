"""Links of messages that work once."""

from datetime import timedelta

import pytest

from office.errors import Refused
from office.services.tickets import issue_ticket, read_ticket, use_ticket
from tests.people import Office, clock

pytestmark = pytest.mark.django_db


def link(office: Office) -> str:
    return issue_ticket(
        kind="acknowledge", user=office.wang, object_id=5, expires_at=clock("09:00") + timedelta(hours=2)
    )


def test_reading_a_link_shows_who_and_what_and_uses_nothing_up(office: Office) -> None:
    token = link(office)
    for _ in range(3):
        ticket = read_ticket(token, "acknowledge", clock("09:10"))
        assert (ticket.user.name, ticket.object_id) == ("王敏", 5)


def test_a_link_works_once(office: Office) -> None:
    token = link(office)
    assert use_ticket(token, "acknowledge", clock("09:10")).used_at == clock("09:10")
    with pytest.raises(Refused, match="已经用过"):
        use_ticket(token, "acknowledge", clock("09:11"))


def test_a_link_of_one_kind_opens_nothing_else(office: Office) -> None:
    with pytest.raises(Refused, match="链接不对"):
        use_ticket(link(office), "brief", clock("09:10"))


def test_a_link_runs_out(office: Office) -> None:
    with pytest.raises(Refused, match="已过期"):
        use_ticket(link(office), "acknowledge", clock("11:00"))


def test_a_link_changed_by_one_letter_is_refused(office: Office) -> None:
    token = link(office)
    with pytest.raises(Refused, match="链接不对"):
        read_ticket(token[:-1] + ("a" if token[-1] != "a" else "b"), "acknowledge", clock("09:10"))
