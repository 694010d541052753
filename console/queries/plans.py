"""The conference of a case, planned back from its limit: what its page and its form need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from alerts.models import Clock
from office.pack.current import current_pack
from responses.models import Conference, ConferenceStep, Issue
from responses.planning import Step, Stop, offered_start, stops

PLANNED = Conference.State.PLANNED


@dataclass(frozen=True)
class Plan:
    """The line of one planned (or held) conference. `rows`: key of a step -> its row, to be ticked."""

    conference: Conference
    stops: list[Stop]
    rows: dict[str, ConferenceStep]

    @property
    def over(self) -> bool:
        """The start lies behind and nobody has entered that it was held."""
        start = next(stop for stop in self.stops if stop.state == "start")
        return self.conference.held_at is None and start.left < 0

    @property
    def margin(self) -> int | None:
        """Minutes from the start to the limit; None without a limit."""
        return next((stop.left for stop in self.stops if stop.state == "limit"), None)


def planned(issue: Issue) -> Conference | None:
    """The press conference that is planned and not yet entered as held."""
    kind = Conference.Kind.PRESS_CONFERENCE
    return issue.conferences.filter(state=PLANNED, kind=kind).prefetch_related("steps").first()


def limit(issue: Issue) -> datetime | None:
    """When the conference has to have begun: the due moment of the 24 h clock that stands, if there is one."""
    clocks = [c for c in issue.matter.clocks.all() if c.kind == Clock.Kind.PRESS_CONFERENCE and _stands(c)]
    return max(clocks, key=lambda c: c.pk).due_at if clocks else None


def _stands(clock: Clock) -> bool:
    return clock.status not in (Clock.Status.VOID, Clock.Status.SUPERSEDED)


def plan_of(issue: Issue, conferences: Sequence[Conference], *, at: datetime) -> Plan | None:
    """The plan to draw: the one that is planned, else that of the latest conference that had one. One query."""
    with_steps: dict[int, list[ConferenceStep]] = {}
    steps = ConferenceStep.objects.filter(conference__issue=issue).select_related("done_by")
    for row in steps.order_by("-minutes_before", "pk"):
        with_steps.setdefault(row.conference_id, []).append(row)
    shown = [c for c in conferences if c.pk in with_steps and c.state != Conference.State.DROPPED]
    if not shown:
        return None
    chosen = next((c for c in shown if c.state == PLANNED), shown[-1])
    if chosen.planned_at is None:
        return None
    rows = with_steps[chosen.pk]
    found = stops(
        [_step(row) for row in rows],
        planned_at=chosen.planned_at,
        held_at=chosen.held_at,
        place=chosen.place,
        limit=limit(issue),
        at=at,
    )
    return Plan(chosen, found, {row.key: row for row in rows})


def _step(row: ConferenceStep) -> Step:
    by = row.done_by.name if row.done_by else ""
    return Step(row.key, row.name, row.minutes_before, row.who, row.done_at, by)


def fields(row: Conference | None) -> list[tuple[str, str, str, str]]:
    """Key, name, when in words, who: of the plan that stands, else of the pack."""
    if row is not None:
        rows = sorted(row.steps.all(), key=lambda step: -step.minutes_before)
        return [(step.key, step.name, _when(step.minutes_before), step.who) for step in rows]
    steps = sorted(current_pack().policy.conference_plan.steps, key=lambda step: -step.hours_before)
    return [(step.key, step.name, _when(round(step.hours_before * 60)), step.who) for step in steps]


def _when(minutes_before: int) -> str:
    hours, minutes = divmod(abs(minutes_before), 60)
    length = " ".join([f"{hours} 小时"] * bool(hours) + [f"{minutes} 分"] * bool(minutes or not hours))
    return f"开始{'前' if minutes_before >= 0 else '后'} {length}"


def begin(
    issue: Issue, row: Conference | None, *, limit: datetime | None, at: datetime, fields: Sequence[str] = ()
) -> dict[str, Any]:
    """What the form starts with: the plan that stands, else a start well before the limit. `fields`: only these."""
    if row is not None:
        stands = {name: getattr(row, name) for name in ("title", "place", "host", "version")}
        stands["planned_at"] = timezone.localtime(row.planned_at) if row.planned_at else None
        return {name: stands[name] for name in fields or stands}
    rule = current_pack().policy.conference_plan
    start = offered_start(limit=limit, margin_hours=rule.margin_hours, at=at)
    return {"title": f"{issue.matter.title}新闻发布会"[:200], "planned_at": start}
