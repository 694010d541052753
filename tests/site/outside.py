"""The office's outbound proxy with the one site behind it that a test needs: `python outside.py ADDRESS PORT`.

A residents' board of a made-up street. Standard library only: it runs where the service's own code does not.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOST = "board.street.example"
BOARD = f"http://{HOST}/forum/"
ADDRESS = "1.1.1.1"  # any of the open internet: a board in the office's own network is not visited
THREADS = {
    "/forum/t7001.html": ("井冈路的路灯坏了半个月", "井冈路从东口到菜市场的路灯坏了半个月，晚上接孩子看不见路。"),
    "/forum/t7002.html": ("三号楼加压泵夜里一直响", "三号楼地下室的加压泵夜里一直响，打了两次物业电话没有人来。"),
    "/forum/t7003.html": ("幼儿园门口的垃圾没有人清", "幼儿园门口的垃圾三天没有人清，下雨以后味道很大。"),
}


class Outside(BaseHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:  # noqa: N802 - the name http.server calls
        parts = urlsplit(self.path)  # a proxy is asked for the whole address, checked before it was handed on
        if parts.netloc != ADDRESS or self.headers.get("Host") != HOST:
            self._answer("这里没有这个网站", status=502)
        elif parts.path == "/robots.txt":
            self._answer("User-agent: *\nDisallow: /closed/\n", kind="text/plain; charset=utf-8")
        elif parts.path == "/forum/":
            rows = "".join(f'<li><a href="{path}">{title}</a></li>' for path, (title, _) in THREADS.items())
            self._answer(f"<title>街坊论坛</title><ul class='threads'>{rows}</ul>")
        elif parts.path in THREADS:
            title, text = THREADS[parts.path]
            self._answer(
                f"<title>{title}</title><h1>{title}</h1><span class='author'>街坊</span><span>2026-11-20 08:15</span>"
                f"<div class='view-content'><p>{text}</p></div>"
            )
        else:
            self._answer("没有这一页", status=404)

    def _answer(self, text: str, *, status: int = 200, kind: str = "text/html; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Outside).serve_forever()
