"""Signing in (domain.md B6): after 5 failures in a row a name is locked for 30 min, whether anybody has it or not."""

import hashlib
from datetime import datetime, timedelta
from typing import NoReturn

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from office import trail
from office.errors import Refused
from office.models import FailedName, Login, User
from office.services.passwords import access_rule

WRONG = "用户名或口令不对。"


def sign_in(*, username: str, password: str, at: datetime, address: str = "") -> User:
    """The person of this name and password. Raises Refused, the same sentence for an unknown name and a wrong password.

    `address` is where the request came from, for the trail. A name nobody has is locked as a real one would be.
    """
    user = User.objects.filter(username=username.strip(), scripted=False).first()
    if user is None:
        _refuse_unknown(username.strip(), password, at=at, address=address)
    _refuse_locked(user.locked_until, at=at)
    if not user.check_password(password) or not user.is_active:
        _count_failure(user, at=at, address=address)
        raise Refused(WRONG)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(failed_logins=0, locked_until=None, last_login=at)
        trail.record(
            by=user, kind="login", at=at, object_kind="user", object_id=str(user.pk), data={"address": address}
        )
    user.refresh_from_db()
    return user


def confirm_password(*, user: User, password: str, at: datetime, address: str = "") -> None:
    """The signed-in person again, before an act at a desk that was left alone. Counts failures as signing in does."""
    _refuse_locked(user.locked_until, at=at)
    if not user.check_password(password) or not user.is_active:
        _count_failure(user, at=at, address=address)
        raise Refused("口令不对，请再输一次，注意大写锁定。")
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(failed_logins=0, locked_until=None)
        trail.record(
            by=user, kind="login.again", at=at, object_kind="user", object_id=str(user.pk), data={"address": address}
        )


def sign_out(*, user: User, at: datetime, login: Login | None = None) -> None:
    """Leave a trail row and end the browser's row; the session itself belongs to the console."""
    with transaction.atomic():
        if login is not None:
            Login.objects.filter(pk=login.pk, ended_at=None).update(ended_at=at, ended_by=user, ended_why="登出")
        trail.record(by=user, kind="logout", at=at, object_kind="user", object_id=str(user.pk))


def _refuse_locked(until: datetime | None, *, at: datetime) -> None:
    if until is None or at >= until:
        return
    minutes = int((until - at).total_seconds() // 60) + 1
    raise Refused(f"连续输错 {access_rule().failures} 次，账号已锁定，请 {minutes} 分钟后再试，或请系统管理员解锁。")


def _refuse_unknown(username: str, password: str, *, at: datetime, address: str) -> NoReturn:
    """Always raises: the same sentences, after the same time, as for a name that somebody has."""
    digest = hashlib.sha256(username.encode()).hexdigest()
    row = FailedName.objects.filter(pk=digest).first()
    _refuse_locked(row.locked_until if row else None, at=at)
    make_password(password)
    rule = access_rule()
    with transaction.atomic():
        # Names typed by mistake are not kept longer than they lock.
        FailedName.objects.filter(tried_at__lt=at - timedelta(days=1)).delete()
        FailedName.objects.get_or_create(pk=digest, defaults={"tried_at": at})
        FailedName.objects.filter(pk=digest).update(failures=F("failures") + 1, tried_at=at)
        locked = FailedName.objects.filter(pk=digest, failures__gte=rule.failures).update(
            failures=0, locked_until=at + timedelta(minutes=rule.lock_minutes)
        )
        trail.record(by=None, kind="login.locked" if locked else "login.failed", at=at, data={"address": address})
    raise Refused(WRONG)


def _count_failure(user: User, *, at: datetime, address: str) -> None:
    rule = access_rule()
    with transaction.atomic():
        # Counted in the database, so that tries in parallel are all counted.
        User.objects.filter(pk=user.pk).update(failed_logins=F("failed_logins") + 1)
        locked = User.objects.filter(pk=user.pk, failed_logins__gte=rule.failures).update(
            failed_logins=0, locked_until=at + timedelta(minutes=rule.lock_minutes)
        )
        trail.record(
            by=None,
            kind="login.locked" if locked else "login.failed",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            data={"address": address},
        )
