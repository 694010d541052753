"""自检: the sweeps and the service's own state, for people and for machines; and 全部留痕."""

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from alerts.models import Delivery
from console.access import anybody, needs
from console.backup import nightly
from console.frame import page
from console.queries.metrics import metrics as figures
from crawlers.models import InboxFile, Quarantine, Source
from office import health, trail
from office.clock import now
from office.models import SweepState, Trail
from office.roles import Act
from responses.models import Issue


def _sources() -> list[health.SourceHealth]:
    return [
        health.SourceHealth(s.key, s.state, s.last_success_at)
        for s in Source.objects.filter(enabled=True).only("key", "state", "last_success_at").order_by("key")
    ]


def _queue() -> health.Queue:
    queued = Delivery.objects.filter(state="queued")
    oldest = queued.aggregate(at=Min("notice__created_at"))["at"]
    return health.Queue(queued.count(), oldest, Delivery.objects.filter(state="failed").count())


@require_safe
@anybody
def healthz(request: HttpRequest) -> JsonResponse:
    """For machines: 200 when the sweeps run, 503 when a family stands still. No sign-in, no content of cases."""
    at = now()
    backup = nightly.standing(at=at)
    told = {
        "nightly": backup.nightly,
        "last_good_at": backup.good_at.isoformat(timespec="seconds") if backup.good_at else None,
        "ok": not backup.nightly or not (backup.old or backup.fault),
    }
    answer = health.health(settings.SCHEDULE, sources=_sources(), queue=_queue(), at=at, backup=told)
    return JsonResponse(answer, status=200 if answer["ok"] else 503, json_dumps_params={"ensure_ascii": False})


@require_safe
@anybody
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus. No sign-in, counts and ages alone."""
    return HttpResponse(figures(at=now()), content_type="text/plain; version=0.0.4; charset=utf-8")


@require_safe
@needs(readable=True)
def sweeps(request: HttpRequest) -> HttpResponse:
    """What each sweep last did, in the order of a post's way."""
    at = now()
    rows = {row.name: row for row in SweepState.objects.all()}
    context = {
        "sweeps": [(line, rows.get(str(line["name"]))) for line in settings.SCHEDULE],
        "health": health.health(settings.SCHEDULE, sources=_sources(), queue=_queue(), at=at),
        "inbox": InboxFile.objects.filter(done_at=None).count(),
        "quarantined": Quarantine.objects.filter(retaken_at=None).count(),
    }
    return page(request, "console/health.html", context, at=at, here="office")


@require_safe
@needs(Act.VIEW_TRAIL)
def trail_rows(request: HttpRequest) -> HttpResponse:
    """全部留痕, newest first; verified on demand."""
    at = now()
    found = Trail.objects.select_related("by").order_by("-seq")
    if request.GET.get("solo"):
        found = found.filter(solo=True)
    kind, key = request.GET.get("kind", ""), request.GET.get("id", "")
    if kind and key:
        found = found.filter(object_kind=kind, object_id=key)
    shown = Paginator(found, 100).get_page(request.GET.get("page"))
    rows = list(shown)
    words = trail.words_of(rows)
    faults = trail.verify() if request.GET.get("verify") else None
    titles = _titles(rows)
    told = [(r, words.get(r.text_digest), titles.get(r.object_id) if r.object_kind == "issue" else None) for r in rows]
    context = {"rows": told, "shown": shown, "faults": faults}
    return page(request, "console/trail.html", context, at=at, here="office")


def _titles(rows: list[Trail]) -> dict[str, str]:
    """The titles of the cases that the rows are about, by their number as the trail keeps it."""
    numbers = [int(r.object_id) for r in rows if r.object_kind == "issue" and r.object_id.isdigit()]
    return {str(pk): title for pk, title in Issue.objects.filter(pk__in=numbers).values_list("pk", "matter__title")}
