"""A page of the desk: its own matter inside the common frame, at the one moment its view read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console.queries import frame as frames
from office.models import User
from office.pack.current import current_pack

# Set on a request whose desk nobody touched for a while: the page may be read, nothing else.
IDLE = "desk_idle"


def person(request: HttpRequest) -> User:
    """The signed-in person. The gate of the middleware has seen to it that there is one."""
    assert isinstance(request.user, User)
    return request.user


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    at: datetime,
    here: str = "",
    status: int = 200,
) -> HttpResponse:
    """`template` with `context` inside the frame; `here` is the place in the menu."""
    who = request.user if isinstance(request.user, User) else None
    whole = {
        "at": at,
        "here": here,
        "frame": frames.frame(who, at=at),
        "district": current_pack().district,
        "idle": getattr(request, IDLE, False),
        **(context or {}),
    }
    return render(request, template, whole, status=status)


def fragment(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, at: datetime
) -> HttpResponse:
    """A piece of a page for an exchange in place: no frame around it. `X-At`: its moment, epoch seconds."""
    piece = render(request, template, {"at": at, "fragment": True, **(context or {})})
    piece.headers["X-At"] = f"{at.timestamp():.0f}"
    if getattr(request, IDLE, False):
        piece.headers["X-Idle"] = "1"
    return piece


def wants_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
