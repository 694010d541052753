"""Error pages in Chinese: what happened, what to do, what was kept. They need no database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def _error(request: HttpRequest, status: int, head: str, words: str) -> HttpResponse:
    return render(request, "console/error.html", {"head": head, "words": words, "status": status}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    plain = said if said and "{" not in said and not said.startswith("No ") else "地址可能写错了，或者这件事已被移走。"
    return _error(request, 404, "没有这一页", plain)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403, "这一页不对您开放", str(exception) or "您的角色不能看这一页。")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 400, "请求看不懂", "请从页面上重新打开再试。")


def broken(request: HttpRequest) -> HttpResponse:
    return _error(request, 500, "服务出错了", "刚才的动作可能没有记下，请回到上一页核对后再试；错误已写入日志。")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or came from elsewhere: what was typed is still on the page before."""
    return _error(request, 403, "表单已过期", "请按浏览器的“返回”，填过的还在，再提交一次。")
