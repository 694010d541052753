"""简报编辑: the form, what the check says while somebody types, how many pages it makes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import needs
from console.both import compare
from console.forms.brief import BriefForm
from console.frame import page, person
from console.queries import papers
from console.views.briefs import surroundings
from office.clock import now
from office.errors import Changed, Refused
from office.roles import Act
from reports.models import Brief
from reports.services import brief as doors
from reports.services.documents import document


@require_http_methods(["GET", "POST"])
@needs(Act.EDIT_BRIEF)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor. What was typed is kept on the page when somebody else saved first."""
    at = now()
    found = get_object_or_404(Brief.objects.select_related("editor"), pk=pk)
    form = BriefForm(request.POST or None, sections=found.content["sections"], version=found.version)
    refused, both = "", []
    if form.is_valid():
        try:
            return _saved(request, found, form, at=at)
        except Refused as error:
            refused = str(error)
            found.refresh_from_db()
            if isinstance(error, Changed):
                both = compare(form, {f"s_{s['key']}": s["text"] for s in found.content["sections"]})
    context = {
        **surroundings(found),
        **_checked(found, form.texts(), form.places()),
        "form": form,
        "refused": refused,
        "both": both,
        "document": document(found),
        "about": doors.pages_about(document(found)),
    }
    return page(request, "console/brief_edit.html", context, at=at, here="briefs", status=422 if refused else 200)


def _saved(request: HttpRequest, found: Brief, form: BriefForm, *, at: datetime) -> HttpResponse:
    """Keep what was typed; with 用冻结数 one figure made right, with 送审 handed in."""
    who, content, said = person(request), form.content(), "已存。"
    place = ""
    if wanted := request.POST.get("fix", ""):
        content = form.content(doors.with_frozen(found, form.texts(), wanted, form.places()))
        said, place = "已改为冻结数，已存。", f"#id_s_{wanted.partition(':')[0]}"
    saved = doors.edit_brief(brief=found, by=who, at=at, content=content, version=form.cleaned_data["version"])
    if "submit" in request.POST:
        doors.submit(brief=saved, by=who, at=at)
        messages.success(request, "已送审。")
        return redirect("brief", pk=found.pk)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("brief-edit", args=[found.pk]) + place)


def _checked(found: Brief, texts: Mapping[str, str], places: list[dict[str, str]]) -> dict[str, Any]:
    """What the check says of the texts as they stand on the page."""
    spots = doors.spots_of(found, texts, places)
    findings = doors.check_brief(found, texts, places)
    return {
        "brief": found,
        "findings": findings,
        "figures": papers.figures(found, findings),
        "spots": spots,
        "checks": papers.checks(texts, spots),
        "wrong": {f"s_{key}": papers.wrong_lines(key, texts[key], here) for key, here in spots.items()},
        "editing": True,
    }


@require_POST
@needs(Act.EDIT_BRIEF)
def check(request: HttpRequest, pk: int) -> JsonResponse:
    """What the page's script asks while somebody types: the same rule as on saving; nothing is kept.

    `texts`: sections in which `{监测条数}` became its figure; `places`: to be sent with the form; `spots`: section ->
    [begins, ends, right] in UTF-16 units; `wrong`: section -> HTML under its field; `checks`: HTML of the list beside.
    """
    found = get_object_or_404(Brief, pk=pk)
    form = BriefForm(request.POST, sections=found.content["sections"], version=found.version)
    typed = form.texts()
    texts, places = doors.put_in(found, typed, form.places())
    told = _checked(found, texts, places)
    return JsonResponse({
        "texts": {f"s_{key}": text for key, text in texts.items() if text != typed[key]},
        "places": places,
        "spots": {
            f"s_{key}": [[papers.units(texts[key], s.begins), papers.units(texts[key], s.ends), s.right] for s in here]
            for key, here in told["spots"].items()
        },
        "wrong": {
            name: render_to_string("console/brief_wrong.html", {"lines": lines}) if lines else ""
            for name, lines in told["wrong"].items()
        },
        "checks": render_to_string("console/brief_checks.html", told, request=request),
    })  # fmt: skip


@require_safe
@needs(Act.EDIT_BRIEF)
def pages(request: HttpRequest, pk: int) -> HttpResponse:
    """The piece that says how many pages the stored draft makes and on which each section begins."""
    found = get_object_or_404(Brief, pk=pk)
    return render(request, "console/brief_pages.html", {"paged": doors.pages_of(found)})
