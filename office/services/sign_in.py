"""Signing in and passwords (domain.md B6): lock after 5 failures for 30 min, new password every 90 days, no reuse."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from office import trail
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require

FAILURES = 5
LOCK = timedelta(minutes=30)
PASSWORD_AGE = timedelta(days=90)
KEPT_PASSWORDS = 5
MIN_LENGTH = 8
WRONG = "用户名或口令不对。"


def sign_in(*, username: str, password: str, at: datetime, address: str = "") -> User:
    """The person of this name and password. Raises Refused, the same sentence for an unknown name and a wrong password.

    `address` is where the request came from, for the trail. After 5 failures in a row the account is locked 30 min.
    """
    user = User.objects.filter(username=username.strip()).first()
    if user is None or user.scripted:
        make_password(password)  # an unknown name takes as long as a wrong password
        raise Refused(WRONG)
    if user.locked_until is not None and at < user.locked_until:
        minutes = int((user.locked_until - at).total_seconds() // 60) + 1
        raise Refused(f"连续输错 {FAILURES} 次，账号已锁定，请 {minutes} 分钟后再试，或请系统管理员解锁。")
    if not user.is_active or not user.check_password(password):
        _count_failure(user, at=at, address=address)
        raise Refused(WRONG)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(failed_logins=0, locked_until=None, last_login=at)
        trail.record(
            by=user, kind="login", at=at, object_kind="user", object_id=str(user.pk), data={"address": address}
        )
    user.refresh_from_db()
    return user


def sign_out(*, user: User, at: datetime) -> None:
    """Leave a trail row; the session itself belongs to the console."""
    trail.record(by=user, kind="logout", at=at, object_kind="user", object_id=str(user.pk))


def must_change(user: User, *, at: datetime) -> bool:
    """True when the password must be changed before anything else: first login, or older than 90 days."""
    changed = user.password_changed_at
    return user.must_change_password or changed is None or at - changed > PASSWORD_AGE


def set_password(*, user: User, old: str, new: str, at: datetime) -> User:
    """A person changes their own password. Raises Refused for a wrong old one, a weak or a recently used new one."""
    if not user.check_password(old):
        raise Refused("现在的口令不对。")
    check_password_rules(new, user)
    if any(check_password(new, kept) for kept in [user.password, *user.old_passwords]):
        raise Refused(f"新口令不能与最近 {KEPT_PASSWORDS} 次用过的相同。")
    _write_password(user, new, by=user, at=at, must_change=False)
    return user


def reset_password(*, user: User, new: str, by: User, at: datetime) -> User:
    """An administrator sets a password that must be changed at the next login, and unlocks the account."""
    require(by, Act.MANAGE_PEOPLE)
    check_password_rules(new, user)
    _write_password(user, new, by=by, at=at, must_change=True)
    return user


def check_password_rules(password: str, user: User) -> None:
    """Raise Refused unless `password` has 8 characters of three classes and does not hold the user's name."""
    classes = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < MIN_LENGTH or classes < 3:
        raise Refused(f"口令至少 {MIN_LENGTH} 位，大写字母、小写字母、数字、符号中至少有三种。")
    if user.username and len(user.username) >= 3 and user.username.lower() in password.lower():
        raise Refused("口令里不能含有用户名。")


def _count_failure(user: User, *, at: datetime, address: str) -> None:
    with transaction.atomic():
        # Counted in the database, so that tries in parallel are all counted.
        User.objects.filter(pk=user.pk).update(failed_logins=F("failed_logins") + 1)
        locked = User.objects.filter(pk=user.pk, failed_logins__gte=FAILURES).update(
            failed_logins=0, locked_until=at + LOCK
        )
        trail.record(
            by=None,
            kind="login.locked" if locked else "login.failed",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            data={"address": address},
        )


def _write_password(user: User, new: str, *, by: User, at: datetime, must_change: bool) -> None:
    with transaction.atomic():
        user.old_passwords = [user.password, *user.old_passwords][: KEPT_PASSWORDS - 1]
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
        trail.record(
            by=by,
            kind="people.password",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text="修改口令" if by.pk == user.pk else "重设口令",
        )
