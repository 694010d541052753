"""Fixtures of the briefs' tests."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from office.state import set_state
from tests.gateways.mail import MailServer
from tests.people import Office, clock
from tests.reports.world import World


@pytest.fixture
def world(office: Office) -> World:
    """An office at work with nothing said yet."""
    return World()


@pytest.fixture
def post_office(settings: Settings) -> Iterator[MailServer]:
    """A mail server the service knows; sending is a real matter (no 试运行)."""
    with MailServer() as server:
        settings.SMTP, settings.SMTP_TLS, settings.MAIL_FROM = server.address, "none", "huiying@xicheng.test"
        yield server


@pytest.fixture
def begun(office: Office) -> None:
    """The service has been running since the Sunday before: the brief of Monday was the first."""

    set_state("brief_from", clock("20:00", day=15).isoformat(), by=None, at=clock("20:00", day=15))
