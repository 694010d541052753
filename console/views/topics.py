"""热点: what people speak of, whether or not there is a lead."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from alerts.models import Matter
from analysis.models import Topic
from console import charts
from console.access import needs
from console.frame import page
from console.queries import cases, figures, topics
from office.clock import now
from office.roles import Act
from responses.models import Issue


@require_safe
@needs(Act.VIEW_DESK)
def listing(request: HttpRequest) -> HttpResponse:
    at = now()
    shown = Paginator(topics.hot(), 50).get_page(request.GET.get("page"))
    rows = list(shown)
    cases_ = topics.issues_by_topic(rows)
    context = {"shown": shown, "rows": [(t, cases_.get(t.pk)) for t in rows]}
    return page(request, "console/topics.html", context, at=at, here="topics")


@require_safe
@needs(Act.VIEW_DESK)
def topic(request: HttpRequest, pk: int) -> HttpResponse:
    """One topic: this episode and the earlier one, parts of heat, voices apart from copies, why each post is here."""
    at = now()
    found = get_object_or_404(Topic, pk=pk)
    if found.merged_into_id is not None:
        return redirect("topic", pk=found.merged_into_id)
    base = figures.posts_address(found)
    curve = cases.curve(found, at=at)
    parts = topics.heat_parts(found, base)
    cells = topics.streets(found)
    context = {
        "topic": found,
        "base": base,
        "curve": curve,
        "chart": charts.columns(curve.columns, name=f"每{curve.unit}帖数"),
        "parts": parts,
        "longest": max((p.value for p in parts), default=0),
        "platforms": topics.platforms(found),
        "cells": cells,
        "most": max((c.posts for c in cells), default=0),
        "alerts": topics.alerts_of(found),
        "members": topics.members(found),
        "issues": topics.issues_of(found),
        "figures": figures.figures(found),
        "earlier": topics.episode_words(found, at),
    }
    return page(request, "console/topic.html", context, at=at, here="topics")


@require_safe
@needs(Act.VIEW_DESK)
def matter(request: HttpRequest, pk: int) -> HttpResponse:
    """The address that messages carry: on to the lead or the issue."""
    found = get_object_or_404(Issue, matter=get_object_or_404(Matter, pk=pk))
    return redirect("issue", pk=found.pk)
