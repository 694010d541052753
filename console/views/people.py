"""人员: the list, a new person by invitation, one person's particulars, roles and way in, and a person who leaves."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.services.account_mails import mail_invitation
from console.access import needs
from console.both import compare, renew
from console.forms.office import LeaveForm, ParticularsForm, PersonForm, ReasonForm, ResetForm, RolesForm
from console.frame import page, person
from console.sending_switch import send_test_to
from office.clock import now
from office.errors import Changed, Refused
from office.models import User
from office.roles import Act, may
from office.services import links, logins, passwords, people
from responses.services.leaving import leave, open_work

WHICH = {"particulars": Act.MANAGE_PEOPLE, "roles": Act.CHANGE_ROLES, "reset": Act.MANAGE_PEOPLE}


@require_safe
@needs(Act.VIEW_PEOPLE)
def listing(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, those who left last."""
    rows = User.objects.filter(scripted=False).select_related("department").order_by("-is_active", "username")
    return page(request, "console/people_all.html", {"people": list(rows)}, at=now(), here="office")


@require_http_methods(["GET", "POST"])
@needs(Act.MANAGE_PEOPLE)
def new(request: HttpRequest) -> HttpResponse:
    """A new account; its person comes in by a one-time link and sets the password."""
    at, who = now(), person(request)
    form = PersonForm(request.POST or None, gives_roles=may(who.roles, Act.CHANGE_ROLES))
    refused = ""
    if form.is_valid():
        data = dict(form.cleaned_data)
        way = data.pop("way")
        try:
            made = people.create_user(**data, by=who, at=at)
            if way == "mail":
                mail_invitation(user=made, by=who, at=at)
                messages.success(request, f"已新建 {made.name}，邀请链接发到 {made.email}。")
                return redirect("person", pk=made.pk)
            return _show_link(request, made, links.JOIN, by=who, at=at)
        except Refused as error:
            refused = str(error)
    context = {
        "form": form,
        "refused": refused,
        "heading": "新增人员",
        "lead_words": "" if "roles" in form.fields else "角色由安全保密管理员另行赋予。",
        "button": "新建并给链接",
        "back_url": "/people/",
        "back_words": "人员与值班",
    }
    return page(request, "console/plain_form.html", context, at=at, here="office", status=422 if form.is_bound else 200)


def _show_link(request: HttpRequest, found: User, kind: str, *, by: User, at: datetime) -> HttpResponse:
    """The link, this once: it is stored nowhere."""
    token = (links.invite if kind == links.JOIN else links.reset_link)(user=found, by=by, at=at)
    rule = passwords.access_rule()
    lives = f"{rule.invite_hours} 小时" if kind == links.JOIN else f"{rule.reset_minutes} 分钟"
    context = {"one": found, "link": f"{settings.URL}/{kind}/{token}/", "joining": kind == links.JOIN, "lives": lives}
    return page(request, "console/link_given.html", context, at=at, here="office")


@require_http_methods(["GET", "POST"])
@needs(Act.VIEW_PEOPLE, named=WHICH, by="which")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's particulars and roles, each its own form and its own right; where somebody was faster, both."""
    at = now()
    found = get_object_or_404(User.objects.select_related("department"), pk=pk, scripted=False)
    which = request.POST.get("which", "")
    bound = _forms(found, request.POST if request.method == "POST" else None, which)
    form = bound.get(which)
    refused, both = "", []
    if form is not None and form.is_valid():
        try:
            _change(found, which, form.cleaned_data, by=person(request), at=at)
            messages.success(request, "已改，留痕。")
            return redirect("person", pk=pk)
        except Refused as error:
            refused = str(error)
            found.refresh_from_db()
            if isinstance(error, Changed):
                both = compare(form, _stored(found, which))
                renew(form, version=found.version)
    context = {
        "one": found,
        "forms": bound,
        "refused": refused,
        "both": both,
        "form": form,
        "logins": logins.open_logins(at=at, user=found),
        "locked": found.locked_until is not None and found.locked_until > at,
        "work": open_work(found, at=at),
        "reason": ReasonForm(),
    }
    return page(request, "console/person.html", context, at=at, here="office", status=422 if which else 200)


def _stored(found: User, which: str) -> dict[str, Any]:
    if which == "roles":
        return {"roles": found.roles}
    return {
        "name": found.name,
        "department": found.department,
        "email": found.email,
        "phone_tail": found.phone_tail,
    }


def _forms(found: User, data: Any, which: str) -> dict[str, forms.Form]:
    start = {**_stored(found, ""), "version": found.version}
    return {
        "particulars": ParticularsForm(data if which == "particulars" else None, initial=start),
        "roles": RolesForm(
            data if which == "roles" else None, initial={"roles": found.roles, "version": found.version}
        ),
        "reset": ResetForm(data if which == "reset" else None),
    }


def _change(found: User, which: str, data: dict[str, Any], *, by: User, at: datetime) -> None:
    if which == "roles":
        people.change_roles(
            user=found, roles=data["roles"], reason=data["reason"], by=by, at=at, version=data["version"]
        )
    elif which == "reset":
        passwords.reset_password(user=found, new=data["password"], by=by, at=at)
    else:
        people.change_person(user=found, by=by, at=at, **data)


DEEDS = {
    "invite": Act.MANAGE_PEOPLE,
    "link": Act.MANAGE_PEOPLE,
    "unlock": Act.MANAGE_PEOPLE,
    "reopen": Act.MANAGE_PEOPLE,
    "test": Act.MANAGE_PEOPLE,
    "end": Act.END_SESSIONS,
}


@require_POST
@needs(Act.VIEW_PEOPLE, named=DEEDS)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A small act on an account: a link, unlocking, a test mail, ending its sessions, opening it again."""
    at, who = now(), person(request)
    if name not in DEEDS:
        raise Http404("没有这个动作")
    found = get_object_or_404(User, pk=pk, scripted=False)
    try:
        if name in ("invite", "link"):
            return _show_link(request, found, links.JOIN if name == "invite" else links.RESET, by=who, at=at)
        if name == "unlock":
            passwords.unlock(user=found, by=who, at=at)
        elif name == "reopen":
            people.reopen_account(user=found, by=who, at=at, reason=request.POST.get("reason", ""))
        elif name == "test":
            send_test_to(person=found, by=who, at=at)
        else:
            logins.end_all(user=found, by=who, at=at)
        messages.success(request, "试发的邮件已交给邮件服务器，请本人核对。" if name == "test" else "已办，留痕。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("person", pk=pk)


@require_http_methods(["GET", "POST"])
@needs(Act.MANAGE_PEOPLE)
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """离岗: every open case and coming shift is shown and given to somebody; then the account closes."""
    at = now()
    found = get_object_or_404(User, pk=pk, scripted=False)
    work = open_work(found, at=at)
    others = [p for p in User.objects.filter(is_active=True, scripted=False).order_by("name") if p.pk != found.pk]
    form = LeaveForm(
        request.POST or None,
        issues=work.issues,
        duties=work.duties,
        takers=[p for p in others if may(p.roles, Act.TAKE_OVER)],
        on_shift=others,
        drafts=work.drafts,
    )
    refused = ""
    if form.is_valid():
        try:
            leave(
                user=found,
                issues_to=form.issues_to(),
                duties_to=form.duties_to(),
                drafts_to=form.drafts_to(),
                reason=form.cleaned_data["reason"],
                by=person(request),
                at=at,
            )
            messages.success(request, f"{found.name} 已离岗，账号停用，在办的已转交。")
            return redirect("people")
        except Refused as error:
            refused = str(error)
    context = {"one": found, "form": form, "refused": refused, "work": work}
    return page(request, "console/leave.html", context, at=at, here="office", status=422 if form.is_bound else 200)
