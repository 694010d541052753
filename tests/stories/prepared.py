"""What a story in a home of its own begins with: an office at work, a board, sending switched on. Called in a fork."""

from datetime import timedelta

from django.conf import settings

from analysis.services.learnt_models import reader_with
from analysis.services.reading import engine
from console.installation import prepare
from console.sweeps import schedule
from crawlers.models import Source
from crawlers.services.inbox import keys_in_force
from office import clock
from office.models import User
from office.pack.current import current_pack
from office.services.duty import put_on_duty
from office.services.people import create_user
from office.services.timewatch import release_hold
from office.state import set_state
from reports.models import Brief
from reports.services.brief import draft_due, sign_brief, submit

CAST = {
    "wangmin": ("王敏", "monitor"),
    "zhaogang": ("赵刚", "duty_lead"),
    "qianyue": ("钱越", "analyst"),
    "chenli": ("陈立", "propaganda_lead"),
    "sunning": ("孙宁", "gov_office"),
    "zhouyun": ("周芸", "press_officer"),
    "fengyuan": ("冯远", "leader"),
}


def warm() -> None:
    """Everything a sweep loads at its first run, so that a fork begins at once. Opens no database."""
    reader_with(None, current_pack(), engine(settings.SENTIMENT))
    for sweep in schedule(settings.SCHEDULE):
        sweep.load()


def office() -> None:
    """Tables, pack, people with duties, the board `board`; nothing is watched over the network."""
    at = clock.now()
    prepare(at=at, say=lambda words: None)
    Source.objects.update(enabled=False)
    Source.objects.create(
        key="board",
        name="居民论坛",
        klass="board",
        kind="board",
        voice="public",
        platform="居民论坛",
        scope="open",
        in_pack=False,
        enabled=False,
    )
    people = {}
    for username, (name, role) in CAST.items():
        people[username] = create_user(
            username=username, name=name, roles=[role], email=f"{username}@example.test", at=at, by=None
        )
    for username in ("wangmin", "zhaogang"):
        put_on_duty(
            user=people[username],
            role=CAST[username][1],
            starts_at=at - timedelta(days=1),
            ends_at=at + timedelta(days=30),
            by=None,
            at=at,
        )
    set_state("dry_run", False, by=None, at=at)
    keys_in_force(at)  # the same handles in every run
    draft_due(at=at)  # from now on this office owes briefs


def board() -> None:
    """The board of the made-up town, at the one address a rehearsal may visit, due now."""
    Source.objects.create(
        key="town-board",
        name="居民论坛",
        klass="board",
        kind="board",
        voice="public",
        platform="居民论坛",
        scope="open",
        in_pack=False,
        address=f"http://{settings.LOOPBACK}/board/",
        config={"list_hint": r"/board/t\d+\.html$", "selectors": {"body": "div.body", "author": ".author"}},
        rhythm_minutes=5,
        next_visit_at=clock.now(),
        enabled=True,
    )


def sign() -> None:
    """The day's brief is handed in and signed."""
    at = clock.now()
    brief = Brief.objects.latest("day")
    submit(brief=brief, by=User.objects.get(username="qianyue"), at=at)
    sign_brief(brief=brief, by=User.objects.get(username="zhaogang"), at=at)
    sign_brief(brief=brief, by=User.objects.get(username="chenli"), at=at)


def release() -> None:
    """The administrator says that the clock is right: sending goes on."""
    release_hold(by=User.objects.get(username="admin"), at=clock.now())
