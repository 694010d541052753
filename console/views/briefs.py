"""简报: the list, the editor with its frozen numbers, sign-off, downloads, who opened it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from console.access import anybody, needs
from console.forms.brief import CorrectForm, PutOffForm, SendBackForm, SignForm
from console.frame import page, person
from console.queries import papers
from office.clock import now
from office.errors import Refused
from office.roles import Act
from office.services.tickets import read_ticket
from reports.models import Brief
from reports.queries.briefs import briefs as all_briefs
from reports.queries.briefs import sent_before
from reports.queries.numbers import posts_behind
from reports.services import brief as doors
from reports.services.documents import document

KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html",
}


@require_safe
@needs(Act.READ_BRIEF)
def listing(request: HttpRequest) -> HttpResponse:
    at = now()
    context = {"briefs": list(all_briefs()[:120]), "next_at": doors.next_draft_at(at), "plan": doors.current_plan()}
    return page(request, "console/briefs.html", context, at=at, here="briefs")


@require_safe
@needs(Act.READ_BRIEF)
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as it will be printed, its numbers and its sign-off. Opening an issued one is recorded."""
    at = now()
    found = get_object_or_404(Brief.objects.select_related("editor", "corrects"), pk=pk)
    if found.state == Brief.State.SENT:
        doors.opened(brief=found, person=person(request), at=at)
    findings = doors.check_brief(found)
    figures = papers.figures(found, findings)
    printed = document(found)
    texts = {s["key"]: s["text"] for s in found.content["sections"]}
    context = {
        **surroundings(found),
        "document": printed,
        "lines": papers.paper_lines(found, printed, {line.key: line.url for line in figures}),
        "findings": findings,
        "figures": figures,
        "checks": papers.checks(texts, doors.spots_of(found, texts)),
        "sign": SignForm(initial={"version": found.version}),
        "put_off": PutOffForm(),
        "send_back": SendBackForm(),
        "correct": CorrectForm(),
    }
    return page(request, "console/brief.html", context, at=at, here="briefs")


def surroundings(found: Brief) -> dict[str, Any]:
    """What stands beside a brief, read or edited: its steps, who got it, how the issue before went out."""
    plan = doors.current_plan()
    signatures = list(found.signatures.select_related("by").order_by("step"))
    return {
        "brief": found,
        "plan": plan,
        "steps": papers.steps(found, signatures, plan),
        "next_step": doors.next_step(found),
        "receipts": list(found.receipts.select_related("person").order_by("channel", "person__name")),
        "before": None if found.state == Brief.State.SENT else sent_before(found),
    }


# Who signs is said by the steps of the pack, which the service asks.
STEPS = {"put_off": Act.PUT_OFF_BRIEF, "send_back": Act.SIGN_BRIEF, "correct": Act.CORRECT_BRIEF}
FORMS = {"sign": SignForm, "put_off": PutOffForm, "send_back": SendBackForm, "correct": CorrectForm}


@require_POST
@needs(Act.READ_BRIEF, named=STEPS)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One step on a brief: sign, send back, put off, correct. The services ask who may."""
    at = now()
    if name not in FORMS:
        raise Http404("没有这个动作")
    found = get_object_or_404(Brief, pk=pk)
    form = FORMS[name](request.POST)
    try:
        if not form.is_valid():
            raise Refused("；".join(str(e) for errors in form.errors.values() for e in errors))
        target, said = form.run(found, by=person(request), at=at)
        messages.success(request, said)
        return redirect("brief", pk=target.pk)
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("brief", pk=pk)


@require_GET
@needs(Act.READ_BRIEF)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """DOCX, HTML or PDF as a file. A draft is drawn as it stands, marked 未签发."""
    at = now()
    found = get_object_or_404(Brief, pk=pk)
    if kind not in KINDS:
        raise Http404("没有这种文件")
    if found.state == Brief.State.SENT:
        doors.opened(brief=found, person=person(request), at=at)
    kept = doors.file_of(found, kind)
    if kept is not None:
        return papers.download(kept.read_bytes(), kept.name, KINDS[kind])
    if kind == "pdf":
        raise Http404(found.documents_error or "签发后才生成 PDF")
    name, content = doors.preview_docx(found)
    if kind == "html":
        name, content = name.removesuffix(".docx") + ".html", doors.preview_html(found).encode()
    return papers.download(content, name, KINDS[kind])


@require_safe
@needs(Act.READ_BRIEF)
def figure(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The posts a frozen figure was counted from."""
    at = now()
    found = get_object_or_404(Brief, pk=pk)
    frozen = found.numbers.get("figures", {}).get(key)
    if frozen is None:
        raise Http404("这一期没有这个数字")
    pages = Paginator(posts_behind(frozen["query"]).select_related("source", "reading", "membership__topic"), 50)
    shown = pages.get_page(request.GET.get("page"))
    context = {"brief": found, "frozen": frozen, "shown": shown, "posts": list(shown)}
    return page(request, "console/brief_figure.html", context, at=at, here="briefs")


@require_http_methods(["GET", "POST"])
@anybody
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A personal link from a mail: first who and what; one tap opens the brief and records that it was opened."""
    at = now()
    try:
        if request.method == "POST":
            found, who = doors.open_by_ticket(token=token, at=at)
            printed = document(found)
            lines = papers.paper_lines(found, printed, {})
            context = {"brief": found, "document": printed, "lines": lines, "who": who}
            return page(request, "console/brief_link.html", context, at=at)
        ticket = read_ticket(token=token, kind="brief", at=at)
        context = {"ticket": ticket, "brief": Brief.objects.filter(pk=ticket.object_id).first()}
        return page(request, "console/brief_link.html", context, at=at)
    except Refused as error:
        return page(request, "console/link_refused.html", {"refused": str(error)}, at=at, status=410)
