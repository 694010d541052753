"""People and their rights: accounts, roles, 单人值守. Signing in stands in `office.services.sign_in`."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from office import trail
from office.errors import Changed, Refused
from office.models import Department, Ticket, User
from office.roles import ROLE_NAMES, THREE_ADMINISTRATORS, Act, Role, names_of
from office.services.acts import require, solo_declared
from office.services.duty import take_off_roster
from office.services.logins import end_logins
from office.services.passwords import check_password_rules
from office.services.versions import save_versioned
from office.state import get_state, set_state

FIRST_USERNAME = "admin"
FIRST_NAME = "首任管理员"
LONGEST_EMAIL = User._meta.get_field("email").max_length or 120


def create_user(
    *,
    username: str,
    name: str,
    at: datetime,
    by: User | None,
    roles: Iterable[str] = (),
    department: Department | None = None,
    email: str = "",
    phone_tail: str = "",
    password: str | None = None,
    scripted: bool = False,
) -> User:
    """Make an account. `by` None is the installation itself (a drill's cast). The first login asks for a new password.

    Without `password` nobody can sign in with it until one is set. Raises Refused for a name in use, unknown or
    incompatible roles, a weak password, or missing rights (giving roles needs the security administrator).
    """
    wanted = _checked_roles(roles)
    if by is not None:
        require(by, Act.MANAGE_PEOPLE)
        if wanted:
            require(by, Act.CHANGE_ROLES)
    username, name = username.strip(), name.strip()
    if not username or not name:
        raise Refused("用户名和姓名都要填。")
    user = User(
        username=username,
        name=name,
        roles=[r.value for r in wanted],
        department=department,
        email=checked_email(email),
        phone_tail=phone_tail.strip(),
        created_at=at,
        scripted=scripted,
    )
    if password is None:
        user.set_unusable_password()
    else:
        check_password_rules(password, user)
        user.set_password(password)
        user.password_changed_at = at
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            trail.record(
                by=by,
                kind="people.create",
                at=at,
                object_kind="user",
                object_id=str(user.pk),
                text=f"新建账号 {username}",
                data={"roles": user.roles},
            )
    except IntegrityError as error:
        raise Refused(f"用户名 {username} 已有人用，请换一个。") from error
    return user


def first_account(*, at: datetime) -> tuple[User, str] | None:
    """The first account of a new installation: `admin`, every role, a random password told once.

    None when there is anybody already. Two processes at once make one account (unique name).
    """
    if User.objects.exists():
        return None
    password = fresh_password()
    user = User(username=FIRST_USERNAME, name=FIRST_NAME, roles=[r.value for r in Role], created_at=at)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            trail.record(
                by=None,
                kind="people.create",
                at=at,
                object_kind="user",
                object_id=str(user.pk),
                text="新建首个账号，持有全部角色，首次登录须改口令",
            )
    except IntegrityError:
        return None
    return user, password


def renew_first_password(*, at: datetime) -> tuple[User, str]:
    """A new random password of the first account, as long as nobody has used it. Raises Refused afterwards."""
    user = User.objects.filter(username=FIRST_USERNAME, last_login=None, must_change_password=True).first()
    if user is None:
        raise Refused("首个账号已有人登录过，不能再打印新的初始口令。忘了口令请由系统管理员重设。")
    password = fresh_password()
    with transaction.atomic():
        user.set_password(password)
        user.failed_logins, user.locked_until = 0, None
        user.save(update_fields=["password", "failed_logins", "locked_until"])
        trail.record(
            by=None,
            kind="people.password",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text="重新生成首个账号的初始口令",
        )
    return user, password


def fresh_password() -> str:
    """16 characters of four classes that cannot be misread."""
    letters = "abcdefghjkmnpqrstuvwxyz"
    pools = (letters, letters.upper(), "23456789", "-+=@")
    picked = [secrets.choice(pool) for pool in pools]
    picked += [secrets.choice("".join(pools[:3])) for _ in range(12)]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


def change_roles(
    *, user: User, roles: Iterable[str], by: User, at: datetime, reason: str, version: int | None = None
) -> User:
    """Give and take roles. Nobody holds two of the three administrators' roles unless 单人值守 is declared.

    Coming shifts in a role that is taken away leave the roster. Raises Changed where the person was saved since
    `version` was read.
    """
    require(by, Act.CHANGE_ROLES)
    wanted = _checked_roles(roles)
    if not reason.strip():
        raise Refused("请写明调整权限的理由。")
    with transaction.atomic():
        before = list(User.objects.filter(pk=user.pk).values_list("roles", flat=True))[0]
        _somebody_left(Role.SEC_ADMIN, user, wanted)
        _somebody_left(Role.SYS_ADMIN, user, wanted)
        after = [r.value for r in wanted]
        save_versioned(user, version=version, roles=after)
        off = take_off_roster(user=user, roles=set(before) - set(after), at=at)
        trail.record(
            by=by,
            kind="people.roles",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text=f"调整 {user.username} 的角色：{reason.strip()}" + (f"，撤下 {off} 个班次" if off else ""),
            data={"before": before, "after": after},
        )
    return user


def change_person(
    *,
    user: User,
    by: User,
    at: datetime,
    name: str,
    email: str,
    phone_tail: str = "",
    department: Department | None = None,
    version: int | None = None,
) -> User:
    """Correct a person's particulars. Raises Changed where they were saved since `version` was read."""
    require(by, Act.MANAGE_PEOPLE)
    if not name.strip():
        raise Refused("姓名要填。")
    after = {
        "name": name.strip(),
        "email": checked_email(email),
        "phone_tail": phone_tail.strip(),
        "department": department,
    }
    with transaction.atomic():
        changed = [field for field, value in after.items() if getattr(user, field) != value]
        data = {
            "before": {field: str(getattr(user, field) or "") for field in changed},
            "after": {field: str(after[field] or "") for field in changed},
        }
        retested = {"mail_tested_at": None, "mail_test_error": ""} if "email" in changed else {}
        save_versioned(user, version=version, **after, **retested)
        trail.record(
            by=by,
            kind="people.change",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text=f"修改账号 {user.username}",
            data=data,
        )
    return user


def close_account(*, user: User, by: User, at: datetime, reason: str) -> User:
    """The person leaves: no signing in, no shifts, sessions ended, links used up. Rows and roles stay as history."""
    require(by, Act.MANAGE_PEOPLE)
    if not reason.strip():
        raise Refused("请写明离岗的原因。")
    if user.pk == by.pk:
        raise Refused("不能停用自己的账号。")
    if not user.is_active:
        raise Refused(f"{user.name} 的账号已经停用。")
    _somebody_left(Role.SEC_ADMIN, user, ())
    _somebody_left(Role.SYS_ADMIN, user, ())
    with transaction.atomic():
        save_versioned(user, version=None, is_active=False, left_at=at)
        off = take_off_roster(user=user, roles=None, at=at)
        end_logins(user=user, by=by, at=at, why="账号停用")
        Ticket.objects.filter(user=user, used_at=None).update(used_at=at)
        trail.record(
            by=by,
            kind="people.leave",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text=f"{user.name} 离岗，停用账号 {user.username}：{reason.strip()}"
            + (f"，撤下 {off} 个班次" if off else ""),
            data={"roles": user.roles},
        )
    return user


def reopen_account(*, user: User, by: User, at: datetime, reason: str) -> User:
    """A person comes back: the account opens without roles and without a password; both are given anew."""
    require(by, Act.MANAGE_PEOPLE)
    if user.is_active:
        raise Refused(f"{user.name} 的账号在用。")
    if not reason.strip():
        raise Refused("请写明重新启用的原因。")
    with transaction.atomic():
        before = user.roles
        user.set_unusable_password()
        user.save(update_fields=["password"])
        save_versioned(user, version=None, is_active=True, left_at=None, roles=[], must_change_password=True)
        trail.record(
            by=by,
            kind="people.reopen",
            at=at,
            object_kind="user",
            object_id=str(user.pk),
            text=f"重新启用账号 {user.username}：{reason.strip()}；原有角色须重新赋予",
            data={"roles_before": before},
        )
    return user


@dataclass(frozen=True)
class Mails:
    """What goes to one person by mail beside the page. `seen`: what the form had shown, (notices, briefs)."""

    notices: bool
    briefs: bool
    seen: tuple[bool, bool]


def set_recipients(*, wanted: Mapping[int, Mails], by: User, at: datetime) -> int:
    """Who gets notices and briefs by mail, by person. Only what was changed on the form is written.

    Returns how many people changed. Raises Changed where somebody else changed the same person meanwhile.
    """
    require(by, Act.MANAGE_PEOPLE)
    told, late = [], []
    with transaction.atomic():
        for person in User.objects.filter(pk__in=wanted, is_active=True).order_by("pk"):
            mails = wanted[person.pk]
            if (mails.notices, mails.briefs) == mails.seen:
                continue
            if (person.mail_notices, person.mail_briefs) != mails.seen:
                late.append(person.name)
                continue
            save_versioned(person, version=None, mail_notices=mails.notices, mail_briefs=mails.briefs)
            told.append({"user": person.username, "notices": mails.notices, "briefs": mails.briefs})
        if late:
            raise Changed(f"{'、'.join(late)} 的收件刚被别人改过，下面是现在的样子，请重新勾选。")
        if told:
            trail.record(
                by=by,
                kind="people.recipients",
                at=at,
                text=f"调整 {len(told)} 人的邮件收件",
                data={"people": told},
            )
    return len(told)


def switch_keys(*, user: User, on: bool) -> None:
    """The desk's single keys for this person: a taste, no act of the office, so no trail row."""
    user.keys_off = not on
    user.save(update_fields=["keys_off"])


def checked_email(text: str) -> str:
    """The address without blanks, or empty. Raises Refused for what no mail server would take."""
    address = text.strip()
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError as error:
        raise Refused(f"邮箱地址“{address[:60]}”不对，应像 name@example.cn 这样写。") from error
    if len(address) > LONGEST_EMAIL:
        raise Refused(f"邮箱地址太长，最多 {LONGEST_EMAIL} 个字符。")
    return address


def declare_solo(*, by: User, reason: str, at: datetime) -> None:
    """Declare 单人值守: second-person steps may be done by one person who types the reason again (rules.md 7)."""
    require(by, Act.DECLARE_SOLO)
    if not reason.strip():
        raise Refused("请写明为什么单人值守。")
    if get_state("solo_duty"):
        raise Refused("已经声明了单人值守。")
    set_state("solo_duty", {"reason": reason.strip(), "by": by.name, "at": at.isoformat()}, by=by, at=at)


def end_solo(*, by: User, at: datetime) -> None:
    """End 单人值守: from now on every second step needs a second person again."""
    require(by, Act.DECLARE_SOLO)
    if not get_state("solo_duty"):
        raise Refused("目前没有声明单人值守。")
    set_state("solo_duty", False, by=by, at=at)


def _checked_roles(roles: Iterable[str]) -> tuple[Role, ...]:
    known = {r.value: r for r in Role}
    given = set(roles)
    unknown = sorted(given - known.keys())
    if unknown:
        raise Refused(f"没有这样的角色：{'、'.join(unknown)}；可选 {names_of(ROLE_NAMES)}。")
    wanted = tuple(r for r in Role if r.value in given)
    if len(THREE_ADMINISTRATORS.intersection(wanted)) > 1 and not solo_declared():
        raise Refused("系统管理员、安全保密管理员、安全审计员须由三个人分别担任。人手不够时可先声明“单人值守”。")
    return wanted


def _somebody_left(role: Role, user: User, wanted: Iterable[Role]) -> None:
    # Without a holder nobody could ever give the role again.
    if role in wanted or not user.holds(role):
        return
    others = User.objects.filter(is_active=True).exclude(pk=user.pk)
    if not any(other.holds(role) for other in others):
        raise Refused(f"至少要留一位{ROLE_NAMES[role]}，请先把这个角色交给别人。")
