"""检索: any words in any post, by every condition; what is shown can be taken out with a reason."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analysis import kinds
from analysis.search import Order
from console.access import needs, sentence
from console.forms.search import ExportForm
from console.frame import fragment, page, person
from console.queries import addresses, saved_search, search
from console.queries import exports as exports_query
from console.queries.conditions import FEELINGS, SPANS, VOICES, Asked, asked, kept
from console.queries.papers import download
from crawlers.models import Post, Source
from office.clock import now
from office.errors import Refused
from office.pack.current import current_pack
from office.roles import Act
from office.services import access
from reports.models import ExportRequest
from reports.services.exporting import ask_export, decide_export, take_export
from reports.services.saved import look

# The lists of the form in its order: parameter, the word before it.
SENTENCE = (
    ("span", "时间"),
    ("street", "地点"),
    ("voice", "声音"),
    ("relevant", "只看"),
    ("first", "同文"),
    ("order", "排序"),
)
FURTHER = (("klass", "类别"), ("kind", "诉求"), ("sentiment", "情绪"), ("source", "来源"), ("unit", "单位"))
FIELDS = ("q", "place", "from", "to", *dict(SENTENCE), *dict(FURTHER))


@require_safe
@needs(Act.SEARCH)
def listing(request: HttpRequest) -> HttpResponse:
    """Posts by words and conditions, with counts beside them. A search by words leaves an AccessLog row."""
    at = now()
    if clean := _without_empty(request):
        return clean
    found = asked(request.GET.dict(), at=at)
    if found.refused:
        return page(request, "console/search.html", _asking(found), at=at, here="posts", status=422)
    if found.line:
        access.log(by=person(request), at=at, kind="search", what=found.told)
    number = max(1, min(addresses.number(request.GET.get("page")) or 1, search.FARTHEST))
    posts, more = search.page_of(found.query, number)
    hits = search.hits(posts, found.query.words)
    newest = search.newest_of(found.query, hits, first_page=number == 1)
    beside = search.beside(found.query, at=at, newest=newest)
    saved = saved_search.mine(person(request))
    opened = saved_search.opened(saved, found, request.GET, at=at)
    if opened is not None and "after" not in found.given:
        look(saved=opened.saved, by=person(request), at=at)
    context = {
        "saved": saved,
        "opened": opened,
        "hits": hits,
        "posts": [hit.post for hit in hits],
        "beside": beside,
        "total": beside.figures.shown,
        "number": number,
        "start": (number - 1) * search.PER_PAGE + 1,
        "more": more and number < search.FARTHEST,
        "at_end": more and number >= search.FARTHEST,
        "ranked": found.query.order == Order.BEST,
        "last": (number - 1) * search.PER_PAGE + len(hits),
        "form": ExportForm(),
        "export_who": sentence((Act.EXPORT,)),
    }
    return page(request, "console/search.html", {**_asking(found), **context}, at=at, here="posts")


@require_safe
@needs(Act.OPEN_POST)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One hit for reading beside the list: a fragment. Leaves an AccessLog row, as the whole page of a post does."""
    at = now()
    get_object_or_404(Post, pk=pk)
    found = asked(request.GET.dict(), at=at)
    access.log(by=person(request), at=at, kind="post", what=f"post {pk}")
    (hit,) = search.hits([pk], found.query.words)
    context = {
        "one": hit,
        "one_text": search.whole(hit.post, found.query.words),
        "found": found,
        "back": f"{reverse('posts')}?{request.GET.urlencode()}",
    }
    return fragment(request, "console/search_one.html", context, at=at)


@require_http_methods(["GET", "POST"])
@needs(Act.EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """Asks for the posts of the search in the address as a file, with a reason; a second person allows it."""
    at = now()
    found = asked(request.GET.dict(), at=at)
    form = ExportForm(request.POST or None)
    refused = found.refused
    if form.is_valid() and not refused:
        try:
            wanted = ask_export(
                query=found.query,
                asked=found.told,
                address=found.address,
                kind=form.cleaned_data["kind"],
                reason=form.cleaned_data["reason"],
                issue=form.cleaned_data["issue"],
                by=person(request),
                at=at,
            )
            messages.success(request, f"已申请 {wanted.label}，{len(wanted.posts)} 帖，等另一个人批准。")
            return redirect("exports")
        except Refused as error:
            refused = str(error)
    context = {
        "form": form,
        "refused": refused,
        "heading": "导出检索结果",
        "lead_words": found.told,
        "button": "申请导出",
        "back_url": f"/search/?{found.address}",
        "back_words": "检索",
        "consequence": "另一个人批准后才能取；谁导出、为什么、多少帖，都写入留痕",
    }
    return page(request, "console/plain_form.html", context, at=at, here="posts", status=422 if form.is_bound else 200)


@require_safe
@needs(Act.EXPORT)
def exports(request: HttpRequest) -> HttpResponse:
    """Exports that were asked for: those that wait first, then the others, newest first."""
    at = now()
    context = exports_query.listing(person(request), request.GET.get("page"), at=at)
    return page(request, "console/exports.html", context, at=at, here="posts")


@require_POST
@needs(Act.EXPORT, named={"allow": Act.ALLOW_EXPORT, "refuse": Act.ALLOW_EXPORT, "take": Act.EXPORT})
def export_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The second person decides, or the first takes the file. Taking is an act: it leaves a trail row."""
    at, who = now(), person(request)
    wanted = get_object_or_404(ExportRequest.objects.select_related("by", "issue", "decided_by"), pk=pk)
    try:
        if name == "take":
            made = take_export(wanted=wanted, by=who, at=at)
            return download(made.content, made.name, made.kind)
        if name not in ("allow", "refuse"):
            raise Http404("没有这个办法")
        decide_export(wanted=wanted, allow=name == "allow", reason=request.POST.get("reason", ""), by=who, at=at)
        messages.success(request, f"{wanted.label} 已{'批准，申请的人一天内可取' if name == 'allow' else '退回'}。")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("exports")


@require_safe
@needs(Act.SEARCH)
def old_address(request: HttpRequest) -> HttpResponse:
    """Links written down before the page had its present address."""
    words = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"/search/?{words}" if words else "/search/")


def _without_empty(request: HttpRequest) -> HttpResponse | None:
    """An address to be handed on holds only what was asked: the form's empty fields are left out."""
    params = request.GET.copy()
    empty = [key for key, value in request.GET.items() if not value]
    if not empty:
        return None
    for key in empty:
        del params[key]
    return redirect(f"{request.path}?{params.urlencode()}")


def _asking(found: Asked) -> dict[str, Any]:
    """The form of the conditions."""
    return {
        "found": found,
        "sentence": SENTENCE,
        "further": FURTHER,
        "other_chips": [chip for chip in found.chips if chip.keys[0] not in dict(SENTENCE)],
        "options": _options(found),
        "hidden": kept(found.given, FIELDS),
    }


def _options(found: Asked) -> dict[str, list[tuple[str, str]]]:
    """What the form's lists offer: (value, words). A value of the address that no list has is offered too."""
    pack = current_pack()
    streets = [street.name for street in pack.gazetteer.streets]
    offered: dict[str, list[tuple[str, str]]] = {
        "span": [("", "不限"), *SPANS.items()],
        "street": [("", "全区"), *((name, name) for name in streets)],
        "voice": [("", "不限"), ("public,media", "公众、媒体"), *VOICES.items()],
        "relevant": [("", "全部"), ("1", "与本区相关"), ("0", "不相关")],
        "first": [("", "都列出"), ("1", "只看首发")],
        "order": [("", "新的在前"), ("best", "最贴合在前")],
        "klass": _named([*(c.name for c in pack.taxonomy.classes), pack.taxonomy.other]),
        "kind": _named(kinds.ALL),
        "sentiment": [("", "不限"), *FEELINGS.items()],
        "source": [("", "不限"), *_sources()],
        "unit": _named([unit.name for unit in pack.departments.departments]),
    }
    for key, options in offered.items():
        value = found.given.get(key, "")
        if value and value not in dict(options):
            options.append((value, value))
    return offered


def _named(names: Any) -> list[tuple[str, str]]:
    return [("", "不限"), *((name, name) for name in names)]


def _sources() -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Source.objects.order_by("name").values_list("pk", "name")]
