"""Accounts, rights and signing in."""

from datetime import timedelta

import pytest

from office.errors import Refused
from office.models import Trail, User
from office.roles import Role
from office.services.passwords import must_change, reset_password, set_password
from office.services.people import (
    change_roles,
    close_account,
    create_user,
    declare_solo,
    end_solo,
    first_account,
    renew_first_password,
)
from office.services.sign_in import sign_in
from office.state import get_state
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
GOOD = "Huai-shu-2026"


def test_the_first_account_holds_every_role_and_its_password_is_told_once() -> None:
    made = first_account(at=clock("08:00"))
    assert made is not None
    user, password = made
    assert set(user.roles) == {r.value for r in Role}
    assert sign_in(username="admin", password=password, at=clock("08:01")).pk == user.pk
    assert must_change(user, at=clock("08:01"))
    assert first_account(at=clock("08:02")) is None


def test_the_first_password_is_printed_anew_until_somebody_used_it() -> None:
    first_account(at=clock("08:00"))
    user, password = renew_first_password(at=clock("08:05"))
    sign_in(username="admin", password=password, at=clock("08:06"))
    with pytest.raises(Refused, match="已有人登录过"):
        renew_first_password(at=clock("08:07"))
    assert user.username == "admin"


def test_five_wrong_passwords_lock_for_half_an_hour(office: Office) -> None:
    reset_password(user=office.wang, new=GOOD, by=office.admin, at=clock("08:00"))
    for minute in range(5):
        with pytest.raises(Refused, match="用户名或口令不对"):
            sign_in(username="wangmin", password="no", at=clock(f"09:0{minute}"))
    with pytest.raises(Refused, match="已锁定"):
        sign_in(username="wangmin", password=GOOD, at=clock("09:30"))
    assert sign_in(username="wangmin", password=GOOD, at=clock("09:35")).pk == office.wang.pk
    assert Trail.objects.filter(kind="login.locked").count() == 1


def test_an_unknown_name_and_a_wrong_password_read_the_same(office: Office) -> None:
    for name in ("nobody", "wangmin"):
        with pytest.raises(Refused, match="^用户名或口令不对。$"):
            sign_in(username=name, password="x", at=clock("09:00"))


@pytest.mark.parametrize("weak", ["short1A", "alllowercase", "nouppercase1", "Wangmin-2026"])
def test_a_weak_password_is_refused(office: Office, weak: str) -> None:
    with pytest.raises(Refused, match="口令"):
        reset_password(user=office.wang, new=weak, by=office.admin, at=clock("09:00"))


def test_none_of_the_last_five_passwords_comes_again(office: Office) -> None:
    reset_password(user=office.wang, new=f"{GOOD}-0", by=office.admin, at=clock("09:00"))
    for n in range(1, 5):
        set_password(user=office.wang, old=f"{GOOD}-{n - 1}", new=f"{GOOD}-{n}", at=clock("09:10"))
    for n in range(5):
        with pytest.raises(Refused, match="最近 5 次"):
            set_password(user=office.wang, old=f"{GOOD}-4", new=f"{GOOD}-{n}", at=clock("09:20"))


def test_a_password_is_changed_every_ninety_days(office: Office) -> None:
    reset_password(user=office.wang, new=f"{GOOD}-0", by=office.admin, at=clock("09:00"))
    set_password(user=office.wang, old=f"{GOOD}-0", new=f"{GOOD}-1", at=clock("09:10"))
    assert not must_change(office.wang, at=clock("09:10") + timedelta(days=89))
    assert must_change(office.wang, at=clock("09:10") + timedelta(days=91))


def test_a_scripted_person_of_a_drill_never_signs_in() -> None:
    create_user(username="cast", name="演员", at=clock("08:00"), by=None, password=GOOD, scripted=True)
    with pytest.raises(Refused):
        sign_in(username="cast", password=GOOD, at=clock("09:00"))


def test_nobody_is_two_of_the_three_administrators(office: Office) -> None:
    both = ["sec_admin", "auditor"]
    with pytest.raises(Refused, match="三个人分别担任"):
        change_roles(user=office.auditor, roles=both, by=office.keeper, at=clock("09:00"), reason="兼任")
    declare_solo(by=office.zhao, reason="小单位", at=clock("09:01"))
    change_roles(user=office.auditor, roles=both, by=office.keeper, at=clock("09:02"), reason="兼任")
    assert User.objects.get(pk=office.auditor.pk).roles == both


def test_the_system_administrator_makes_accounts_but_gives_no_rights(office: Office) -> None:
    made = create_user(username="new", name="新人", at=clock("09:00"), by=office.admin)
    assert made.roles == []
    with pytest.raises(Refused, match="调整权限"):
        create_user(username="new2", name="新人", at=clock("09:00"), by=office.admin, roles=["monitor"])
    change_roles(user=made, roles=["monitor"], by=office.keeper, at=clock("09:05"), reason="入职")
    assert made.holds("monitor")


def test_the_last_security_administrator_stays(office: Office) -> None:
    with pytest.raises(Refused, match="至少要留一位"):
        change_roles(user=office.keeper, roles=[], by=office.keeper, at=clock("09:00"), reason="离任")
    with pytest.raises(Refused, match="至少要留一位"):
        close_account(user=office.keeper, by=office.admin, at=clock("09:00"), reason="离任")


def test_a_name_in_use_is_refused_in_a_sentence(office: Office) -> None:
    with pytest.raises(Refused, match="已有人用"):
        create_user(username="wangmin", name="王敏二", at=clock("09:00"), by=office.admin)


def test_solo_duty_is_declared_with_a_reason_and_ended(office: Office) -> None:
    with pytest.raises(Refused, match="为什么"):
        declare_solo(by=office.zhao, reason=" ", at=clock("09:00"))
    declare_solo(by=office.zhao, reason="夜班一人", at=clock("09:00"))
    with pytest.raises(Refused, match="已经声明"):
        declare_solo(by=office.zhao, reason="夜班一人", at=clock("09:01"))
    end_solo(by=office.zhao, at=clock("18:00"))
    assert not get_state("solo_duty")
    assert Trail.objects.filter(kind="settings.change", object_id="solo_duty").count() == 2
