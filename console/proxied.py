"""What a TLS proxy in front of us says of the visitor, believed from one address and from no other.

The embedded server has this built in; an application server hands the headers on as they came.
"""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
TOLD = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_FORWARDED",
)


def believing(application: Application, *, proxy: str) -> Application:
    """The application behind a proxy at that address ("" = none): REMOTE_ADDR and the scheme are the visitor's.

    Whatever else claims to speak for somebody is taken off, so no visitor can say who he is.
    """

    def answered(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        told = {name: environ.pop(name, "") for name in TOLD}
        if proxy and environ.get("REMOTE_ADDR") == proxy:
            # The proxy writes the last entry itself; those before it came with the request.
            if visitor := told["HTTP_X_FORWARDED_FOR"].rpartition(",")[2].strip():
                environ["REMOTE_ADDR"] = visitor
            if (scheme := told["HTTP_X_FORWARDED_PROTO"].strip().lower()) in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return application(environ, start)

    return answered
