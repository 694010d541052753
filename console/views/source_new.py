"""登记新来源: paste an address, see what it brings, decide; and the register as a file of the pack."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from console.access import needs
from console.forms.sources import AddressForm, KeepForm
from console.frame import fragment, page, person, wants_fragment
from console.queries import source_page
from crawlers import services as crawling
from crawlers.models import Source, SourceTrial
from office.clock import now
from office.errors import Refused
from office.roles import Act


@require_http_methods(["GET", "POST"])
@needs(Act.EDIT_SOURCE)
def new(request: HttpRequest) -> HttpResponse:
    """The address alone; sending it fetches it once and shows what was met."""
    at = now()
    form = AddressForm(request.POST or None, initial={"address": request.GET.get("address", "")})
    refused = ""
    if form.is_valid():
        data = form.cleaned_data
        try:
            trial = crawling.start_trial(
                address=data["address"], kind=data["kind"], list_hint=data["list_hint"], by=person(request), at=at
            )
        except Refused as error:
            refused = str(error)
        else:
            return redirect("source-trial", pk=trial.pk)
    lately = SourceTrial.objects.filter(by=person(request)).order_by("-pk")[:8]
    context = {"form": form, "refused": refused, "lately": lately}
    status = 422 if form.is_bound else 200
    return page(request, "console/source_new.html", context, at=at, here="sources", status=status)


@require_http_methods(["GET", "POST"])
@needs(Act.EDIT_SOURCE)
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """What was met at the address, and the form that makes a source of it. While it is out: a page that looks again."""
    at = now()
    row = crawling.look_at(get_object_or_404(SourceTrial.objects.select_related("by", "kept"), pk=pk), at=at)
    if row.ended_at is None:
        context = {"trial": row, "waited": max(0, int((at - row.at).total_seconds()))}
        if wants_fragment(request):
            return fragment(request, "console/source_waiting.html", context, at=at)
        return page(request, "console/source_trial.html", context | {"waiting": True}, at=at, here="sources")
    if wants_fragment(request):
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    if row.kept is not None:
        return redirect("source", key=row.kept.key)
    usable = row.verdict == "ok" and bool(row.found.get("items")) and not row.found.get("registered")
    form, refused = None, ""
    if usable:
        form = KeepForm(request.POST or None, twin=source_page.twin_of(row), initial=source_page.proposed(row, at=at))
        if form.is_valid():
            try:
                return redirect("source", key=_keep(request, row, form).key)
            except Refused as error:
                refused = str(error)
    context = {
        "trial": row,
        "form": form,
        "refused": refused,
        "address": AddressForm(initial={"address": row.address, "kind": row.kind, "list_hint": row.list_hint}),
        "checks": source_page.checks(row, at=at),
        "stored": source_page.stored(row),
        "masked": source_page.masked_words(row),
        "missing": form.missing() if form is not None else [],
        "rhythm_words": source_page.rhythm_words(row, at=at) if usable else "",
    }
    status = 422 if form is not None and form.is_bound else 200
    return page(request, "console/source_trial.html", context, at=at, here="sources", status=status)


def _keep(request: HttpRequest, row: SourceTrial, form: KeepForm) -> Source:
    at = now()
    on = form.may_run and "on" in request.POST
    made = crawling.keep_source(
        trial=row, register=form.registration(), on=on, why=form.cleaned_data["why"], by=person(request), at=at
    )
    messages.success(
        request,
        f"已登记“{made.name}”并启用，几分钟内首次采集；首次采到的旧帖只作历史，不开线索。"
        if on
        else f"已登记“{made.name}”，没有启用。",
    )
    return made


@require_POST
@needs(Act.EDIT_SOURCE)
def export(request: HttpRequest) -> HttpResponse:
    """The register as it counts now, as a `sources.yaml` that the pack takes."""
    at = now()
    try:
        text = crawling.export_register(by=person(request), at=at)
    except Refused as error:
        messages.error(request, f"没有导出：{error}")
        return redirect("sources")
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="sources-{timezone.localtime(at):%Y%m%d-%H%M}.yaml"'
    return answer
