"""时限和等级规则: what holds now, what lies on the disk instead, and asking that it be taken."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from console import charts, pack_proposals, pack_taking
from console.access import needs
from console.forms.policy import TakePackForm
from console.frame import page, person
from console.queries import policy as rules
from console.queries import policy_draft as drafts
from office.clock import now
from office.errors import Refused
from office.models import PackProposal
from office.pack.current import current_pack
from office.pack.differences import by_file
from office.roles import Act, may

SHOWN = 40  # differences drawn; the rest are counted by file


@require_safe
@needs(readable=True)
def policy(request: HttpRequest) -> HttpResponse:
    """The clocks as sentences with document and date, ladder, levels, briefs, retention; and what would change."""
    at = now()
    pack = current_pack()
    lying = pack_taking.on_disk()
    line = rules.ladder(pack.policy, kind=request.GET.get("clock", ""), at=at)
    kinds = [(str(r.kind), r.name) for r in pack.policy.clocks if r.kind != "followup_release"]
    place = [kind for kind, _ in kinds].index(line.kind)
    context = {
        "pack": pack,
        "policy": pack.policy,
        "clocks": rules.clock_lines(pack.policy, at=at),
        "line": line,
        "other": kinds[(place + 1) % len(kinds)],
        "ladder": charts.ladder(line.stops, due=f"{line.minutes // 60}:{line.minutes % 60:02d}"),
        "chain": rules.chain(pack.policy),
        "deciders": rules.deciders(pack.policy),
        "kept": rules.kept(pack.policy),
        "papers": rules.papers(pack.policy),
        "due_words": rules.due_words(pack.policy),
        "ring_words": rules.ring_words(pack.policy),
        "takings": rules.takings(),
        "lying": lying,
        "changes": lying.changes[:SHOWN],
        "files": by_file(lying.changes),
        "draft": drafts.waiting(PackProposal.Kind.PAGE, person(request), at=at),
        "asked": drafts.waiting(PackProposal.Kind.DISK, person(request), at=at),
        "laid": pack_taking.laid_on(pack.name),
        "form": TakePackForm(initial={"seen": lying.pack.digest if lying.pack else ""}),
    }
    context["count"], context["running"] = rules.running(pack.policy, at=at)
    if not may(person(request).roles, Act.VIEW_DESK):  # administrators see no case (domain.md B6)
        context["running"] = []
    return page(request, "console/policy.html", context, at=at, here="office")


@require_POST
@needs(Act.TAKE_PACK)
def take(request: HttpRequest) -> HttpResponse:
    """Ask that the pack on the disk be taken, with a reason, if it is still the one that was shown."""
    at = now()
    form = TakePackForm(request.POST)
    form.is_valid()
    try:
        pack_proposals.ask_disk(
            seen=form.cleaned_data.get("seen", ""),
            reason=form.cleaned_data.get("reason", ""),
            by=person(request),
            at=at,
        )
        messages.success(request, "已提请，等另一人同意。")
    except Refused as error:
        messages.error(request, f"没有提请：{error}")
    return redirect("policy")
