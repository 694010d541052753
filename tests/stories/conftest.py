"""What the stories share: simulated time that a test turns, the board of a made-up town, a mail server that answers."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from crawlers.models import Source
from tests.gateways.mail import MailServer
from tests.people import clock
from tests.stories.home import Stepper, keep
from tests.stories.town import Town


@pytest.fixture
def turn(settings: Settings, tmp_path: Path) -> Callable[[datetime], None]:
    """`turn(moment)` makes it that moment for the whole service, spiders too, until it is turned again."""
    file = tmp_path / "clock.json"
    settings.CLOCK_FILE = str(file)

    def to(moment: datetime) -> None:
        file.write_text(json.dumps({"base": moment.timestamp(), "real": 0, "speed": 1, "held": True}))

    return to


@pytest.fixture
def town(db: None, settings: Settings) -> Iterator[Town]:
    """A board of residents that the service watches every ten minutes."""
    town = Town().run()
    settings.LOOPBACK = town.pair
    Source.objects.create(
        key="town-board",
        name="居民论坛",
        klass="board",
        kind="board",
        voice="public",
        platform="居民论坛",
        scope="open",
        address=town.board,
        config={"list_hint": r"/board/t\d+\.html$", "selectors": {"body": "div.body", "author": ".author"}},
        rhythm_minutes=10,
        enabled=True,
    )
    yield town
    town.stop()


@pytest.fixture
def post_office(settings: Settings) -> Iterator[MailServer]:
    """A mail server the service knows."""
    with MailServer() as server:
        settings.SMTP, settings.SMTP_TLS, settings.MAIL_FROM = server.address, "none", "huiying@office.test"
        yield server


@pytest.fixture(scope="session")
def prepared_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tables, pack and people, as of 17 November 2026, 08:30; copied for each story."""
    home = tmp_path_factory.mktemp("prepared office") / "home"
    with Stepper(home) as steps:
        steps.run(at=clock("08:30"), call="tests.stories.prepared.office")
    return home


@pytest.fixture
def office_home(prepared_office: Path, tmp_path: Path) -> Path:
    """A home of the story's own, with an office at work in it."""
    return keep(prepared_office, tmp_path / "home")
