"""演练: start one, watch it, enter its own console by a one-time link."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from console import drill_service
from console.access import needs
from console.frame import fragment, page, person, wants_fragment
from office.clock import now
from office.errors import Refused
from office.roles import Act


@require_http_methods(["GET", "POST"])
@needs(Act.RUN_DRILL)
def drill(request: HttpRequest) -> HttpResponse:
    """The scenarios, and the drill that runs or ran last with its progress and the link into it."""
    at = now()
    refused = ""
    if request.method == "POST":
        try:
            drill_service.start_drill(
                scenario=request.POST.get("scenario", ""),
                full=request.POST.get("full") == "1",
                hands_on=request.POST.get("hands_on") == "1",
                by=person(request),
                at=at,
            )
            messages.success(request, "演练已开始。")
            return redirect("drill")
        except Refused as error:
            refused = str(error)
    shown = drill_service.drills(at=at)
    if wants_fragment(request):
        return fragment(request, "console/drill_list.html", {"drills": shown}, at=at)
    context = {
        "scenarios": drill_service.scenarios(),
        "drills": shown,
        "running": any(d.ended_at is None for d in shown),
        "refused": refused,
        "hands_on": drill_service.hands_on(),
    }
    return page(request, "console/drill.html", context, at=at, here="office", status=422 if refused else 200)


@require_POST
@needs(Act.RUN_DRILL)
def act(request: HttpRequest, name: str, what: str) -> HttpResponse:
    """End a drill (it stays readable) or delete its folder; or a fresh one-time link into it."""
    at, who = now(), person(request)
    try:
        if what == "enter":
            return lead_to(drill_service.enter_link(name=name, by=who, at=at))
        if what == "end":
            drill_service.end_drill(name=name, by=who, at=at)
            messages.success(request, "演练已结束，记录可看。")
        elif what == "delete":
            drill_service.delete_drill(name=name, by=who, at=at)
            messages.success(request, "演练已删除。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("drill")


def lead_to(link: str) -> HttpResponse:
    """On to the drill's own pages. They have another port, and a browser follows no form to another origin
    (`form-action 'self'`): so an answer of our own that leads on, with the link for those who follow nothing."""
    words = format_html('<!doctype html><meta charset="utf-8"><title>演练</title><a href="{}">进入演练</a>', link)
    return HttpResponse(words, headers={"Refresh": f"0; url={link}"})
