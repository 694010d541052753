"""Our boards in a Kibana 8.19: the space, the data views and the dashboards, by fixed ids, as often as one likes.

The library this speaks through raises nothing, sets no time-out and follows every redirect; so each answer is judged
here, and whatever is not as it must be is a `KibanaFault`: a code and a sentence in Chinese that says what to do.

An import that Kibana answers with 200 may still have written nothing (conflicts, missing references); only
`success: true` with as many objects as were sent counts.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from kibana_api import Kibana

from reports.boards.made import FILE

VERSION = "8.19."
CONNECT_SECONDS = 5.0
AGAIN = frozenset({429, 502, 503, 504})  # Kibana is starting or has too much to do
WAITS = (1.0, 3.0)  # seconds before each further try of such an answer; the import may be repeated
ROOM = 200  # characters of what Kibana says that are shown
PREFIX = "huiying"  # in the file; an installation of another name has its own ids and indices


class KibanaFault(Exception):
    """Kibana did not take the boards. `str(fault)` begins with a code (E60-E68) and is for the administrator."""


@dataclass(frozen=True)
class Pushed:
    """What stands in Kibana now: `made`: whether the space was made; `boards`: title and address of each."""

    version: str
    space: str
    made: bool
    objects: int
    boards: tuple[tuple[str, str], ...]


def push(*, waits: Sequence[float] = WAITS) -> Pushed:
    """Make the space where it is not there and import the boards into it. Raises KibanaFault."""
    if not settings.KIBANA_URL:
        raise KibanaFault("E60 没有设 HUIYING_KIBANA_URL，不知道 Kibana 在哪里。")
    told = _Told(settings.KIBANA_URL, waits)
    try:
        version = _version(told)
        made = _space(told, settings.KIBANA_SPACE)
        return _import(told, settings.KIBANA_SPACE, version, made)
    finally:
        told.kibana.session.close()


class _Connection(Kibana):  # type: ignore[misc] # the library has no types
    """The library with what it lacks: a time-out, an API key, our certificates, no redirects, no foreign settings."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}/", settings.KIBANA_USER or None, settings.KIBANA_PASSWORD or None)
        self.session = requests.Session()
        self.session.trust_env = False  # no .netrc and no proxy of the shell
        if settings.KIBANA_CA:
            self.session.verify = settings.KIBANA_CA

    def requester(self, **request: Any) -> requests.Response:
        headers = {"kbn-xsrf": "true"} | ({} if "files" in request else {"Content-Type": "application/json"})
        auth: tuple[str, str] | None = None
        if settings.KIBANA_API_KEY:
            headers["Authorization"] = f"ApiKey {settings.KIBANA_API_KEY}"
        elif self.username:
            # As bytes: the library beneath would send a password outside Latin-1 not at all.
            auth = (self.username.encode(), self.password.encode())
        request.setdefault("timeout", (CONNECT_SECONDS, settings.KIBANA_TIMEOUT))
        return self.session.request(headers=headers, auth=auth, allow_redirects=False, **request)


@dataclass(frozen=True)
class _Answer:
    """Status and JSON body of an answer; `{}` where there is no object in it. `said`: what Kibana says is wrong."""

    status: int
    body: dict[str, Any]
    is_json: bool

    @property
    def said(self) -> str:
        return str(self.body.get("message") or self.body.get("error") or "")[:ROOM]


class _Told:
    """Asks, tries again what may be tried again, and turns what nobody can go on with into faults."""

    def __init__(self, url: str, waits: Sequence[float]) -> None:
        self.kibana, self.url, self.waits = _Connection(url), url, waits

    def ask(self, method: str, path: str, **words: Any) -> _Answer:
        """One request to `path` below the address. Raises KibanaFault."""
        kibana = self.kibana
        return self.judged(lambda: kibana.requester(method=method, url=kibana.url(kibana.base_url, path), **words))

    def judged(self, asks: Callable[[], Any]) -> _Answer:
        """The answer to `asks()`; 401, 403, redirects, and what is not Kibana at all are faults."""
        for wait in (*self.waits, None):
            answer = self._once(asks)
            if answer.status not in AGAIN:
                break
            if wait is None:
                raise KibanaFault(
                    f"E68 Kibana 暂时不能用（{answer.status}{_after(answer.said)}）。请等它启动好、不忙了再来一次。"
                )
            time.sleep(wait)
        if answer.status == 401:
            raise KibanaFault(
                f"E63 Kibana 不让进（{self.url}）：用户、口令或密钥不对。"
                "请核对 HUIYING_KIBANA_USER、HUIYING_KIBANA_PASSWORD 或 HUIYING_KIBANA_API_KEY。"
            )
        if answer.status == 403:
            raise KibanaFault(
                f"E63 这个用户或密钥没有权限{_after(answer.said)}。它在空间 {settings.KIBANA_SPACE} 里要有"
                "“已保存对象管理”“数据视图”“仪表板”“可视化库”的全部权限；要新建空间，还要有全部空间的权限。"
            )
        if 300 <= answer.status < 400 or not answer.is_json:
            how = "转到别处" if 300 <= answer.status < 400 else "答的不是 JSON"
            raise self.other(f"它答 {answer.status}，{how}")
        return answer

    def other(self, why: str) -> KibanaFault:
        return KibanaFault(
            f"E64 {self.url} 不像 Kibana（{why}）。请核对 HUIYING_KIBANA_URL：是 Kibana 的地址（一般是 5601 端口），"
            "不是 Elasticsearch 的、代理登录页的；Kibana 设了 server.basePath 的，地址要带上它。"
        )

    def _once(self, asks: Callable[[], Any]) -> _Answer:
        try:
            response: requests.Response = asks()
        except requests.exceptions.SSLError as error:
            raise KibanaFault(
                f"E62 Kibana 的证书不可信（{self.url}）。"
                "请用 HUIYING_KIBANA_CA 指出签发它的证书，并核对网址里的主机名。"
            ) from error
        except requests.exceptions.Timeout as error:
            raise KibanaFault(
                f"E61 Kibana 没有按时应答（{self.url}）。请看它是否过忙，或调大 HUIYING_KIBANA_TIMEOUT。"
            ) from error
        except requests.exceptions.RequestException as error:
            raise KibanaFault(
                f"E61 Kibana 连不上（{self.url}）。请看它是否在运行、HUIYING_KIBANA_URL 是否写对。"
            ) from error
        try:
            body = response.json()
        except ValueError:
            return _Answer(response.status_code, {}, False)
        return _Answer(response.status_code, body if isinstance(body, dict) else {}, isinstance(body, dict))


def _version(told: _Told) -> str:
    """The version of a Kibana that answers as one, and is of the one we know."""
    answer = told.ask("get", "api/status")
    level = _of(_of(answer.body, "status"), "overall").get("level")
    if answer.status != 200 or not isinstance(level, str):
        raise told.other(f"它答 {answer.status}，没有 Kibana 的状态")
    number = str(_of(answer.body, "version").get("number", ""))
    if not number:
        # Kibana tells strangers its state alone.
        raise KibanaFault(
            "E63 Kibana 没有说出版本：没有登录。请设 HUIYING_KIBANA_USER 和 HUIYING_KIBANA_PASSWORD，"
            "或 HUIYING_KIBANA_API_KEY。"
        )
    if not number.startswith(VERSION):
        raise KibanaFault(f"E65 Kibana 是 {number}，看板是为 {VERSION}x 做的，没有推送。请用 Kibana {VERSION}x。")
    return number


def _space(told: _Told, space: str) -> bool:
    """Whether the space was made; it stands afterwards. Kibana would import into one that nobody can open."""
    found = told.ask("get", f"api/spaces/space/{space}")
    if found.status == 200:
        return False
    if found.status != 404:
        raise KibanaFault(f"E66 问不到空间 {space}：Kibana 答 {found.status}{_after(found.said)}。")
    words = {"id": space, "name": "回应", "description": "公开舆情、时限、来源和传播链的看板", "initials": "回"}
    made = told.judged(lambda: told.kibana.space(**words).create())
    if made.status not in (200, 409):  # 409: somebody made it meanwhile
        raise KibanaFault(f"E66 建不了空间 {space}：Kibana 答 {made.status}{_after(made.said)}。")
    return made.status == 200


def _import(told: _Told, space: str, version: str, made: bool) -> Pushed:
    """Import every object under its own id, over what stands there from the last time."""
    objects = prefixed(settings.SEARCH_PREFIX)
    data = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects).encode()
    answer = told.ask(
        "post",
        f"s/{space}/api/saved_objects/_import",
        params={"overwrite": "true"},
        files={"file": ("huiying.ndjson", data, "application/ndjson")},  # Kibana looks at the ending of the name
    )
    if answer.status != 200:
        raise KibanaFault(f"E67 Kibana 没有收看板：它答 {answer.status}{_after(answer.said)}。什么都没有写。")
    errors = [one for one in answer.body.get("errors") or () if isinstance(one, dict)]
    if answer.body.get("success") is not True or errors:
        first = "；".join(_reason(one) for one in errors[:3]) or "没有说原因"
        raise KibanaFault(f"E67 Kibana 没有收全看板，{len(errors)} 个对象不收：{first}。请照原因处理后再推送一次。")
    count = answer.body.get("successCount")
    if count != len(objects):
        raise KibanaFault(
            f"E67 送去 {len(objects)} 个对象，Kibana 说收了 {count} 个。请再推送一次，仍不符就看它的日志。"
        )
    places = {
        str(one.get("id")): str(one.get("destinationId") or one.get("id"))
        for one in answer.body.get("successResults") or ()
        if isinstance(one, dict) and one.get("type") == "dashboard"
    }
    boards = tuple(
        (
            str(one["attributes"]["title"]),
            f"{told.url}/s/{space}/app/dashboards#/view/{places.get(one['id'], one['id'])}",
        )
        for one in objects
        if one["type"] == "dashboard"
    )
    return Pushed(version, space, made, len(objects), boards)


def prefixed(prefix: str) -> list[dict[str, Any]]:
    """The objects of the file for an installation whose indices begin with `prefix`; ids begin with it as well."""
    objects = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    if prefix == PREFIX:
        return objects
    for one in objects:
        one["id"] = _own(one["id"], prefix)
        for reference in one["references"]:
            reference["id"] = _own(reference["id"], prefix)
        if one["type"] == "index-pattern":
            one["attributes"]["title"] = _own(one["attributes"]["title"], prefix)
    return objects


def _own(name: str, prefix: str) -> str:
    return prefix + name.removeprefix(PREFIX)


def _reason(one: Mapping[str, Any]) -> str:
    """“dashboard:huiying-board-clocks：conflict”, with what Kibana says more."""
    error = one.get("error")
    told = error if isinstance(error, dict) else {}
    missing = ["、".join(f"{r.get('type')}:{r.get('id')}" for r in told.get("references") or () if isinstance(r, dict))]
    words = [
        *filter(None, missing),
        str(told.get("message") or ""),
        str(_of(_of(told, "output"), "payload").get("message") or ""),
    ]
    more = "，".join(dict.fromkeys(word for word in words if word))[:ROOM]
    return f"{one.get('type')}:{one.get('id')}：{told.get('type', '原因不明')}{_after(more)}"


def _of(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = body.get(key)
    return found if isinstance(found, dict) else {}


def _after(said: str) -> str:
    return f"：{said}" if said else ""
