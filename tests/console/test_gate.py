"""Who comes in: signing in, the first password, the lock, and what each role may look at."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.template.loader import render_to_string
from django.test import Client

from console.version import version
from office.models import User
from office.pack.current import current_pack
from office.state import set_state
from tests.console.conftest import NIGHT, PASSWORD
from tests.console.night import Night

SignIn = Callable[[User], Client]


def test_nobody_sees_a_page_without_signing_in(desk: Night, client: Client) -> None:
    answer = client.get("/leads/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login/?next=%2Fleads%2F"
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 401


def test_after_signing_in_one_stands_where_one_wanted_to_go(desk: Night, client: Client) -> None:
    answer = client.post("/login/?next=/leads/", {"username": "lizhuo", "password": PASSWORD})
    assert answer.headers["Location"] == "/leads/"
    elsewhere = Client().post("/login/?next=https://evil.example/", {"username": "lizhuo", "password": PASSWORD})
    assert elsewhere.headers["Location"] == "/"


def test_whom_to_call_and_which_version_stands_below_the_form(desk: Night, client: Client) -> None:
    words = client.get("/login/").content.decode()
    assert "值班电话见名录" in words and f"第 {version()} 版" in words
    named = current_pack().district.model_copy(update={"duty_phone": "值班室 6600"})
    told = render_to_string("console/login.html", {"district": named, "at": NIGHT, "version": "1"}, request=None)
    assert "值班电话 值班室 6600" in told


def test_a_wrong_password_keeps_the_name_and_says_what_to_do(desk: Night, client: Client) -> None:
    answer = client.post("/login/", {"username": "lizhuo", "password": "wrong"})
    words = answer.content.decode()
    assert answer.status_code == 403
    assert 'value="lizhuo"' in words
    assert "用户名或口令不对" in words


def test_five_wrong_passwords_lock_for_half_an_hour(
    desk: Night, client: Client, clock: Callable[[datetime], None]
) -> None:
    for _ in range(5):
        client.post("/login/", {"username": "lizhuo", "password": "wrong"})
    assert "已锁定" in client.post("/login/", {"username": "lizhuo", "password": PASSWORD}).content.decode()
    clock(NIGHT + timedelta(minutes=31))
    assert client.post("/login/", {"username": "lizhuo", "password": PASSWORD}).status_code == 302


def test_an_account_without_a_role_sees_nothing_of_the_desk_and_nobody_else(desk: Night, sign_in: SignIn) -> None:
    person = desk.people["lizhuo"]
    person.roles = []
    person.save(update_fields=["roles"])
    client = sign_in(person)
    for address in ("/", "/people/", f"/people/{desk.people['wangmin'].pk}/", "/handover/", "/leads/", "/trail/"):
        answer = client.get(address)
        assert answer.status_code == 403, address
        assert "王敏" not in answer.content.decode(), address
    assert client.get("/password/").status_code == 200


def test_a_first_password_is_changed_before_anything_else(desk: Night, sign_in: SignIn) -> None:
    person = desk.people["lizhuo"]
    person.must_change_password = True
    person.save()
    client = sign_in(person)
    assert client.get("/").headers["Location"] == "/password/"
    refused = client.post("/password/", {"old": PASSWORD, "new": "short", "again": "short"})
    assert "口令至少" in refused.content.decode()
    done = client.post("/password/", {"old": PASSWORD, "new": "Xin-Kouling-1", "again": "Xin-Kouling-1"})
    assert done.headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_an_administrator_sees_no_case_and_is_told_who_does(desk: Night, sign_in: SignIn) -> None:
    answer = sign_in(desk.people["zhaoning"]).get("/issues/")
    assert answer.status_code == 403
    assert "这一页不对您开放" in answer.content.decode()
    assert "值班长" in answer.content.decode()


def test_dry_run_and_solo_duty_are_said_on_every_page(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    set_state("solo_duty", {"reason": "中秋夜只有一人", "by": "王敏", "at": ""}, by=None, at=NIGHT)
    for address in ("/", "/sources/", "/briefs/"):
        words = client.get(address).content.decode()
        assert "试运行" in words
        assert "中秋夜只有一人" in words


def test_dry_run_ends_only_after_a_test_message(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["zhaoning"])
    answer = client.post("/settings/do/dry-off/", follow=True)
    assert "先试发一条消息" in answer.content.decode()
    set_state("test_message", {"sent": ["mail"], "failed": {}, "by": "赵宁", "at": ""}, by=None, at=NIGHT)
    answer = client.post("/settings/do/dry-off/", follow=True)
    assert "试运行已关闭" in answer.content.decode()
    assert "<b>试运行</b>" not in answer.content.decode()


def test_a_session_of_a_closed_account_ends(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    User.objects.filter(username="lizhuo").update(is_active=False)
    assert client.get("/").status_code == 302
