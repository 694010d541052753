"""Signing in and out, and the password. Rules and lock-out: `office.services.sign_in`."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import login as begin_session
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from console.access import anybody, needs
from console.forms.session import PasswordForm, SignInForm
from console.frame import page, person
from office.clock import now
from office.errors import Refused
from office.services import passwords, sign_in

SHIFT = timedelta(hours=12)  # a session lasts a shift
BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
@anybody
def login(request: HttpRequest) -> HttpResponse:
    """What the office promises the public stands beside the form."""
    at = now()
    form = SignInForm(request.POST or None)
    refused = ""
    if form.is_valid():
        try:
            user = sign_in.sign_in(**form.cleaned_data, at=at, address=request.META.get("REMOTE_ADDR", ""))
        except Refused as error:
            refused = str(error)
        else:
            begin_session(request, user, backend=BACKEND)
            request.session.set_expiry(int(SHIFT.total_seconds()))
            request.session["must_change"] = passwords.must_change(user, at=at)
            return redirect(_wanted(request))
    status = 403 if refused else 200
    return page(request, "console/login.html", {"form": form, "refused": refused}, at=at, status=status)


def _wanted(request: HttpRequest) -> str:
    there = request.GET.get("next", "")
    return there if url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure()) else "/"


@require_POST
@anybody
def logout(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        sign_in.sign_out(user=person(request), at=now())
    end_session(request)
    return redirect("login")


@require_http_methods(["GET", "POST"])
@needs()
def password(request: HttpRequest) -> HttpResponse:
    """One's own password; the first one is changed before anything else opens."""
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
            begin_session(request, who, backend=BACKEND)
            request.session.set_expiry(int(SHIFT.total_seconds()))
            request.session["must_change"] = False
            messages.success(request, "口令已改。")
            return redirect("board")
    context = {"form": form, "refused": refused, "first": who.must_change_password}
    return page(request, "console/password.html", context, at=at, here="office", status=422 if refused else 200)
