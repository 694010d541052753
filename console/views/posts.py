"""帖文: one post with its reading, copies, source and snapshot."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from analysis.models import Reading
from console.access import needs
from console.frame import page, person
from console.queries import addresses, emergencies, judging, ranking, topics
from console.queries import posts as lists
from crawlers.models import Post, Snapshot
from office.clock import now
from office.roles import Act, may
from office.services import access
from responses.services.corrections import FEELINGS


@require_safe
@needs(Act.OPEN_POST)
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post as stored (masked). Looking at it leaves an AccessLog row with the case it was opened for."""
    at = now()
    found = get_object_or_404(Post.objects.select_related("source", "copy_of"), pk=pk)
    issue_id = addresses.number(request.GET.get("issue"))
    access.log(by=person(request), at=at, kind="post", what=f"post {pk}", issue_id=issue_id)
    parts = {**_parts(found, at=at), **_correcting(found, may(person(request).roles, Act.CORRECT_READING))}
    return page(request, "console/post.html", parts, at=at, here="posts")


def _correcting(found: Post, may_correct: bool) -> dict[str, Any]:
    """What people said of its judgements, and the lists to say otherwise from."""
    membership = getattr(found, "membership", None)
    return {
        "said": judging.said_of(found),
        "may_correct": may_correct,
        "classes": ranking.classes() if may_correct else [],
        "streets": ranking.streets() if may_correct else [],
        "feelings": FEELINGS.items(),
        "near": topics.nearest(membership.topic) if may_correct and membership else [],
    }


def _parts(found: Post, *, at: datetime) -> dict[str, Any]:
    membership = getattr(found, "membership", None)
    reading = Reading.objects.filter(post=found).first()
    return {
        "post": found,
        "reading": reading,
        "street_now": next(iter(reading.streets), "") if reading else "",
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
