"""发布会倒排: a press conference planned back from its limit; steps ticked on the case's page. No clock moves by it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from console.access import needs
from console.both import compare, renew
from console.forms.drafts import GiveUpForm, PlanForm
from console.frame import page, person
from console.queries import plans
from office.clock import now
from office.errors import Changed, Refused
from office.roles import Act
from responses.models import Conference, ConferenceStep, Issue
from responses.services import evidence


@require_http_methods(["GET", "POST"])
@needs(Act.PLAN_CONFERENCE)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the plan of a case, or change the one that stands."""
    at = now()
    issue = get_object_or_404(Issue.objects.select_related("matter"), pk=pk)
    row = plans.planned(issue)
    limit = plans.limit(issue)
    form = PlanForm(request.POST or None, steps=plans.fields(row), initial=plans.begin(issue, row, limit=limit, at=at))
    refused, both = "", []
    if form.is_valid():
        try:
            saved = form.save(issue, row, by=person(request), at=at)
            when = f"{timezone.localtime(saved.planned_at):%m-%d %H:%M}" if saved.planned_at else ""
            messages.success(request, f"发布会排在 {when}，各步已从它往回排。时限照走，真正开始才停。")
            return redirect("issue", pk=pk)
        except Refused as error:
            refused = str(error)
            row = plans.planned(issue)
            if isinstance(error, Changed) and row is not None:
                both = compare(
                    form, plans.begin(issue, row, limit=limit, at=at, fields=("title", "planned_at", "place"))
                )
                renew(form, version=row.version)
    context = {
        "form": form,
        "refused": refused,
        "both": both,
        "issue": issue,
        "row": row,
        "limit": limit,
        "heading": "改发布会安排" if row else "排发布会",
        "button": "写入安排",
        "back_url": f"/issues/{pk}/",
        "back_words": f"{issue.label} {issue.matter.title}",
        "consequence": "只是安排，不动任何时限；真正开始后填报发布会，才停 24 小时时限",
        "give_up": GiveUpForm(initial={"version": row.version}, auto_id="drop_%s") if row else None,
    }
    return page(request, "console/plan_form.html", context, at=at, here="issues", status=422 if form.is_bound else 200)


@require_POST
@needs(Act.PLAN_CONFERENCE)
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a step, or take the tick back (`done` empty)."""
    found = get_object_or_404(ConferenceStep.objects.select_related("conference"), pk=pk)
    try:
        ticked = evidence.tick_step(step=found, by=person(request), at=now(), done=bool(request.POST.get("done")))
        messages.success(request, f"“{ticked.name}”{'已办' if ticked.done_at else '改回未办'}。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("issue", pk=found.conference.issue_id)


@require_POST
@needs(Act.PLAN_CONFERENCE)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """取消安排, with a sentence; the clock goes on."""
    found = get_object_or_404(Conference, pk=pk)
    form = GiveUpForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("请写明取消的理由。")
        data = form.cleaned_data
        evidence.drop_plan(
            conference=found, by=person(request), at=now(), version=data["version"], sentence=data["sentence"]
        )
        messages.success(request, "安排已取消，时限照走。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("issue", pk=found.issue_id)
