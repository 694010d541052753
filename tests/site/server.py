"""A small local site with a page for each bad thing the open web does. Standard library only; also runs by itself.

`python tests/site/server.py PORT` serves it for a person to look at. Pages are made for the tests.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARTICLE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_测试网</title>
<meta name="ArticleTitle" content="{title}">
<meta name="PubDate" content="{date}">
<meta name="ContentSource" content="测试网">
</head><body><h1>{title}</h1><div class="info">发布时间：{date} 来源：测试网</div>
<div id="mainText">{body}</div></body></html>"""
BODY = (
    "<p>东河沿社区今天上午召开居民议事会，就老旧小区加装电梯听取意见，四十多位居民到场。</p><p>联系人：王建国 "
    "13800138000。</p>"
)


def feed(items: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>测试</title>'
        f"<link>http://x/</link><description>d</description>{items}</channel></rss>"
    )


def item(number: int, text: str = "") -> str:
    words = text or "白纸坊街道今天开展消防通道清理，居民反映多年的堵点得到解决。" * 4
    return (
        f"<item><title>第{number}条消息</title><link>/article/{number:04d}.html?utm_source=rss</link>"
        f"<description><![CDATA[<p>{words}</p><script>alert(1)</script>]]></description>"
        "<pubDate>Sat, 21 Nov 2026 09:00:00 +0800</pubDate></item>"
    )


class Site(ThreadingHTTPServer):
    """Counts what was asked for (`hits`, `agents`), and lets a test change robots.txt."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Pages)
        self.hits: list[str] = []
        self.agents: set[str] = set()
        self.robots: tuple[int, str, str] = (200, "text/plain", "User-agent: *\nDisallow: /closed/\n")
        self.gate = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.pair}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up on a bad page is what the tests want."""

    def run(self) -> "Site":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        self.gate.set()
        self.shutdown()
        self.server_close()


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:  # noqa: N802 - the name http.server calls
        path = self.path.split("?", 1)[0]
        self.server.hits.append(path)
        self.server.agents.add(self.headers.get("User-Agent", ""))
        if path == "/robots.txt":
            status, kind, text = self.server.robots
            self.answer(text, status=status, kind=kind)
            return
        if path.startswith("/article/"):
            number = path.rsplit("/", 1)[1].split(".")[0]
            self.answer(
                ARTICLE.format(
                    title=f"第{number}号文章：社区议事会听取加装电梯意见", date="2026-11-20 10:30", body=BODY
                )
            )
            return
        page = PAGES.get(path)
        if page is None:
            self.answer("<html><body>没有这一页</body></html>", status=404)
        else:
            page(self)

    def answer(
        self, text: str | bytes, *, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str
    ) -> None:
        body = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, to: str) -> None:
        self.answer("", status=302, Location=to)

    # --- the pages -------------------------------------------------------------------------------------------------

    def good_feed(self) -> None:
        self.answer(feed(item(1) + item(2)), kind="application/rss+xml")

    def broken_feed(self) -> None:
        self.answer(feed(item(1))[:-80] + "<item><title>没有写完", kind="application/rss+xml")

    def no_feed(self) -> None:
        self.answer("这不是订阅源，只是一行字", kind="application/rss+xml")

    def changed_feed(self) -> None:
        stamp = formatdate(1790000000, usegmt=True)
        if self.headers.get("If-None-Match") == '"v1"' or self.headers.get("If-Modified-Since") == stamp:
            self.send_response(304)
            self.send_header("ETag", '"v1"')
            self.end_headers()
            return
        self.answer(feed(item(3)), kind="application/rss+xml", ETag='"v1"', Last_Modified=stamp)

    def list_page(self) -> None:
        rows = "".join(
            f'<li><a href="/article/{n:04d}.html">第{n:04d}号文章：社区议事会</a><span>2026-11-20</span></li>'
            for n in range(11, 14)
        )
        self.answer(f"<html><body><ul class='list'>{rows}</ul><a href='/about'>关于我们</a></body></html>")

    def gb_list(self) -> None:
        text = (
            "<html><head><title>街道动态</title></head><body><ul><li><a href='/gb/2001.html'>陶然亭街道整治背街小"
            "巷见成效</a></li></ul></body></html>"
        )
        self.answer(text.encode("gb18030"), kind="text/html")

    def gb_article(self) -> None:
        text = ARTICLE.format(title="陶然亭街道整治背街小巷见成效", date="2026-11-19", body=BODY).replace(
            '<meta charset="utf-8">', ""
        )
        self.answer(text.encode("gb18030"), kind="text/html")

    def board(self) -> None:
        rows = "".join(
            f'<li><a href="/thread/{n}.html">居民反映：三号院停水第{n}天无人处理</a></li>' for n in (9001, 9002)
        )
        self.answer(f"<html><body><ul class='threads'>{rows}</ul></body></html>")

    def thread(self) -> None:
        number = self.path.rsplit("/", 1)[1].split(".")[0]
        self.answer(
            f"<html><head><title>居民反映：三号院停水第{number}天无人处理</title></head><body><h1>居民反映：三"
            f"号院停水第{number}天无人处理</h1>"
            f'<span class="author">用户{number}</span><span>2026-11-20 08:15</span><span>浏览 1.2万</span>'
            "<span>回复：35</span>"
            '<div class="view-content"><p>三号院已经停水两天，老人孩子都在家，物业电话打不通，请尽快处理。</p></div>'
            '<div class="official-reply">您好，已安排抢修，预计今晚恢复供水。</div></body></html>'
        )

    def hot_json(self) -> None:
        rows = [{"Title": f"热词{n}", "HotValue": str(1000 - n), "Id": n} for n in range(1, 6)]
        self.answer(json.dumps({"data": rows}, ensure_ascii=False), kind="application/json")

    def letters(self) -> None:
        self.answer(
            "{page:{pageNo:1,totalCount:2,},result:[{originalId:'AH26110100001',letterTypeName:'投诉',"
            "letterTitle:'小区\\'停水\\'无人管',"
            "writeDate:'2026-11-20',orgNames:'西城区'},{originalId:'AH26110100002',letterTypeName:'咨询',"
            "letterTitle:'如何办理居住证',writeDate:'2026-11-19',orgNames:'朝阳区'}]}",
            kind="text/plain; charset=utf-8",
        )

    def letter(self) -> None:
        self.answer(
            "<html><body><h1>来信</h1><div class='letter'>我们小区已经停水三天，物业没人管，我叫张建国，电话"
            "13800138000，请帮忙协调。</div>"
            "<div class='reply_con'>已转相关部门办理。</div></body></html>"
        )

    def jsonp(self) -> None:
        rows = [
            {
                "tid": 7,
                "subject": "路灯不亮",
                "content": "南横东街的路灯一个多月不亮，晚上走路很不安全，请有关部门尽快来修一修。" * 4,
                "dateline": 1795222800,
            }
        ]
        self.answer("IndexThreads(" + json.dumps(rows, ensure_ascii=False) + ");", kind="application/javascript")

    def login(self) -> None:
        self.answer(
            "<html><head><title>用户登录</title></head><body><form><input name='u'><input type='password' name='p'>"
            "</form><a href='/help/20260101.html'>忘记密码怎么办请看这里</a></body></html>"
        )

    def to_login(self) -> None:
        self.redirect("/login")

    def pdf(self) -> None:
        self.answer(b"%PDF-1.7\n1 0 obj", kind="application/pdf")

    def forum(self) -> None:
        rows = "".join(
            f'<li><a href="/thread/{n}.html">居民反映：三号院停水第{n}天无人处理</a><i>{when}</i></li>'
            for n, when in FORUM_ROWS
        )
        self.answer(
            "<html><head><title>本地论坛 西城版</title>"
            "<link rel='alternate' type='application/rss+xml' href='/feed.xml'></head>"
            f"<body><input type='password'><ul class='threads'>{rows}</ul><a href='/about'>关于</a></body></html>"
        )

    def rows_json(self) -> None:
        rows = [
            {
                "tid": n,
                "Subject": f"第{n}件：路灯不亮",
                "linkUrl": f"/article/{n}.html",
                "dateline": 1795222800 - n * 60,
            }
            for n in range(2000, 2008)
        ]
        self.answer(
            json.dumps({"code": 0, "data": {"list": rows, "tags": [{"k": 1}]}}, ensure_ascii=False),
            kind="application/json",
        )

    def hang(self) -> None:
        self.server.gate.wait(60)

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        while not self.server.gate.wait(0.2):
            try:
                self.wfile.write(b"<p>.</p>")
            except OSError:
                return

    def huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()  # no length told: the reader has to notice by itself
        self.close_connection = True
        block = b"<p>" + b"x" * 99_993 + b"</p>"
        try:
            for _ in range(2000):  # 200 MB
                self.wfile.write(block)
        except OSError:
            return

    def circle_a(self) -> None:
        self.redirect("/circle/b")

    def circle_b(self) -> None:
        self.redirect("/circle/a")

    def to_private(self) -> None:
        self.redirect("http://10.0.0.1/secret")

    def to_other_port(self) -> None:
        self.redirect("http://127.0.0.1:9/secret")

    def to_name(self) -> None:
        self.redirect("http://localhost:9/secret")

    def to_file(self) -> None:
        self.redirect("file:///etc/passwd")

    def refused(self) -> None:
        self.answer("<html><body>403</body></html>", status=403)

    def limited(self) -> None:
        self.answer("<html><body>慢一点</body></html>", status=429, Retry_After="7200")

    def challenge(self) -> None:
        self.answer("<html><body>…</body></html>", status=200, Set_Cookie="__jsl_clearance_s=abc; path=/")

    def captcha(self) -> None:
        self.answer("<html><head><title>安全验证</title></head><body>请完成验证</body></html>")

    def broken_server(self) -> None:
        self.answer("<html><body>500</body></html>", status=500)

    def empty_list(self) -> None:
        self.answer("<html><body><p>暂无内容</p></body></html>")

    def half_refused(self) -> None:
        rows = "".join(f'<li><a href="/no/{n}.html">第{n}号文章要闻标题在此</a></li>' for n in range(1001, 1009))
        self.answer(f"<html><body><ul>{rows}</ul></body></html>")


FORUM_ROWS = [(9001 + n, f"2026-11-21 {11 - n:02d}:30") for n in range(8)]  # one an hour, newest first
PAGES: Mapping[str, Callable[[Pages], None]] = {
    "/feed.xml": Pages.good_feed,
    "/broken.xml": Pages.broken_feed,
    "/nofeed.xml": Pages.no_feed,
    "/changed.xml": Pages.changed_feed,
    "/list/": Pages.list_page,
    "/gb/": Pages.gb_list,
    "/gb/2001.html": Pages.gb_article,
    "/board/": Pages.board,
    "/hot.json": Pages.hot_json,
    "/letters.action": Pages.letters,
    "/letter": Pages.letter,
    "/threads.jsonp": Pages.jsonp,
    "/hang": Pages.hang,
    "/drip": Pages.drip,
    "/huge": Pages.huge,
    "/circle/a": Pages.circle_a,
    "/circle/b": Pages.circle_b,
    "/toprivate": Pages.to_private,
    "/tootherport": Pages.to_other_port,
    "/toname": Pages.to_name,
    "/tofile": Pages.to_file,
    "/403": Pages.refused,
    "/429": Pages.limited,
    "/challenge": Pages.challenge,
    "/captcha": Pages.captcha,
    "/500": Pages.broken_server,
    "/empty/": Pages.empty_list,
    "/halfrefused/": Pages.half_refused,
    "/closed/": Pages.list_page,
    "/login": Pages.login,
    "/tologin": Pages.to_login,
    "/paper.pdf": Pages.pdf,
    "/forum/": Pages.forum,
    "/rows.json": Pages.rows_json,
}
PAGES = {
    **PAGES,
    **{f"/no/{n}.html": Pages.refused for n in range(1001, 1009)},
    **{f"/thread/{n}.html": Pages.thread for n in range(9001, 9009)},
}


if __name__ == "__main__":
    site = Site(int(sys.argv[1]) if len(sys.argv) > 1 else 8123)
    print(site.url("/list/"))
    site.run()
    while True:
        time.sleep(3600)
