"""帖文: the list behind every number, one post with its reading, copies, source and snapshot."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from analysis.models import Reading
from console.access import needs
from console.frame import page, person
from console.queries import addresses, emergencies, search
from console.queries import posts as lists
from crawlers.models import Post, Snapshot
from office.clock import now
from office.roles import Act
from office.services import access

FARTHEST = 100_000  # pages
VOICES = [("public", "公众"), ("media", "媒体"), ("official", "官方"), ("own", "自有")]


@require_safe
@needs(Act.SEARCH)
def listing(request: HttpRequest) -> HttpResponse:
    """Posts by the conditions in the address; words must stand in text or title; the search is logged."""
    at = now()
    params = {key: value for key, value in request.GET.items() if isinstance(value, str)}
    found, chips = lists.filtered(params)
    words = params.get("q", "").strip()
    if words:
        found = search.by_words(found, words)
        access.log(by=person(request), at=at, kind="search", what=words)
    total, exact = lists.count_up_to(found)
    number = max(1, min(addresses.number(params.get("page")) or 1, FARTHEST))
    start = (number - 1) * lists.PER_PAGE
    rows = list(found[start : start + lists.PER_PAGE + 1])
    context = {
        "posts": rows[: lists.PER_PAGE],
        "chips": chips,
        "words": words,
        "total": f"{total}" if exact else "10 000+",
        "number": number,
        "voices": VOICES,
        "more": len(rows) > lists.PER_PAGE,
    }
    return page(request, "console/posts.html", context, at=at, here="posts")


@require_safe
@needs(Act.OPEN_POST)
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post as stored (masked). Looking at it leaves an AccessLog row with the case it was opened for."""
    at = now()
    found = get_object_or_404(Post.objects.select_related("source", "copy_of"), pk=pk)
    issue_id = addresses.number(request.GET.get("issue"))
    access.log(by=person(request), at=at, kind="post", what=f"post {pk}", issue_id=issue_id)
    return page(request, "console/post.html", _parts(found, at=at), at=at, here="posts")


def _parts(found: Post, *, at: datetime) -> dict[str, Any]:
    membership = getattr(found, "membership", None)
    reading = Reading.objects.filter(post=found).first()
    return {
        "post": found,
        "reading": reading,
        "emergency": emergencies.lines(reading.emergency) if reading and reading.emergency else [],
        "for_words": lists.evidence_words(reading.evidence.get("for")) if reading else "",
        "against_words": lists.evidence_words(reading.evidence.get("against")) if reading else "",
        "snapshot": Snapshot.objects.filter(post=found).first(),
        "membership": membership,
        "copies": lists.copies_of(found),
        "counts": list(found.counts.order_by("-at")[:20]),
        "repeats": list(found.repeat_rows.select_related("source").order_by("-at")[:20]),
        "issues": lists.issues_of(found),
    }
