"""Asking about sources: how they are, and which were down when (rules.md 13: a brief states its coverage)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import QuerySet

from crawlers.backoff import SEEN, Verdict
from crawlers.models import Run, Source, SourceTrial

# No visit of any source for this long, or for three rhythms of the quickest one: the service itself stood still.
STANDSTILL = timedelta(minutes=30)
TRIAL_BUDGET_S = 90.0  # robots.txt, the list and five items at the pace a site may ask for
TRIAL_GRACE_S = 15.0
LATE = 3  # rhythms without a success, after which an enabled source counts as down though nothing failed


@dataclass(frozen=True)
class Health:
    """State of one source for health pages. `late`: no success for three of its rhythms."""

    key: str
    name: str
    state: str
    note: str
    last_success_at: datetime | None
    late: bool


@dataclass(frozen=True)
class Gap:
    """A source was down from `since` to `until` (None = still). `collected`: what was missed has been fetched since."""

    key: str
    name: str
    since: datetime
    until: datetime | None
    collected: bool
    reason: str


def source_health(at: datetime) -> list[Health]:
    """Every enabled source that is visited, in the order of the register's keys."""
    sources = Source.objects.filter(enabled=True).exclude(kind="file").order_by("key")
    return [
        Health(s.key, s.name, s.state, s.note, s.last_success_at, _late(s, at))
        for s in sources.defer("cursor", "config")
    ]


def _late(source: Source, at: datetime) -> bool:
    return source.last_success_at is None or at - source.last_success_at > LATE * timedelta(
        minutes=source.rhythm_minutes
    )


def coverage(since: datetime, until: datetime) -> list[Gap]:
    """Sources that were down at some time in the window, with from and to. Two queries.

    A gap begins with the last success before the failed visits, because nobody knows better, but not before `since`;
    it ends with the next success. After it the list was read again, so what still stood there is collected.
    """
    runs = (
        Run.objects.filter(started_at__gte=since, started_at__lt=until, source__kind__gt="")
        .exclude(verdict__in=["", Verdict.POSTPONED])
        .order_by("source_id", "started_at")
        .values_list("source_id", "started_at", "verdict", "note")
    )
    by_source: dict[int, list[tuple[datetime, str, str]]] = {}
    for source_id, started_at, verdict, note in runs:
        by_source.setdefault(source_id, []).append((started_at, verdict, note))
    gaps: list[Gap] = []
    sources = Source.objects.filter(enabled=True).exclude(kind="file").defer("cursor", "config").order_by("key")
    for source in sources:
        visits = by_source.get(source.pk, [])
        if not visits:
            if source.down_since is not None and source.down_since < until:
                gaps.append(Gap(source.key, source.name, max(since, source.down_since), None, False, source.note))
            continue
        gaps += _gaps(source, visits, since=since)
    return gaps


def _gaps(source: Source, visits: list[tuple[datetime, str, str]], *, since: datetime) -> list[Gap]:
    found: list[Gap] = []
    seen = {str(v) for v in SEEN}
    last_good = since
    begun: datetime | None = None
    reason = ""
    for moment, verdict, note in visits:
        if verdict in seen:
            if begun is not None:
                found.append(Gap(source.key, source.name, begun, moment, True, reason))
                begun = None
            last_good = moment
        elif begun is None:
            begun, reason = last_good, note
    if begun is not None:
        back = source.last_success_at is not None and source.last_success_at > visits[-1][0]
        found.append(Gap(source.key, source.name, begun, source.last_success_at if back else None, back, reason))
    return found


def standstills(since: datetime, until: datetime) -> list[tuple[datetime, datetime | None]]:
    """Stretches of a window without a visit of any source: the service stood still. None = until now.

    Before the very first visit nothing was promised yet.
    """
    quickest = Source.objects.filter(enabled=True).exclude(kind="file").order_by("rhythm_minutes").first()
    limit = max(STANDSTILL, LATE * timedelta(minutes=quickest.rhythm_minutes)) if quickest else STANDSTILL
    visits = list(
        Run.objects.filter(started_at__gte=since, started_at__lt=until)
        .order_by("started_at")
        .values_list("started_at", flat=True)
    )
    if Run.objects.filter(started_at__lt=since).exists():
        visits.insert(0, since)
    stood: list[tuple[datetime, datetime | None]] = [
        (a, b) for a, b in zip(visits, visits[1:], strict=False) if b - a > limit
    ]
    if visits and until - visits[-1] > limit:
        stood.append((visits[-1], None))
    return stood


def standstill_before(found_at: datetime, *, said_at: datetime) -> tuple[datetime, datetime] | None:
    """Where what was said at `said_at` was found late because the service stood still: from when to when it did."""
    before = Run.objects.filter(started_at__lte=said_at).order_by("-started_at").values_list("started_at", flat=True)
    begun = before.first()
    if begun is None:
        return None
    stood = standstills(begun, found_at + timedelta(microseconds=1))
    stretches = [(since, until or found_at) for since, until in stood if (until or found_at) > said_at]
    return stretches[0] if stretches else None


def host_of(address: str) -> str:
    """The host of an address, by which visits are spaced."""
    return (urlsplit(address).hostname or "").lower()


def trials_under_way(at: datetime) -> QuerySet[SourceTrial]:
    """Addresses that are being tried now: their hosts are visited by nobody else meanwhile."""
    return SourceTrial.objects.filter(ended_at=None, at__gt=at - timedelta(seconds=TRIAL_BUDGET_S + TRIAL_GRACE_S))
