"""A desk left alone, a session that ended, an old token, a role taken away: what was typed is never lost."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from office.models import Login, ResetRequest, Trail, User
from office.services import links
from responses.models import Note
from tests.console.conftest import NIGHT, PASSWORD
from tests.console.night import Night

SignIn = Callable[[User], Client]
Turn = Callable[[datetime], None]
WORDS = "与区教委电话核过，09:00 给稿"
LATER = NIGHT + timedelta(minutes=21)


def _hidden(answer: object) -> dict[str, str]:
    """The form of a page that kept one: its hidden fields by name."""
    page = getattr(answer, "content", b"").decode()
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def _note(desk: Night) -> str:
    return f"/issues/{desk.issues['fees'].pk}/do/add_note/"


def test_a_desk_left_alone_stays_readable_and_asks_again_for_anything_else(
    desk: Night, sign_in: SignIn, clock: Turn
) -> None:
    client = sign_in(desk.people["lizhuo"])
    client.get("/")
    clock(LATER)
    board = client.get("/")
    assert board.status_code == 200
    assert "再输口令" in board.content.decode()
    assert client.get("/", headers={"HX-Request": "true"}).headers["X-Idle"] == "1"
    closed = client.get(f"/issues/{desk.issues['pipe'].pk}/")
    assert closed.status_code == 401
    assert "再输一次口令" in closed.content.decode()
    assert client.get("/posts/").status_code == 401


def test_the_board_that_renews_itself_keeps_nobody_awake(desk: Night, sign_in: SignIn, clock: Turn) -> None:
    client = sign_in(desk.people["lizhuo"])
    client.get("/")
    clock(NIGHT + timedelta(minutes=15))
    client.get("/", headers={"HX-Request": "true", "X-Renew": "1"})
    clock(LATER)
    assert client.get("/notices/").status_code == 401
    clock(NIGHT + timedelta(minutes=15))
    client.get("/leads/")
    clock(LATER)
    assert client.get("/notices/").status_code == 200


def test_words_sent_from_a_desk_left_alone_are_kept_and_go_on_after_the_password(
    desk: Night, sign_in: SignIn, clock: Turn
) -> None:
    client = sign_in(desk.people["lizhuo"])
    client.get("/")
    clock(LATER)
    asked = client.post(_note(desk), {"text": WORDS})
    assert asked.status_code == 401
    assert WORDS in asked.content.decode()
    assert Note.objects.count() == 0
    kept = _hidden(asked)
    wrong = client.post(_note(desk), kept | {"_password": "no"})
    assert wrong.status_code == 401
    assert "口令不对" in wrong.content.decode()
    assert _hidden(wrong)["text"] == WORDS
    done = client.post(_note(desk), kept | {"_password": PASSWORD})
    assert done.status_code == 302
    assert Note.objects.get().text == WORDS
    assert Trail.objects.filter(kind="login.again").count() == 1
    assert client.get("/notices/").status_code == 200


def test_words_sent_after_the_session_ended_are_kept_and_go_on_after_signing_in(
    desk: Night, sign_in: SignIn, clock: Turn
) -> None:
    client = sign_in(desk.people["lizhuo"])
    client.get("/")
    clock(NIGHT + timedelta(hours=13))
    asked = client.post(_note(desk), {"text": WORDS})
    assert asked.status_code == 401
    assert "登录已结束" in asked.content.decode()
    kept = _hidden(asked)
    refused = client.post(_note(desk), kept | {"_username": "lizhuo", "_password": "no"})
    assert "用户名或口令不对" in refused.content.decode()
    done = client.post(_note(desk), _hidden(refused) | {"_username": "lizhuo", "_password": PASSWORD})
    assert done.headers["Location"] == f"/issues/{desk.issues['fees'].pk}/"
    assert Note.objects.get().by == desk.people["lizhuo"]


def test_a_session_an_administrator_ended_is_over_at_the_next_page(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    client.get("/")
    Login.objects.update(ended_at=NIGHT)
    assert client.get("/leads/").headers["Location"] == "/login/?next=%2Fleads%2F"


def test_a_new_password_due_in_the_middle_keeps_the_words_too(desk: Night, client: Client) -> None:
    person = desk.people["lizhuo"]
    person.must_change_password = True
    person.save()
    asked = client.post(_note(desk), {"text": WORDS})
    turned = client.post(_note(desk), _hidden(asked) | {"_username": "lizhuo", "_password": PASSWORD})
    assert turned.headers["Location"] == "/password/"
    new = "Xin-Kouling-1"
    back = client.post("/password/", {"old": PASSWORD, "new": new, "again": new})
    assert WORDS in back.content.decode()
    client.post(_note(desk), _hidden(back))
    assert Note.objects.get().text == WORDS


def test_a_file_does_not_come_back_and_the_form_says_so_with_its_words(
    desk: Night, sign_in: SignIn, clock: Turn
) -> None:
    client = sign_in(desk.people["hechuan"])
    client.get("/")
    clock(LATER)
    address = f"/issues/{desk.issues['pipe'].pk}/release/"
    proof = SimpleUploadedFile("a.png", b"\x89PNG")
    asked = client.post(address, {"title": "关于青槐路抢修的通报", "copy": proof, "channel": "门户"})
    assert "选过的文件没有跟着回来" in asked.content.decode()
    back = client.post(address, _hidden(asked) | {"_password": PASSWORD})
    assert back.status_code == 422
    assert "重新选文件" in back.content.decode()
    assert "关于青槐路抢修的通报" in back.content.decode()


def test_an_old_token_is_told_in_chinese_and_the_words_go_on_with_a_fresh_one(desk: Night) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.people["lizhuo"], backend="django.contrib.auth.backends.ModelBackend")
    client.get("/more/")
    ours = {"Origin": "http://testserver"}
    old = client.post(_note(desk), {"text": WORDS, "csrfmiddlewaretoken": "x" * 64}, headers=ours)
    assert old.status_code == 403
    assert "页面放久了" in old.content.decode()
    assert WORDS in old.content.decode()
    assert client.post(_note(desk), _hidden(old), headers=ours).status_code == 302
    assert Note.objects.get().text == WORDS


def test_words_from_another_site_never_come_back_in_a_form(desk: Night) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.people["lizhuo"], backend="django.contrib.auth.backends.ModelBackend")
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        answer = client.post(_note(desk), {"text": WORDS}, headers=headers)
        assert answer.status_code == 403
        assert WORDS not in answer.content.decode()
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(_note(desk), {"text": WORDS}, headers={"Origin": "https://evil.example"})
    assert WORDS not in answer.content.decode()


def test_a_role_taken_away_while_the_page_was_open_is_told_and_the_words_are_shown(
    desk: Night, sign_in: SignIn
) -> None:
    person = desk.people["lizhuo"]
    client = sign_in(person)
    client.get(f"/issues/{desk.issues['fees'].pk}/")
    User.objects.filter(pk=person.pk).update(roles=["leader"])
    answer = client.post(_note(desk), {"text": WORDS})
    assert answer.status_code == 403
    words = answer.content.decode()
    assert "这件事您不能办" in words and "权限被调整" in words
    assert WORDS in words
    assert Note.objects.count() == 0


def test_a_password_is_never_carried_in_a_kept_form(desk: Night, sign_in: SignIn, clock: Turn) -> None:
    client = sign_in(desk.people["lizhuo"])
    client.get("/")
    clock(LATER)
    asked = client.post("/password/", {"old": "Geheim-1234", "new": "Neu-12345", "again": "Neu-12345"})
    assert asked.status_code == 401
    assert "Geheim" not in asked.content.decode() and "Neu-12345" not in asked.content.decode()


def test_forgetting_a_password_is_answered_alike_for_everybody(desk: Night, client: Client, settings: Settings) -> None:
    assert "没有开通邮件" in client.get("/forgot/").content.decode()
    settings.SMTP = ("127.0.0.1", 25)
    answers = [client.post("/forgot/", {"username": name}).content.decode() for name in ("lizhuo", "nobody")]
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", answers[0]) == token.sub("", answers[1])
    assert ResetRequest.objects.count() == 2


@pytest.mark.parametrize(("kind", "head"), [("join", "开通账号"), ("reset", "设新口令")])
def test_a_link_sets_a_password_and_works_once(desk: Night, client: Client, kind: str, head: str) -> None:
    person, admin = desk.people["lizhuo"], desk.people["zhaoning"]
    give = links.invite if kind == "join" else links.reset_link
    address = f"/{kind}/{give(user=person, by=admin, at=NIGHT)}/"
    assert head in client.get(address).content.decode()
    assert client.get(address).status_code == 200  # looking uses nothing up
    weak = client.post(address, {"new": "weak", "again": "weak"})
    assert weak.status_code == 422 and "口令至少" in weak.content.decode()
    differ = client.post(address, {"new": "Xin-Kouling-1", "again": "Xin-Kouling-2"})
    assert "两遍写的不一样" in differ.content.decode()
    done = client.post(address, {"new": "Xin-Kouling-1", "again": "Xin-Kouling-1"})
    assert done.headers["Location"] == "/login/"
    assert client.get(address).status_code == 410
    assert client.post("/login/", {"username": "lizhuo", "password": "Xin-Kouling-1"}).headers["Location"] == "/"


def test_changing_ones_password_signs_the_other_browsers_out(desk: Night) -> None:
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post("/login/", {"username": "lizhuo", "password": PASSWORD})
    new = "Xin-Kouling-1"
    assert here.post("/password/", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert here.get("/leads/").status_code == 200
    assert there.get("/leads/").status_code == 302
