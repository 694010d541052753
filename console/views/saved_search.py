"""存为常用: a person's own searches on the page of 检索."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from console.access import needs
from console.frame import person
from console.queries.conditions import asked
from office.clock import now
from office.errors import Refused
from office.roles import Act
from reports.models import SavedSearch
from reports.services import saved as doors


@require_POST
@needs(Act.SEARCH)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the search of the address under a name; what only this look had (只看新到, the page) is left out."""
    at = now()
    given = asked(QueryDict(request.GET.urlencode()).dict(), at=at).given
    address = urlencode({key: value for key, value in given.items() if key != "after"})
    try:
        made = doors.save_search(name=request.POST.get("name", ""), address=address, by=person(request), at=at)
        messages.success(request, f"已存为常用“{made.name}”。")
        return redirect(f"{reverse('posts')}?{address}&saved={made.pk}")
    except Refused as error:
        messages.error(request, f"没有存：{error}")
    return redirect(f"{reverse('posts')}?{address}" if address else "posts")


@require_POST
@needs(Act.SEARCH)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(SavedSearch, pk=pk)
    try:
        doors.drop_search(saved=found, by=person(request))
        messages.success(request, f"已去掉常用“{found.name}”。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("posts")
