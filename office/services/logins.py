"""Signed-in browsers: who is in since when, whose desk nobody has touched for a while, and ending them."""

from datetime import datetime, timedelta

from django.db import transaction

from office import trail
from office.errors import Refused
from office.models import Login, User
from office.pack.current import current_pack
from office.roles import Act
from office.services.acts import require

# A page a second by hand writes one row a half-minute: idleness is told in minutes.
NOTE_EVERY = timedelta(seconds=30)


def begin_login(*, user: User, at: datetime, address: str = "", browser: str = "") -> Login:
    """A row for a browser that has just signed in. `browser`: what it says it is, shortened."""
    return Login.objects.create(
        user=user, started_at=at, active_at=at, address=address[:60], browser=browser_words(browser)
    )


def open_login(*, user: User, number: object, at: datetime) -> Login | None:
    """The row of this person's browser while it may still be used; None = ended, too old, or somebody else's."""
    if not isinstance(number, int):
        return None
    row = Login.objects.filter(pk=number, user=user).first()
    if row is None or row.ended_at is not None or at - row.started_at > session_length():
        return None
    return row


def is_idle(login: Login, *, at: datetime) -> bool:
    """Whether the desk has been left alone so long that an act needs the password again."""
    return at - login.active_at >= timedelta(minutes=current_pack().policy.access.idle_minutes)


def note_active(login: Login, *, at: datetime) -> None:
    """Somebody did something by hand."""
    if at - login.active_at >= NOTE_EVERY or at < login.active_at:
        Login.objects.filter(pk=login.pk, ended_at=None).update(active_at=at)
        login.active_at = at


def session_length() -> timedelta:
    """The longest a session lasts: a shift."""
    return timedelta(hours=current_pack().policy.access.session_hours)


def open_logins(*, at: datetime, user: User | None = None) -> list[Login]:
    """Browsers that are in now, newest act first: everybody's, or one person's."""
    rows = Login.objects.filter(ended_at=None, started_at__gt=at - session_length()).select_related("user")
    if user is not None:
        rows = rows.filter(user=user)
    return list(rows.order_by("-active_at", "-pk"))


def end_login(*, login: Login, by: User, at: datetime) -> None:
    """End one browser's session: one's own, or as an administrator somebody else's."""
    if login.user_id != by.pk:
        require(by, Act.END_SESSIONS)
    with transaction.atomic():
        why = "本人结束" if login.user_id == by.pk else "管理员结束"
        if not Login.objects.filter(pk=login.pk, ended_at=None).update(ended_at=at, ended_by=by, ended_why=why):
            raise Refused("这次登录已经结束了。")
        _leave_row(login.user, by=by, at=at, count=1, why=why)


def end_all(*, user: User, by: User, at: datetime, but: Login | None = None) -> int:
    """End every session of a person (`but` the one in use). Returns how many there were."""
    if user.pk != by.pk:
        require(by, Act.END_SESSIONS)
    return end_logins(user=user, by=by, at=at, why="本人结束" if user.pk == by.pk else "管理员结束", but=but)


def end_logins(*, user: User, by: User | None, at: datetime, why: str, but: Login | None = None) -> int:
    """End them as part of another act (a reset, an account closed). Call from a service that has asked who may."""
    with transaction.atomic():
        rows = Login.objects.filter(user=user, ended_at=None)
        if but is not None:
            rows = rows.exclude(pk=but.pk)
        ended = rows.update(ended_at=at, ended_by=by, ended_why=why)
        if ended:
            _leave_row(user, by=by, at=at, count=ended, why=why)
    return ended


def _leave_row(user: User, *, by: User | None, at: datetime, count: int, why: str) -> None:
    trail.record(
        by=by,
        kind="login.end",
        at=at,
        object_kind="user",
        object_id=str(user.pk),
        text=f"结束 {user.username} 的 {count} 个登录：{why}",
    )


def browser_words(agent: str) -> str:
    """“Chrome，Windows”: enough to recognise one's own desk, no more is kept."""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (browsers, systems)]
    return "，".join(word for word in found if word)
