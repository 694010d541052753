"""A made-up residents' board on loopback whose threads a story writes as it goes; and the service's sweeps, by hand."""

import html
import threading
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

from django.conf import settings

from console.sweeps import Outcome, run_sweep, schedule

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Thread:
    """What one person wrote."""

    number: int
    title: str
    text: str
    author: str
    at: datetime


class Town(ThreadingHTTPServer):
    """Start with `run`; `say` puts a thread on the board."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.threads: list[Thread] = []

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def board(self) -> str:
        return f"http://{self.pair}/board/"

    def say(self, title: str, text: str, *, author: str, at: datetime) -> Thread:
        thread = Thread(1001 + len(self.threads), title, text, author, at)
        self.threads.append(thread)
        return thread

    def run(self) -> "Town":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Pages(BaseHTTPRequestHandler):
    server: Town

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if self.path == "/board/":
            rows = "".join(
                f'<li><a href="/board/t{t.number}.html">{html.escape(t.title)}</a></li>' for t in self.server.threads
            )
            self._answer(f"<ul class='threads'>{rows}</ul>")
            return
        for t in self.server.threads:
            if self.path == f"/board/t{t.number}.html":
                self._answer(
                    f"<h1>{html.escape(t.title)}</h1><span class='author'>{html.escape(t.author)}</span>"
                    f"<span>{t.at.astimezone(BEIJING):%Y-%m-%d %H:%M}</span><div class='body'><p>{t.text}</p></div>"
                )
                return
        self._answer("没有这一页", status=404)

    def _answer(self, body: str, *, status: int = 200) -> None:
        content = f"<!doctype html><html><head><meta charset=utf-8></head><body>{body}</body></html>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def sweep_all(*, only: str = "") -> dict[str, Outcome]:
    """Every sweep of the schedule once, in its order, as `manage.py tick` runs them; a fault fails the test."""
    outcomes = {s.name: run_sweep(s) for s in schedule(settings.SCHEDULE) if only in (s.family, s.name, "")}
    assert not [o for o in outcomes.values() if o.error], outcomes
    return outcomes
