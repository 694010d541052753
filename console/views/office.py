"""单位、角色、收件、登录: the rest of the family of pages about people."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console import signing
from console.access import needs
from console.both import compare, renew
from console.forms.office import UnitForm
from console.frame import page, person
from console.permissions import lines
from office.clock import now
from office.errors import Changed, Refused
from office.models import Department, Login, User
from office.pack.current import current_pack
from office.roles import ACT_NAMES, HOLDERS, ROLE_NAMES, Act, Role, may
from office.services import logins, people, units


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_PEOPLE, do=Act.MANAGE_PEOPLE)
def departments(request: HttpRequest) -> HttpResponse:
    """The pack's units and those added here, with how many people each has."""
    at = now()
    form = UnitForm(request.POST or None)
    refused = ""
    if form.is_valid():
        try:
            data = form.cleaned_data
            units.add_unit(name=data["name"], short=data["short"], by=person(request), at=at)
            messages.success(request, "已新增单位。")
            return redirect("units")
        except Refused as error:
            refused = str(error)
    staff = Count("user", filter=Q(user__is_active=True, user__scripted=False))
    rows = Department.objects.annotate(staff=staff).order_by("-active", "-local", "-staff", "name")
    context = {"units": list(rows), "form": form, "refused": refused}
    return page(request, "console/units.html", context, at=at, here="office", status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@needs(Act.MANAGE_PEOPLE)
def department(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit added here: its names, or closing it. Where somebody was faster, both versions."""
    at = now()
    found = get_object_or_404(Department, pk=pk)
    start = {"name": found.name, "short": found.short, "active": found.active, "version": found.version}
    form = UnitForm(request.POST or None, initial=start)
    refused, both = "", []
    if form.is_valid():
        try:
            units.change_unit(unit=found, by=person(request), at=at, **form.cleaned_data)
            messages.success(request, "已改，留痕。")
            return redirect("units")
        except Refused as error:
            refused = str(error)
            found.refresh_from_db()
            if isinstance(error, Changed):
                both = compare(form, {"name": found.name, "short": found.short, "active": found.active})
                renew(form, version=found.version)
    context = {
        "form": form,
        "refused": refused,
        "both": both,
        "heading": found.name,
        "lead_words": "" if found.local else "这个单位来自辖区资料包，要在资料包里改。",
        "button": "改单位",
        "back_url": "/people/units/",
        "back_words": "单位",
    }
    return page(request, "console/plain_form.html", context, at=at, here="office", status=422 if form.is_bound else 200)


@require_safe
@needs(Act.VIEW_PEOPLE)
def roles(request: HttpRequest) -> HttpResponse:
    """Each role, who holds it, what it may do; and how many addresses it opens."""
    holders: dict[str, list[User]] = {}
    for one in User.objects.filter(is_active=True, scripted=False).order_by("name"):
        for role in one.roles:
            holders.setdefault(role, []).append(one)
    pages = list(lines())
    rows = [
        {
            "name": ROLE_NAMES[role],
            "people": holders.get(role.value, []),
            "acts": [ACT_NAMES[act] for act in Act if role in HOLDERS[act]],
            "pages": len({line.address for line in pages if not line.gate.open and line.allows(role)}),
        }
        for role in Role
    ]
    return page(request, "console/roles.html", {"rows": rows}, at=now(), here="office")


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_PEOPLE, do=Act.MANAGE_PEOPLE)
def recipients(request: HttpRequest) -> HttpResponse:
    """Who gets notices and briefs, by which channel, and whether the channel has been tried."""
    at = now()
    refused = ""
    if request.method == "POST":
        try:
            changed = people.set_recipients(wanted=_wanted(request), by=person(request), at=at)
            messages.success(request, f"已改 {changed} 人的收件。" if changed else "没有改动。")
            return redirect("recipients")
        except Refused as error:
            refused = str(error)
    rows = User.objects.filter(is_active=True, scripted=False).select_related("department").order_by("name")
    context = {
        "rows": [(row, may(row.roles, Act.READ_BRIEF)) for row in rows],
        "distribution": current_pack().district.distribution,
        "refused": refused,
        "by_mail": settings.SMTP is not None,
        "by_robot": bool(settings.WEBHOOK),
    }
    return page(request, "console/recipients.html", context, at=at, here="office", status=422 if refused else 200)


def _wanted(request: HttpRequest) -> dict[int, people.Mails]:
    """What the form says of each person it showed, beside what it had shown: `shown` is `person:10`."""
    found = {}
    for shown in request.POST.getlist("shown"):
        key, _, was = shown.partition(":")
        if key.isdigit() and len(was) == 2:
            found[int(key)] = people.Mails(
                notices=f"notices_{key}" in request.POST,
                briefs=f"briefs_{key}" in request.POST,
                seen=(was[0] == "1", was[1] == "1"),
            )
    return found


LISTED = 60  # open browsers of oneself, and of others; a page of hundreds is no list any more


@require_safe
@needs()
def sessions(request: HttpRequest) -> HttpResponse:
    """One's own open browsers; an administrator sees everybody's."""
    at, who = now(), person(request)
    every = may(who.roles, Act.END_SESSIONS)
    mine = logins.open_logins(at=at, user=who)
    others = [row for row in logins.open_logins(at=at) if row.user_id != who.pk] if every else []
    context = {
        "mine": mine[:LISTED],
        "more_of_mine": max(0, len(mine) - LISTED),
        "others": others[:LISTED],
        "more_of_others": max(0, len(others) - LISTED),
        "this": request.session.get(signing.ROW),
        "every": every,
    }
    return page(request, "console/sessions.html", context, at=at, here="office")


@require_POST
@needs()
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one browser's session; `0` ends all of one's own but this one."""
    at, who = now(), person(request)
    try:
        if pk:
            logins.end_login(login=get_object_or_404(Login, pk=pk), by=who, at=at)
        else:
            this = Login.objects.filter(pk=request.session.get(signing.ROW) or 0).first()
            logins.end_all(user=who, by=who, at=at, but=this)
        messages.success(request, "已结束。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("sessions")
