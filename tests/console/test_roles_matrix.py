"""Every address × every role, looking and acting: allowed, 403, or the sign-in page (domain.md B6: default deny)."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from console.access import gate_of
from console.permissions import Line, lines, table, ungated
from office.models import User
from office.roles import Role

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
# Values for the parts of an address: nothing of this name exists, so that whoever passes the gate finds nothing to do.
PARTS = {"pk": 0, "token": "x", "key": "nothing", "kind": "nothing", "name": "nothing", "what": "nothing"}
PARTS |= {"day": "2026-11-18", "shift": "day", "number": 0}
# What is sent so that an act that is allowed does nothing (a drill of a scenario that is not there).
SENT = {"drill": {"scenario": "nothing"}}
ALL = list(lines())
PEOPLE = [*Role, ""]  # "" = an account without any role


def _ask(client: Client, line: Line) -> int | str:
    key, _, value = line.name.partition("=")
    names = re.findall(r"<(\w+)>", line.address)
    parts = PARTS | ({key: value} if key in names else {})
    address = re.sub(r"<(\w+)>", lambda found: str(parts[found[1]]), line.address)
    if line.way == "看":
        answer = client.get(address)
    else:
        answer = client.post(address, {key: value} if key and key not in names else SENT.get(line.url_name, {}))
    goes_to = answer.headers.get("Location", "")
    return "login" if goes_to.startswith("/login/?next=") or answer.status_code == 401 else answer.status_code


def _wrong(line: Line, got: int | str, *, allowed: bool) -> bool:
    return got in (403, "login") if allowed else got != 403


@pytest.mark.parametrize("role", PEOPLE, ids=lambda role: role or "no role")
def test_each_address_is_open_to_the_roles_of_the_table_and_to_no_other(role: str) -> None:
    person = User.objects.create(
        username=role or "nobody", name="某人", roles=[role] if role else [], created_at="2026-11-18T00:00Z",
        must_change_password=False,
    )  # fmt: skip
    client = Client(raise_request_exception=True)
    wrong = []
    for line in ALL:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        got = _ask(client, line)
        allowed = line.gate.open or line.allows(role)
        if _wrong(line, got, allowed=allowed):
            wrong.append((line.address, line.way, line.name, got))
    assert wrong == []


def test_nobody_gets_anywhere_without_signing_in() -> None:
    wrong = []
    for line in ALL:
        got = _ask(Client(), line)
        if (got == "login") == line.gate.open:
            wrong.append((line.address, line.way, line.name, got))
    assert wrong == []


def test_no_address_is_without_a_gate() -> None:
    assert ungated() == []
    assert gate_of(lambda request: None) is None


def test_the_table_of_the_documents_is_what_the_gates_say() -> None:
    assert (ROOT / "docs" / "roles.md").read_text(encoding="utf-8") == table(), "run: manage.py roles"
