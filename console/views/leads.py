"""线索: the inbox, one lead with why it was flagged, and the three ways out in one form."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from alerts.queries.telling import quotes
from console import charts, topic_charts
from console.access import needs
from console.forms.lead import LeadForm
from console.frame import page, person
from console.queries import alike, cases, curves, figures
from console.queries import board as boards
from console.templatetags.desk import when_words
from office.clock import now
from office.errors import Refused
from office.pack.current import current_pack
from office.roles import Act
from responses.models import Issue

# What each of the three ways out needs.
WAYS = {"confirm": Act.CONFIRM_LEAD, "dismiss": Act.DISMISS_LEAD, "merge": Act.MERGE_ISSUE}


@require_safe
@needs(Act.VIEW_DESK, readable=True)
def inbox(request: HttpRequest) -> HttpResponse:
    """All leads that wait, by time left; and what was dismissed lately."""
    at = now()
    waiting = boards.by_time_left(Issue.objects.filter(state=Issue.State.LEAD))
    shown = Paginator(waiting, boards.SHOWN).get_page(request.GET.get("page"))
    gone = Issue.objects.filter(state=Issue.State.DISMISSED).order_by("-id").values_list("id", flat=True)
    dismissed = boards.rows_of(gone[:10])
    return page(
        request,
        "console/leads.html",
        {"rows": boards.rows_of(shown, reasons=True), "shown": shown, "dismissed": dismissed},
        at=at,
        here="leads",
    )


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_DESK, named=WAYS, by="way")
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """One lead. After a decision the next lead is shown, not the top of the list."""
    at = now()
    issue = get_object_or_404(boards.with_clocks(Issue.objects.all()), pk=pk)
    if issue.state != Issue.State.LEAD and request.method == "GET":
        return redirect("issue", pk=pk)
    likest = alike.most_alike(issue)
    others = cases.mergeable(issue)
    if likest is not None and likest.mergeable:  # the likest first
        others = [likest.issue, *(other for other in others if other.pk != likest.issue.pk)]
    form = LeadForm(request.POST or None, others=others, initial=_initial(issue, likest) | _asked(request))
    refused = ""
    if form.is_valid():
        after = cases.neighbours(issue)[3]
        try:
            said = form.run(issue, by=person(request), at=at)
        except Refused as error:
            refused = str(error)
            issue.refresh_from_db()
        else:
            messages.success(request, f"{issue.label} {issue.matter.title}：{said}")
            return _onward(form, issue, after)
    context = {**_context(issue, at=at), "form": form, "refused": refused, "alike": likest, "alike_days": alike.DAYS}
    return page(request, "console/lead.html", context, at=at, here="leads", status=422 if form.is_bound else 200)


def _onward(form: LeadForm, issue: Issue, after: Issue | None) -> HttpResponse:
    if form.cleaned_data["way"] == "confirm":
        return redirect("issue", pk=issue.pk)
    return redirect("lead", pk=after.pk) if after is not None else redirect("leads")


def _asked(request: HttpRequest) -> dict[str, Any]:
    """The choice an address brings along (a message's 误报): shown, not decided."""
    way = request.GET.get("way", "")
    return {"way": way} if way in WAYS else {}


def _initial(issue: Issue, likest: alike.Alike | None) -> dict[str, Any]:
    matter = issue.matter
    return {
        "way": "confirm",
        "version": issue.version,
        "level": matter.level_proposed,
        "event_grade": matter.event_grade,
        "grade_body": matter.grade_body,
        "grade_reference": matter.grade_reference,
        "grade_at": matter.grade_at,
        "occurred_at": matter.occurred_at,
        "lead_unit": matter.lead_unit_id,
        "into": likest.issue.pk if likest is not None and likest.mergeable else None,
    }


def _context(issue: Issue, *, at: datetime) -> dict[str, Any]:
    matter, topic = issue.matter, issue.matter.topic
    row = boards.row_of(issue)
    place, count, before, after = cases.neighbours(issue)
    line = cases.anchor_stops(matter, row.next, at=at, words=lambda moment: when_words(moment, at))
    context: dict[str, Any] = {
        "issue": issue,
        "row": row,
        "policy_version": current_pack().policy.version,
        "anchor_svg": charts.anchor_line(line.stops, lost=line.lost, lost_words=line.lost_words),
        "clocks": sorted(row.clocks.values(), key=lambda c: c.due_at),
        "anchors": cases.anchors_of(matter),
        "rules": cases.rule_lines(matter),
        "told": cases.told(matter),
        "place": place,
        "count": count,
        "before": before,
        "after": after,
    }
    if topic is not None:
        base = figures.posts_address(topic)
        curve = curves.curve(topic, at=at)
        course = curves.course(topic, curve, at=at)
        context |= {
            "topic": topic,
            "base": base,
            "figures": figures.figures(topic),
            "quotes": quotes(topic),
            "curve": curve,
            "course": course,
            "people": topic_charts.course(course.stands, name=f"近 {course.days} 日几个人在说：{course.words}"),
            "chart": charts.columns(curve.columns, name=f"每{curve.unit}帖数"),
        }
    return context
