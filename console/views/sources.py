"""来源: health, switching, quarantine with take-again, import of files."""

import tempfile
from pathlib import Path

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console import charts
from console.access import needs
from console.forms.sources import ImportForm, ReasonForm
from console.frame import page, person
from console.queries import sources
from crawlers import services as crawling
from crawlers.backoff import VERDICT_NAMES
from crawlers.models import InboxFile, Quarantine, Run, Source
from office.clock import now
from office.errors import Refused
from office.roles import Act

DOING = {
    "run": Act.RUN_SOURCE,
    "on": Act.SWITCH_SOURCE,
    "off": Act.SWITCH_SOURCE,
    "review": Act.REVIEW_FORBIDDEN,
}


@require_safe
@needs(Act.VIEW_SOURCES)
def listing(request: HttpRequest) -> HttpResponse:
    """Those with trouble first. What is off stands below with its reason."""
    at = now()
    rows = sources.rows(at=at, enabled=True)
    context = {
        "rows": [(row, charts.day_strip(row.cells)) for row in rows],
        "tally": sources.tally(rows),
        "off": sources.rows(at=at, enabled=False),
        "verified": sum(1 for row in rows if row.source.verified_at is not None),
        "quarantined": Quarantine.objects.filter(retaken_at=None).count(),
    }
    return page(request, "console/sources.html", context, at=at, here="sources")


@require_safe
@needs(Act.VIEW_SOURCES)
def source(request: HttpRequest, key: str) -> HttpResponse:
    """One source: its line of the register, its visits, and what a person may do."""
    at = now()
    found = get_object_or_404(Source, key=key)
    context = {
        "source": found,
        "runs": list(Run.objects.filter(source=found).order_by("-id")[:60]),
        "form": ReasonForm(),
        "kinds": sources.KINDS,
        "classes": sources.CLASSES,
        "verdicts": {verdict.value: name for verdict, name in VERDICT_NAMES.items()},
    }
    return page(request, "console/source.html", context, at=at, here="sources")


@require_POST
@needs(Act.VIEW_SOURCES, named=DOING)
def act(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """Switch on or off with a reason, look at a refusal, visit now."""
    at = now()
    found = get_object_or_404(Source, key=key)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    who = person(request)
    try:
        if name == "run":
            crawling.run_now(source=found, by=who, at=at)
        elif name in {"on", "off"}:
            crawling.switch_source(source=found, on=name == "on", reason=reason, by=who, at=at)
        elif name == "review":
            crawling.review_forbidden(source=found, reason=reason, by=who, at=at)
        else:
            raise Http404("没有这个动作")
        messages.success(request, "已办，留痕。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("source", key=key)


@require_safe
@needs(Act.VIEW_SOURCES)
def quarantine(request: HttpRequest) -> HttpResponse:
    """Lines that could not be taken, with the reason; a preview is kept masked."""
    at = now()
    found = Quarantine.objects.select_related("inbox__source").order_by("retaken_at", "-id")
    shown = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {"shown": shown, "waiting": Quarantine.objects.filter(retaken_at=None).count()}
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
