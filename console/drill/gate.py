"""What stands before the pages of a drill: one that is being made, or whose tables are old, has no pages yet."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from console.drill.progress import read_progress
from console.drill.reopening import word

# These answer before the tables are there: which drill it is, health, files.
WITHOUT_TABLES = ("/enter/", "/healthz")
PREPARING = '<!doctype html><meta charset="utf-8"><title>演练</title><p>演练正在准备，几秒后自动进入。</p>'
SHUT = '<!doctype html><meta charset="utf-8"><title>演练</title><p>{}</p>'
HEADERS = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}


class DrillGate:
    """Stands before the session, which needs tables. A one-time link that comes too early is not used up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return (_not_open(request) if settings.DRILL else None) or self.get_response(request)


def _not_open(request: HttpRequest) -> HttpResponse | None:
    if request.path in WITHOUT_TABLES or request.path.startswith("/static/"):
        return None
    refused = word(settings.HOME)
    if refused == "" and read_progress(settings.HOME).state != "starting":
        return None
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers=HEADERS)  # a list that renews itself stays as it is
    if refused:
        return HttpResponse(format_html(SHUT, refused), status=410, headers=HEADERS)
    return HttpResponse(PREPARING, headers=HEADERS | {"Refresh": "2"})
