"""A small real HTTP server on loopback that answers as Kibana 8.19 does where we speak to it, refusing what it would.

Status, spaces, data views, import and export of saved objects. Rules and words are those of Kibana's own source and
its API tests; what nobody could verify there is as documented. It looks at what Kibana looks at, no more: a board that
names an absent chart is imported with success here too (tests/reports/kibana_objects.py finds that).
"""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.gateways import kibana_import as importing
from tests.gateways.kibana_import import Answer, Store, refusal

USER, PASSWORD, KEY = "huiying", "看板的口令", "aWQ6a2V5"
MOST_BYTES = 26_214_400


@dataclass
class KibanaServer:
    """Start with `with KibanaServer() as kibana:`. What it holds: `store`; what was asked: `heard` (method, path).

    It lets in `user` with `password`, and whoever has KEY. `version`, `level`, `allowed` (False: signed in without
    privileges), `busy` (how many answers are 503 first), `odd` (bytes answered to everything, as a login page), `moved`
    (redirects everything), `hang`, `base` (base path), `lie` (changes the answer of an import).
    """

    user: str = USER
    password: str = PASSWORD
    version: str = "8.19.3"
    level: str = "available"
    allowed: bool = True
    busy: int = 0
    odd: bytes = b""
    moved: bool = False
    hang: bool = False
    base: str = ""
    lie: Callable[[Answer], Answer] | None = None
    store: Store = field(default_factory=Store)
    heard: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.base}"

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Call)
        self._server.gateway = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    gateway: KibanaServer


def _knows(gateway: KibanaServer, header: str) -> bool:
    basic = base64.b64encode(f"{gateway.user}:{gateway.password}".encode()).decode()
    return header in {f"Basic {basic}", f"ApiKey {KEY}"}


class _Call(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Nothing: the tests read `heard`."""

    def _any(self) -> None:
        gateway = self.server.gateway
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gateway.heard.append((self.command, self.path))
        if gateway.hang:
            gateway.released.wait(30)
            return
        if gateway.moved:
            self._send(302, b"", "text/html", {"Location": "/login"})
        elif gateway.odd:
            self._send(200, gateway.odd, "text/html")
        elif gateway.busy:
            gateway.busy -= 1
            self._tell(503, refusal(503, "Kibana server is not ready yet"))
        else:
            self._answer(gateway, body)

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - the names http.server calls

    def _answer(self, gateway: KibanaServer, body: bytes) -> None:
        parts = urlsplit(self.path)
        path = parts.path
        if gateway.base and not path.startswith(f"{gateway.base}/"):
            return self._tell(404, refusal(404, "Not Found"))
        path = path.removeprefix(gateway.base)
        changes = self.command not in ("GET", "HEAD", "OPTIONS")
        if changes and not (self.headers.get("kbn-xsrf") or self.headers.get("kbn-version")):
            return self._tell(400, refusal(400, "Request must contain a kbn-xsrf header."))
        signed_in = _knows(gateway, self.headers.get("Authorization", ""))
        if path == "/api/status" and self.command == "GET":
            return self._status(gateway, signed_in)
        if not signed_in:
            return self._tell(401, refusal(401, "Unauthorized"))
        if not gateway.allowed:
            return self._tell(403, refusal(403, "Forbidden"))
        space = "default"
        if path.startswith("/s/"):
            space, _, rest = path.removeprefix("/s/").partition("/")
            path = f"/{rest}"
        asked = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return self._routed(gateway, space, path, asked, body)

    def _status(self, gateway: KibanaServer, signed_in: bool) -> None:
        told: Answer = {"status": {"overall": {"level": gateway.level}}}
        if signed_in:
            told |= {"name": "kibana", "version": {"number": gateway.version}}
        self._tell(503 if gateway.level in ("unavailable", "critical") else 200, told)

    def _routed(self, gateway: KibanaServer, space: str, path: str, asked: dict[str, str], body: bytes) -> None:
        store, route = gateway.store, (self.command, path)
        if route == ("GET", "/api/spaces/space"):
            return self._tell(200, list(store.spaces.values()))
        if self.command == "GET" and path.startswith("/api/spaces/space/"):
            found = store.spaces.get(path.rpartition("/")[2])
            return self._tell(200, found) if found else self._tell(404, refusal(404, "Not Found"))
        if route == ("POST", "/api/spaces/space"):
            return self._tell(*self._json(body, store.make_space))
        if route == ("POST", "/api/data_views/data_view"):
            return self._tell(*self._json(body, lambda told: store.make_data_view(space, told)))
        if route == ("POST", "/api/saved_objects/_export"):
            return self._export(store, space, body)
        if route == ("POST", "/api/saved_objects/_import"):
            status, told = self._import(gateway, space, asked, body)
            return self._tell(status, gateway.lie(told) if gateway.lie and status == 200 else told)
        return self._tell(404, refusal(404, "Not Found"))

    def _json(self, body: bytes, then: Callable[[Any], tuple[int, Answer]]) -> tuple[int, Answer]:
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            return 415, refusal(415, "Unsupported Media Type")
        try:
            told = json.loads(body)
        except ValueError as error:
            return 400, refusal(400, str(error))
        return then(told)

    def _import(self, gateway: KibanaServer, space: str, asked: dict[str, str], body: bytes) -> tuple[int, Answer]:
        kind = self.headers.get("Content-Type", "")
        if not body or not kind.startswith("multipart/form-data"):
            return 415, refusal(415, "Unsupported Media Type")
        if len(body) > MOST_BYTES:
            return 413, refusal(413, "Payload content length greater than maximum allowed: 26214400")
        if wrong := importing.wrong_query(asked):
            return 400, refusal(400, wrong)
        message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=policy.HTTP)
        parts = [
            part for part in message.iter_parts() if part.get_param("name", header="content-disposition") == "file"
        ]
        if len(parts) != 1:
            return 400, refusal(400, "[request body.file]: expected value of type [Stream] but got [undefined]")
        name = parts[0].get_filename() or ""
        if not name.lower().endswith(".ndjson"):
            dot = name.rfind(".")
            return 400, refusal(400, f"Invalid file extension {name[dot:] if dot >= 0 else ''}")
        data = parts[0].get_payload(decode=True)
        assert isinstance(data, bytes)
        return gateway.store.take(data, space, overwrite=asked.get("overwrite") == "true", server=gateway.version)

    def _export(self, store: Store, space: str, body: bytes) -> None:
        told = json.loads(body)
        if ("objects" in told) == ("type" in told):
            return self._tell(400, refusal(400, 'Can\'t specify both "types" and "objects" properties when exporting'))
        kinds = [told["type"]] if isinstance(told.get("type"), str) else told.get("type", [])
        wanted = {(one["type"], one["id"]) for one in told.get("objects", [])}
        rows = [
            row.exported()
            for key, row in sorted(store.objects.items())
            if row.space == space and (key in wanted or key[0] in kinds)
        ]
        lines = [json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows]
        return self._send(200, "\n".join(lines).encode(), "application/ndjson")

    def _tell(self, status: int, body: object) -> None:
        self._send(status, json.dumps(body).encode(), "application/json; charset=utf-8")

    def _send(self, status: int, body: bytes, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "kbn-name": "kibana", **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
