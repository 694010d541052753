"""Other desks reach the service: hosts it answers to, and what it believes of a proxy in front of it."""

import re
import sqlite3
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

from tests.running.service import Service, environment, free_port, manage, running

DESK = "desk.office.test"
THROUGH = {"Host": DESK, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}


def ask(service: Service, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[HTTPResponse, str]:
    line = HTTPConnection("127.0.0.1", service.port, timeout=20)
    line.request(method, path, body.encode(), headers)
    answer = line.getresponse()
    words = answer.read().decode()
    line.close()
    return answer, words


def sign_in(service: Service, headers: dict[str, str], *, origin: str) -> HTTPResponse:
    """As the first account, with whatever the browser was given."""
    page, words = ask(service, "GET", "/login/", headers)
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', words)
    assert token is not None
    told = manage("first_login", env=environment(service.home, service.port)).stdout
    password = re.search(r"口令 (\S+)", told)
    assert password is not None
    form = {"csrfmiddlewaretoken": token[1], "username": "admin", "password": password[1]}
    cookie = str(page.headers["Set-Cookie"]).split(";")[0]
    kind = "application/x-www-form-urlencoded"
    more = {"Cookie": cookie, "Content-Type": kind, "Origin": origin, "Referer": f"{origin}/login/"}
    return ask(service, "POST", "/login/", headers | more, urlencode(form))[0]


def addresses(home: Path) -> str:
    """What the trail says of where people signed in from."""
    with closing(sqlite3.connect(home / "huiying.sqlite3")) as database:
        rows = (
            "SELECT x.data FROM office_trail t JOIN office_trailtext x ON x.digest = t.text_digest WHERE t.kind='login'"
        )
        return str(database.execute(rows).fetchall())


def test_behind_its_tls_proxy_cookies_are_secure_and_people_come_from_where_they_are(home: Path) -> None:
    with running(home, HUIYING_URL=f"https://{DESK}", HUIYING_TRUSTED_PROXY="127.0.0.1") as service:
        answer = sign_in(service, THROUGH, origin=f"https://{DESK}")
        assert answer.status == 302
        cookies = answer.headers.get_all("Set-Cookie") or []
        assert len(cookies) == 2 and all("; Secure" in cookie for cookie in cookies)
        assert "203.0.113.7" in addresses(home)
        assert ask(service, "GET", "/login/", THROUGH | {"Host": "elsewhere.test"})[0].status == 400


def test_reached_over_the_plain_network_it_believes_nobody_and_answers_to_its_own_names(home: Path) -> None:
    port = free_port()
    more = {"HUIYING_LISTEN": f"0.0.0.0:{port}", "HUIYING_URL": f"http://10.0.0.5:{port}", "HUIYING_HOSTS": DESK}
    with running(home, **more) as service:
        service.port = port
        for host in (DESK, f"10.0.0.5:{port}", f"127.0.0.1:{port}"):
            assert ask(service, "GET", "/login/", {"Host": host})[0].status == 200, host
        answer = sign_in(service, THROUGH, origin=f"http://{DESK}")
        assert answer.status == 302 and "; Secure" not in str(answer.headers.get_all("Set-Cookie"))
        assert "203.0.113.7" not in addresses(home)
