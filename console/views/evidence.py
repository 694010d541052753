"""发布与发布会: entered with evidence by one, checked by another; the stored copies; and the report by hand."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from alerts.models import Clock
from console.access import needs
from console.forms.drafts import WhyForm
from console.forms.evidence import CHANNELS, CheckForm, ConferenceForm, ReleaseForm, ReportForm
from console.frame import page, person
from console.queries import drafts
from console.queries.papers import download
from console.templatetags.desk import stamp
from office.clock import now
from office.errors import Refused
from office.models import User
from office.roles import Act, may
from responses.models import Conference, Issue, Release, ReleaseDraft
from responses.services import evidence
from responses.services.drafting.linking import drafts_of
from responses.services.evidence.copies import read_copy

PARTS = ("issue__matter", "entered_by", "checked_by")


@require_safe
@needs(Act.VIEW_DESK)
def listing(request: HttpRequest) -> HttpResponse:
    """All releases, those that wait for their check first."""
    at = now()
    found = Release.objects.select_related(*PARTS)
    waiting = list(found.filter(state=Release.State.ENTERED).order_by("entered_at"))
    others = list(found.exclude(state=Release.State.ENTERED).order_by("-published_at")[:500])
    shown = Paginator([*waiting, *others], 50).get_page(request.GET.get("page"))
    conferences = list(Conference.objects.select_related("issue__matter").order_by("-id")[:30])
    context = {"shown": shown, "waiting": len(waiting), "conferences": conferences, "drafts": drafts.waiting(limit=50)}
    return page(request, "console/releases.html", context, at=at, here="releases")


def _enter(request: HttpRequest, pk: int, form: Any, *, heading: str, kinds: tuple[str, ...]) -> HttpResponse:
    at = now()
    issue = get_object_or_404(Issue.objects.select_related("matter"), pk=pk)
    refused = ""
    if form.is_valid():
        try:
            form.run(issue, by=person(request), at=at)
            messages.success(request, "已填报，等另一人复核；复核前时限显示待复核。")
            return redirect("issue", pk=pk)
        except Refused as error:
            refused = str(error)
    clocks = list(Clock.objects.filter(matter=issue.matter, closed_at=None, kind__in=kinds).order_by("due_at"))
    context = {
        "form": form,
        "refused": refused,
        "issue": issue,
        "clocks": clocks,
        "heading": heading,
        "button": heading,
        "channels": CHANNELS,
        "back_url": f"/issues/{pk}/",
        "back_words": f"{issue.label} {issue.matter.title}",
        "consequence": "填报后提醒先安静；另一人核过才停表",
    }
    status = 422 if form.is_bound else 200
    return page(request, "console/release_form.html", context, at=at, here="issues", status=status)


@require_http_methods(["GET", "POST"])
@needs(Act.ENTER_RELEASE)
def new_release(request: HttpRequest, pk: int) -> HttpResponse:
    issue = get_object_or_404(Issue.objects.select_related("matter"), pk=pk)
    offered = drafts_of(issue).exclude(state=ReleaseDraft.State.DROPPED).order_by("-pk")
    start = _of_draft(offered, request.GET.get("draft", ""), request.GET.get("channel", "")[:100])
    form = ReleaseForm(request.POST or None, request.FILES or None, drafts=offered, initial=start)
    kinds = ("first_release", "response", "followup_release")
    return _enter(request, pk, form, heading="填报发布", kinds=kinds)


def _gates_of(item: Release) -> str:
    """Whether it passed the four gates before it went out; a link to the text where it did."""
    if item.draft is None:
        return f"未过四道关：{item.ungated_why or '原因没有写'}"
    short = drafts.one(item.draft).short
    words = f"发布时差 {short} 道关" if short else "发布前已过齐"
    return format_html('<a href="{}">{}</a>，{}', reverse("draft", args=[item.draft.pk]), item.draft.name, words)


def _of_draft(offered: QuerySet[ReleaseDraft], pk: str, channel: str) -> dict[str, Any]:
    """What evidence of a draft starts with: its name, kind and unit, and the channel that still lacks evidence."""
    found = offered.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 12 else None
    if found is None:
        return {"channel": channel}
    return {
        "draft": found.pk,
        "kind": found.kind,
        "title": found.name,
        "publisher": found.unit_id,
        "channel": channel or (found.channels[0] if found.channels else ""),
    }


@require_http_methods(["GET", "POST"])
@needs(Act.ENTER_CONFERENCE)
def new_conference(request: HttpRequest, pk: int) -> HttpResponse:
    issue = get_object_or_404(Issue, pk=pk)
    planned = issue.conferences.filter(state=Conference.State.PLANNED).first()
    start = {"title": planned.title, "place": planned.place, "host": planned.host} if planned else {}
    form = ConferenceForm(request.POST or None, request.FILES or None, initial=start)
    return _enter(request, pk, form, heading="填报发布会", kinds=("press_conference",))


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_DESK, do=Act.CHECK_RELEASE)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """A release and its evidence, before its checker."""
    item = get_object_or_404(Release.objects.select_related(*PARTS, "publisher", "draft"), pk=pk)
    facts = [("渠道", item.channel), ("发布单位", item.publisher or "未填"), ("发布时间", stamp(item.published_at))]
    facts.append(("四道关", _gates_of(item)))
    return _check(request, item, evidence.check_release, "release", heading="发布与证据", facts=facts)


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_DESK, do=Act.CHECK_CONFERENCE)
def conference(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(Conference.objects.select_related(*PARTS), pk=pk)
    if item.held_at is None:  # planned: it stands on the case's page, there is nothing to check yet
        return redirect(f"{reverse('issue', args=[item.issue_id])}#conference")
    facts = [
        ("开始时间", stamp(item.held_at)),
        ("地点", item.place or "未填"),
        ("主持人、发布人", item.host or "未填"),
        ("主要负责同志", "参加" if item.chief_attended else "未参加"),
    ]
    return _check(request, item, evidence.check_conference, "conference", heading="发布会与证据", facts=facts)


def _check(
    request: HttpRequest, item: Any, service: Any, name: str, *, heading: str, facts: list[tuple[str, Any]]
) -> HttpResponse:
    at = now()
    form = CheckForm(request.POST or None)
    refused = ""
    if form.is_valid():
        data = form.cleaned_data
        accept = data["accept"] == "yes"
        try:
            service(
                **{name: item},
                by=person(request),
                at=at,
                accept=accept,
                note=data["note"],
                reason_again=data["reason_again"] or None,
            )
            messages.success(request, "已复核，时限按发布时间停表。" if accept else "已退回，时限照走。")
            return redirect("issue", pk=item.issue_id)
        except Refused as error:
            refused = str(error)
    act = Act.CHECK_RELEASE if name == "release" else Act.CHECK_CONFERENCE
    context = {
        "item": item,
        "issue": item.issue,
        "form": form,
        "refused": refused,
        "heading": heading,
        "facts": facts,
        "copy_url": f"/{name}s/{item.pk}/copy/",
        "can_check": may(person(request).roles, act),
        "why": WhyForm() if _why_is_asked(item, person(request)) else None,
    }
    return page(request, "console/check.html", context, at=at, here="releases", status=422 if form.is_bound else 200)


def _why_is_asked(item: Release | Conference, by: User) -> bool:
    return (
        isinstance(item, Release)
        and item.draft_id is None
        and not item.ungated_why
        and may(by.roles, Act.ENTER_RELEASE)
    )


@require_safe
@needs(Act.VIEW_DESK)
def copy(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The stored copy, checked against its hash, as a download: nothing in it runs in the desk's pages."""
    item: Release | Conference = (
        get_object_or_404(Release, pk=pk) if kind == "releases" else get_object_or_404(Conference, pk=pk)
    )
    try:
        content = read_copy(item.copy_path, item.copy_sha256)
    except Refused as error:
        raise Http404(str(error)) from error
    return download(content, item.copy_name or item.copy_sha256[:12], "application/octet-stream")


@require_http_methods(["GET", "POST"])
@needs(Act.REPORT_BY_HAND)
def report(request: HttpRequest) -> HttpResponse:
    """人工报送: into the same queue of leads, clocks running at once."""
    at = now()
    start = {"title": request.GET.get("title", "")[:200], "place": request.GET.get("place", "")[:100]}
    form = ReportForm(request.POST or None, initial=start)
    refused = ""
    if form.is_valid():
        try:
            issue = form.run(by=person(request), at=at)
            messages.success(request, f"{issue.label} 已报送，进入线索，时限已起算。")
            return redirect("lead", pk=issue.pk)
        except Refused as error:
            refused = str(error)
    context = {
        "form": form,
        "refused": refused,
        "heading": "人工报送",
        "button": "报送",
        "back_url": "/leads/",
        "back_words": "待判线索",
        "consequence": "立即进入线索，暂估时限同时起算，并通知值班",
    }
    return page(request, "console/plain_form.html", context, at=at, here="leads", status=422 if form.is_bound else 200)
