"""交接班: every running clock goes from one shift to the next, ticked one by one and signed by both."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from console import kept
from console.access import needs
from console.frame import page, person
from console.queries import board as boards
from console.queries import handover as sheets
from console.queries import tasks
from console.queries.addresses import number, numbers
from office.clock import now
from office.errors import Changed, Refused
from office.models import User
from office.roles import Act
from responses.models import Handover
from responses.services import handover as doors
from responses.services.handover import Ticks


@require_safe
@needs(Act.VIEW_DESK, readable=True)
def handover(request: HttpRequest) -> HttpResponse:
    """The sheet that is due; where none is, the clocks that run and when the next change comes."""
    at = now()
    return page(request, "console/handover.html", _context(request, at=at), at=at, here="office")


def _context(request: HttpRequest, *, at: datetime) -> dict[str, object]:
    sheet = sheets.sheet(at=at, viewer=person(request))
    return {
        "sheet": sheet,
        "leads": boards.counts().leads,
        "tasks": tasks.tally(person(request), at=at),
        "brief": boards.next_brief(at=at),
        "past": sheets.past_sheets(but=sheet.handover),
    }


@require_safe
@needs(Act.VIEW_DESK)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet of before: who signed what, with the words that went with each clock."""
    found = get_object_or_404(Handover.objects.select_related("giver", "taker"), pk=pk)
    lines = list(found.lines.select_related("clock__matter__issue").order_by("clock__due_at", "pk"))
    context = {"handover": found, "lines": lines, "name": sheets.change_name(found.changes_at)}
    return page(request, "console/handover_past.html", context, at=now(), here="office")


def _ticks(request: HttpRequest) -> Ticks:
    """The ticked clocks and the words that go with them, as the form names them."""
    post = request.POST
    ticked = {pk for name in post if name.startswith("tick_") and (pk := number(name[5:])) is not None}
    if post.get("rest"):
        ticked |= set(numbers(post.get("rest_keys", "")))
    words = {pk: post[name] for name in post if name.startswith("words_") and (pk := number(name[6:])) is not None}
    return Ticks(frozenset(ticked), words)


def _save(request: HttpRequest, sheet: Handover, by: User, at: datetime) -> str:
    note, version = request.POST.get("note", ""), number(request.POST.get("version"))
    doors.save_giving(handover=sheet, ticks=_ticks(request), note=note, version=version, by=by, at=at)
    return "已存。"


def _give(request: HttpRequest, sheet: Handover, by: User, at: datetime) -> str:
    _save(request, sheet, by, at)  # kept even where the signature is refused for a clock left out
    ticks, note = _ticks(request), request.POST.get("note", "")
    doors.sign_giving(handover=sheet, ticks=ticks, note=note, version=sheet.version, by=by, at=at)
    return "交班已签，已请接班的人看。"


def _look(request: HttpRequest, sheet: Handover, by: User, at: datetime) -> str:
    doors.save_taking(handover=sheet, ticks=_ticks(request), by=by, at=at)
    return "看过的已记下。"


def _take(request: HttpRequest, sheet: Handover, by: User, at: datetime) -> str:
    _look(request, sheet, by, at)
    doors.sign_taking(
        handover=sheet,
        ticks=_ticks(request),
        by=by,
        at=at,
        missing_giver=request.POST.get("missing_giver", ""),
        reason_again=request.POST.get("reason_again") or None,
    )
    return "接班已签，新的提醒找您。"


def _say(request: HttpRequest, sheet: Handover, by: User, at: datetime) -> str:
    doors.say(handover=sheet, text=request.POST.get("text", ""), by=by, at=at)
    return "已留话，对方会收到通知。"


STEPS: dict[str, Callable[[HttpRequest, Handover, User, datetime], str]] = {
    "save": _save,
    "give": _give,
    "look": _look,
    "take": _take,
    "say": _say,
}


@require_POST
@needs(Act.HAND_OVER)
def act(request: HttpRequest, name: str) -> HttpResponse:
    """Save, sign or ask. Ticks are kept even where the signature is refused; words of the slower of two are shown."""
    at, who = now(), person(request)
    if name not in STEPS:
        raise Http404("没有这个动作")
    texts: list[str] = []
    try:
        change = doors.change_now(at=at)
        if change is None:
            raise Refused("现在没有要交接的班。")
        messages.success(request, STEPS[name](request, doors.begin(change=change, by=who, at=at), who, at))
        return redirect("handover")
    except Refused as error:
        refused = str(error)
        texts = kept.texts_of(kept.fields_of(request)) if isinstance(error, Changed) else []
    context = _context(request, at=at) | {"refused": refused, "texts": texts}
    return page(request, "console/handover.html", context, at=at, here="office", status=422)
