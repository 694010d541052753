"""Who may open which page. The services ask again for every act; this gate is for looking."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from console.frame import person
from office.roles import ACT_NAMES, Act, may, names_of, roles_for

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def needs(act: Act) -> Callable[[View[P]], View[P]]:
    """The page opens for the holders of `act` only; others are told who may, in Chinese."""

    def gate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not may(person(request).roles, act):
                raise PermissionDenied(f"您的角色不能{ACT_NAMES[act]}；能办的是：{names_of(roles_for(act))}。")
            return view(request, *args, **kwargs)

        return cast(View[P], guarded)

    return gate
