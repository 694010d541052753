"""What people and clocks did between two cut-offs: leads, issues, clocks, releases, conferences.

Breaches of provisional clocks are their own statistic (“线索阶段超时”, rules.md 5): never mixed with the others.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from alerts.models import Clock
from reports.queries.rows import fetch, records
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
    "title",
    "level_proposed",
    "level_decided",
    "level_pending",
    "event_grade",
    "occurred_at",
    "first_public_at",
    "topic_id",
    "unit",
    "supervised",
)
ISSUES = """
    SELECT i.id, i.number, i.state, i.origin, i.opened_at, i.confirmed_at, i.closed_at, i.matter_id, m.title,
           m.level_proposed, m.level_decided, m.level_pending, m.event_grade, m.occurred_at, m.first_public_at,
           m.topic_id, d.name,
           EXISTS (SELECT 1 FROM responses_supervision s WHERE s.issue_id = i.id AND s.at < %(until)s
                   AND (s.ended_at IS NULL OR s.ended_at >= %(until)s))
    FROM responses_issue i JOIN alerts_matter m ON m.id = i.matter_id
         LEFT JOIN office_department d ON d.id = m.lead_unit_id
    WHERE i.opened_at < %(until)s AND (i.state IN ('lead', 'responding', 'responded') OR i.opened_at >= %(since)s
          OR i.closed_at >= %(since)s
          OR EXISTS (SELECT 1 FROM alerts_clock c WHERE c.matter_id = m.id AND c.closed_at >= %(since)s))
    ORDER BY i.number
"""
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
CLOCKS = f"""
    SELECT {", ".join(CLOCK_COLUMNS)} FROM alerts_clock
    WHERE closed_at IS NULL OR closed_at >= %(since)s OR breached_at >= %(since)s
    ORDER BY due_at, id
"""
# How many rows of the rarer kinds there are: they are only read where there is one.
RARE = """
    SELECT (SELECT COUNT(*) FROM alerts_alert WHERE raised_at >= %(since)s AND raised_at < %(until)s),
           (SELECT COUNT(*) FROM office_trail WHERE solo AND at >= %(since)s AND at < %(until)s),
           (SELECT COUNT(*) FROM responses_release WHERE published_at >= %(since)s OR checked_at >= %(since)s),
           (SELECT COUNT(*) FROM responses_conference
            WHERE held_at >= %(since)s OR planned_at >= %(since)s OR checked_at >= %(since)s)
"""


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
    """A handful of queries, however many issues. Conferences: held, proved, or planned up to `planned_until`."""
    given = {"since": since, "until": until}
    clocks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    moments = tuple(name for name in CLOCK_COLUMNS if name.endswith("_at"))
    for clock in records(CLOCKS, given, CLOCK_COLUMNS, moments=moments):
        clocks[clock["matter_id"]].append(clock)
    moments = tuple(name for name in ISSUE_COLUMNS if name.endswith("_at"))
    issues = records(ISSUES, given, ISSUE_COLUMNS, moments=moments)
    alerts, solo, releases, conferences = fetch(RARE, given)[0]
    return CaseRows(
        issues=issues,
        clocks=clocks,
        releases=_releases(since, until) if releases else [],
        conferences=_conferences(since, until, planned_until) if conferences else [],
        alerts=alerts,
        solo=solo,
    )


def _releases(since: datetime, until: datetime) -> list[dict[str, Any]]:
    rows = (
        Release.objects.filter(
            Q(published_at__gte=since, published_at__lt=until) | Q(checked_at__gte=since, checked_at__lt=until)
        )
        .exclude(state=Release.State.REFUSED)
        .order_by("published_at", "id")
        .values("id", "issue_id", "kind", "channel", "title", "published_at", "state", "solo", "publisher__name")
    )
    return [{**row} for row in rows]


def _conferences(since: datetime, until: datetime, planned_until: datetime) -> list[dict[str, Any]]:
    rows = (
        Conference.objects.filter(
            Q(held_at__gte=since, held_at__lt=until)
            | Q(checked_at__gte=since, checked_at__lt=until)  # held before the last cut-off, proved after it
            | Q(state=Conference.State.PLANNED, planned_at__gte=since, planned_at__lt=planned_until)
        )
        .order_by("id")
        .values("id", "issue_id", "kind", "title", "place", "planned_at", "held_at", "state", "solo")
    )
    return [{**row} for row in rows]


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
        level = issue["level_decided"] or issue["level_proposed"]
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
