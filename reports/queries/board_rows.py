"""Rows as the boards' indices keep them (fields: reports/boards/fields.py): numbers, moments, names of units and
sources, and no person. A row that is not there, or not of the kind any more, has no document and leaves the index."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Min, Model, QuerySet

from alerts.models import Alert, Clock, Delivery, Matter, Notice
from analysis.models import Reading
from crawlers.backoff import SEEN
from crawlers.models import Run, SourceGap

Document = dict[str, Any]


def documents(kind: str, numbers: Sequence[int]) -> dict[int, Document]:
    """The documents of those of these rows that are there, by number."""
    return _MAKERS[kind](numbers)


def rows(kind: str) -> QuerySet[Any, Any]:
    """All rows of a kind that have a document."""
    model, wanted, _ = _ROWS[kind]
    return model._default_manager.filter(**wanted)


def next_numbers(kind: str, below: int, count: int) -> list[int]:
    """The numbers of the newest rows under `below`."""
    name = _ROWS[kind][2]
    found = rows(kind).filter(**{f"{name}__lt": below}).order_by(f"-{name}").values_list(name, flat=True)
    return list(found[:count])


def following(via: str, numbers: Collection[int]) -> list[int]:
    """The clocks of these matters (`by_matter`), or the matters of these notices (`by_notice`)."""
    if not numbers:
        return []
    if via == "by_matter":
        return list(Clock.objects.filter(matter__in=numbers).values_list("pk", flat=True))
    matters = Notice.objects.filter(pk__in=numbers, matter__isnull=False).values_list("matter", flat=True)
    return sorted({matter for matter in matters if matter is not None})


_ROWS: Mapping[str, tuple[type[Model], Mapping[str, Any], str]] = {
    "clocks": (Clock, {}, "pk"),
    "runs": (Run, {"ended_at__isnull": False}, "pk"),
    "gaps": (SourceGap, {}, "pk"),
    "notices": (Notice, {}, "pk"),
    "leads": (Matter, {}, "pk"),
    "ways": (Reading, {}, "post_id"),
}


def _clocks(numbers: Sequence[int]) -> dict[int, Document]:
    found = Clock.objects.filter(pk__in=numbers).select_related("matter__lead_unit", "matter__topic")
    return {clock.pk: _clock(clock) for clock in found}


def _clock(clock: Clock) -> Document:
    matter = clock.matter
    # As in the brief (reports/queries/cases.py): a breach of a lead, or one that was withdrawn, is none.
    breached = clock.breached_at is not None and clock.breach_withdrawn_at is None and not clock.breached_provisional
    overdue = clock.is_open and breached
    on_time: int | None = None
    if clock.status == Clock.Status.MET:
        on_time = 1
    elif clock.status == Clock.Status.MET_LATE or overdue:
        on_time = 0
    used = _minutes(clock.anchor_at, clock.met_at)
    return {
        "clock": clock.pk,
        "matter": matter.pk,
        "round": clock.round,
        "level": matter.level_decided or matter.level_proposed,
        "limit_minutes": clock.minutes,
        "kind": clock.get_kind_display(),
        "status": clock.get_status_display(),
        "unit": matter.lead_unit.name if matter.lead_unit else None,
        "streets": _streets(matter),
        "anchor": clock.anchor_kind,
        "anchor_at": _moment(clock.anchor_at),
        "due_at": _moment(clock.due_at),
        "started_at": _moment(clock.started_at),
        "breached_at": _moment(clock.breached_at),
        "met_at": _moment(clock.met_at),
        "closed_at": _moment(clock.closed_at),
        "open": clock.is_open,
        "overdue": overdue,
        "provisional": clock.status == Clock.Status.PROVISIONAL,
        "decided": matter.level_decided is not None,
        "emergency": matter.is_emergency,
        "on_time": on_time,
        "used_minutes": used,
        "used_percent": None if used is None or not clock.minutes else round(used * 100 / clock.minutes, 1),
        "late_minutes": _minutes(clock.due_at, clock.met_at) if clock.status == Clock.Status.MET_LATE else None,
    }


def _runs(numbers: Sequence[int]) -> dict[int, Document]:
    found = Run.objects.filter(pk__in=numbers, ended_at__isnull=False).select_related("source")
    return {
        run.pk: {
            "run": run.pk,
            "items": run.items,
            "status": run.status,
            "source": run.source.name,
            "class": run.source.klass,
            "voice": run.source.voice,
            "verdict": run.verdict,
            "started_at": _moment(run.started_at),
            "ended_at": _moment(run.ended_at),
            "good": run.verdict in SEEN,
            "seconds": _seconds(run.started_at, run.ended_at),
        }
        for run in found
    }


def _gaps(numbers: Sequence[int]) -> dict[int, Document]:
    found = SourceGap.objects.filter(pk__in=numbers).select_related("source")
    return {
        gap.pk: {
            "gap": gap.pk,
            "items": gap.items,
            "source": gap.source.name,
            "class": gap.source.klass,
            "since": _moment(gap.since),
            "until": _moment(gap.until),
            "open": gap.until is None,
            "hours": None if gap.until is None else round((gap.until - gap.since).total_seconds() / 3600, 2),
        }
        for gap in found
    }


def _notices(numbers: Sequence[int]) -> dict[int, Document]:
    found = Notice.objects.filter(pk__in=numbers).select_related("rung").prefetch_related("deliveries")
    return {notice.pk: _notice(notice) for notice in found}


def _notice(notice: Notice) -> Document:
    ways = list(notice.deliveries.all())
    sent = min((way.sent_at for way in ways if way.sent_at), default=None)
    done = (Notice.State.SENT, Notice.State.DRY)
    return {
        "notice": notice.pk,
        "matter": notice.matter_id,
        "clock": notice.clock_id,
        "number": notice.number,
        "rung": notice.rung.name if notice.rung else None,
        "states": sorted({way.get_state_display() for way in ways}),
        "due_at": _moment(notice.due_at),
        "created_at": _moment(notice.created_at),
        "sent_at": _moment(sent),
        "read_at": _moment(notice.read_at),
        "acknowledged_at": _moment(notice.acknowledged_at),
        "sent": not ways or any(way.state in done for way in ways),
        "acknowledged": notice.acknowledged_at is not None,
        "send_seconds": _seconds(notice.created_at, sent),
        "acknowledge_minutes": _minutes(notice.created_at, notice.acknowledged_at),
    }


def _leads(numbers: Sequence[int]) -> dict[int, Document]:
    matters = list(Matter.objects.filter(pk__in=numbers).select_related("lead_unit", "topic"))
    first = _first_posts(matters)
    told = (
        Delivery.objects.filter(notice__matter__in=[matter.pk for matter in matters], sent_at__isnull=False)
        .values_list("notice__matter")
        .annotate(first=Min("sent_at"))
    )
    notified: dict[int | None, datetime] = dict(told)
    return {matter.pk: _lead(matter, first.get(matter.pk), notified.get(matter.pk)) for matter in matters}


def _first_posts(matters: Iterable[Matter]) -> dict[int, Reading]:
    """The reading of the post that met the line of each matter's earliest alert; a lead by hand has none."""
    by_topic = {matter.topic_id: matter for matter in matters if matter.topic_id is not None}
    alerts = Alert.objects.filter(topic__in=by_topic.keys(), met_by__isnull=False).order_by("met_at", "pk")
    met: dict[int, int] = {}
    for alert in alerts:
        matter = by_topic[alert.topic_id]
        # A later episode's lead is not met by the line of an earlier one.
        if alert.met_by_id is not None and (matter.line_met_at is None or alert.met_at >= matter.line_met_at):
            met.setdefault(matter.pk, alert.met_by_id)
    readings = {row.post_id: row for row in Reading.objects.filter(post__in=met.values()).select_related("post")}
    return {matter: readings[post] for matter, post in met.items() if post in readings}


def _lead(matter: Matter, reading: Reading | None, notified: datetime | None) -> Document:
    post = reading.post if reading else None
    known = post is not None and post.precision == "minute" and not post.history
    posted = post.published_at if post is not None and known else None
    fetched = post.fetched_at if post is not None and not post.history else None
    read = reading.at if reading is not None and fetched is not None else None
    return {
        "matter": matter.pk,
        "level": matter.level_decided or matter.level_proposed,
        "unit": matter.lead_unit.name if matter.lead_unit else None,
        "streets": _streets(matter),
        "posted_at": _moment(posted),
        "fetched_at": _moment(fetched),
        "read_at": _moment(read),
        "flagged_at": _moment(matter.detected_at),
        "notified_at": _moment(notified),
        "confirmed": not matter.provisional,
        "fetch_minutes": _minutes(posted, fetched),
        "read_seconds": _seconds(fetched, read),
        "flag_seconds": _seconds(read, matter.detected_at),
        "notify_seconds": _seconds(matter.detected_at, notified),
        "whole_minutes": _minutes(posted, notified),
    }


def _ways(numbers: Sequence[int]) -> dict[int, Document]:
    found = Reading.objects.filter(post__in=numbers).select_related("post__source").only(
        *("at", "post__source__name", "post__source__klass", "post__voice", "post__platform", "post__published_at"),
        *("post__fetched_at", "post__taken_at", "post__precision", "post__history"),
    )  # fmt: skip
    return {reading.post_id: _way(reading) for reading in found}


def _way(reading: Reading) -> Document:
    post = reading.post
    live = not post.history
    # As 来源 measures (console/queries/sources.py): a day's date alone measures nothing, history neither.
    posted = post.published_at if live and post.precision == "minute" else None
    return {
        "post": post.pk,
        "source": post.source.name,
        "class": post.source.klass,
        "voice": post.voice,
        "platform": post.platform,
        "published_at": _moment(post.published_at),
        "fetched_at": _moment(post.fetched_at),
        "stored_at": _moment(post.taken_at),
        "read_at": _moment(reading.at),
        "history": post.history,
        "fetch_minutes": _minutes(posted, post.fetched_at),
        "store_seconds": _seconds(post.fetched_at, post.taken_at) if live else None,
        "read_seconds": _seconds(post.taken_at, reading.at) if live else None,
        "whole_minutes": _minutes(posted, reading.at),
    }


def _streets(matter: Matter) -> list[str]:
    return list(matter.topic.streets) if matter.topic else []


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _seconds(begins: datetime | None, ends: datetime | None) -> float | None:
    if begins is None or ends is None:
        return None
    return round(max((ends - begins).total_seconds(), 0.0), 1)


def _minutes(begins: datetime | None, ends: datetime | None) -> float | None:
    if begins is None or ends is None:
        return None
    return round(max((ends - begins).total_seconds(), 0.0) / 60, 2)


_MAKERS: Mapping[str, Callable[[Sequence[int]], dict[int, Document]]] = {
    "clocks": _clocks,
    "runs": _runs,
    "gaps": _gaps,
    "notices": _notices,
    "leads": _leads,
    "ways": _ways,
}
