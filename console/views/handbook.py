"""帮助: the guides of docs/ as pages. The officer's own is open before signing in too."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from console import handbook
from console.access import anybody, needs
from console.frame import page
from office.clock import now


@require_safe
@anybody
def officer(request: HttpRequest) -> HttpResponse:
    """值班手册; every page's 帮助 leads into one of its sections."""
    return _shown(request, "quickstart")


@require_safe
@needs(readable=True)
def guide(request: HttpRequest, key: str) -> HttpResponse:
    return _shown(request, key)


@require_safe
@anybody
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of a rehearsal, invented from end to end."""
    path = handbook.picture(name)
    if path is None:
        raise Http404("没有这张图。")
    answer = HttpResponse(path.read_bytes(), content_type="image/png")
    answer.headers["Cache-Control"] = "max-age=86400"
    return answer


def _shown(request: HttpRequest, key: str) -> HttpResponse:
    found = handbook.guide(key)
    if found is None:
        raise Http404("没有这份手册。")
    others = [(other, name) for other, (_, name) in handbook.GUIDES.items()]
    return page(request, "console/help.html", {"guide": found, "key": key, "guides": others}, at=now())
