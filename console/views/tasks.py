"""任务: given to a unit from the issue's page, signed and fed back on a page of its own; all open ones in a list."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import needs
from console.forms.task import ACTS, GiveForm
from console.frame import page, person
from console.queries import tasks
from office.clock import now
from office.errors import Refused
from office.roles import Act
from responses.models import Assignment, Issue

A_PAGE = 40
USUAL = timedelta(hours=2)  # what the form offers as a limit
DOING = {name: Act.GIVE_TASK if name == "withdraw" else Act.SIGN_TASK for name in ACTS}
PARTS = ("issue__matter", "unit", "given_by", "signed_by", "fed_back_by", "ended_by")


@require_safe
@needs(Act.VIEW_DESK)
def listing(request: HttpRequest) -> HttpResponse:
    """Open tasks by their limit: of one's own unit, or of all."""
    at, who = now(), person(request)
    own = request.GET.get("which", "own" if who.department_id else "all") == "own" and who.department_id is not None
    rows = tasks.open_tasks()
    rows = rows.filter(unit=who.department_id) if own else rows
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"rows": tasks.lines(shown.object_list, at=at), "shown": shown, "own": own}
    return page(request, "console/tasks.html", context, at=at, here="issues")


@require_http_methods(["GET", "POST"])
@needs(Act.GIVE_TASK)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """转办: one unit, one thing, one limit."""
    at = now()
    issue = get_object_or_404(Issue.objects.select_related("matter"), pk=pk)
    start = {"unit": issue.matter.lead_unit_id, "due_at": (at + USUAL).replace(second=0, microsecond=0)}
    form = GiveForm(request.POST or None, initial=start)
    refused = ""
    if form.is_valid():
        try:
            task = form.run(issue, by=person(request), at=at)
            messages.success(request, f"已转办{task.unit.name}，等签收。")
            return redirect("issue", pk=pk)
        except Refused as error:
            refused = str(error)
    context = {
        "form": form,
        "refused": refused,
        "heading": "转办",
        "button": "转办",
        "back_url": f"/issues/{pk}/",
        "back_words": f"{issue.label} {issue.matter.title}",
        "consequence": "单位有账号的马上通知；没有账号的，签收和反馈由值班代签",
    }
    status = 422 if form.is_bound else 200
    return page(request, "console/plain_form.html", context, at=at, here="issues", status=status)


@require_safe
@needs(Act.VIEW_DESK)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: what was asked, how it stands, and what this person may do."""
    return _show(request, _found(pk))


@require_POST
@needs(Act.VIEW_DESK, named=DOING)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act; what was typed stays on the page when it is refused."""
    if name not in ACTS:
        raise Http404("没有这个动作")
    found = _found(pk)
    form = ACTS[name](request.POST)
    if not form.is_valid():
        return _show(request, found, bound={name: form})
    try:
        form.run(found, by=person(request), at=now())
    except Refused as error:
        return _show(request, _found(pk), bound={name: form}, refused=str(error))
    messages.success(request, form.done)
    return redirect("task", pk=pk)


def _found(pk: int) -> Assignment:
    return get_object_or_404(Assignment.objects.select_related(*PARTS), pk=pk)


def _show(
    request: HttpRequest, found: Assignment, *, bound: dict[str, Any] | None = None, refused: str = ""
) -> HttpResponse:
    at, bound = now(), bound or {}
    may_do = tasks.doing(found, person(request))
    names = [name for name in ("sign", "feed_back", "send_back") if may_do.answers]
    names += ["withdraw"] if may_do.withdraws else []
    if found.state != Assignment.State.GIVEN and "sign" in names:
        names.remove("sign")
    forms = {name: bound.get(name) or ACTS[name](initial={"version": found.version}) for name in names}
    for form in forms.values():
        if not may_do.desk:
            form.fields.pop("told", None)
            form.fields.pop("told_at", None)
        elif "told" in form.fields:
            form.fields["told"].required = True  # the service says so too, where it was left empty
    context = {
        "task": found,
        "line": tasks.lines([found], at=at)[0],
        "issue": found.issue,
        "doing": may_do,
        "forms": forms,
        "bound": next(iter(bound), ""),
        "form": next(iter(bound.values()), None),
        "refused": refused,
    }
    return page(request, "console/task.html", context, at=at, here="issues", status=422 if bound else 200)
