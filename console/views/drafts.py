"""发布稿: written, shown before each of its four gates, passed or sent back; and why one went out without them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import needs
from console.both import compare, renew
from console.forms.drafts import DraftForm, EditDraftForm, GateForm, GiveUpForm, WhyForm
from console.frame import page, person
from console.queries import drafts
from console.queries.papers import download
from office.clock import now
from office.errors import Changed, Refused
from office.roles import Act, may
from responses.gates import GATES, suggested_name
from responses.models import DraftText, Issue, Release, ReleaseDraft
from responses.services import drafting
from responses.services.drafting.findings import in_words, pieces
from responses.services.drafting.linking import drafts_of
from responses.services.drafting.writing import case_of
from responses.services.evidence.copies import read_copy

PARTS = ("issue__matter", "issue__merged_into__matter", "unit", "drafter")
SENDING = {"button": "存下并送审", "consequence": "下一关的人会收到通知；审稿不停时限"}
PASSING = tuple(gate.act for gate in GATES)


@require_http_methods(["GET", "POST"])
@needs(Act.DRAFT_RELEASE)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    at = now()
    issue = get_object_or_404(Issue.objects.select_related("matter"), pk=pk)
    form = DraftForm(request.POST or None, request.FILES or None, initial=_begin(issue))
    refused = ""
    if form.is_valid():
        try:
            made = form.start(issue, by=person(request), at=at)
            messages.success(request, _saved(made))
            return redirect("draft", pk=made.pk)
        except Refused as error:
            refused = str(error)
    context = {"form": form, "refused": refused, "issue": issue, "heading": "新建发布", **SENDING, **_back(issue)}
    return page(request, "console/draft_form.html", context, at=at, here="issues", status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@needs(Act.DRAFT_RELEASE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version. When somebody wrote one meanwhile, both stand side by side and saving again is knowingly."""
    at = now()
    found = get_object_or_404(ReleaseDraft.objects.select_related(*PARTS), pk=pk)
    latest = found.texts.get(number=found.version)
    form = EditDraftForm(request.POST or None, request.FILES or None, draft=found, latest=latest)
    refused, both = "", []
    if form.is_valid():
        try:
            saved = form.save(found, by=person(request), at=at)
            messages.success(request, _saved(saved))
            return redirect("draft", pk=pk)
        except Refused as error:
            refused = str(error)
            if isinstance(error, Changed):
                both = compare(form, {"name": found.name, "text": latest.text})
                renew(form, version=found.version)
    context = {
        "form": form,
        "refused": refused,
        "both": both,
        "issue": case_of(found),
        "heading": f"改《{found.name}》",
    }
    context |= SENDING | {"back_url": f"/drafts/{pk}/", "back_words": found.name, "back": drafts.one(found).back}
    return page(request, "console/draft_form.html", context, at=at, here="issues", status=422 if form.is_bound else 200)


@require_safe
@needs(Act.VIEW_DESK)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One release in preparation before those who pass its gates."""
    return _shown(request, get_object_or_404(ReleaseDraft.objects.select_related(*PARTS), pk=pk))


@require_POST
@needs(Act.VIEW_DESK, do=PASSING)
def gate(request: HttpRequest, pk: int) -> HttpResponse:
    """Passed or sent back; what was typed stays when it is refused."""
    at = now()
    found = get_object_or_404(ReleaseDraft.objects.select_related(*PARTS), pk=pk)
    form = GateForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form=form)
    try:
        moved = form.run(found, by=person(request), at=at)
    except Refused as error:
        found.refresh_from_db()
        return _shown(request, found, form=form, refused=str(error))
    passed = form.cleaned_data["accept"] == "yes"
    said = (
        "四道关都过了，可以发布；发布后填报存证才停表。"
        if moved.state == ReleaseDraft.State.READY
        else "已过这一关，下一关的人已收到通知。"
    )
    messages.success(request, said if passed else "已退回，起草人已收到通知。时限照走。")
    return redirect("draft", pk=pk)


@require_POST
@needs(Act.DRAFT_RELEASE)
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ReleaseDraft, pk=pk)
    form = GiveUpForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("请写明作罢的理由。")
        data = form.cleaned_data
        drafting.drop_draft(
            draft=found, by=person(request), at=now(), version=data["version"], sentence=data["sentence"]
        )
        messages.success(request, "已作罢，各稿和审查意见留在案卷里。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("draft", pk=pk)


@require_safe
@needs(Act.VIEW_DESK)
def file(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The file of one version, checked against its hash, as a download."""
    found = get_object_or_404(DraftText, draft=pk, number=number)
    try:
        content = read_copy(found.file_path, found.file_sha256)
    except Refused as error:
        raise Http404(str(error)) from error
    return download(content, found.file_name or found.file_sha256[:12], "application/octet-stream")


@require_POST
@needs(Act.ENTER_RELEASE)
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a release went out without its four gates: asked, never waited for."""
    found = get_object_or_404(Release, pk=pk)
    form = WhyForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("请写一句：为什么没有走四道关。")
        drafting.explain_ungated(release=found, by=person(request), at=now(), why=form.cleaned_data["why"])
        messages.success(request, "原因已记下。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("release", pk=pk)


def _begin(issue: Issue) -> dict[str, Any]:
    """A new release of this case: its name by the number, its unit as it stands."""
    kind = Release.Kind.NOTICE
    names = [*drafts_of(issue).values_list("name", flat=True), *issue.releases.values_list("title", flat=True)]
    return {
        "kind": kind.value,
        "name": suggested_name(str(kind.label), names),
        "unit": issue.matter.lead_unit_id,
        "channels": ["政府门户网站"],
    }


def _back(issue: Issue) -> dict[str, str]:
    return {"back_url": f"/issues/{issue.pk}/", "back_words": f"{issue.label} {issue.matter.title}"}


def _saved(made: ReleaseDraft) -> str:
    looks = in_words(pieces(made.texts.get(number=made.version).text))
    personal = f"看起来有个人信息：{looks}，去标识一关会看到。" if looks else ""
    return f"第 {made.version} 稿已送审。{personal}"


def _shown(
    request: HttpRequest, found: ReleaseDraft, *, form: GateForm | None = None, refused: str = ""
) -> HttpResponse:
    at, who = now(), person(request)
    line = drafts.one(found)
    texts = list(found.texts.select_related("by").order_by("-number"))
    latest = texts[0]
    looks = pieces(latest.text)
    mine = who.pk in {text.by_id for text in texts}
    turn = line.turn
    start = {"gate": turn.key if turn else "", "version": found.version}
    context = {
        "draft": found,
        "issue": case_of(found),
        "line": line,
        "latest": latest,
        "earlier": texts[1:],
        "pieces": looks,
        "looks": in_words(looks),
        "turn": turn,
        "mine": mine,
        "can_pass": drafts.may_decide(who, line),
        "can_edit": may(who.roles, Act.DRAFT_RELEASE) and not line.standing and found.state in ReleaseDraft.OPEN,
        "can_enter": may(who.roles, Act.ENTER_RELEASE) and found.state in ReleaseDraft.OPEN,
        "marks": list(found.marks.select_related("by").order_by("-at", "-pk")),
        "form": form or GateForm(initial=start),
        "refused": refused,
        "give_up": GiveUpForm(initial={"version": found.version}, auto_id="drop_%s"),
    }
    status = 422 if form is not None else 200
    return page(request, "console/draft.html", context, at=at, here="releases", status=status)
