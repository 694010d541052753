"""A small real HTTP server on loopback that stands in for a chat group's robot (webhook)."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.gateways.mail import Mode

__all__ = ["Mode", "RobotServer"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    gateway: "RobotServer"


class _Call(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        gateway = self.server.gateway
        gateway.calls += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if gateway.mode is Mode.HANG:
            gateway.released.wait(30)
            return
        status = gateway.status()
        if status == 200:
            gateway.heard.append(json.loads(body))
        answer = b'{"errcode":0,"errmsg":"ok"}' if status == 200 else b"{}"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests read `heard`."""


@dataclass
class RobotServer:
    """Start with `with RobotServer() as robot:`; `robot.webhook` is the apprise address, `robot.heard` what it got.

    Modes as of the mail server: REFUSE answers 403, GREYLIST 503 to the first call, HANG nothing, DOWN no listener.
    """

    heard: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    mode: Mode = Mode.OK
    port: int = 0

    def __post_init__(self) -> None:
        self.released = threading.Event()
        self._server: _Server | None = None

    @property
    def webhook(self) -> str:
        """The address as `settings.WEBHOOK` wants it: apprise's JSON webhook."""
        return f"json://127.0.0.1:{self.port}/robot"

    def status(self) -> int:
        if self.mode is Mode.REFUSE:
            return 403
        if self.mode is Mode.GREYLIST and self.calls == 1:
            return 503
        return 200

    def become(self, mode: Mode) -> None:
        """Change the behaviour; DOWN closes the port, any other mode opens the same port again."""
        self.mode = mode
        if mode is Mode.DOWN:
            self.stop()
        elif self._server is None:
            self.start()

    def start(self) -> None:
        server = _Server(("127.0.0.1", self.port), _Call)
        server.gateway = self
        self.port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.released.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
