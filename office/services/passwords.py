"""Passwords: rules, changing one's own, resetting another's, and the way back in on the server itself (domain.md B6).

The numbers are `access` of the pack's policy: 8 characters of three classes, 90 days, none of the last 5.
"""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password
from django.db import transaction

from office import trail
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.pack.desk import AccessRule
from office.roles import Act
from office.services.acts import require
from office.services.logins import end_logins


def access_rule() -> AccessRule:
    """The pack's numbers of signing in."""
    return current_pack().policy.access


def must_change(user: User, *, at: datetime) -> bool:
    """True when the password must be changed before anything else: first login, or older than the pack allows."""
    changed = user.password_changed_at
    longest = timedelta(days=access_rule().password_days)
    return user.must_change_password or changed is None or at - changed > longest


def set_password(*, user: User, old: str, new: str, at: datetime) -> User:
    """A person changes their own password. Raises Refused for a wrong old one, a weak or a recently used new one."""
    if not user.check_password(old):
        raise Refused("现在的口令不对。")
    check_new_password(new, user)
    write_password(user, new, by=user, at=at, must_change=False, text="修改口令")
    return user


def reset_password(*, user: User, new: str, by: User, at: datetime) -> User:
    """An administrator sets a password that must be changed at the next login; unlocks, and ends open sessions."""
    require(by, Act.MANAGE_PEOPLE)
    check_password_rules(new, user)
    with transaction.atomic():
        write_password(user, new, by=by, at=at, must_change=True, text="重设口令")
        end_logins(user=user, by=by, at=at, why="口令重设")
    return user


def unlock(*, user: User, by: User, at: datetime) -> User:
    """Let a locked account try again at once, with the password it has."""
    require(by, Act.MANAGE_PEOPLE)
    if user.locked_until is None or user.locked_until <= at:
        raise Refused(f"{user.name} 的账号没有锁定。")
    with transaction.atomic():
        user.failed_logins, user.locked_until = 0, None
        user.save(update_fields=["failed_logins", "locked_until"])
        trail.record(
            by=by,
            kind="people.unlock",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text=f"解锁账号 {user.username}",
        )
    return user


def reset_on_server(*, username: str, new: str, at: datetime, who: str, reopen: bool = False) -> User:
    """For `manage.py reset_password`: whoever may read the database on the server may also come back in.

    `who` is the name of the server's own account, for the trail. Unlocks and ends open sessions; a closed account is
    opened again only with `reopen`. Raises Refused for a name nobody has.
    """
    user = User.objects.filter(username=username.strip(), scripted=False).first()
    if user is None:
        raise Refused(f"没有用户名为 {username} 的账号。")
    if not user.is_active and not reopen:
        raise Refused(f"{user.name} 的账号已停用；确要启用请加 --reopen。")
    with transaction.atomic():
        if not user.is_active:
            user.is_active, user.left_at = True, None
            user.save(update_fields=["is_active", "left_at"])
        write_password(
            user,
            new,
            by=None,
            at=at,
            must_change=True,
            text=f"在服务器上重设口令（manage.py reset_password，系统账户 {who}）" + ("，并重新启用" if reopen else ""),
        )
        end_logins(user=user, by=None, at=at, why="口令重设")
    return user


def check_new_password(password: str, user: User) -> None:
    """Raise Refused for a weak password, or one of the last ones."""
    check_password_rules(password, user)
    if any(check_password(password, kept) for kept in [user.password, *user.old_passwords]):
        raise Refused(f"新口令不能与最近 {access_rule().kept_passwords} 次用过的相同。")


def check_password_rules(password: str, user: User) -> None:
    """Raise Refused unless `password` is long enough, of three classes, and does not hold the user's name."""
    classes = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    shortest = access_rule().password_length
    if len(password) < shortest or classes < 3:
        raise Refused(f"口令至少 {shortest} 位，大写字母、小写字母、数字、符号中至少有三种。")
    if user.username and len(user.username) >= 3 and user.username.lower() in password.lower():
        raise Refused("口令里不能含有用户名。")


def write_password(user: User, new: str, *, by: User | None, at: datetime, must_change: bool, text: str) -> None:
    """Write it, keep the old one's hash, unlock, and leave a row. The rules have been asked."""
    with transaction.atomic():
        if user.has_usable_password():
            user.old_passwords = [user.password, *user.old_passwords][: access_rule().kept_passwords - 1]
        user.set_password(new)
        user.password_changed_at = at
        user.must_change_password = must_change
        user.failed_logins, user.locked_until = 0, None
        user.save(
            update_fields=[
                "password",
                "old_passwords",
                "password_changed_at",
                "must_change_password",
                "failed_logins",
                "locked_until",
            ]
        )
        trail.record(by=by, kind="people.password", at=at, object_kind="user", object_id=str(user.pk), text=text)
