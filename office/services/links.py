"""One-time links into an account: an invitation for a new person, a new password for one who forgot it.

The link sets a password of the person's own and is then used up; whoever gives it out never learns the password.
"""

from datetime import datetime, timedelta

from django.db import transaction

from office import trail
from office.errors import Refused
from office.models import ResetRequest, Ticket, User
from office.roles import Act
from office.services.acts import require
from office.services.logins import end_logins
from office.services.passwords import access_rule, check_new_password, write_password
from office.services.tickets import issue_ticket, read_ticket, use_ticket

JOIN, RESET = "join", "reset"
KINDS = (JOIN, RESET)
MOST_FROM_ONE = 30  # requests an hour from one address; the rest is dropped with the same answer
KEPT = timedelta(days=30)


def invite(*, user: User, by: User, at: datetime) -> str:
    """The token of a link by which a new person sets the first password. An earlier link no longer works."""
    require(by, Act.MANAGE_PEOPLE)
    _openable(user)
    if user.has_usable_password() and user.last_login is not None:
        raise Refused(f"{user.name} 已经用过账号；忘了口令请发重设链接。")
    return _give_out(user, JOIN, by=by, at=at, lives=timedelta(hours=access_rule().invite_hours), what="邀请")


def reset_link(*, user: User, by: User, at: datetime) -> str:
    """The token of a link by which a person who forgot the password sets a new one. The old one works until then."""
    require(by, Act.MANAGE_PEOPLE)
    _openable(user)
    return _give_out(user, RESET, by=by, at=at, lives=timedelta(minutes=access_rule().reset_minutes), what="重设口令")


def mailed_link(*, user: User, kind: str, at: datetime) -> str:
    """The token of a link that leaves by mail now: asked for at 忘了口令, or an invitation."""
    rule = access_rule()
    lives = timedelta(hours=rule.invite_hours) if kind == JOIN else timedelta(minutes=rule.reset_minutes)
    return _give_out(user, kind, by=None, at=at, lives=lives, what="邀请" if kind == JOIN else "重设口令")


def read_link(*, token: str, kind: str, at: datetime) -> User:
    """Whose link it is, before anything is done. Raises Refused: forged, used, out of date, account closed."""
    return read_ticket(token=token, kind=kind, at=at).user


def redeem(*, token: str, kind: str, new: str, at: datetime) -> User:
    """Set the password, use the link up, unlock, and end every session of the account."""
    user = read_ticket(token=token, kind=kind, at=at).user
    check_new_password(new, user)
    with transaction.atomic():
        use_ticket(token=token, kind=kind, at=at)
        _use_up(user, at=at)
        words = "凭邀请链接设定口令" if kind == JOIN else "凭一次性链接重设口令"
        write_password(user, new, by=user, at=at, must_change=False, text=words)
        end_logins(user=user, by=user, at=at, why="口令重设")
    return user


def request_reset(*, username: str, address: str, at: datetime) -> None:
    """Note that a name was typed at 忘了口令: the same work whether anybody has it or not; a sweep looks later."""
    recent = ResetRequest.objects.filter(address=address, asked_at__gt=at - timedelta(hours=1)).count()
    if recent < MOST_FROM_ONE:
        ResetRequest.objects.create(username=username.strip()[:60], address=address[:60], asked_at=at)


def take_requests(*, at: datetime) -> list[User]:
    """The people whose name was typed since the last look, each once."""
    waiting = list(ResetRequest.objects.filter(done_at=None).order_by("asked_at", "pk")[:200])
    if not waiting:
        return []
    ResetRequest.objects.filter(pk__in=[row.pk for row in waiting]).update(done_at=at)
    ResetRequest.objects.filter(done_at__lt=at - KEPT).delete()
    names = {row.username for row in waiting}
    people = User.objects.filter(username__in=names, is_active=True, scripted=False).exclude(email="").order_by("pk")
    return list(people)


def _openable(user: User) -> None:
    if user.scripted or not user.is_active:
        raise Refused(f"{user.name} 的账号已停用，不能发链接。")


def _give_out(user: User, kind: str, *, by: User | None, at: datetime, lives: timedelta, what: str) -> str:
    with transaction.atomic():
        _use_up(user, at=at)
        token = issue_ticket(kind=kind, user=user, object_id=user.pk, expires_at=at + lives)
        trail.record(
            by=by,
            kind="people.link",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text=f"给 {user.username} 发{what}链接" + ("" if by else "（邮件）"),
            data={"expires_at": at + lives},
        )
    return token


def _use_up(user: User, *, at: datetime) -> None:
    Ticket.objects.filter(user=user, kind__in=KINDS, used_at=None).update(used_at=at)
