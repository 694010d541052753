"""What stands before every page: who is there, what a browser may load, and that nothing of it is kept by caches."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

# Only our own files; no inline script or style, no frames, no outside host. Hostile crawled text has nothing to run.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Open without signing in: signing in itself, health for machines, files of the pages, personal links (they show
# who and what first), the service's own error pages.
OPEN = ("/login/", "/healthz", "/static/", "/ack/", "/brief-link/", "/enter/")
WITHOUT_NEW_PASSWORD = ("/password/", "/logout/", *OPEN)


class DeskMiddleware:
    """Signed-in people only; a person with a first password changes it before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._gate(request) or self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _gate(self, request: HttpRequest) -> HttpResponse | None:
        if request.path.startswith(OPEN):
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                answer = HttpResponse(status=401)
                answer["HX-Redirect"] = reverse("login")
                return answer
            return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}")
        if (request.user.must_change_password or request.session.get("must_change")) and not request.path.startswith(
            WITHOUT_NEW_PASSWORD
        ):
            return redirect("password")
        return None
