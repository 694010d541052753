"""判读: a person's word on one judgement, the week's sample, how often the machine is wrong, which version reads."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analysis.models import Correction, Judgement, LearntModel, SampledPost
from analysis.services import learning, rereading
from console.access import needs
from console.frame import page, person
from console.queries import addresses, judging, ranking
from crawlers.models import Post
from office.clock import now
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services import access
from office.services.acts import solo_declared
from responses.services.corrections import FEELINGS, NEW_TOPIC, Corrected, correct, take_back
from responses.services.reading_samples import check, uncheck

ACTS: dict[str, Act | tuple[Act, ...]] = {
    "train": Act.TRAIN_MODEL,
    "hold": Act.TRAIN_MODEL,
    "go-on": Act.TRAIN_MODEL,
    "propose": Act.ADOPT_MODEL,
    "confirm": Act.ADOPT_MODEL,
    "drop": Act.ADOPT_MODEL,
    "back": Act.ADOPT_MODEL,
}


@require_safe
@needs((Act.VIEW_DESK, Act.TRAIN_MODEL))
def overview(request: HttpRequest) -> HttpResponse:
    """Error rates by the weekly sample, versions and what became of corrections."""
    at = now()
    context = {
        "rates": judging.rates(at=at),
        "weeks": judging.WEEKS,
        "week": judging.week(),
        "versions": judging.versions(),
        "counted": judging.counted(),
        "newest": judging.newest(),
        "solo": solo_declared(),
    }
    return page(request, "console/judging.html", context, at=at, here="judging")


@require_POST
@needs(Act.CORRECT_READING)
def say(request: HttpRequest) -> HttpResponse:
    """One judgement of one post said otherwise; back to where it was said, with a way to take it back."""
    at = now()
    post = get_object_or_404(Post, pk=addresses.number(request.POST.get("post")) or 0)
    judgement = request.POST.get("judgement", "")
    back = _back(request, reverse("post", args=[post.pk]))
    try:
        done = correct(post=post, judgement=judgement, value=_value(request, judgement), by=person(request), at=at)
    except Refused as error:
        messages.error(request, f"没有改：{error}")
        return redirect(back)
    undo = reverse("correction-undo", args=[done.correction.pk])
    messages.success(request, _followed(done), extra_tags=undo)
    return redirect(back)


@require_POST
@needs(Act.CORRECT_READING)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """A correction taken back in one step."""
    row = get_object_or_404(Correction, pk=pk)
    back = _back(request, reverse("post", args=[row.post_id]) if row.post_id else reverse("judging"))
    try:
        take_back(correction=row, by=person(request), at=now())
        messages.success(request, "已撤销更正，原来的判读照旧算。")
    except Refused as error:
        messages.error(request, f"没有撤销：{error}")
    return redirect(back)


def _back(request: HttpRequest, otherwise: str) -> str:
    wanted = request.POST.get("back", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else otherwise


def _value(request: HttpRequest, judgement: str) -> Any:
    """What the form says, in the type of the judgement."""
    given = request.POST.get("value", "")
    if judgement == Judgement.RELEVANT:
        return {"yes": True, "no": False}.get(given)
    if judgement == Judgement.TOPIC:
        number = request.POST.get("number", "").strip().upper().lstrip("T-")
        if given == "new" and not number:
            return NEW_TOPIC
        found = addresses.number(number or given)
        return found or -1  # what nobody can mean
    return given


def _followed(done: Corrected) -> str:
    followed, words = done.followed, ["已改"]
    if len(followed.posts) > 1:
        words.append(f"同文一起改了，共 {len(followed.posts)} 帖")
    if followed.filing:
        words.append("几秒内归入热点")
    if followed.topics:
        words.append("热点的数字已重算")
    told = "，".join(words) + "。"
    if done.cases and followed.topics:
        named = "、".join(case.label for case in done.cases)
        told += f"有关的 {named} 没有动，起算和时限照旧；要不要排除，请到那里办。"
    return told


@require_POST
@needs((Act.TRAIN_MODEL, Act.ADOPT_MODEL), named=ACTS)
def act(request: HttpRequest, name: str) -> HttpResponse:
    """Train, adopt in two steps, go back, hold and resume a re-reading."""
    at, by = now(), person(request)
    try:
        messages.success(request, _act(request, name, by=by, at=at))
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("judging")


def _act(request: HttpRequest, name: str, *, by: User, at: datetime) -> str:
    reason = request.POST.get("reason", "")[:1000]
    if name == "train":
        learning.ask(by=by, at=at)
        return "已开始训练，一般一分钟内有结果；在用的版本不受影响。"
    if name == "hold":
        rereading.hold(by=by, at=at)
        return "重读已暂停，随时可以继续。"
    if name == "go-on":
        rereading.go_on(by=by, at=at)
        return "重读从停下的地方继续。"
    row = LearntModel.objects.filter(pk=addresses.number(request.POST.get("model")) or 0).first()
    if name == "back":
        learning.go_back(to=row, by=by, at=at, reason=reason)
        return "已退回，新帖马上按它判读，旧帖逐步重读。"
    if row is None:
        raise Refused("没有这一版，请刷新后再办。")
    if name == "propose":
        learning.propose(model=row, by=by, at=at, reason=reason)
        return f"已提出采用第 {row.pk} 版，等另一个人同意。"
    if name == "confirm":
        learning.confirm(model=row, by=by, at=at, reason_again=reason or None)
        return f"已采用第 {row.pk} 版：新帖马上按它判读，旧帖从新到旧逐步重读，可暂停。"
    learning.drop(model=row, by=by, at=at)
    return f"第 {row.pk} 版不采用，留在清单里备查。"


# --- the week's sample ------------------------------------------------------------------------------------------------


@require_safe
@needs(Act.CORRECT_READING)
def sample(request: HttpRequest) -> HttpResponse:
    """The next drawn post nobody has looked at; with none left, back to the rates."""
    found = judging.next_sample(addresses.number(request.GET.get("after")) or 0)
    return redirect("judging") if found is None else redirect("judging-check", pk=found.pk)


@require_http_methods(["GET", "POST"])
@needs(Act.CORRECT_READING)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """One drawn post beside what the machine said; what is changed counts as wrong and is corrected."""
    at, by = now(), person(request)
    found = get_object_or_404(SampledPost.objects.select_related("post__source", "by"), pk=pk)
    if request.method == "POST":
        try:
            if request.POST.get("again"):
                uncheck(sample=found, by=by, at=at)
                return redirect("judging-check", pk=pk)
            check(sample=found, truth=_truth(request), by=by, at=at)
        except Refused as error:
            messages.error(request, f"没有记下：{error}")
        return redirect(f"{reverse('judging-sample')}?after={found.place}")
    if found.post is not None:
        access.log(by=by, at=at, kind="post", what=f"post {found.post_id}", issue_id=None)
    context = {
        "sample": found,
        "week": judging.week(),
        "classes": ranking.classes(),
        "streets": ranking.streets(),
        "feelings": FEELINGS.items(),
        "wrong": [Judgement(one).label for one in found.wrong or ()],
    }
    return page(request, "console/judging_check.html", context, at=at, here="judging")


def _truth(request: HttpRequest) -> dict[str, Any]:
    told = {name: request.POST.get(name, "") for name in ("relevant", "klass", "sentiment", "place")}
    if told["relevant"] not in ("yes", "no"):
        raise Refused("请选这一帖与本区有没有关系。")
    return {**told, "relevant": told["relevant"] == "yes"}
