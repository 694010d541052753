"""Signing in and out, the password, the links that set one, and the password again at a desk left alone.

Rules and lock-out: `office.services.sign_in`, `passwords`, `links`.
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from console import signing
from console.access import anybody, needs
from console.forms.session import ForgotForm, NewPasswordForm, PasswordForm, SignInForm, UnlockForm
from console.frame import page, person
from console.version import version
from office.clock import now
from office.errors import Refused
from office.services import links, logins, passwords, sign_in


@require_http_methods(["GET", "POST"])
@anybody
def login(request: HttpRequest) -> HttpResponse:
    """What the office promises the public stands beside the form."""
    at = now()
    form = SignInForm(request.POST or None)
    refused = ""
    if form.is_valid():
        try:
            user = sign_in.sign_in(**form.cleaned_data, at=at, address=signing.address_of(request))
        except Refused as error:
            refused = str(error)
        else:
            signing.begin(request, user, at=at)
            return redirect(_wanted(request))
    status = 403 if refused else 200
    context = {"form": form, "refused": refused, "version": version()}
    return page(request, "console/login.html", context, at=at, status=status)


def _wanted(request: HttpRequest) -> str:
    there = request.GET.get("next", "")
    return there if url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure()) else "/"


@require_POST
@anybody
def logout(request: HttpRequest) -> HttpResponse:
    signing.leave(request, at=now())
    return redirect("login")


@require_http_methods(["GET", "POST"])
@needs()
def password(request: HttpRequest) -> HttpResponse:
    """One's own password; the first one is changed before anything else opens. Other browsers are signed out by it."""
    at = now()
    who = person(request)
    form = PasswordForm(request.POST or None)
    refused = ""
    if form.is_valid():
        try:
            passwords.set_password(user=who, old=form.cleaned_data["old"], new=form.cleaned_data["new"], at=at)
        except Refused as error:
            refused = str(error)
        else:
            logins.end_all(user=who, by=who, at=at, but=signing.row_of(request, who, at=at))
            update_session_auth_hash(request, who)
            request.session[signing.MUST_CHANGE] = False
            return _after_password(request)
    context = {"form": form, "refused": refused, "first": who.must_change_password}
    return page(request, "console/password.html", context, at=at, here="office", status=422 if refused else 200)


def _after_password(request: HttpRequest) -> HttpResponse:
    """On to the board; or back to the form that had been sent when the new password was asked for."""
    kept = request.session.pop(signing.KEPT, None)
    if kept:
        said = {"head": "口令已改", "why": "刚才填的还在，再提交一次就办。", **kept}
        return page(request, "console/resend.html", said, at=now())
    messages.success(request, "口令已改。")
    return redirect("board")


@require_http_methods(["GET", "POST"])
@anybody
def unlock(request: HttpRequest) -> HttpResponse:
    """The password again, at a desk nobody touched for a while; then on to where one wanted to go."""
    at = now()
    if not request.user.is_authenticated:
        return redirect("login")
    who = person(request)
    row = signing.row_of(request, who, at=at)
    if row is None:
        return redirect("login")
    form = UnlockForm(request.POST or None)
    refused = ""
    if form.is_valid():
        try:
            typed = form.cleaned_data["_password"]
            sign_in.confirm_password(user=who, password=typed, at=at, address=signing.address_of(request))
            logins.note_active(row, at=at)
            return redirect(_wanted(request))
        except Refused as error:
            refused = str(error)
    context = {"refused": refused, "action": request.get_full_path(), "why": "再输一次口令接着看。"}
    return page(request, "console/again.html", context, at=at, status=401 if refused else 200)


@require_http_methods(["GET", "POST"])
@anybody
def forgot(request: HttpRequest) -> HttpResponse:
    """忘了口令: the same answer whatever name was typed; a mail goes out where there is somebody to get it."""
    at = now()
    form = ForgotForm(request.POST or None)
    by_mail = settings.SMTP is not None and not settings.DRILL
    asked = by_mail and form.is_valid()
    if asked:
        links.request_reset(username=form.cleaned_data["username"], address=signing.address_of(request), at=at)
    context = {"form": form, "by_mail": by_mail, "asked": asked, "minutes": passwords.access_rule().reset_minutes}
    return page(request, "console/forgot.html", context, at=at)


@require_http_methods(["GET", "POST"])
@anybody
def by_link(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """A one-time link: whose account it is, and a password of one's own; opening it uses nothing up."""
    at = now()
    form = NewPasswordForm(request.POST or None)
    refused = ""
    try:
        who = links.read_link(token=token, kind=kind, at=at)
    except Refused as error:
        return page(request, "console/link_refused.html", {"refused": str(error)}, at=at, status=410)
    if form.is_valid():
        try:
            links.redeem(token=token, kind=kind, new=form.cleaned_data["new"], at=at)
            messages.success(request, "口令已设好，请登录。")
            return redirect("login")
        except Refused as error:
            refused = str(error)
    context = {"form": form, "refused": refused, "who": who, "joining": kind == links.JOIN}
    return page(request, "console/new_password.html", context, at=at, status=422 if form.is_bound else 200)
