"""`manage.py kibana push` leaves the same boards however often it runs, and is never silent where Kibana refuses."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from config.env import SettingError, envaccount, envca
from config.kibana import kibana_space, kibana_url
from reports import kibana as under_test
from reports.boards.made import FILE
from reports.kibana import KibanaFault, push
from tests.gateways.kibana import KEY, PASSWORD, USER, KibanaServer
from tests.gateways.tls_front import front
from tests.scale.compose import Stage

OBJECTS = len(FILE.read_text(encoding="utf-8").splitlines())


@pytest.fixture
def kibana(settings: Settings) -> Iterator[KibanaServer]:
    with KibanaServer() as server:
        settings.KIBANA_URL, settings.KIBANA_SPACE, settings.KIBANA_TIMEOUT = server.url, "huiying", 10
        settings.KIBANA_USER, settings.KIBANA_PASSWORD, settings.KIBANA_API_KEY = USER, PASSWORD, ""
        settings.SEARCH_PREFIX = "huiying"
        yield server


def refused(code: str, *words: str) -> str:
    """The push fails with this code and says these words; the command's status is 1."""
    with pytest.raises(KibanaFault) as caught:
        push(waits=())
    said = str(caught.value)
    assert said.startswith(code), said
    for word in words:
        assert word in said
    return said


def spoilt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Any) -> None:
    """What is pushed is another file."""
    objects = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    change(objects)
    file = tmp_path / "other.ndjson"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in objects), encoding="utf-8")
    monkeypatch.setattr(under_test, "FILE", file)


# --- what a push leaves behind ---------------------------------------------------------------------------------------


def test_a_push_into_an_empty_kibana_makes_the_space_and_every_object(kibana: KibanaServer) -> None:
    out = StringIO()
    call_command("kibana", "push", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["kibana"], told["space"], told["space_made"], told["objects"]) == ("8.19.3", "huiying", True, OBJECTS)
    assert kibana.store.spaces["huiying"]["name"] == "回应"
    assert {row.space for row in kibana.store.objects.values()} == {"huiying"}
    assert len(kibana.store.objects) == OBJECTS
    assert told["boards"][0] == {
        "title": "回应：态势总览",
        "address": f"{kibana.url}/s/huiying/app/dashboards#/view/huiying-board-overview",
    }


def test_pushed_twice_there_are_the_same_objects(kibana: KibanaServer) -> None:
    assert push().made
    first = {key: row.exported() for key, row in kibana.store.objects.items()}
    second = push()
    assert not second.made and second.objects == OBJECTS
    assert {key: row.exported() for key, row in kibana.store.objects.items()} == first
    assert kibana.store.written == 2 * OBJECTS


def test_a_push_puts_back_what_somebody_changed_and_leaves_other_boards_alone(kibana: KibanaServer) -> None:
    push()
    kibana.store.objects["dashboard", "huiying-board-clocks"].body["attributes"]["title"] = "改过"
    other = kibana.store.objects["dashboard", "huiying-board-clocks"]
    kibana.store.objects["dashboard", "their-own"] = type(other)(
        "dashboard", "their-own", "huiying", {"attributes": {}}
    )
    push()
    assert kibana.store.objects["dashboard", "huiying-board-clocks"].body["attributes"]["title"] == "回应：时限"
    assert ("dashboard", "their-own") in kibana.store.objects


def test_an_installation_of_another_name_has_boards_and_data_views_of_its_own(
    kibana: KibanaServer, settings: Settings
) -> None:
    push()
    settings.SEARCH_PREFIX, settings.KIBANA_SPACE = "west-2", "west"
    push()
    views = {row.body["attributes"]["title"] for row in kibana.store.objects.values() if row.kind == "index-pattern"}
    assert {"huiying-posts", "west-2-posts", "west-2-clocks"} <= views
    assert len(kibana.store.objects) == 2 * OBJECTS


def test_the_same_boards_in_a_second_space_are_told_by_the_address_they_have_there(
    kibana: KibanaServer, settings: Settings
) -> None:
    push()
    settings.KIBANA_SPACE = "second"
    addresses = [address for _, address in push().boards]
    copies = {row.id for row in kibana.store.objects.values() if row.space == "second" and row.kind == "dashboard"}
    assert {address.rpartition("/")[2] for address in addresses} == copies
    assert not any(key.startswith("huiying-") for key in copies)
    assert [address for _, address in push().boards] == addresses


def test_a_base_path_and_an_api_key_do_as_well(kibana: KibanaServer, settings: Settings) -> None:
    kibana.base = "/office/kibana"
    settings.KIBANA_URL = kibana.url
    settings.KIBANA_USER = settings.KIBANA_PASSWORD = ""
    settings.KIBANA_API_KEY = KEY
    assert push().objects == OBJECTS
    assert all(path.startswith("/office/kibana/") for _, path in kibana.heard)


def test_a_kibana_that_is_still_starting_is_asked_again(kibana: KibanaServer) -> None:
    kibana.busy = 2
    assert push(waits=(0.01, 0.01)).objects == OBJECTS


def test_the_space_may_be_made_by_somebody_else_meanwhile(
    kibana: KibanaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    kibana.store.spaces["huiying"] = {"id": "huiying", "name": "他们的"}
    monkeypatch.setattr(kibana.store, "spaces", _Late(kibana.store.spaces))
    assert not push().made


class _Late(dict[str, dict[str, Any]]):
    """A space that is not seen when it is looked for, and is there when it is made."""

    def get(self, key: str, default: Any = None) -> Any:
        return None


# --- what Kibana refuses -------------------------------------------------------------------------------------------


def test_without_an_address_it_says_which_setting_is_missing(settings: Settings) -> None:
    settings.KIBANA_URL = ""
    refused("E60", "HUIYING_KIBANA_URL")


def test_a_kibana_that_is_not_there_is_said(kibana: KibanaServer, settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.KIBANA_URL = f"http://127.0.0.1:{free.getsockname()[1]}"
    refused("E61", "连不上", settings.KIBANA_URL)


def test_a_kibana_that_does_not_answer_is_not_waited_for_for_ever(kibana: KibanaServer, settings: Settings) -> None:
    kibana.hang, settings.KIBANA_TIMEOUT = True, 0.3
    refused("E61", "没有按时应答", "HUIYING_KIBANA_TIMEOUT")


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_wrong_password_or_none_is_said(kibana: KibanaServer, settings: Settings, password: str) -> None:
    settings.KIBANA_PASSWORD, settings.KIBANA_USER = password, USER if password else ""
    said = refused("E63", "HUIYING_KIBANA_USER")
    assert "wrong" not in said


def test_a_wrong_password_is_refused_by_401_once_the_version_is_told_to_strangers(
    kibana: KibanaServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KIBANA_PASSWORD = "wrong"
    monkeypatch.setattr(under_test, "_version", lambda _told: "8.19.3")
    refused("E63", "用户、口令或密钥不对")


def test_an_account_without_privileges_is_told_which_it_needs(kibana: KibanaServer) -> None:
    kibana.allowed = False
    refused("E63", "没有权限", "已保存对象管理")


@pytest.mark.parametrize("version", ["8.18.4", "9.1.5", "7.17.0"])
def test_another_version_is_not_touched(kibana: KibanaServer, version: str) -> None:
    kibana.version = version
    refused("E65", version, "8.19.x")
    assert not kibana.store.objects and "huiying" not in kibana.store.spaces


def test_a_login_page_or_another_server_is_not_taken_for_kibana(kibana: KibanaServer) -> None:
    kibana.odd = "<html>请登录</html>".encode()
    refused("E64", "不像 Kibana", "答的不是 JSON")
    kibana.odd = b'{"tagline": "You Know, for Search"}'
    refused("E64", "不像 Kibana")
    kibana.odd, kibana.moved = b"", True
    refused("E64", "转到别处")


def test_a_kibana_that_stays_unavailable_is_said(kibana: KibanaServer) -> None:
    kibana.busy = 1
    refused("E68", "503", "not ready")
    kibana.level = "critical"
    refused("E68", "503")


def test_a_space_that_can_not_be_made_is_said_and_nothing_is_imported(kibana: KibanaServer, settings: Settings) -> None:
    settings.KIBANA_SPACE = "Not-Allowed"
    refused("E66", "Not-Allowed", "400", "lower case")
    assert not kibana.store.objects


def test_objects_of_a_newer_version_are_refused_as_a_whole(
    kibana: KibanaServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spoilt(monkeypatch, tmp_path, lambda objects: objects[-1].update(typeMigrationVersion="10.4.0"))
    refused("E67", "422", "more recent version", "什么都没有写")
    assert not kibana.store.objects


def test_a_reference_that_is_nowhere_is_named_and_nothing_is_written(
    kibana: KibanaServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spoilt(monkeypatch, tmp_path, lambda objects: objects.pop(0))
    refused("E67", "missing_references", "index-pattern:huiying-posts")
    assert not kibana.store.objects


def test_an_object_kibana_does_not_know_or_take_is_named_with_its_reason(
    kibana: KibanaServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spoilt(monkeypatch, tmp_path, lambda objects: objects[-1].update(type="cockpit"))
    refused("E67", "cockpit:huiying-board-chain：unsupported_type")
    spoilt(monkeypatch, tmp_path, lambda objects: objects[-1]["attributes"].update(panelsJSON=[]))
    refused("E67", "dashboard:huiying-board-chain：unknown", "expected value of type [string]")


def test_a_line_twice_is_refused(kibana: KibanaServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spoilt(monkeypatch, tmp_path, lambda objects: objects.append(objects[0]))
    refused("E67", "400", "Non-unique import objects detected")


def test_a_conflict_or_too_few_objects_never_pass_for_success(kibana: KibanaServer) -> None:
    conflict = {"type": "dashboard", "id": "huiying-board-clocks", "error": {"type": "conflict"}}
    kibana.lie = lambda told: {**told, "success": False, "errors": [conflict]}
    refused("E67", "dashboard:huiying-board-clocks：conflict", "1 个对象不收")
    kibana.lie = lambda told: {**told, "successCount": 3}
    refused("E67", f"送去 {OBJECTS} 个对象", "3 个")
    kibana.lie = lambda told: {"success": False}
    refused("E67", "没有说原因")


def test_a_certificate_is_checked_and_ours_can_be_named(
    kibana: KibanaServer, settings: Settings, tmp_path: Path
) -> None:
    with front(kibana.url, tmp_path) as tls:
        settings.KIBANA_URL = tls.url
        refused("E62", "HUIYING_KIBANA_CA")
        settings.KIBANA_CA = str(tls.ca)
        said = refused("E63")  # trusted: the front asks for its own account
        assert tls.url in said or "HUIYING_KIBANA_USER" in said


def test_the_command_says_the_sentence_and_ends_with_status_1(kibana: KibanaServer, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="E65"):
        kibana.version = "9.0.0"
        call_command("kibana", "push")
    words = {**os.environ, "HUIYING_HOME": str(tmp_path), "HUIYING_KIBANA_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "manage.py", "kibana", "push"], env=words, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "E61" in done.stderr and "Traceback" not in done.stderr


def test_the_one_off_service_of_the_compose_file_pushes_by_its_own_words(tmp_path: Path) -> None:
    with KibanaServer(user="elastic", password="made once") as kibana:
        stage = Stage(tmp_path, replace={"http://kibana:5601": kibana.url}, secrets={"elastic": "made once"})
        assert stage.start("kibana-push").wait(timeout=60) == 0, stage.said("kibana-push")
        assert json.loads(stage.said("kibana-push").splitlines()[-1])["objects"] == OBJECTS
        assert {row.space for row in kibana.store.objects.values()} == {"huiying"}


# --- the server of these tests is as strict as the real one --------------------------------------------------------


def test_the_kibana_of_the_tests_refuses_what_the_real_one_refuses(kibana: KibanaServer) -> None:
    line = FILE.read_bytes().splitlines()[0]
    account = requests.auth.HTTPBasicAuth(USER.encode(), PASSWORD.encode())

    def ask(path: str, **words: Any) -> requests.Response:
        words.setdefault("headers", {"kbn-xsrf": "true"})
        return requests.post(f"{kibana.url}{path}", auth=account, timeout=10, **words)

    take = "/api/saved_objects/_import"
    assert "kbn-xsrf" in ask(take, headers={}, files={"file": ("a.ndjson", line)}).json()["message"]
    assert ask(take, files={"file": ("a.json", line)}).json()["message"] == "Invalid file extension .json"
    assert ask(take, json={}).status_code == 415
    assert ask(f"{take}?overwrite=true&createNewCopies=true", files={"file": ("a.ndjson", line)}).status_code == 400
    assert ask(f"{take}?force=true", files={"file": ("a.ndjson", line)}).status_code == 400
    assert ask(take, files={"file": ("a.ndjson", b"{not json")}).status_code == 400
    assert ask(take, files={"file": ("a.ndjson", line)}).json()["success"] is True
    conflict = ask(take, files={"file": ("a.ndjson", line)}).json()
    assert conflict["success"] is False and conflict["errors"][0]["error"]["type"] == "conflict"
    assert ask("/api/spaces/space", json={"id": "a b", "name": "x"}).status_code == 400
    assert ask("/api/spaces/space", json={"id": "ab", "name": "x", "colour": "red"}).status_code == 400
    assert [ask("/api/spaces/space", json={"id": "ab", "name": "x"}).status_code for _ in range(2)] == [200, 409]
    view = {"data_view": {"title": "x-*"}}
    assert [ask("/api/data_views/data_view", json=view).status_code for _ in range(2)] == [200, 400]
    told = ask("/api/saved_objects/_export", json={"type": ["index-pattern"]})
    assert {json.loads(row)["attributes"]["title"] for row in told.text.splitlines()} == {"huiying-posts", "x-*"}


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"HUIYING_KIBANA_URL": "kibana:5601"}, "E08"),
        ({"HUIYING_KIBANA_URL": "http://kibana:5601/../x"}, "E08"),
        ({"HUIYING_KIBANA_URL": "http://a:b@kibana:5601"}, "E16"),
        ({"HUIYING_KIBANA_USER": "x"}, "E16"),
        ({"HUIYING_KIBANA_API_KEY": "x", "HUIYING_KIBANA_USER": "y", "HUIYING_KIBANA_PASSWORD": "z"}, "E16"),
        ({"HUIYING_KIBANA_SPACE": "Our Space"}, "E16"),
        ({"HUIYING_KIBANA_CA": "/nowhere.pem", "HUIYING_KIBANA_URL": "https://kibana:5601"}, "E01"),
        ({"HUIYING_KIBANA_CA": "/nowhere.pem", "HUIYING_KIBANA_URL": "http://kibana:5601"}, "E16"),
    ],
)
def test_a_wrong_setting_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, words: dict[str, str], code: str) -> None:
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=code):
        envca("HUIYING_KIBANA_URL", [kibana_url()])
        envaccount("HUIYING_KIBANA_URL")
        kibana_space()
