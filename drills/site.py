"""A small local web site that plays an authored scenario: feed, list and article pages, a board, a hot list, a JSON
interface. It shows only what has "happened" by the drill's clock. Stand-alone: standard library and PyYAML only.

Run alone: `python -m drills.site drills/qinghuai/posts.yaml --port 8090 --at 2026-11-17T12:00:00+08:00`.
"""

import argparse
import hashlib
import html
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Entry:
    """One authored post: `place` is the column of the site it stands in (portal, paper, board, letters, hot)."""

    id: str
    place: str
    at: datetime
    title: str
    text: str
    author: str = ""
    origin: str = ""
    reads: int = 0
    likes: int = 0
    comments: int = 0
    rank: int = 0


def load_entries(path: Path) -> list[Entry]:
    """Entries of a scenario in order of time. Raises KeyError/ValueError on a badly written file."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["posts"]
    entries = [Entry(**{**row, "at": datetime.fromisoformat(str(row["at"]))}) for row in rows]
    return sorted(entries, key=lambda e: (e.at, e.id))


def page(title: str, body: str, meta: str = "") -> bytes:
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title>{meta}'
    return f"<!doctype html><html lang=zh><head>{head}</head><body>{body}</body></html>".encode()


def paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(part)}</p>" for part in text.splitlines() if part.strip())


class Site:
    """What the visitor sees at a moment. `now` gives the drill's time."""

    def __init__(self, entries: list[Entry], now: Callable[[], datetime]) -> None:
        self.entries = entries
        self.now = now
        self.visits: list[str] = []

    def shown(self, place: str) -> list[Entry]:
        """Entries of a column that have been published by now, newest first."""
        moment = self.now()
        return [e for e in reversed(self.entries) if e.place == place and e.at <= moment]

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a path."""
        self.visits.append(path)
        if path == "/robots.txt":
            return 200, "text/plain; charset=utf-8", b"User-agent: *\nAllow: /\n"
        columns: dict[str, Callable[[], tuple[str, bytes]]] = {
            "/paper/feed.xml": self.feed,
            "/portal/index.html": lambda: self.listing("portal", "通知公告"),
            "/board/index.html": self.board,
            "/hot/list.json": self.hot,
            "/letters/list.json": self.letters,
        }
        if path in columns:
            kind, body = columns[path]()
            return 200, kind, body
        for entry in self.entries:
            if path == f"/{entry.place}/{entry.id}.html" and entry.at <= self.now():
                return 200, "text/html; charset=utf-8", self.article(entry)
        return 404, "text/html; charset=utf-8", page("没有这一页", "<h1>没有这一页</h1>")

    def feed(self) -> tuple[str, bytes]:
        items = "".join(
            f"<item><title>{html.escape(e.title)}</title><link>{{base}}/paper/{e.id}.html</link>"
            f"<guid>{e.id}</guid><pubDate>{format_datetime(e.at)}</pubDate>"
            f"<description>{html.escape(e.text)}</description></item>"
            for e in self.shown("paper")
        )
        channel = f"<channel><title>晚报</title>{items}</channel>"
        text = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0">{channel}</rss>'
        return "application/rss+xml; charset=utf-8", text.encode()

    def listing(self, place: str, name: str) -> tuple[str, bytes]:
        rows = "".join(
            f'<li><a href="/{place}/{e.id}.html">{html.escape(e.title)}</a><span>{e.at:%Y-%m-%d}</span></li>'
            for e in self.shown(place)
        )
        return "text/html; charset=utf-8", page(name, f'<h1>{name}</h1><ul class="list">{rows}</ul>')

    def board(self) -> tuple[str, bytes]:
        rows = "".join(
            f'<div class="thread"><a class="title" href="/board/{e.id}.html">{html.escape(e.title)}</a>'
            f'<span class="author">{html.escape(e.author)}</span>'
            f'<time>{e.at:%Y-%m-%d %H:%M:%S}</time><span class="reads">{e.reads}</span></div>'
            for e in self.shown("board")
        )
        return "text/html; charset=utf-8", page("居民论坛", f"<h1>居民论坛</h1>{rows}")

    def article(self, entry: Entry) -> bytes:
        meta = ""
        if entry.place == "portal":
            meta = (
                f'<meta name="ArticleTitle" content="{html.escape(entry.title)}">'
                f'<meta name="PubDate" content="{entry.at:%Y-%m-%d %H:%M:%S}">'
                f'<meta name="ContentSource" content="{html.escape(entry.origin)}">'
            )
        body = (
            f"<h1>{html.escape(entry.title)}</h1>"
            f'<div class="info"><span class="author">{html.escape(entry.author)}</span>'
            f"<time>{entry.at:%Y-%m-%d %H:%M:%S}</time>"
            f'<span class="reads">浏览：{entry.reads}</span><span class="likes">点赞：{entry.likes}</span>'
            f'<span class="comments">回复：{entry.comments}</span></div>'
            f'<div class="body">{paragraphs(entry.text)}</div>'
        )
        return page(entry.title, body, meta)

    def hot(self) -> tuple[str, bytes]:
        rows = [
            {"word": e.title, "rank": e.rank, "heat": e.reads, "time": f"{e.at:%Y-%m-%d %H:%M:%S}"}
            for e in self.shown("hot")
        ]
        return "application/json; charset=utf-8", json.dumps({"data": {"list": rows}}, ensure_ascii=False).encode()

    def letters(self) -> tuple[str, bytes]:
        rows = [
            {"id": e.id, "title": e.title, "content": e.text, "time": f"{e.at:%Y-%m-%d %H:%M:%S}"}
            for e in self.shown("letters")
        ]
        return "application/json; charset=utf-8", json.dumps({"rows": rows}, ensure_ascii=False).encode()


@dataclass
class Server:
    """The site on a loopback port, in threads of its own."""

    site: Site
    port: int = 0
    http: ThreadingHTTPServer = field(init=False)

    def start(self) -> int:
        """Listen on 127.0.0.1; returns the port."""
        site = self.site

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, body = site.answer(self.path.split("?")[0])
                body = body.replace(b"{base}", f"http://{self.headers.get('Host', '')}".encode())
                tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if status != 304:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet: the service's own Run rows tell what was fetched."""

        self.http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.http.server_port
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self.port

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()


def main() -> None:
    """Serve a scenario as it stands at one moment, until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("posts", type=Path)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--at", type=datetime.fromisoformat, required=True)
    options = parser.parse_args()
    server = Server(Site(load_entries(options.posts), lambda: options.at), options.port)
    print(f"http://127.0.0.1:{server.start()}/portal/index.html")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
