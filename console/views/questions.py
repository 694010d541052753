"""公众在问: all questions of an issue, one question with its posts, and what a person says of it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from console.access import needs
from console.forms.question import ACTS, JoinForm, MarkForm
from console.frame import page, person
from console.queries import asked
from office.clock import now
from office.errors import Refused
from office.roles import Act, may
from responses.flow import BY_NAME
from responses.models import Issue, Question
from responses.services.questions.counting import family_of

A_PAGE = 40
DOING = dict.fromkeys(ACTS, Act.MARK_QUESTION)


@require_safe
@needs(Act.VIEW_DESK)
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions of an issue, most posts first; by default those that still want an answer stand with the rest."""
    at = now()
    issue = get_object_or_404(Issue.objects.select_related("matter"), pk=pk)
    which = request.GET.get("which", "all")
    which = which if which in asked.LISTS else "all"
    family = family_of(issue)
    shown = Paginator(asked.of_family(family, which=which), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "issue": issue,
        "rows": asked.lines(shown.object_list),
        "shown": shown,
        "which": which,
        "lists": asked.LISTS,
        "asked_tally": asked.tally(family),
        "acts": _acts(request, issue),
    }
    return page(request, "console/questions.html", context, at=at, here="issues")


@require_safe
@needs(Act.VIEW_DESK)
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """One question: how it was put, by how many, what a release says to it, and the forms."""
    return _show(request, _found(pk))


@require_POST
@needs(Act.VIEW_DESK, named=DOING)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act; what was typed stays on the page when it is refused."""
    at = now()
    if name not in ACTS:
        raise Http404("没有这个动作")
    found = _found(pk)
    form = ACTS[name](request.POST, question=found)
    if not form.is_valid():
        return _show(request, found, bound={name: form})
    try:
        after = form.run(by=person(request), at=at)
    except Refused as error:
        return _show(request, _found(pk), bound={name: form}, refused=str(error))
    messages.success(request, form.done)
    back = request.POST.get("back", "")
    if back and url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect("question", pk=after.pk)


def _found(pk: int) -> Question:
    parts = (
        "issue__matter",
        "issue__merged_into__matter",
        "release",
        "suggested",
        "decided_by",
        "joined_into",
        "split_from",
    )
    return get_object_or_404(Question.objects.select_related(*parts), pk=pk)


def _origin(found: Question) -> asked.Line | None:
    """The question this one was taken out of, where it can be put back to it."""
    origin = found.split_from
    if origin is None or origin.hidden or origin.joined_into_id is not None or found.joined_into_id is not None:
        return None
    return asked.lines([origin])[0]


def _acts(request: HttpRequest, issue: Issue) -> bool:
    return issue.state in BY_NAME["mark_question"].states and may(person(request).roles, Act.MARK_QUESTION)


def _show(
    request: HttpRequest, found: Question, *, bound: dict[str, Any] | None = None, refused: str = ""
) -> HttpResponse:
    at, bound = now(), bound or {}
    root = found.issue.merged_into or found.issue
    start = {"version": found.version, "state": found.state, "release": found.release_id, "note": found.note}
    joined = found.joined.select_related("decided_by").order_by("-posts", "pk")
    form = next(iter(bound.values()), None)
    context = {
        "line": asked.lines([found])[0],
        "question": found,
        "issue": root,
        "ways": asked.ways(found),
        "joined": asked.lines(joined),
        "into": asked.lines([found.joined_into])[0] if found.joined_into else None,
        "origin": _origin(found),
        "mark": bound.get("mark") or MarkForm(initial=start, question=found),
        "join": bound.get("join") or JoinForm(initial={"version": found.version}, question=found),
        "acts": _acts(request, root),
        "form": form,
        "refused": refused,
        "back_url": f"/issues/{root.pk}/questions/",
    }
    return page(request, "console/question.html", context, at=at, here="issues", status=422 if bound else 200)
