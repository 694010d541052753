"""通知: what a person was told, with acknowledging on the page or by one tap from the message."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.models import Notice
from alerts.queries.telling import quotes, short, upward, upward_of
from alerts.services.notices import acknowledge
from console.access import anybody, needs
from console.frame import page, person
from console.queries import board as boards
from console.queries import cases
from console.templatetags.desk import when_words
from office.clock import now
from office.errors import Refused
from office.models import Ticket
from office.services.tickets import read_ticket, use_ticket
from responses.models import Issue
from responses.services import decide

ACKNOWLEDGE = "acknowledge"
QUOTED = 10  # matters quoted on the page of notices: two queries each


@require_safe
@needs()
def listing(request: HttpRequest) -> HttpResponse:
    """One's own notices: those that wait first."""
    at = now()
    mine = Notice.objects.filter(person=person(request)).select_related("matter__issue", "matter__topic", "clock")
    waiting = list(mine.filter(acknowledged_at=None).prefetch_related("deliveries").order_by("-created_at")[:200])
    done = mine.exclude(acknowledged_at=None).prefetch_related("deliveries").order_by("-created_at")
    shown = Paginator(done, 50).get_page(request.GET.get("page"))
    context = {"waiting": waiting, "shown": shown, "beside": _beside(waiting)}
    return page(request, "console/notices.html", context, at=at, here="notices")


def _beside(waiting: list[Notice]) -> dict[int, dict[str, Any]]:
    """What is told beside a notice: quotes, who hears next. Once a matter, with its newest notice; by notice id."""
    newest: dict[int, Notice] = {}
    for notice in waiting:
        if notice.matter_id is not None and notice.rung_id is not None:
            newest.setdefault(notice.matter_id, notice)
    upwards = upward_of(newest)
    found: dict[int, dict[str, Any]] = {}
    for place, (matter_id, notice) in enumerate(newest.items()):
        topic = notice.matter.topic if notice.matter is not None and place < QUOTED else None
        picked = quotes(topic, limit=2) if topic is not None else []
        next_at, next_step = upwards.get(matter_id, (None, ""))
        found[notice.pk] = {
            "quotes": [(quote, short(quote)) for quote in picked],
            "next_at": next_at,
            "next_step": next_step,
        }
    return found


@require_POST
@needs()
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge asks nothing: one tap."""
    notice = get_object_or_404(Notice, pk=pk)
    try:
        quieted = acknowledge(notice=notice, by=person(request), at=now())
        messages.success(request, f"已确认收到{f'，{quieted} 道提醒不再重复' if quieted else ''}。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("notices")


@require_http_methods(["GET", "POST"])
@anybody
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The signed single-use link: shows who and what first; the button under the thumb does it."""
    at = now()
    try:
        if request.method == "POST":
            with transaction.atomic():  # cut off half-way, the link has not been used
                ticket = use_ticket(token=token, kind=ACKNOWLEDGE, at=at)
                done = _done(ticket, request.POST.get("take") == "1", at)
            return page(request, "console/alert_done.html", done, at=at)
        ticket = read_ticket(token=token, kind=ACKNOWLEDGE, at=at)
    except Refused as error:
        return page(request, "console/link_refused.html", {"refused": str(error)}, at=at, status=410)
    return page(request, "console/alert.html", _shown(ticket, at), at=at)


def _done(ticket: Ticket, taking: bool, at: datetime) -> dict[str, Any]:
    notice = Notice.objects.select_related("matter__issue").get(pk=ticket.object_id)
    acknowledge(notice=notice, by=ticket.user, at=at, via="link")
    refused = ""
    if taking and notice.matter is not None:
        try:
            decide.take_over(issue=notice.matter.issue, by=ticket.user, at=at, via="link")
        except Refused as error:
            refused = str(error)
    return {"notice": notice, "who": ticket.user, "taking": taking and not refused, "refused": refused}


def _shown(ticket: Ticket, at: datetime) -> dict[str, Any]:
    notice = Notice.objects.select_related("matter__issue").get(pk=ticket.object_id)
    context: dict[str, Any] = {"notice": notice, "who": ticket.user}
    if notice.matter_id is None:
        return context
    issue = boards.with_clocks(Issue.objects.filter(matter=notice.matter_id)).first()
    if issue is None:
        return context
    row = boards.row_of(issue)
    topic = issue.matter.topic
    next_at, next_step = upward(issue.matter)
    return context | {
        "next_at": next_at,
        "next_step": next_step,
        "issue": issue,
        "row": row,
        "clocks": sorted((c for c in row.clocks.values() if c.closed_at is None), key=lambda c: c.due_at),
        "rules": [r for r in cases.rule_lines(issue.matter) if r.met],
        "line": cases.anchor_stops(issue.matter, row.next, at=at, words=lambda moment: when_words(moment, at)),
        "quotes": quotes(topic, limit=3) if topic is not None else [],
    }
