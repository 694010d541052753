"""Error pages in Chinese: what happened, what to do, what was kept. All but one need no database."""

import sys
from collections.abc import Sequence

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console import kept
from console.frame import page
from office import clock

AWAY = "数据库连不上或者正忙，刚才的动作没有记下。请等一两分钟再试；还不行，请找系统管理员。到期的提醒恢复后补记。"


def _error(request: HttpRequest, status: int, head: str, words: str, *, texts: Sequence[str] = ()) -> HttpResponse:
    context = {"head": head, "words": words, "status": status, "texts": texts}
    return render(request, "console/error.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    plain = said if said and "{" not in said and not said.startswith("No ") else "地址可能写错了，或者这件事已被移走。"
    return _error(request, 404, "没有这一页", plain)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not for this person. A form that was sent is shown as text: nothing typed is lost."""
    words = str(exception) or "您的角色不能看这一页。"
    if request.method != "POST":
        return _error(request, 403, "这一页不对您开放", words)
    words += "刚才还能办的，是权限被调整了，请找安全保密管理员。这次没有办。"
    return _error(request, 403, "这件事您不能办", words, texts=kept.context(request)["texts"])


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 400, "请求看不懂", "请从页面上重新打开再试。")


def broken(request: HttpRequest) -> HttpResponse:
    """Called while the fault is being handled: one of the database has words of its own, and what was typed stays."""
    if isinstance(sys.exception(), OperationalError):
        texts = kept.context(request)["texts"] if request.method == "POST" else ()
        return _error(request, 503, "数据库暂时用不了", AWAY, texts=texts)
    return _error(request, 500, "服务出错了", "刚才的动作可能没有记下，请回到上一页核对后再试；错误已写入日志。")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is old (signed in again in another window, cookies cleared), or it came from elsewhere.

    From one of our own pages it is shown again with a fresh token, to be sent by the person; else nothing comes back.
    """
    if kept.from_our_page(request) and not kept.holds_secret(request):
        said = {"head": "页面放久了", "why": "提交用的凭据已过期，这次没有办。填过的都在下面，再提交一次就办。"}
        at = clock.now()
        return page(request, "console/resend.html", said | kept.context(request), at=at, status=403)
    return _error(request, 403, "页面放久了", "提交用的凭据已过期，这次没有办。请回到上一页，刷新后再提交。")
