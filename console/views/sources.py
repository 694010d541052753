"""来源: health, switching, quarantine with take-again, import of files."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import needs
from console.forms.sources import EditForm, ImportForm, ReasonForm
from console.frame import page, person
from console.queries import source_page, sources
from crawlers import services as crawling
from crawlers.backoff import VERDICT_NAMES
from crawlers.models import InboxFile, Quarantine, Source
from office.clock import now
from office.errors import Refused
from office.roles import Act, may

DOING = {
    "run": Act.RUN_SOURCE,
    "on": Act.SWITCH_SOURCE,
    "off": Act.SWITCH_SOURCE,
    "review": Act.REVIEW_FORBIDDEN,
    "edit": Act.EDIT_SOURCE,
}
A_PAGE = 40


@require_safe
@needs(Act.VIEW_SOURCES)
def listing(request: HttpRequest) -> HttpResponse:
    """Those with trouble first. What is off stands below with its reason."""
    at = now()
    on = sources.ordered(enabled=True)
    tally = sources.tally(on)
    trouble = [s for s in on if s.state in ("failing", "forbidden", "waiting")]
    only = bool(request.GET.get("trouble"))
    shown = Paginator(trouble if only else on, A_PAGE).get_page(request.GET.get("page"))
    delays = sources.delays(at=at)
    context = {
        "rows": sources.rows(list(shown.object_list), at=at, delays=delays),
        "shown": shown,
        "only": only,
        "on": len(on),
        "trouble": len(trouble),
        "tally": tally,
        "delays": delays,
        "may_run": may(person(request).roles, Act.RUN_SOURCE),
        "gaps": sources.gaps(at=at),
        "month": sources.month_of_gaps(at=at),
        "off": sources.ordered(enabled=False),
        "classes": sources.CLASSES,
        "unseen": sum(1 for s in on if s.verified_at is None),
        "verified": sum(1 for s in on if s.verified_at is not None),
        "quarantined": Quarantine.objects.filter(retaken_at=None).count(),
    }
    return page(request, "console/sources.html", context, at=at, here="sources")


@require_safe
@needs(Act.VIEW_SOURCES)
def source(request: HttpRequest, key: str) -> HttpResponse:
    """One source: its line of the register, its visits, what people changed, and what a person may do."""
    at = now()
    found = get_object_or_404(Source, key=key)
    return page(request, "console/source.html", _context(found, EditForm(initial=vars(found))), at=at, here="sources")


def _context(found: Source, edit: EditForm) -> dict[str, Any]:
    runs = source_page.runs(found)
    return {
        "source": found,
        "runs": runs[:20],
        "boxes": source_page.boxes(runs),
        "changes": source_page.changes(found),
        "gaps": source_page.gaps(found),
        "quarantined": source_page.quarantined(found),
        "form": ReasonForm(),
        "edit": edit,
        "kinds": sources.KINDS,
        "classes": sources.CLASSES,
        "verdicts": {verdict.value: name for verdict, name in VERDICT_NAMES.items()},
    }


def _list_again(request: HttpRequest) -> str:
    """The list from which it was pressed, at its page; "" where it was pressed on the source's own."""
    given = request.POST.get("list")
    if given is None:
        return ""
    asked = QueryDict(given)
    kept = urlencode({name: asked[name] for name in ("trouble", "page") if name in asked})
    return reverse("sources") + (f"?{kept}" if kept else "")


@require_POST
@needs(Act.VIEW_SOURCES, named=DOING)
def act(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """Switch on or off with a reason, look at a refusal, visit now, another rhythm or voice."""
    at, who = now(), person(request)
    found = get_object_or_404(Source, key=key)
    edit, form = EditForm(request.POST), ReasonForm(request.POST)
    if name == "edit" and not edit.is_valid():
        return page(request, "console/source.html", _context(found, edit), at=at, here="sources", status=422)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    said = "已办，留痕。"
    try:
        if name == "run":
            crawling.run_now(source=found, by=who, at=at)
            said = f"“{found.name}”排到最前，几分钟内采。"
        elif name in {"on", "off"}:
            crawling.switch_source(source=found, on=name == "on", reason=reason, by=who, at=at)
        elif name == "review":
            crawling.review_forbidden(source=found, reason=reason, by=who, at=at)
        elif name == "edit":
            rhythm, voice = edit.cleaned_data["rhythm_minutes"], edit.cleaned_data["voice"]
            crawling.edit_source(source=found, rhythm_minutes=rhythm, voice=voice, reason=reason, by=who, at=at)
        else:
            raise Http404("没有这个动作")
        messages.success(request, said)
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect(_list_again(request) or reverse("source", args=[key]))


@require_safe
@needs(Act.VIEW_SOURCES)
def quarantine(request: HttpRequest) -> HttpResponse:
    """Lines that could not be taken, with the reason; a preview is kept masked. `source`: those of one source."""
    at = now()
    found = Quarantine.objects.select_related("inbox__source").order_by("retaken_at", "-id")
    of = Source.objects.filter(key=request.GET.get("source", "")).first()
    if of is not None:
        found = found.filter(inbox__source=of)
    shown = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {"shown": shown, "of": of, "waiting": found.filter(retaken_at=None).count()}
    return page(request, "console/quarantine.html", context, at=at, here="sources")


@require_POST
@needs(Act.RETAKE_QUARANTINE)
def retake(request: HttpRequest, pk: int) -> HttpResponse:
    at = now()
    found = get_object_or_404(Quarantine.objects.select_related("inbox__source"), pk=pk)
    try:
        crawling.retake_quarantine(quarantine=found, by=person(request), at=at)
        messages.success(request, "已重新收下。")
    except Refused as error:
        messages.error(request, f"没有收下：{error}")
    return redirect("quarantine")


@require_http_methods(["GET", "POST"])
@needs(Act.IMPORT_FILE)
def import_file(request: HttpRequest) -> HttpResponse:
    """CSV, XLSX or JSON Lines by hand; masked line by line as it is taken in."""
    at = now()
    form = ImportForm(request.POST or None, request.FILES or None)
    refused = ""
    if form.is_valid():
        data = form.cleaned_data
        with tempfile.TemporaryDirectory(prefix="huiying-import-") as folder:
            path = Path(folder) / Path(data["file"].name).name
            with path.open("wb") as file:
                for chunk in data["file"].chunks():
                    file.write(chunk)
            try:
                crawling.import_file(
                    path, source=data["source"], historical=data["historical"], by=person(request), at=at
                )
                messages.success(request, "文件已收进收件箱，正在逐行收下。")
                return redirect("import")
            except Refused as error:
                refused = str(error)
    files = list(InboxFile.objects.filter(kind="import").select_related("source").order_by("-id")[:20])
    context = {
        "form": form,
        "refused": refused,
        "files": files,
        "heading": "导入文件",
        "button": "导入",
        "back_url": "/sources/",
        "back_words": "来源",
        "consequence": "逐行收下，收不下的进“未收下的行”，写明原因",
    }
    return page(request, "console/import.html", context, at=at, here="sources", status=422 if form.is_bound else 200)
