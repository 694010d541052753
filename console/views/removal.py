"""移除请求 (明确拒绝): find, choose, remove; what was done, without a word of it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from console import removal
from console.access import needs
from console.forms.removal import FindForm, RemoveForm
from console.frame import page, person
from crawlers.models import Removal
from office.clock import now
from office.errors import Refused
from office.roles import Act


@require_http_methods(["GET", "POST"])
@needs(Act.REMOVE_PERSONAL)
def listing(request: HttpRequest) -> HttpResponse:
    """The requests carried out. What is looked for comes by POST: it stands in no address and no log."""
    form = FindForm(request.POST or None)
    return _show(request, form, _found(request, form))


@require_POST
@needs(Act.REMOVE_PERSONAL)
def do(request: HttpRequest) -> HttpResponse:
    """Remove what was chosen. A form with a hole comes back with what it was about."""
    form = RemoveForm(request.POST)
    posts, lines = _numbers(request, "post"), _numbers(request, "line")
    if form.is_valid():
        try:
            done = removal.remove(posts=posts, lines=lines, by=person(request), at=now(), **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"已移除 {done.posts} 帖；再采到同一地址、同一段话也不会再存。已记入留痕。")
            if done.look:
                messages.warning(request, f"人写的材料里还有 {len(done.look)} 处引了原话，列在请求下面，请逐处看。")
            return redirect("removals")
    asked = FindForm(request.POST)
    return _show(request, asked, _found(request, asked), form=form, chosen=posts)


def _found(request: HttpRequest, form: FindForm) -> removal.Found | None:
    if not form.is_valid():
        return None
    try:
        return removal.find(form.cleaned_data["words"], by=person(request), at=now())
    except Refused as error:
        form.add_error("words", str(error))
    return None


def _show(request: HttpRequest, find: FindForm, found: removal.Found | None, **more: object) -> HttpResponse:
    done = Removal.objects.select_related("by").prefetch_related("tombstones").order_by("-pk")
    shown = Paginator(done, 50).get_page(request.GET.get("page"))
    rows = [(row, sum(stone.turned_away for stone in row.tombstones.all())) for row in shown]
    context = {"find": find, "found": found, "form": RemoveForm(), "rows": rows, "shown": shown, **more}
    return page(request, "console/removals.html", context, at=now(), here="office")


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(value) for value in request.POST.getlist(name) if value.isdecimal() and len(value) < 19]
