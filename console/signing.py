"""A browser's session: how it begins and ends, and which row of `Login` it belongs to."""

from datetime import datetime

from django.contrib.auth import login as begin_session
from django.contrib.auth import logout as end_session
from django.http import HttpRequest

from office.models import Login, User
from office.services import logins, passwords, sign_in

BACKEND = "django.contrib.auth.backends.ModelBackend"
ROW, MUST_CHANGE, KEPT = "login_row", "must_change", "kept"


def begin(request: HttpRequest, user: User, *, at: datetime, must_change: bool | None = None) -> Login:
    """Sign this browser in. `must_change` None: as the password's age and state say."""
    begin_session(request, user, backend=BACKEND)
    request.session.set_expiry(int(logins.session_length().total_seconds()))
    changing = passwords.must_change(user, at=at) if must_change is None else must_change
    request.session[MUST_CHANGE] = changing
    return _note_row(request, user, at=at)


def row_of(request: HttpRequest, user: User, *, at: datetime) -> Login | None:
    """The row of this browser's session; None = the session was ended. A session without a row gets one."""
    number = request.session.get(ROW)
    if number is None:
        return _note_row(request, user, at=at)
    return logins.open_login(user=user, number=number, at=at)


def _note_row(request: HttpRequest, user: User, *, at: datetime) -> Login:
    row = logins.begin_login(
        user=user, at=at, address=address_of(request), browser=request.headers.get("User-Agent", "")
    )
    request.session[ROW] = row.pk
    return row


def leave(request: HttpRequest, *, at: datetime) -> None:
    """Sign this browser out."""
    if isinstance(request.user, User):
        row = logins.open_login(user=request.user, number=request.session.get(ROW), at=at)
        sign_in.sign_out(user=request.user, at=at, login=row)
    end_session(request)


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
