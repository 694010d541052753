"""A small outbound proxy as an office has one: notes what it is asked for, passes plain HTTP on."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Proxy(ThreadingHTTPServer):
    """`asked`: request lines with their Host header, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Through)
        self.asked: list[tuple[str, str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def run(self) -> "Proxy":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Through(BaseHTTPRequestHandler):
    server: Proxy

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def do_CONNECT(self) -> None:  # noqa: N802 - the name http.server calls
        self.server.asked.append(("CONNECT", self.path, self.headers.get("Host", "")))
        self.send_error(502)

    def do_GET(self) -> None:  # noqa: N802 - the name http.server calls
        self.server.asked.append(("GET", self.path, self.headers.get("Host", "")))
        parts = urlsplit(self.path)
        there = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
        there.request("GET", parts.path, headers={"Host": self.headers.get("Host", "")})
        answer = there.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Location"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        there.close()
