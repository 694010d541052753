"""The service's figures for Prometheus: counts and ages, never a word of a case, a post or a person."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Max, Min

from alerts.models import Clock, Delivery
from analysis.models import SearchOutbox, SearchPending, SearchRefused
from crawlers.models import InboxFile, Quarantine, Source
from office.models import SweepState
from reports.models import BoardChange

Line = tuple[dict[str, str], float]


def metrics(*, at: datetime) -> str:
    """The text format of Prometheus, version 0.0.4. Ages in seconds; a sweep or source that never ran has no line."""
    lines: list[str] = []
    for name, help_, rows in _figures(at=at):
        lines += [f"# HELP {name} {help_}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {value:g}" for labels, value in rows]
    return "\n".join(lines) + "\n"


def _figures(*, at: datetime) -> Iterator[tuple[str, str, list[Line]]]:
    def age(moment: datetime | None) -> float:
        return max(0.0, round((at - moment).total_seconds(), 1)) if moment else 0.0

    sweeps = list(SweepState.objects.order_by("name"))
    yield (
        "huiying_sweep_age_seconds",
        "Seconds since the sweep last ended; of `clocks`: how old the last look at the clocks is.",
        [({"sweep": row.name}, age(row.ended_at)) for row in sweeps if row.ended_at],
    )
    failing = [row for row in sweeps if row.error_at and row.ended_at and row.error_at >= row.ended_at]
    yield "huiying_sweeps_failing", "Sweeps whose last run failed.", [({}, len(failing))]
    clocks = Clock.objects.values_list("kind", "status").annotate(n=Count("pk")).order_by("kind", "status")
    yield (
        "huiying_clocks",
        "Clocks by kind and state.",
        [({"kind": kind, "state": state}, n) for kind, state, n in clocks],
    )
    late = Clock.objects.filter(closed_at=None, due_at__lt=at).count()
    yield "huiying_clocks_open_overdue", "Open clocks whose due moment is past.", [({}, late)]
    queued = Delivery.objects.filter(state="queued").aggregate(n=Count("pk"), oldest=Min("notice__created_at"))
    yield "huiying_notices_waiting", "Messages that wait to be sent.", [({}, queued["n"])]
    yield "huiying_notices_oldest_seconds", "Age of the oldest message that waits.", [({}, age(queued["oldest"]))]
    failed = Delivery.objects.filter(state="failed").count()
    yield "huiying_notices_failed", "Messages that could not be sent for good.", [({}, failed)]
    yield "huiying_search_waiting", "Posts that wait for the search index.", [({}, SearchPending.objects.count())]
    yield "huiying_search_outbox", "Changes the search node has not been told of.", [({}, SearchOutbox.objects.count())]
    boards = BoardChange.objects.count()
    yield "huiying_boards_outbox", "Rows of the boards the search node has not been told of.", [({}, boards)]
    refused = SearchRefused.objects.count()
    yield "huiying_search_refused", "Posts the search node does not take.", [({}, refused)]
    inbox = InboxFile.objects.filter(done_at=None).count()
    yield "huiying_inbox_files", "Files of crawled posts that wait to be taken in.", [({}, inbox)]
    kept = Quarantine.objects.filter(retaken_at=None).count()
    yield "huiying_quarantine", "Lines that could not be taken in and wait for a person.", [({}, kept)]
    sources = Source.objects.filter(enabled=True).order_by("key").values_list("key", "last_success_at")
    yield (
        "huiying_source_age_seconds",
        "Seconds since the source was last fetched with success.",
        [({"source": key}, age(seen)) for key, seen in sources if seen],
    )
    states = Source.objects.filter(enabled=True).values_list("state").annotate(n=Count("pk")).order_by("state")
    yield "huiying_sources", "Enabled sources by state.", [({"state": state}, n) for state, n in states]
    newest = Source.objects.aggregate(at=Max("last_success_at"))["at"]
    yield "huiying_crawl_age_seconds", "Seconds since any source was fetched.", [({}, age(newest))] if newest else []


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
