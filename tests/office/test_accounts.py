"""Invitations, forgotten passwords, sessions, and people who leave."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from office import trail
from office.errors import Changed, Refused
from office.models import Duty, FailedName, Login, Ticket, Trail, User
from office.pack.current import current_pack
from office.services import links, logins
from office.services.passwords import reset_on_server, reset_password, unlock
from office.services.people import (
    Mails,
    change_person,
    change_roles,
    close_account,
    create_user,
    reopen_account,
    set_recipients,
)
from office.services.sign_in import sign_in
from office.services.units import add_unit, change_unit, sync_units
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
GOOD = "Huai-shu-2026"


def test_a_new_person_comes_in_by_a_link_that_works_once(office: Office) -> None:
    new = create_user(username="newcomer", name="新人", at=clock("09:00"), by=office.admin)
    token = links.invite(user=new, by=office.admin, at=clock("09:00"))
    assert links.read_link(token=token, kind="join", at=clock("10:00")).pk == new.pk
    with pytest.raises(Refused, match="口令至少"):
        links.redeem(token=token, kind="join", new="weak", at=clock("10:00"))
    links.redeem(token=token, kind="join", new=GOOD, at=clock("10:01"))
    with pytest.raises(Refused, match="已经用过"):
        links.redeem(token=token, kind="join", new=f"{GOOD}-2", at=clock("10:02"))
    assert sign_in(username="newcomer", password=GOOD, at=clock("10:03")).pk == new.pk
    assert not new.must_change_password or not User.objects.get(pk=new.pk).must_change_password
    with pytest.raises(Refused, match="已经用过账号"):
        links.invite(user=User.objects.get(pk=new.pk), by=office.admin, at=clock("10:04"))


def test_an_invitation_lasts_three_days_and_a_second_one_replaces_it(office: Office) -> None:
    new = create_user(username="newcomer", name="新人", at=clock("09:00"), by=office.admin)
    first = links.invite(user=new, by=office.admin, at=clock("09:00"))
    second = links.invite(user=new, by=office.admin, at=clock("09:05"))
    with pytest.raises(Refused, match="已经用过"):
        links.read_link(token=first, kind="join", at=clock("09:06"))
    with pytest.raises(Refused, match="已过期"):
        links.read_link(token=second, kind="join", at=clock("09:05") + timedelta(hours=72))
    with pytest.raises(Refused, match="链接不对"):
        links.read_link(token=second, kind="reset", at=clock("09:06"))


def test_only_the_system_administrator_gives_out_links(office: Office) -> None:
    with pytest.raises(Refused, match="没有“管理人员”的权限"):
        links.reset_link(user=office.wang, by=office.keeper, at=clock("09:00"))


def test_a_reset_unlocks_ends_every_session_and_the_old_password_is_gone(office: Office) -> None:
    reset_password(user=office.wang, new=GOOD, by=office.admin, at=clock("08:00"))
    login = logins.begin_login(user=office.wang, at=clock("08:10"))
    User.objects.filter(pk=office.wang.pk).update(locked_until=clock("12:00"))
    token = links.reset_link(user=office.wang, by=office.admin, at=clock("09:00"))
    with pytest.raises(Refused, match="最近 5 次"):
        links.redeem(token=token, kind="reset", new=GOOD, at=clock("09:01"))
    links.redeem(token=token, kind="reset", new=f"{GOOD}-2", at=clock("09:02"))
    assert logins.open_login(user=office.wang, number=login.pk, at=clock("09:03")) is None
    assert sign_in(username="wangmin", password=f"{GOOD}-2", at=clock("09:03")).pk == office.wang.pk


def test_a_name_nobody_has_is_noted_locked_and_answered_like_a_real_one(office: Office) -> None:
    reset_password(user=office.wang, new=GOOD, by=office.admin, at=clock("08:00"))
    said: dict[str, list[str]] = {"wangmin": [], "nobody": []}
    for name, heard in said.items():
        for minute in range(7):
            with pytest.raises(Refused) as refused:
                sign_in(username=name, password="no", at=clock(f"09:0{minute}"))
            heard.append(str(refused.value))
    assert said["wangmin"] == said["nobody"]
    assert "已锁定" in said["nobody"][-1]
    with pytest.raises(Refused):
        sign_in(username="other", password="no", at=clock("09:00", day=19))
    assert FailedName.objects.count() == 1  # those of the day before are forgotten


def test_asking_for_a_mail_does_the_same_work_for_any_name_and_is_limited_by_address(office: Office) -> None:
    for _ in range(40):
        links.request_reset(username="wangmin", address="10.0.0.9", at=clock("09:00"))
    links.request_reset(username="nobody", address="10.0.0.8", at=clock("09:00"))
    assert links.take_requests(at=clock("09:01")) == [office.wang]
    assert links.take_requests(at=clock("09:02")) == []


def test_an_administrator_unlocks_without_changing_the_password(office: Office) -> None:
    with pytest.raises(Refused, match="没有锁定"):
        unlock(user=office.wang, by=office.admin, at=clock("09:00"))
    office.wang.locked_until = clock("09:30")
    office.wang.save()
    unlock(user=office.wang, by=office.admin, at=clock("09:01"))
    assert User.objects.get(pk=office.wang.pk).locked_until is None


def test_on_the_server_a_locked_out_administrator_comes_back_in_and_the_trail_says_so(office: Office) -> None:
    reset_on_server(username="gaogong", new=GOOD, at=clock("09:00"), who="huiying")
    assert sign_in(username="gaogong", password=GOOD, at=clock("09:01")).must_change_password
    assert Trail.objects.filter(kind="people.password", by=None, object_id=str(office.admin.pk)).count() == 1
    with pytest.raises(Refused, match="没有用户名为"):
        reset_on_server(username="nobody", new=GOOD, at=clock("09:00"), who="huiying")
    close_account(user=office.wang, by=office.admin, at=clock("09:02"), reason="调离")
    with pytest.raises(Refused, match="--reopen"):
        reset_on_server(username="wangmin", new=GOOD, at=clock("09:03"), who="huiying")
    assert reset_on_server(username="wangmin", new=GOOD, at=clock("09:04"), who="huiying", reopen=True).is_active


def test_a_desk_left_alone_is_idle_after_twenty_minutes_and_a_session_ends_after_a_shift(office: Office) -> None:
    login = logins.begin_login(user=office.wang, at=clock("09:00"), browser="Mozilla/5.0 (Windows NT) Chrome/140")
    assert login.browser == "Chrome，Windows"
    assert not logins.is_idle(login, at=clock("09:19"))
    assert logins.is_idle(login, at=clock("09:20"))
    logins.note_active(login, at=clock("09:21"))
    assert not logins.is_idle(Login.objects.get(pk=login.pk), at=clock("09:40"))
    assert logins.open_login(user=office.wang, number=login.pk, at=clock("20:59")) is not None
    assert logins.open_login(user=office.wang, number=login.pk, at=clock("21:01")) is None
    assert logins.open_login(user=office.li, number=login.pk, at=clock("09:01")) is None


def test_one_ends_ones_own_sessions_and_an_administrator_those_of_others(office: Office) -> None:
    here, there = (logins.begin_login(user=office.wang, at=clock("09:00")) for _ in range(2))
    with pytest.raises(Refused, match="结束他人的登录"):
        logins.end_login(login=there, by=office.li, at=clock("09:01"))
    assert logins.end_all(user=office.wang, by=office.wang, at=clock("09:02"), but=here) == 1
    with pytest.raises(Refused, match="已经结束"):
        logins.end_login(login=there, by=office.wang, at=clock("09:03"))
    assert logins.end_all(user=office.wang, by=office.keeper, at=clock("09:04")) == 1
    assert logins.open_logins(at=clock("09:05"), user=office.wang) == []


def test_who_leaves_is_off_the_roster_out_of_the_service_and_stays_in_the_record(office: Office) -> None:
    token = links.reset_link(user=office.wang, by=office.admin, at=clock("09:00"))
    login = logins.begin_login(user=office.wang, at=clock("09:00"))
    with pytest.raises(Refused, match="原因"):
        close_account(user=office.wang, by=office.admin, at=clock("10:00"), reason=" ")
    close_account(user=office.wang, by=office.admin, at=clock("10:00"), reason="调离")
    gone = User.objects.get(pk=office.wang.pk)
    assert (gone.is_active, gone.left_at, gone.roles) == (False, clock("10:00"), ["monitor"])
    assert Duty.objects.get(user=gone).ends_at == clock("10:00")
    assert logins.open_login(user=gone, number=login.pk, at=clock("10:01")) is None
    assert not Ticket.objects.filter(user=gone, used_at=None).exists()
    with pytest.raises(Refused):
        links.read_link(token=token, kind="reset", at=clock("10:01"))


def test_who_comes_back_gets_roles_and_password_anew(office: Office) -> None:
    close_account(user=office.li, by=office.admin, at=clock("10:00"), reason="借调")
    back = reopen_account(user=office.li, by=office.admin, at=clock("11:00"), reason="借调期满")
    assert (back.is_active, back.roles, back.has_usable_password()) == (True, [], False)
    assert links.invite(user=back, by=office.admin, at=clock("11:01"))


def test_a_role_taken_away_takes_its_coming_shifts_along(office: Office) -> None:
    change_roles(user=office.wang, roles=["analyst"], by=office.keeper, at=clock("10:00"), reason="转岗")
    assert Duty.objects.get(user=office.wang).ends_at == clock("10:00")


def test_two_people_save_one_form_and_the_second_hears_who_was_first(office: Office) -> None:
    seen = office.wang.version
    change_person(user=office.wang, by=office.admin, at=clock("14:02"), name="王敏", email="a@b.cn", version=seen)
    kept = trail.words_of(list(Trail.objects.filter(kind="people.change")))
    assert [text.data["after"] for text in kept.values()] == [{"email": "a@b.cn"}]
    with pytest.raises(Changed, match="高工 14:02 先存了一次"):
        change_roles(
            user=office.wang, roles=["analyst"], by=office.keeper, at=clock("14:03"), reason="转岗", version=seen
        )
    with pytest.raises(Changed):
        change_person(user=office.wang, by=office.admin, at=clock("14:04"), name="王", email="", version=seen)


@pytest.mark.parametrize("bad", ["wang", "wang@", "@b.cn", "a@b", "a b@c.cn", "a@b.cn\nBcc: c@d.cn", "a@b.cn,c@d.cn"])
def test_a_malformed_mail_address_is_refused_with_an_example(office: Office, bad: str) -> None:
    with pytest.raises(Refused, match="name@example.cn"):
        change_person(user=office.wang, by=office.admin, at=clock("09:00"), name="王敏", email=bad)
    with pytest.raises(Refused, match="邮箱地址"):
        create_user(username="fresh", name="新人", email=bad, at=clock("09:00"), by=office.admin)


def test_who_gets_mail_is_set_for_everybody_at_once_and_noted(office: Office) -> None:
    off = Mails(notices=True, briefs=False, seen=(True, True))
    assert set_recipients(wanted={office.wang.pk: off}, by=office.admin, at=clock("09:00")) == 1
    same = Mails(notices=True, briefs=False, seen=(True, False))
    assert set_recipients(wanted={office.wang.pk: same}, by=office.admin, at=clock("09:01")) == 0
    with pytest.raises(Changed, match="王敏 的收件刚被别人改过"):
        set_recipients(wanted={office.wang.pk: off}, by=office.admin, at=clock("09:02"))
    assert not User.objects.get(pk=office.wang.pk).mail_briefs
    assert Trail.objects.filter(kind="people.recipients").count() == 1


def test_a_unit_of_ones_own_stays_when_the_pack_is_taken_in_again(office: Office) -> None:

    unit = add_unit(name="舆情值守专班", short="专班", by=office.admin, at=clock("09:00"))
    with pytest.raises(Refused, match="已有"):
        add_unit(name="舆情值守专班", short="", by=office.admin, at=clock("09:00"))
    sync_units(current_pack())
    unit.refresh_from_db()
    assert unit.active and unit.local
    with pytest.raises(Refused, match="资料包"):
        change_unit(
            unit=office.fire, name="消防", short="", active=True, version=None, by=office.admin, at=clock("09:00")
        )
    change_unit(unit=unit, name="专班", short="专班", active=False, version=0, by=office.admin, at=clock("09:10"))
    with pytest.raises(Changed):
        change_unit(unit=unit, name="班", short="", active=True, version=0, by=office.admin, at=clock("09:11"))


def test_the_command_tells_the_new_password_once(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("reset_password", "gaogong")
    told = re.search(r"新口令：(\S+)", capsys.readouterr().out)
    assert told is not None
    assert User.objects.get(username="gaogong").check_password(told[1])
    with pytest.raises(CommandError, match="没有用户名为"):
        call_command("reset_password", "nobody")
