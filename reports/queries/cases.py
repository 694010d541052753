"""What people and clocks did between two cut-offs: leads, issues, clocks, releases, conferences.

Breaches of provisional clocks are their own statistic (“线索阶段超时”, rules.md 5): never mixed with the others.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from alerts.models import Alert, Clock
from office.models import Trail
from responses.models import Conference, Issue, Release

OPEN_STATES = (Issue.State.LEAD, Issue.State.RESPONDING, Issue.State.RESPONDED)

ISSUE_COLUMNS = (
    "id",
    "number",
    "state",
    "origin",
    "opened_at",
    "confirmed_at",
    "closed_at",
    "matter_id",
    "matter__title",
    "matter__level_proposed",
    "matter__level_decided",
    "matter__level_pending",
    "matter__event_grade",
    "matter__occurred_at",
    "matter__first_public_at",
    "matter__detected_at",
    "matter__topic_id",
    "matter__lead_unit__name",
)
CLOCK_COLUMNS = (
    "id",
    "matter_id",
    "kind",
    "status",
    "cause",
    "anchor_kind",
    "anchor_at",
    "due_at",
    "breached_at",
    "breached_provisional",
    "breach_withdrawn_at",
    "met_at",
    "entered_late",
    "closed_at",
)


@dataclass(frozen=True)
class CaseRows:
    """The rows of a period, read once: open issues and those that moved, their clocks, publications."""

    issues: list[dict[str, Any]]
    clocks: dict[int, list[dict[str, Any]]]  # by matter
    releases: list[dict[str, Any]]
    conferences: list[dict[str, Any]]
    alerts: int
    solo: int


def read_cases(since: datetime, until: datetime, *, planned_until: datetime) -> CaseRows:
    """Six queries whatever the number of issues. Conferences: held in the period, or planned up to `planned_until`."""
    clocks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for clock in (
        Clock.objects.filter(Q(closed_at=None) | Q(closed_at__gte=since) | Q(breached_at__gte=since))
        .order_by("due_at", "id")
        .values(*CLOCK_COLUMNS)
    ):
        clocks[clock["matter_id"]].append(clock)
    issues = list(
        Issue.objects.filter(
            Q(state__in=OPEN_STATES)
            | Q(opened_at__gte=since)
            | Q(closed_at__gte=since)
            | Q(matter_id__in=[m for m, rows in clocks.items() if any(r["closed_at"] for r in rows)])
        )
        .filter(opened_at__lt=until)
        .order_by("number")
        .values(*ISSUE_COLUMNS)
    )
    releases = list(
        Release.objects.filter(
            Q(published_at__gte=since, published_at__lt=until) | Q(checked_at__gte=since, checked_at__lt=until)
        )
        .exclude(state=Release.State.REFUSED)
        .order_by("published_at", "id")
        .values("id", "issue_id", "kind", "channel", "title", "published_at", "state", "solo", "publisher__name")
    )
    conferences = list(
        Conference.objects.filter(
            Q(held_at__gte=since, held_at__lt=until)
            | Q(state=Conference.State.PLANNED, planned_at__gte=since, planned_at__lt=planned_until)
        )
        .order_by("id")
        .values("id", "issue_id", "kind", "title", "place", "planned_at", "held_at", "state", "solo")
    )
    return CaseRows(
        issues=issues,
        clocks=clocks,
        releases=[{**row} for row in releases],
        conferences=[{**row} for row in conferences],
        alerts=Alert.objects.filter(raised_at__gte=since, raised_at__lt=until).count(),
        solo=Trail.objects.filter(solo=True, at__gte=since, at__lt=until).count(),
    )


COUNTS = (
    "leads",
    "confirmed",
    "closed",
    "waiting",
    "in_hand",
    "clocks_open",
    "overdue_open",
    "overdue_lead",
    "due_next",
    "met",
    "met_late",
    "breached",
    "breached_lead",
)


def count_cases(rows: CaseRows, since: datetime, until: datetime, *, due_until: datetime) -> dict[str, list[int]]:
    """The ids behind each count of 一、总体情况: issues for the first five, clocks for the rest.

    `due_next`: running clocks, not yet over, with their due moment before `due_until`.
    """

    def within(moment: datetime | None) -> bool:
        return moment is not None and since <= moment < until

    found: dict[str, list[int]] = {name: [] for name in COUNTS}

    def note(row: dict[str, Any], **names: bool) -> None:
        for name, true in names.items():
            if true:
                found[name].append(row["id"])

    for issue in rows.issues:
        note(
            issue,
            leads=within(issue["opened_at"]),
            confirmed=within(issue["confirmed_at"]),
            closed=within(issue["closed_at"]) and issue["state"] == Issue.State.CLOSED,
            waiting=issue["state"] == Issue.State.LEAD,
            in_hand=issue["state"] in (Issue.State.RESPONDING, Issue.State.RESPONDED),
        )
    for clock in (clock for clocks in rows.clocks.values() for clock in clocks):
        running = clock["closed_at"] is None
        over = clock["breached_at"] is not None and clock["breach_withdrawn_at"] is None
        lead = clock["breached_provisional"]
        note(
            clock,
            clocks_open=running,
            overdue_open=running and over and not lead,
            overdue_lead=running and over and lead,
            due_next=running and not over and until <= clock["due_at"] < due_until,
            met=within(clock["closed_at"]) and clock["status"] == Clock.Status.MET,
            met_late=within(clock["closed_at"]) and clock["status"] == Clock.Status.MET_LATE,
            breached=over and not lead and within(clock["breached_at"]),
            breached_lead=over and lead and within(clock["breached_at"]),
        )
    return found


def focus(rows: CaseRows, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The issues of 二、重点舆情: opened, confirmed, answered, breached or closed in the period, or open at I–II.

    Gravest first, then by number. Each carries `clocks`, `releases`, `conferences`.
    """

    def within(moment: datetime | None) -> bool:
        return moment is not None and since <= moment < until

    releases: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for release in rows.releases:
        releases[release["issue_id"]].append(release)
    meetings: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for conference in rows.conferences:
        meetings[conference["issue_id"]].append(conference)
    chosen = []
    for issue in rows.issues:
        clocks = rows.clocks.get(issue["matter_id"], [])
        level = issue["matter__level_decided"] or issue["matter__level_proposed"]
        moved = (
            within(issue["opened_at"])
            or within(issue["confirmed_at"])
            or issue["id"] in releases
            or issue["id"] in meetings
            or any(within(c["breached_at"]) or within(c["closed_at"]) for c in clocks)
        )
        if issue["state"] in OPEN_STATES and (moved or level <= 2):
            keep = True
        else:
            keep = issue["state"] in (Issue.State.CLOSED, Issue.State.CANCELLED) and within(issue["closed_at"])
        if keep:
            chosen.append(
                {
                    **issue,
                    "level": level,
                    "clocks": clocks,
                    "releases": releases[issue["id"]],
                    "conferences": meetings[issue["id"]],
                }
            )
    chosen.sort(key=lambda issue: (issue["level"], issue["number"]))
    return chosen
