"""What stands before every page: who is there, what a browser may load, and that nothing of it is kept by caches."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout as end_session
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from console import kept, signing
from console.access import LOOKING, Gate, gate_of
from console.frame import IDLE, page, person
from office import clock
from office.errors import Refused
from office.models import Login
from office.pack.current import look_again
from office.services import logins, sign_in

# Only our own files; no inline script or style, no frames, no outside host. Hostile crawled text has nothing to run.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WITHOUT_NEW_PASSWORD = "password"  # the one page a person with a first password may use
# The board renews itself every twenty seconds: that is nobody's hand.
BY_ITSELF = "X-Renew"
ENDED = "登录已结束（满一个班次，或在别处被结束）。登录后接着办，填过的都还在。"
LEFT_ALONE = "台面一段时间无人操作。再输一次口令接着办，填过的都还在。"


class ServerTiming:
    """How long everything below took, in milliseconds: a browser's tools and `bench/desk_load.py` read the header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        response.headers["Server-Timing"] = f"desk;dur={(time.perf_counter() - began) * 1000:.1f}"
        return response


class DeskMiddleware:
    """Default deny: a page opens for whom its gate names (`console.access`), after the person has come in.

    A desk nobody touched for a while stays readable where the gate says so; for anything else the password is asked
    for again. A form sent meanwhile is kept and goes on after the password.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/static/"):
            look_again()  # one request sees one pack
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Runs after Django has checked the form's token, so that a kept form is one of ours."""
        gate = gate_of(view)
        if gate is None:
            raise PermissionDenied("这一页还没有登记谁能看，所以谁都不能看。")
        if gate.open:
            return None
        at = clock.now()  # noqa: TID251 - the desk's door reads the clock once, as a view does
        row = self._row(request, at=at)
        if row is None:
            return self._come_in(request, at=at)
        return self._new_password(request) or self._awake(request, row, gate, at=at)

    def _row(self, request: HttpRequest, *, at: datetime) -> Login | None:
        if not request.user.is_authenticated:
            return None
        row = signing.row_of(request, person(request), at=at)
        if row is None:
            end_session(request)
        return row

    def _come_in(self, request: HttpRequest, *, at: datetime) -> HttpResponse | None:
        if request.headers.get("HX-Request"):
            return _elsewhere(reverse("login"))
        if request.method in LOOKING:
            return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}")
        refused = ""
        typed = kept.take_password(request)
        if typed is not None:
            try:
                who = sign_in.sign_in(username=typed[0], password=typed[1], at=at, address=signing.address_of(request))
                signing.begin(request, who, at=at)
                return self._new_password(request)
            except Refused as error:
                refused = str(error)
        return _again(request, at=at, ended=True, refused=refused)

    def _new_password(self, request: HttpRequest) -> HttpResponse | None:
        match = request.resolver_match
        if match is not None and match.url_name == WITHOUT_NEW_PASSWORD:
            return None
        if not (person(request).must_change_password or request.session.get(signing.MUST_CHANGE)):
            return None
        if request.method == "POST":
            request.session[signing.KEPT] = kept.context(request)
        return redirect("password")

    def _awake(self, request: HttpRequest, row: Login, gate: Gate, *, at: datetime) -> HttpResponse | None:
        if settings.DRILL:  # a rehearsal's minutes pass in a blink, and its guest has no password
            return None
        typed = kept.take_password(request)
        if not logins.is_idle(row, at=at):
            if BY_ITSELF not in request.headers:
                logins.note_active(row, at=at)
            return None
        refused = ""
        if typed is not None:
            try:
                address = signing.address_of(request)
                sign_in.confirm_password(user=person(request), password=typed[1], at=at, address=address)
                logins.note_active(row, at=at)
                return None
            except Refused as error:
                refused = str(error)
        if request.method in LOOKING and gate.readable:
            setattr(request, IDLE, True)
            return None
        if request.headers.get("HX-Request"):
            return _elsewhere(f"{reverse('unlock')}?{urlencode({'next': request.get_full_path()})}")
        return _again(request, at=at, ended=False, refused=refused)


def _elsewhere(address: str) -> HttpResponse:
    """An exchange in place can not show another page: the browser is sent there."""
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = address
    return answer


def _again(request: HttpRequest, *, at: datetime, ended: bool, refused: str) -> HttpResponse:
    context = kept.context(request) | {"ended": ended, "refused": refused, "why": ENDED if ended else LEFT_ALONE}
    if request.method in LOOKING:
        context["action"] = f"{reverse('unlock')}?{urlencode({'next': request.get_full_path()})}"
    return page(request, "console/again.html", context, at=at, status=401)
