"""The way into a drill's own pages: a one-time link from the console signs the visitor in as the drill's guest."""

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from console import signing
from console.access import anybody
from console.drill import entries
from console.drill.cast import GUEST
from console.frame import page
from office import trail
from office.clock import now
from office.models import User


@require_safe
@anybody
def which(request: HttpRequest) -> HttpResponse:
    """The name of the drill whose pages these are."""
    if not settings.DRILL:
        raise Http404
    return HttpResponse(settings.HOME.name, content_type="text/plain; charset=utf-8")


@require_safe
@anybody
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Come in; the link works once, within ten minutes. A drill that is not ready does not use it up (middleware)."""
    if not settings.DRILL:
        raise Http404
    at = now()
    guest = User.objects.filter(username=GUEST, is_active=True).first()
    if guest is None or not entries.use(settings.HOME, token):
        refused = "这个链接已经用过，或已过期。请回到回应的“演练”页，再点一次“进去看”。"
        return page(request, "console/link_refused.html", {"refused": refused}, at=at, status=410)
    signing.begin(request, guest, at=at, must_change=False)
    with transaction.atomic():
        trail.record(by=guest, kind="drill.enter", at=at, object_kind="user", object_id=str(guest.pk), text="进入演练")
    return redirect("board")
