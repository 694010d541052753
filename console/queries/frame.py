"""What every page shows around its own matter: counts of the menu, banners, freshness. A fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from alerts.models import Notice
from analysis.models import Reading
from crawlers.models import Post, Source
from office.models import OfficeState, SweepState, User
from responses.models import Issue

OPEN_STATES = (Issue.State.RESPONDING, Issue.State.RESPONDED)
QUIET = timedelta(minutes=3)  # a clock sweep runs every 10 s; three minutes without one is worth a red word


@dataclass(frozen=True)
class Frame:
    """Counts, banners and freshness at one moment."""

    leads: int
    issues: int
    notices: int
    sources_up: int
    sources_on: int
    sources_down: int
    dry_run: bool
    solo: str
    hold: str
    disk: str  # what every page says of a disk that is nearly full: "", warn, stop
    drill: bool
    fetched_at: datetime | None
    read_at: datetime | None
    tick_at: datetime | None
    tick_late: bool


def frame(person: User | None, *, at: datetime) -> Frame:
    """Seven small queries, whatever the amount of data."""
    issues = Issue.objects.aggregate(
        leads=Count("id", filter=Q(state=Issue.State.LEAD)), open=Count("id", filter=Q(state__in=OPEN_STATES))
    )
    sources = Source.objects.filter(enabled=True).aggregate(
        on=Count("id"),
        up=Count("id", filter=Q(state="ok")),
        down=Count("id", filter=Q(state__in=("failing", "forbidden"))),
    )
    states = dict(
        OfficeState.objects.filter(key__in=("dry_run", "solo_duty", "sending_hold", "disk")).values_list("key", "value")
    )
    unread = Notice.objects.filter(person=person, acknowledged_at=None).count() if person else 0
    post = Post.objects.order_by("-id").values_list("fetched_at", flat=True).first()
    reading = Reading.objects.order_by("-id").values_list("at", flat=True).first()
    tick = SweepState.objects.filter(name="clocks").values_list("ended_at", flat=True).first()
    return Frame(
        leads=issues["leads"],
        issues=issues["open"],
        notices=unread,
        sources_up=sources["up"],
        sources_on=sources["on"],
        sources_down=sources["down"],
        dry_run=bool(states.get("dry_run", True)),
        solo=_reason(states.get("solo_duty")),
        hold=_reason(states.get("sending_hold")),
        disk=_disk(states.get("disk")),
        drill=settings.DRILL,
        fetched_at=post,
        read_at=reading,
        tick_at=tick,
        # A rehearsal's minutes pass in a blink: its sweeps are never late by the clock on its pages.
        tick_late=not settings.DRILL and (tick is None or at - tick > QUIET),
    )


def _disk(value: object) -> str:
    verdict = str(value.get("verdict", "")) if isinstance(value, dict) else ""
    return verdict if verdict in ("warn", "stop") else ""


def _reason(value: object) -> str:
    """The sentence of a switch: text, or the `reason` of a mapping; empty when it is off."""
    if isinstance(value, dict):
        return str(value.get("reason", "") or "已开启")
    return str(value) if value and value is not True else ("已开启" if value else "")
