"""态势: what is over, what is next and who has it. And the first, empty desk."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from alerts.models import Clock
from console.access import needs
from console.frame import fragment, page, person, wants_fragment
from console.queries import board as boards
from console.queries import drafts, handover, ranking, start, tasks
from office.clock import now
from office.roles import Act


@require_safe
@needs(Act.VIEW_DESK, readable=True)
def board(request: HttpRequest) -> HttpResponse:
    """All open issues by time left, with live clocks; leads and the last hour below."""
    at = now()
    mine = person(request).pk if request.GET.get("mine") else None
    street = request.GET.get("street", "")
    street = street if street in ranking.streets() else ""
    rows = boards.open_rows(mine=mine, street=street)
    context: dict[str, Any] = {
        "rows": rows,
        "mine": mine is not None,
        "street": street,
        "streets": ranking.streets(),
        "leads": boards.lead_rows(street=street),
        "counts": boards.counts(mine=mine, street=street),
        "tally": boards.tally(at=at, street=street),
        "events": boards.last_hour(at=at),
    }
    if wants_fragment(request):
        return fragment(request, "console/board_live.html", context, at=at)
    context |= {
        "on_duty": boards.on_duty(at=at),
        "owing": handover.owing(at=at),
        "brief": boards.next_brief(at=at),
        "volume": boards.volume(at=at),
        "hour_ago": at - timedelta(hours=1),
        "proposals": list(boards.waiting_proposals()[:5]),
        "gates": drafts.for_me(person(request)),
        "tasks": tasks.tally(person(request), at=at),
    }
    if not rows and start.nothing_yet() and not settings.DRILL:  # a drill's board fills by itself
        context["steps"] = start.first_steps(at=at)
        context["looks"] = samples(at)
        context["example"] = example(at)
    return page(request, "console/board.html", context, at=at, here="board")


def _clock(at: datetime, minutes: int, left: int, *, status: str = "running", met: int | None = None) -> Clock:
    due = at + timedelta(minutes=left)
    return Clock(
        kind=Clock.Kind.FIRST_RELEASE,
        status=status,
        minutes=minutes,
        anchor_at=due - timedelta(minutes=minutes),
        due_at=due,
        firm_at=None if status == "provisional" else at,
        met_at=None if met is None else due - timedelta(minutes=met),
        closed_at=at if status in {"met", "met_late", "void"} else None,
    )


def samples(at: datetime) -> list[tuple[Clock, str]]:
    """The eight looks of a clock bar, with what each means."""
    return [
        (_clock(at, 300, 234), "在走"),
        (_clock(at, 300, 108), "提醒过两次"),
        (_clock(at, 300, 48), "将到期"),
        (_clock(at, 300, -30), "超时，一直留着"),
        (_clock(at, 300, 60, status="met", met=90), "有证据才停"),
        (_clock(at, 300, -60, status="met_late", met=-30), "晚就是晚"),
        (_clock(at, 300, 234, status="provisional"), "暂估，等人判定"),
        (_clock(at, 300, 100, status="void"), "排除，仍计入统计"),
    ]


def example(at: datetime) -> dict[str, Clock]:
    """The dashed example row of an empty board."""
    return {"first": _clock(at, 300, 72), "conference": _clock(at, 1440, 1212)}
