"""转给别人: a lead or a case goes to a colleague; reached from its page and, over signing in, from a message."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from console.access import needs
from console.forms.issue import HandForm
from console.frame import page, person
from office.clock import now
from office.errors import Refused
from office.roles import Act
from responses.models import Issue


@require_http_methods(["GET", "POST"])
@needs(Act.TAKE_OVER)
def hand(request: HttpRequest, pk: int) -> HttpResponse:
    at = now()
    found = get_object_or_404(Issue.objects.select_related("matter__owner"), pk=pk)
    form = HandForm(request.POST or None, initial={"version": found.version})
    refused = ""
    if form.is_valid():
        try:
            messages.success(request, form.run(found, by=person(request), at=at))
            return redirect("issue", pk=pk)
        except Refused as error:
            refused = str(error)
    owner = found.matter.owner
    context = {
        "form": form,
        "refused": refused,
        "heading": "转给别人",
        "lead_words": f"{found.label} {found.matter.title}，{f'现在由 {owner.name} 在办' if owner else '还没有人接手'}",
        "button": "转过去",
        "back_url": f"/issues/{pk}/",
        "back_words": found.label,
        "consequence": "对方收到通知；时限照走，提醒等他确认，写入留痕",
    }
    return page(request, "console/plain_form.html", context, at=at, here="issues", status=422 if form.is_bound else 200)
