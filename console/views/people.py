"""人员与值班, and 交接班."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import needs
from console.forms.office import DutyForm, ParticularsForm, PersonForm, ResetForm, RolesForm
from console.frame import page, person
from console.queries import board as boards
from console.queries import roster
from office import queries as office
from office.clock import now
from office.errors import Refused
from office.models import Duty, User
from office.roles import Act
from office.services import duty, passwords, people

WHICH = {"particulars": Act.MANAGE_PEOPLE, "roles": Act.CHANGE_ROLES, "reset": Act.MANAGE_PEOPLE}


@require_safe
@needs(Act.VIEW_PEOPLE, readable=True)
def listing(request: HttpRequest) -> HttpResponse:
    """Who is on now, who comes, which stretch has nobody; everybody's roles."""
    at = now()
    start = boards.day_start(at)
    context = {
        "days": roster.week(start),
        "on_duty": boards.on_duty(at=at),
        "handover": office.handover(at),
        "gaps": office.duty_gaps(at),
        "people": list(User.objects.select_related("department").order_by("-is_active", "username")),
        "form": DutyForm(initial={"starts_at": start + timedelta(hours=8), "ends_at": start + timedelta(hours=20)}),
    }
    return page(request, "console/people.html", context, at=at, here="office")


@require_POST
@needs(Act.PLAN_DUTY)
def put_on_duty(request: HttpRequest) -> HttpResponse:
    form = DutyForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("；".join(str(e) for errors in form.errors.values() for e in errors))
        duty.put_on_duty(**form.cleaned_data, by=person(request), at=now())
        messages.success(request, "已排班。")
    except Refused as error:
        messages.error(request, f"没有排成：{error}")
    return redirect("people")


@require_POST
@needs(Act.PLAN_DUTY)
def remove_duty(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        duty.remove_duty(duty=get_object_or_404(Duty, pk=pk), by=person(request), at=now())
        messages.success(request, "已撤班。")
    except Refused as error:
        messages.error(request, f"没有撤成：{error}")
    return redirect("people")


@require_http_methods(["GET", "POST"])
@needs(Act.MANAGE_PEOPLE)
def new(request: HttpRequest) -> HttpResponse:
    """A new account; the first login asks for a password of one's own."""
    at = now()
    form = PersonForm(request.POST or None)
    refused = ""
    if form.is_valid():
        try:
            made = people.create_user(**form.cleaned_data, by=person(request), at=at)
            messages.success(request, f"已新建 {made.name}，把初始口令当面告诉本人。")
            return redirect("people")
        except Refused as error:
            refused = str(error)
    context = {
        "form": form,
        "refused": refused,
        "heading": "新增人员",
        "button": "新建",
        "back_url": "/people/",
        "back_words": "人员与值班",
    }
    return page(request, "console/plain_form.html", context, at=at, here="office", status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_PEOPLE, named=WHICH, by="which")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's particulars, roles and password, each its own form and its own right."""
    at = now()
    found = get_object_or_404(User, pk=pk)
    which = request.POST.get("which", "")
    forms = _forms(found, request.POST if request.method == "POST" else None, which)
    refused = ""
    if which in forms and forms[which].is_valid():
        try:
            _change(found, which, forms[which].cleaned_data, by=person(request), at=at)
            messages.success(request, "已改，留痕。")
            return redirect("person", pk=pk)
        except Refused as error:
            refused = str(error)
    context = {"one": found, "forms": forms, "refused": refused, "form": forms.get(which)}
    return page(request, "console/person.html", context, at=at, here="office", status=422 if which else 200)


def _forms(found: User, data: Any, which: str) -> dict[str, Any]:
    start = {"name": found.name, "email": found.email}
    return {
        "particulars": ParticularsForm(data if which == "particulars" else None, initial=start),
        "roles": RolesForm(data if which == "roles" else None, initial={"roles": found.roles}),
        "reset": ResetForm(data if which == "reset" else None),
    }


def _change(found: User, which: str, data: dict[str, Any], *, by: User, at: datetime) -> None:
    if which == "roles":
        people.change_roles(user=found, roles=data["roles"], reason=data["reason"], by=by, at=at)
    elif which == "reset":
        passwords.reset_password(user=found, new=data["password"], by=by, at=at)
    else:
        people.change_person(
            user=found,
            by=by,
            at=at,
            name=data["name"],
            email=data["email"],
            phone_tail=found.phone_tail,
            department=found.department,
        )


@require_safe
@needs(Act.VIEW_DESK, readable=True)
def handover(request: HttpRequest) -> HttpResponse:
    """交接班: every running clock with its remaining time, who goes and who comes."""
    at = now()
    context = {
        "handover": office.handover(at),
        "clocks": roster.running_clocks(),
        "leads": boards.counts().leads,
        "brief": boards.next_brief(at=at),
    }
    return page(request, "console/handover.html", context, at=at, here="office")
