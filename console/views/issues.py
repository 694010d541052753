"""舆情: the whole case on one page, and each act on it through one small form."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from alerts.models import Clock
from console import charts
from console.access import needs
from console.forms.issue import ACTS, ActForm, MergeForm, ProposalForm
from console.frame import page, person
from console.queries import addresses, asked, cases, drafts, figures, issues, tasks
from console.queries import board as boards
from console.templatetags.desk import when_words
from office.clock import now
from office.errors import Refused
from office.roles import Act
from responses.flow import BY_NAME
from responses.flow import buttons as offered
from responses.models import Issue, Proposal
from responses.services import decide
from responses.services.claiming import situation_of

LISTS = {
    "open": ("在办", boards.OPEN),
    "closed": ("已办结", (Issue.State.CLOSED,)),
    "dismissed": ("已排除", (Issue.State.DISMISSED,)),
    "gone": ("已并入或撤销", (Issue.State.MERGED, Issue.State.CANCELLED)),
    "all": ("全部", tuple(Issue.State)),
}

# The act each step needs; lowering a level is open to the pairs of the pack, which the service asks.
DOING = {name: BY_NAME[name].act for name in ACTS} | {"regrade": (Act.RAISE_LEVEL, Act.LOWER_LEVEL)}
# Whoever may be the second person of some act; of which, the service asks.
SECONDS = (Act.SECOND_DISMISS, Act.LOWER_LEVEL, Act.CANCEL_ISSUE, Act.SECOND_ANCHOR)

STEPS = [(s, s.label) for s in (Issue.State.RESPONDING, Issue.State.RESPONDED, Issue.State.CLOSED)]


@require_safe
@needs(Act.VIEW_DESK, readable=True)
def listing(request: HttpRequest, default: str = "open") -> HttpResponse:
    """Issues by time left (open ones) or newest first; 台账 is the same list of everything."""
    at = now()
    which = request.GET.get("which", default)
    name, states = LISTS.get(which, LISTS["open"])
    found = Issue.objects.filter(state__in=states)
    for key, path in (("issues", "pk__in"), ("clocks", "matter__clocks__in")):
        if ids := addresses.numbers(request.GET.get(key, "")):
            found = found.filter(**{path: ids}).distinct()
    newest = found.order_by("-opened_at", "-id").values_list("id", flat=True)
    pages = Paginator(boards.by_time_left(found) if which == "open" else newest, boards.SHOWN)
    shown = pages.get_page(request.GET.get("page"))
    context = {"rows": boards.rows_of(shown), "shown": shown, "name": name, "which": which, "lists": LISTS}
    here = "ledger" if default == "all" else "issues"
    return page(request, "console/issues.html", context, at=at, here=here)


@require_safe
@needs(Act.VIEW_DESK)
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    at = now()
    found = get_object_or_404(boards.with_clocks(Issue.objects.all()), pk=pk)
    if found.state == Issue.State.LEAD:
        return redirect("lead", pk=pk)
    context = _context(request, found, at=at) | {"bound": request.GET.get("open", "")}
    return page(request, "console/issue.html", context, at=at, here="issues")


@require_POST
@needs(Act.VIEW_DESK, named=DOING)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act; what was typed stays on the page when it is refused."""
    at = now()
    if name not in ACTS:
        raise Http404("没有这个动作")
    found = get_object_or_404(boards.with_clocks(Issue.objects.all()), pk=pk)
    form = ACTS[name](request.POST)
    refused = ""
    if form.is_valid():
        try:
            messages.success(request, form.run(found, by=person(request), at=at))
            return _back(request, pk)
        except Refused as error:
            refused = str(error)
            found = get_object_or_404(boards.with_clocks(Issue.objects.all()), pk=pk)
    context = {**_context(request, found, at=at, bound={name: form}), "form": form, "refused": refused}
    return page(request, "console/issue.html", context, at=at, here="issues", status=422)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    there = request.POST.get("back", "")
    if there and url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure()):
        return redirect(there)
    return redirect("issue", pk=pk)


@require_POST
@needs(Act.VIEW_DESK, do=SECONDS)
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person agrees or does not; asked once, in a sentence that says what follows."""
    at = now()
    waiting = get_object_or_404(Proposal.objects.select_related("issue"), pk=pk)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有办成：要选同意或不同意，并写理由。")
        return redirect("issue", pk=waiting.issue_id)
    try:
        accept = form.cleaned_data["accept"] == "yes"
        decide.decide_proposal(
            proposal=waiting, by=person(request), at=at, accept=accept, reason=form.cleaned_data["reason"]
        )
        messages.success(request, "已同意，照办。" if accept else "不同意，已退回提出人。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("issue", pk=waiting.issue_id)


def _context(
    request: HttpRequest, found: Issue, *, at: datetime, bound: dict[str, ActForm] | None = None
) -> dict[str, Any]:
    who = person(request)
    row = boards.row_of(found)
    buttons = offered(situation_of(found, at=at, by=who), who.roles)
    works = {b.name for b in buttons if b.enabled}
    told = issues.records(found, at=at)
    return {
        "issue": found,
        "row": row,
        "buttons": buttons,
        "may_draft": "draft_release" in works,
        "may_enter": "enter_release" in works,
        "lacking": drafts.lacking(told["releases"]) if "enter_release" in works else None,
        "may_plan": "plan_conference" in works,
        "may_hold": "enter_conference" in works,
        "states": STEPS,
        "forms": _forms(found, [b.name for b in buttons], bound or {}),
        "bound": next(iter(bound or {}), ""),
        **_start(found, row, at=at),
        **_machine_view(found),
        **told,
        **asked.section(found),
        **tasks.section(found, at=at),
    }


def _forms(found: Issue, names: list[str], bound: dict[str, ActForm]) -> dict[str, ActForm]:
    """A form for each act that is offered: the one just sent, else one that starts with what stands."""
    matter = found.matter
    start = {
        "version": found.version,
        "level": matter.level_decided or matter.level_proposed,
        "event_grade": matter.event_grade,
        "grade_body": matter.grade_body,
        "grade_reference": matter.grade_reference,
        "grade_at": matter.grade_at,
        "occurred_at": matter.occurred_at,
        "lead_unit": matter.lead_unit_id,
    }
    forms = {name: bound.get(name) or ACTS[name](initial=start) for name in names if name in ACTS}
    merging = forms.get("merge")
    if isinstance(merging, MergeForm):
        merging.offer(cases.mergeable(found))
    return forms


def _start(found: Issue, row: boards.Row, *, at: datetime) -> dict[str, Any]:
    """Where the case starts, drawn as a line, and the clock it is drawn for."""
    # Rounds of continuous release start with a release: the case itself starts where its first promise does.
    promises = [clock for clock in row.clocks.values() if clock.kind != Clock.Kind.FOLLOWUP_RELEASE]
    chosen = next(iter(promises), row.next)
    line = cases.anchor_stops(found.matter, chosen, at=at, words=lambda moment: when_words(moment, at))
    svg = charts.anchor_line(line.stops, lost=line.lost, lost_words=line.lost_words)
    return {
        "chosen": chosen,
        "anchor_svg": svg,
        "lost_words": line.lost_words,
        "anchors": cases.anchors_of(found.matter),
    }


def _machine_view(found: Issue) -> dict[str, Any]:
    """What the machine saw: the topic, its figures with the posts behind them, the rules line by line."""
    topic = found.matter.topic
    return {
        "topic": topic,
        "base": figures.posts_address(topic) if topic is not None else "",
        "figures": figures.figures(topic) if topic is not None else [],
        "rules": cases.rule_lines(found.matter),
    }
