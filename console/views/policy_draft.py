"""An amendment of the rules drafted on the page, and the second person's answer to it or to the disk's pack."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import pack_proposals
from console.access import needs
from console.frame import page, person
from console.queries import policy_draft as drafts
from office.clock import now
from office.errors import Changed, Refused
from office.models import PackProposal, User
from office.pack.current import current_pack
from office.pack.loading import policy_bytes
from office.roles import Act, may

ANSWERS: dict[str, Act | tuple[Act, ...]] = {
    "agree": Act.TAKE_PACK,
    "back": (Act.TAKE_PACK, Act.DRAFT_POLICY),
    "withdraw": (Act.TAKE_PACK, Act.DRAFT_POLICY),
}


@require_http_methods(["GET", "POST"])
@needs(do=Act.DRAFT_POLICY)
def draft(request: HttpRequest) -> HttpResponse:
    """Every value beside the one in force; saved as typed, right or wrong; asked for when nothing is wrong."""
    at, by = now(), person(request)
    values, refused, both = None, "", []
    if request.method == "POST":
        values = {key: str(value) for key, value in request.POST.items()}
        try:
            saved = pack_proposals.save_draft(values=values, version=_number(values.get("seen")), by=by, at=at)
            if "ask" not in values:
                messages.success(request, "草稿已存。")
                return redirect("policy-draft")
            values = saved.values
            pack_proposals.ask_draft(version=saved.version, reason=request.POST.get("reason", ""), by=by, at=at)
            messages.success(request, "已提请，等另一人同意。")
            return redirect("policy-draft")
        except Refused as error:
            refused = str(error)
            if isinstance(error, Changed):
                live = pack_proposals.live(PackProposal.Kind.PAGE)
                both = drafts.compare(live.values if live else {}, values)
    context = _page_of(values, by=by, at=at)
    context |= {"refused": refused, "both": both}
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "")
    return page(request, "console/policy_draft.html", context, at=at, here="office", status=422 if refused else 200)


def _page_of(typed: dict[str, str] | None, *, by: User, at: datetime) -> dict[str, Any]:
    """The draft as it is stored, or with what was typed just now in its fields."""
    found = drafts.waiting(PackProposal.Kind.PAGE, by, at=at)
    values = typed if typed is not None else found.row.values if found else {}
    plan = drafts.planned(values, at=at)
    return {
        "waiting": found,
        "writes": (found is None or found.row.state == PackProposal.State.DRAFTING) and may(by.roles, Act.DRAFT_POLICY),
        "parts": drafts.parts(values, plan.faults),
        "plan": plan,
        "whole": plan.faults.get("", ""),
        "version": found.row.version if found else 0,
        "reason": found.row.reason if found else "",
        "frozen": drafts.frozen(),
        "ending": [] if plan.faults else drafts.ending(plan.changes, at=at),
        "in_force": current_pack().policy.version,
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


@require_POST
@needs(named=ANSWERS)
def answer(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The second person agrees or sends back; whoever drafted it, or may, puts it away."""
    at, by = now(), person(request)
    proposal = get_object_or_404(PackProposal.objects.select_related("asked_by"), pk=pk)
    words = request.POST.get("words", "")
    try:
        if name == "agree":
            pack = pack_proposals.agree(proposal=proposal, reason_again=words, by=by, at=at)
            messages.success(request, f"已采用 {pack.policy.version}。已经在走的时限照旧规则走完。")
        elif name == "back":
            pack_proposals.send_back(proposal=proposal, note=words, by=by, at=at)
            messages.success(request, "已退回，在用的不变。")
        else:
            pack_proposals.withdraw(proposal=proposal, note=words, by=by, at=at)
            messages.success(request, "已撤回，在用的不变。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("policy-draft" if proposal.kind == PackProposal.Kind.PAGE and name != "agree" else "policy")


@require_GET
@needs((Act.DRAFT_POLICY, Act.TAKE_PACK))
def download(request: HttpRequest) -> HttpResponse:
    """`policy.yaml` as it is in force, what was changed on the page in it: to be laid into the pack's folder."""
    response = HttpResponse(policy_bytes(current_pack()), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="policy.yaml"'
    return response
