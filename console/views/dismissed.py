"""已排除: what was dismissed, by whom and why; looked at again by the duty lead, or opened again with a reason."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from console.access import needs
from console.forms.lead import dismissal_codes
from console.frame import page, person
from console.queries import dismissed
from office.clock import now
from office.errors import Refused
from office.roles import Act
from responses.models import SampleCheck
from responses.services.samples import check_sample

A_PAGE = 40


@require_safe
@needs(Act.VIEW_DESK)
def listing(request: HttpRequest) -> HttpResponse:
    """This week's sample above, all that was dismissed below, newest first."""
    at = now()
    code, by = request.GET.get("code", ""), request.GET.get("by", "")
    shown = Paginator(dismissed.found(code=code, by=by), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": dismissed.rows(shown.object_list),
        "shown": shown,
        "code": code,
        "by": by,
        "codes": dismissal_codes(),
        "people": dismissed.dismissers(),
        "sample": dismissed.sample(),
        "tally": dismissed.tally(at=at),
    }
    return page(request, "console/dismissed.html", context, at=at, here="leads")


@require_POST
@needs(Act.CHECK_SAMPLE)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Rightly dismissed, or not: then it is a lead again with its old clocks."""
    at = now()
    sample = get_object_or_404(SampleCheck, pk=pk)
    right = request.POST.get("right")
    try:
        if right not in ("yes", "no"):
            raise Refused("请选“排除得对”或“不该排除”。")
        check_sample(
            sample=sample, right=right == "yes", remark=request.POST.get("remark", "")[:1000], by=person(request), at=at
        )
        messages.success(
            request, "已核，留痕。" if right == "yes" else "已重新打开，原来的时限照旧起算；在线索里接着办。"
        )
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("dismissed")
