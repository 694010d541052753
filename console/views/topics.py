"""热点: what people speak of, whether or not there is a lead; two periods side by side; what a person does to one."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.models import Alert, Matter
from analysis.models import Arrangement, Topic
from console import charts, topic_charts
from console.access import needs
from console.forms.topic import TopicForm, UndoForm
from console.frame import page, person
from console.queries import addresses, asked, curves, figures, periods, ranking, topics
from console.queries.topics import Near
from console.templatetags.desk import when_words
from console.topic_charts import PARTS
from office.clock import now
from office.errors import Refused
from office.pack.current import current_pack
from office.roles import Act, may
from responses.models import Issue
from responses.services import topics as services

# What each of the three ways needs.
WAYS = {"lead": Act.REPORT_BY_HAND, "split": Act.REVIEW_TOPIC, "merge": Act.REVIEW_TOPIC}
MEMBERS = 40  # posts of a topic on one page
FLAGS = 2  # lines met that are said over the curve


@require_safe
@needs(Act.VIEW_DESK)
def listing(request: HttpRequest) -> HttpResponse:
    """Topics with posts in a period, the hottest first, whether or not there is a lead."""
    at = now()
    period = periods.chosen(request.GET, at=at)
    which = ranking.narrowed(request.GET)
    shown = Paginator(ranking.standing_days(period, which), ranking.PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "shown": shown,
        "listed": ranking.listed(shown, period, first=shown.start_index() or 1, at=at),
        "parts": PARTS,
        "states": ranking.STATES,
        "listing": urlencode({**period.given, **which.given()}),
        **_narrowing(period, which),
    }
    return page(request, "console/topics.html", context, at=at, here="topics")


@require_safe
@needs(Act.VIEW_DESK)
def compare(request: HttpRequest) -> HttpResponse:
    """Two periods: rank and heat then and now, what is new, what is gone."""
    at = now()
    period = periods.chosen(request.GET, at=at)
    named = request.GET.get("then-from") or request.GET.get("then-to")
    then = periods.chosen(request.GET, at=at, prefix="then-") if named else periods.before(period)
    which = ranking.narrowed(request.GET)
    context = {
        "then": then,
        "found": ranking.compared(period, then, which, at=at),
        "most": ranking.COMPARED,
        **_narrowing(period, which),
    }
    return page(request, "console/topics_compare.html", context, at=at, here="topics")


def _narrowing(period: periods.Period, which: ranking.Chosen) -> dict[str, Any]:
    """What the line of conditions shows."""
    return {
        "period": period,
        "which": which,
        "named": periods.NAMED,
        "streets": ranking.streets(),
        "classes": ranking.classes(),
    }


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_DESK, named=WAYS, by="way")
def topic(request: HttpRequest, pk: int) -> HttpResponse:
    """One topic: this episode and the earlier one, parts of heat, voices apart from copies, why each post is here.

    Sent to it: a lead opened by hand, posts split off, a merge; what was typed stays where it is refused.
    """
    at = now()
    found = get_object_or_404(Topic, pk=pk)
    if found.merged_into_id is not None and request.method == "GET":
        return redirect("topic", pk=found.merged_into_id)
    near = topics.nearest(found)
    form = TopicForm(request.POST or None, near=near, posts=request.POST.getlist("posts"), initial=_start(near))
    refused = ""
    if form.is_valid():
        try:
            return _onward(request, found, form.run(found, by=person(request), at=at))
        except Refused as error:
            refused = str(error)
    status = 422 if form.is_bound else 200
    return _page(request, found, form, {"refused": refused, "near": near}, at=at, status=status)


def _start(near: list[Near]) -> dict[str, Any]:
    """What the form begins with: no way is chosen for anybody."""
    return {"level": 4, "into": str(near[0].topic.pk) if near else ""}


def _onward(request: HttpRequest, topic: Topic, done: Arrangement | Issue) -> HttpResponse:
    if isinstance(done, Issue):
        messages.success(request, f"{done.label} 已开，进入线索，暂估时限已起算，并通知值班。")
        return redirect("lead", pk=done.pk)
    if done.kind == Arrangement.Kind.SPLIT:
        messages.success(request, f"已拆出 {len(done.posts)} 帖，另成 T-{done.other_id}；机器不再并回，可以撤销。")
        return redirect("topic", pk=topic.pk)
    messages.success(request, f"T-{done.other_id} 的 {len(done.posts)} 帖已并入本热点；机器不再拆开，可以撤销。")
    return redirect("topic", pk=done.topic_id)


@require_POST
@needs(Act.VIEW_DESK, do=Act.REVIEW_TOPIC)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """A merge or a split taken back; `pk` is its own."""
    at = now()
    done = get_object_or_404(Arrangement.objects.select_related("topic__merged_into"), pk=pk)
    undoing = UndoForm(request.POST)
    refused = ""
    if undoing.is_valid():
        try:
            services.undo(arrangement=done, by=person(request), at=at, reason=undoing.cleaned_data["reason"])
            messages.success(request, f"已撤销{done.get_kind_display()}：T-{done.topic_id} 与 T-{done.other_id}。")
            return redirect("topic", pk=done.topic_id)
        except Refused as error:
            refused = str(error)
    found = done.topic.merged_into or done.topic
    near = topics.nearest(found)
    form = TopicForm(None, near=near, initial=_start(near))
    more = {"refused": refused, "near": near, "undoing": undoing, "undone": pk}
    return _page(request, found, form, more, at=at, status=422)


def _page(
    request: HttpRequest, found: Topic, form: TopicForm, more: dict[str, Any], *, at: datetime, status: int
) -> HttpResponse:
    base = figures.posts_address(found)
    alerts = topics.alerts_of(found)
    by, window = request.GET.get("by", ""), addresses.number(request.GET.get("window"))
    period, which = periods.chosen(request.GET, at=at), ranking.narrowed(request.GET)
    curve = curves.curve(found, at=at, by=by if by in curves.WAYS else "")
    course = curves.course(found, curve, at=at, days=window)
    parts = topics.heat_parts(found, base, at=at)
    cells = topics.streets(found)
    issues = topics.issues_of(found)
    stands = _stands(found, issues)
    questions = asked.section(stands) if stands is not None else {}
    order = "weak" if request.GET.get("order") == "weak" else "new"
    roles = person(request).roles
    context = {
        "topic": found,
        "base": base,
        "curve": curve,
        "by": by,
        "ways": curves.WAYS,
        "chart": charts.columns(
            curve.columns, name=f"每{curve.unit}帖数", flags=_flags(curve, alerts, at=at), silent=curve.silent
        ),
        "course": course,
        "people": topic_charts.course(course.stands, name=f"近 {course.days} 日几个人在说：{course.words}"),
        "parts": parts,
        "heat": round(sum(p.value for p in parts), 1),
        "longest": max((p.value for p in parts), default=0),
        "platforms": topics.platforms(found),
        "cells": cells,
        "north_first": bool(current_pack().district.streets_north_to_south),
        "most": max((c.posts for c in cells), default=0),
        "alerts": alerts,
        "unmet": topics.unmet(found, alerts),
        "shown": Paginator(topics.members(found, order=order), MEMBERS).get_page(request.GET.get("page")),
        "order": order,
        "faint": topics.FAINT,
        "issues": issues,
        "stands": stands,
        **questions,
        "figures": figures.figures(found, asks=not questions.get("asked")),
        "earlier": topics.episode_words(found, at),
        "beside": ranking.beside(found, period, which),
        "listing": urlencode({**period.given, **which.given()}),
        "period": period,
        "arrangements": topics.arrangements(found),
        "may_report": may(roles, Act.REPORT_BY_HAND),
        "may_review": may(roles, Act.REVIEW_TOPIC),
        "may_correct": may(roles, Act.CORRECT_READING),
        "form": form,
        **more,
    }
    return page(request, "console/topic.html", context, at=at, here="topics", status=status)


def _flags(curve: curves.Curve, alerts: list[Alert], *, at: datetime) -> list[charts.Flag]:
    """The first lines met, each over the column of its moment; which line it was stands beside the curve."""
    placed = [(curve.column(alert.met_at), alert) for alert in sorted(alerts, key=lambda a: (a.met_at, a.level))]
    return [
        charts.Flag(place, f"{when_words(alert.met_at, at)} 满足一条，建议{charts.NUMERALS[alert.level]}级")
        for place, alert in placed[:FLAGS]
        if place is not None
    ]


def _stands(found: Topic, issues: list[Issue]) -> Issue | None:
    """The issue in the way of a lead by hand: an open one, or one of this episode that was dismissed."""
    opened = next((issue for issue in issues if issue.is_open), None)
    last = issues[0] if issues else None
    gone = last is not None and last.state == Issue.State.DISMISSED and last.episode == found.episode
    return opened or (last if gone else None)


@require_safe
@needs(Act.VIEW_DESK)
def matter(request: HttpRequest, pk: int) -> HttpResponse:
    """The address that messages carry: on to the lead or the issue. `do=false`: to the form that says 误报; `do=hand`:
    to the one that gives it to a colleague."""
    found = get_object_or_404(Issue, matter=get_object_or_404(Matter, pk=pk))
    here = reverse("issue", args=[found.pk])
    if request.GET.get("do") == "false":
        if found.state == Issue.State.LEAD:
            return redirect(f"{reverse('lead', args=[found.pk])}?way=dismiss#decide")
        return redirect(f"{here}?open=cancel#act-cancel")
    if request.GET.get("do") == "hand":
        return redirect("hand", pk=found.pk)
    return redirect(here)
