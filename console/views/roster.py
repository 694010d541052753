"""人员与值班: the week of shifts with its gaps and swaps, planning one shift, a week like the last, 换班."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.services import swaps
from console.access import needs
from console.both import compare, renew
from console.forms.roster import CellForm, DutyForm, SwapForm
from console.frame import page, person
from console.queries import board as boards
from console.queries import handover as sheets
from console.queries import roster
from console.queries.addresses import number
from console.templatetags.desk import local
from office import queries as office
from office.clock import now
from office.errors import Changed, Refused
from office.models import Duty, Swap, User
from office.pack.current import current_pack
from office.roles import Act, may
from office.services import duty as doors
from office.services import roster as planning
from office.shifts import monday

NEAR = timedelta(days=21)  # shifts offered for a swap


@require_safe
@needs(Act.VIEW_PEOPLE, readable=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Who is on, who comes, which shift has nobody; the handover that is due; the people."""
    at = now()
    start = _monday(request.GET.get("week", ""), at=at)
    sees_cases = may(person(request).roles, Act.VIEW_DESK)
    context = {
        "week": roster.week(start, at=at),
        "this_week": start == monday(local(at).date()),
        "on_duty": boards.on_duty(at=at),
        "coming": office.handover(at),
        "rule": current_pack().policy.duty,
        "sheet": sheets.sheet(at=at) if sees_cases else None,
        "people": list(User.objects.filter(is_active=True, scripted=False).select_related("department")[:200]),
        "form": DutyForm(),
    }
    return page(request, "console/people.html", context, at=at, here="office")


def _monday(words: str, *, at: datetime) -> date:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        day = local(at).date()
    return monday(day) if 2000 <= day.year <= 2100 else monday(local(at).date())


@require_http_methods(["GET", "POST"])
@needs(Act.PLAN_DUTY)
def cell(request: HttpRequest, day: str, shift: str) -> HttpResponse:
    """One shift of one day. Where somebody saved meanwhile, both plans stand side by side."""
    at = now()
    try:
        found = planning.cell(day=date.fromisoformat(day), key=shift)
    except (ValueError, Refused) as error:
        raise Http404("没有这个班次") from error
    people = list(User.objects.filter(is_active=True, scripted=False).order_by("name"))
    suggested = (request.GET.get("role", ""), number(request.GET.get("add")) or 0)
    form = CellForm(request.POST or None, cell=found, people=people, suggested=suggested)
    for role, words in roster.against(found, people).items():
        form.fields[role].help_text = words
    refused, both = "", []
    if form.is_valid():
        try:
            planning.plan_cell(
                day=found.day,
                key=shift,
                wanted=form.wanted(),
                seen=form.cleaned_data["seen"],
                by=person(request),
                at=at,
            )
            messages.success(request, f"{day} {found.name}已排。")
            return redirect(f"{reverse('people')}?week={monday(found.day)}")
        except Refused as error:
            refused = str(error)
            if isinstance(error, Changed):
                found = planning.cell(day=found.day, key=shift)
                both = compare(form, form.stored(found))
                renew(form, seen=found.seen)
    context = {
        "form": form,
        "refused": refused,
        "both": both,
        "heading": f"{found.day:%m-%d} {found.name}",
        "lead_words": f"{_span(found.span.starts_at, found.span.ends_at)}。开始了的班次，从现在起改。",
        "button": "排上",
        "back_url": f"{reverse('people')}?week={monday(found.day)}",
        "back_words": "人员与值班",
        "consequence": "空着也能存，空班会显示并提前通知",
    }
    return page(request, "console/plain_form.html", context, at=at, here="office", status=422 if form.is_bound else 200)


def _span(start: datetime, end: datetime) -> str:
    return f"{local(start):%m-%d %H:%M} 到 {local(end):%m-%d %H:%M}"


@require_POST
@needs(Act.PLAN_DUTY)
def copy(request: HttpRequest) -> HttpResponse:
    """A week like the one before; what could not be copied is told."""
    at = now()
    start = _monday(request.POST.get("week", ""), at=at)
    try:
        copied = planning.copy_week(monday=start, by=person(request), at=at)
        words = f"照上周排了 {copied.made} 个班次。"
        if copied.left_out:
            words += f"没排上 {len(copied.left_out)} 个：{'；'.join(copied.left_out[:5])}。"
        messages.success(request, words)
    except Refused as error:
        messages.error(request, f"没有排成：{error}")
    return redirect(f"{reverse('people')}?week={start}")


@require_POST
@needs(Act.PLAN_DUTY)
def put_on_duty(request: HttpRequest) -> HttpResponse:
    """A span that fits no shift."""
    form = DutyForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("；".join(str(e) for errors in form.errors.values() for e in errors))
        doors.put_on_duty(**form.cleaned_data, by=person(request), at=now())
        messages.success(request, "已排班。")
    except Refused as error:
        messages.error(request, f"没有排成：{error}")
    return redirect("people")


@require_POST
@needs(Act.PLAN_DUTY)
def remove_duty(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        doors.remove_duty(duty=get_object_or_404(Duty, pk=pk), by=person(request), at=now())
        messages.success(request, "已撤班。")
    except Refused as error:
        messages.error(request, f"没有撤成：{error}")
    return redirect("people")


@require_http_methods(["GET", "POST"])
@needs((Act.SWAP_DUTY, Act.PLAN_DUTY))
def new_swap(request: HttpRequest) -> HttpResponse:
    """换班: one's own coming shift (who plans the roster: anybody's), to whom, and perhaps against which of theirs."""
    at, who = now(), person(request)
    coming = list(Duty.objects.filter(starts_at__gt=at, starts_at__lt=at + NEAR, user__is_active=True))
    own = [d for d in coming if d.user_id == who.pk]
    duties = coming if may(who.roles, Act.PLAN_DUTY) else own
    people = [p for p in User.objects.filter(is_active=True, scripted=False) if may(p.roles, Act.SWAP_DUTY)]
    form = SwapForm(request.POST or None, duties=duties, others=coming, takers=[p for p in people if p.pk != who.pk])
    refused = ""
    if form.is_valid():
        try:
            asked = swaps.ask_swap(**form.cleaned_data, by=who, at=at)
            messages.success(request, f"已问 {asked.taker.name}，答应后由值班长批准。")
            return redirect("people")
        except Refused as error:
            refused = str(error)
    context: dict[str, Any] = {
        "form": form,
        "refused": refused,
        "heading": "换班",
        "lead_words": "" if duties else "您三周内没有还没开始的班次。",
        "button": "问对方",
        "back_url": reverse("people"),
        "back_words": "人员与值班",
        "consequence": "对方答应、值班长批准以后才换",
    }
    return page(request, "console/plain_form.html", context, at=at, here="office", status=422 if form.is_bound else 200)


SWAP_STEPS: dict[str, Act | tuple[Act, ...]] = {
    "agree": Act.SWAP_DUTY,
    "refuse": Act.SWAP_DUTY,
    "approve": Act.PLAN_DUTY,
    "reject": Act.PLAN_DUTY,
    "withdraw": (Act.SWAP_DUTY, Act.PLAN_DUTY),
    "remind": (Act.SWAP_DUTY, Act.PLAN_DUTY),
}


@require_POST
@needs(Act.VIEW_PEOPLE, named=SWAP_STEPS)
def swap(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One step of a swap. The services ask whose turn it is."""
    at, who = now(), person(request)
    if name not in SWAP_STEPS:
        raise Http404("没有这个动作")
    found = get_object_or_404(Swap.objects.select_related("giver", "taker", "duty", "back"), pk=pk)
    again = request.POST.get("reason_again") or None
    try:
        if name in ("agree", "refuse"):
            swaps.answer_swap(swap=found, agree=name == "agree", by=who, at=at)
        elif name in ("approve", "reject"):
            swaps.approve_swap(swap=found, approve=name == "approve", by=who, at=at, reason_again=again)
        elif name == "withdraw":
            swaps.withdraw_swap(swap=found, by=who, at=at)
        else:
            swaps.remind_swap(swap=found, by=who, at=at)
        messages.success(request, "已催。" if name == "remind" else "已办，留痕。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("people")
