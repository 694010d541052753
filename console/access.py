"""Who may open which address and act there: each view carries its gate, default deny (domain.md B6).

The services ask again for every act; the gate refuses before a page is built, and its table is `docs/roles.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from console.frame import person
from office.roles import ACT_NAMES, Act, may, names_of, roles_for

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
Acts = tuple[Act, ...]  # any one of them is enough; () = whoever is signed in
Any_ = TypeVar("Any_", bound=Callable[..., HttpResponse])
LOOKING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Gate:
    """`look` for reading the page, `do` for sending something to it; `named` where the act is named by `by`.

    `by` is a part of the address or a field of the form. `open`: without signing in. `readable`: stays readable on a
    desk that nobody has touched for a while.
    """

    look: Acts = ()
    do: Acts = ()
    named: Mapping[str, Acts] | None = None
    by: str = ""
    open: bool = False
    readable: bool = False

    def acts(self, request: HttpRequest, parts: Mapping[str, object]) -> Acts:
        """What this request needs. An act that the table does not name needs what looking needs."""
        if request.method in LOOKING:
            return self.look
        if self.named is not None:
            name = str(parts.get(self.by) or request.POST.get(self.by, ""))
            return self.named.get(name, self.do)
        return self.do


def _acts(given: Act | Acts | None) -> Acts:
    return () if given is None else (given,) if isinstance(given, Act) else given


def needs(
    look: Act | Acts | None = None,
    *,
    do: Act | Acts | None = None,
    named: Mapping[str, Act | Acts] | None = None,
    by: str = "name",
    readable: bool = False,
) -> Callable[[View[P]], View[P]]:
    """The page opens for the holders of `look`, and takes what is sent from the holders of `do` (default: the same).

    Without `look`: whoever is signed in. Others are told who may, in Chinese.
    """
    gate = Gate(
        look=_acts(look),
        do=_acts(look if do is None else do),
        named=None if named is None else {name: _acts(act) for name, act in named.items()},
        by=by,
        readable=readable,
    )

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            _pass(gate, request, kwargs)
            return view(request, *args, **kwargs)

        setattr(guarded, "gate", gate)  # noqa: B010 - a function has no such field for the type checker
        return cast(View[P], guarded)

    return guard


def anybody(view: Any_) -> Any_:
    """Open without signing in: signing in itself, health for machines, personal links."""
    setattr(view, "gate", Gate(open=True))  # noqa: B010 - as above
    return view


def gate_of(view: object) -> Gate | None:
    """The gate a view carries; None = nobody has said who may, so nobody may."""
    found = getattr(view, "gate", None)
    return found if isinstance(found, Gate) else None


def _pass(gate: Gate, request: HttpRequest, parts: Mapping[str, object]) -> None:
    who = person(request)
    for acts in (gate.look, gate.acts(request, parts)):
        if acts and not any(may(who.roles, act) for act in acts):
            raise PermissionDenied(sentence(acts))


def sentence(acts: Acts) -> str:
    """“您的角色不能确认线索；能办的是：舆情工作人员、值班长。”"""
    roles = dict.fromkeys(role for act in acts for role in roles_for(act))
    return f"您的角色不能{'、'.join(ACT_NAMES[act] for act in acts)}；能办的是：{names_of(roles)}。"
