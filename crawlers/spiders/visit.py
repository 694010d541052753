"""One run of a child: every source of the job visited once by one spider, so that hosts are shared politely."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scrapy import Request, Spider
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.backoff import SEEN, Verdict, verdict_of_status
from crawlers.canonical import address_key, text_key
from crawlers.handles import Keys
from crawlers.items import BadLine, Door
from crawlers.masking import mask
from crawlers.spiders.board import thread_fields
from crawlers.spiders.challenge import challenge_in
from crawlers.spiders.egress import OutOfTime, PrivateAddress
from crawlers.spiders.extract import extract_article
from crawlers.spiders.job import SEEN_KEPT, Job, Result, SourceJob, append_result, write_whole
from crawlers.spiders.json_api import page_addresses
from crawlers.spiders.markup import Malformed, Page, RawRow
from crawlers.spiders.page import jump
from crawlers.spiders.readers import READERS, door_formats
from crawlers.spiders.robots import RobotsForbid, RobotsUnreadable

COUNTS = ("reads", "likes", "reposts", "comments", "heat", "rank")
NO_TIME = "本轮时间用完，下轮再访"
TITLE_ENOUGH = ("hot_list", "json_api", "letters", "feed")  # a row of these says something even without its article


@dataclass
class SourceVisit:
    """What is known of one source's visit while it runs.

    `pending`: list pages on their way. Articles are read one after the other, so that a refusal stops the rest.
    """

    source: SourceJob
    door: Door
    result: Result
    pending: int = 0
    lines: list[tuple[int, str]] = field(default_factory=list)  # place in the list, and the item
    places: dict[str, int] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)
    queue: list[tuple[RawRow, str]] = field(default_factory=list)
    reading: bool = False
    asked: set[str] = field(default_factory=set)
    fresh: dict[str, None] = field(default_factory=dict)
    left: int = 0
    single: bool = True  # the list is one page: then its digest tells whether anything changed
    complete: bool = True  # every new article was read: only then may the next visit ask "changed since?"
    stopped: bool = False
    done: bool = False


class VisitSpider(Spider):
    """Reads lists, follows new articles, and writes one inbox file and one result line per source."""

    name = "huiying"

    def __init__(self, job: Job, keys: Keys, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        zone = ZoneInfo(job.zone)
        self.visits = {
            s.key: SourceVisit(
                s,
                Door(s.key, s.platform, s.voice, zone, keys, s.kind, door_formats(s), midnight_is_day=True),
                Result(s.key, cursor=dict(s.cursor)),
                seen=dict.fromkeys(s.cursor.get("seen") or ()),
                left=s.max_articles,
            )
            for s in job.sources
        }

    def moment(self) -> datetime:
        """When a page was fetched."""
        if self.job.fixed_at:
            return datetime.fromisoformat(self.job.fixed_at).astimezone(UTC)
        return datetime.now(UTC)  # noqa: TID251 - a spider says when it fetched; it knows no Django

    async def start(self) -> AsyncIterator[Any]:
        for visit in self.visits.values():
            source = visit.source
            if source.kind not in READERS:
                self.settle(visit, Verdict.MALFORMED, f"不认识的取法：{source.kind}")
                self.finish(visit)
                continue
            addresses = page_addresses(source.address, source.config)
            visit.pending = len(addresses)
            visit.single = len(addresses) == 1
            for address in addresses:
                yield self.list_request(visit, address, conditional=visit.single)

    def list_request(self, visit: SourceVisit, address: str, *, conditional: bool) -> Request:
        headers = {}
        if conditional and visit.source.cursor.get("etag"):
            headers["If-None-Match"] = visit.source.cursor["etag"]
        if conditional and visit.source.cursor.get("modified"):
            headers["If-Modified-Since"] = visit.source.cursor["modified"]
        return Request(
            address,
            callback=self.read_list,
            errback=self.list_failed,
            headers=headers,
            dont_filter=True,
            priority=10,
            cb_kwargs={"key": visit.source.key},
            meta={"source": visit.source.key},
        )

    # --- lists ----------------------------------------------------------------------------------------------------

    def read_list(self, response: Response, key: str) -> Iterator[Request]:
        visit = self.visits[key]
        result = visit.result
        result.status = response.status
        verdict = verdict_of_status(response.status)
        page = self.page(response, visit.source)
        challenge = challenge_in(page, response.headers.getlist("Set-Cookie"))
        if verdict is Verdict.UNCHANGED:
            self.settle(visit, verdict, "没有变化")
        elif challenge:
            self.settle(visit, Verdict.FORBIDDEN, f"对方要求验证（{challenge}），已停采，待人工复核")
            visit.stopped = True
        elif verdict is not Verdict.OK:
            result.retry_after_s = retry_after(response, self.moment())
            self.settle(visit, verdict, status_note(verdict, response.status))
        else:
            yield from self.read_rows(visit, page, response)
        visit.pending -= 1
        yield from self.go_on(visit)

    def read_rows(self, visit: SourceVisit, page: Page, response: Response) -> Iterator[Request]:
        follow_on = jump(page, visit.source.config) if not response.meta.get("jumped") else ""
        if follow_on and follow_on != page.url:
            visit.pending += 1
            request = self.list_request(visit, follow_on, conditional=False)
            request.meta["jumped"] = True
            yield request
            return
        try:
            rows = READERS[visit.source.kind](page, visit.source.config)
        except Malformed as error:
            self.settle(visit, Verdict.MALFORMED, str(error))
            return
        digest = page.sha256
        if visit.single and visit.source.cursor.get("digest") == digest:
            self.settle(visit, Verdict.UNCHANGED, "没有变化")
            return
        if visit.single:
            self.keep_validators(visit, response, digest)
        if not rows:
            self.settle(visit, Verdict.EMPTY, "取到了页面，但没有找到条目，请核对地址和条目样式")
            return
        for row in rows:
            self.take_row(visit, row, page)
        self.settle(visit, Verdict.OK, "")

    def keep_validators(self, visit: SourceVisit, response: Response, digest: str) -> None:
        header = response.headers.get
        etag, modified = header("ETag"), header("Last-Modified")
        visit.result.cursor.update(
            etag=etag.decode("latin-1") if etag else "",
            modified=modified.decode("latin-1") if modified else "",
            digest=digest,
        )

    def take_row(self, visit: SourceVisit, row: RawRow, page: Page) -> None:
        mark = mark_of(row)
        visit.places.setdefault(mark, len(visit.places))
        if mark in visit.fresh or mark in visit.asked:
            return
        known = mark in visit.seen
        if known and not any(row.raw.get(name) not in (None, "") for name in COUNTS):
            return
        if known or not row.follow:
            self.admit(visit, row.raw, page, mark)
            return
        if visit.left <= 0:
            visit.complete = False
            return
        visit.left -= 1
        visit.asked.add(mark)
        visit.queue.append((row, mark))

    def go_on(self, visit: SourceVisit) -> Iterator[Request]:
        """The next article, or the end of the visit."""
        if visit.stopped:
            for row, mark in visit.queue:
                self.without_article(visit, row, Page(row.url, b""), mark)
            visit.queue.clear()
        if visit.queue and not visit.reading:
            row, mark = visit.queue.pop(0)
            visit.reading = True
            yield Request(
                row.url,
                callback=self.read_article,
                errback=self.article_failed,
                dont_filter=True,
                cb_kwargs={"key": visit.source.key, "row": row, "mark": mark},
                meta={"source": visit.source.key},
            )
        elif visit.pending <= 0 and not visit.reading:
            self.finish(visit)

    def list_failed(self, failure: Failure) -> Iterator[Request]:
        visit = self.visits[failure.request.meta["source"]]  # type: ignore[attr-defined]  # Scrapy puts it there
        verdict, note = verdict_of_failure(failure.value)
        self.settle(visit, verdict, note)
        visit.pending -= 1
        yield from self.go_on(visit)

    # --- articles -------------------------------------------------------------------------------------------------

    def read_article(self, response: Response, key: str, row: RawRow, mark: str) -> Iterator[Request]:
        visit = self.visits[key]
        page = self.page(response, visit.source)
        verdict = verdict_of_status(response.status)
        challenge = challenge_in(page, response.headers.getlist("Set-Cookie"))
        if challenge:
            self.settle(visit, Verdict.FORBIDDEN, f"对方要求验证（{challenge}），已停采，待人工复核")
            visit.stopped = True
        elif verdict in (Verdict.FORBIDDEN, Verdict.LIMITED):
            visit.result.retry_after_s = retry_after(response, self.moment())
            self.settle(visit, Verdict.LIMITED, f"文章页返回 {response.status}，本轮停止")
            visit.stopped = True
            self.without_article(visit, row, page, mark)
        elif verdict is Verdict.OK:
            self.admit(visit, self.article_fields(visit, row, page), page, mark)
        else:
            self.without_article(visit, row, page, mark, gone=verdict is Verdict.MISSING)
        visit.reading = False
        yield from self.go_on(visit)

    def article_fields(self, visit: SourceVisit, row: RawRow, page: Page) -> dict[str, object]:
        article = extract_article(page, visit.source.config.get("selectors"))
        raw = dict(row.raw)
        if len(article.text) > len(str(raw.get("text") or "")):
            raw["text"] = article.text
        if visit.source.kind == "page" or not raw.get("title"):
            raw["title"] = article.title or raw.get("title")
        shown = str(raw.get("published_at") or "")
        if article.published_at and (not shown or visit.source.kind in ("page", "board") or ":" not in shown):
            raw["published_at"] = article.published_at
        if article.source:
            raw.setdefault("outlet", article.source)
        raw["url"] = page.url if address_key(page.url) else row.url
        if visit.source.kind in ("board", "letters"):
            raw |= thread_fields(page, visit.source.config, guess=visit.source.kind == "board")
        return raw

    def article_failed(self, failure: Failure) -> Iterator[Request]:
        request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        visit = self.visits[request.meta["source"]]
        row, mark = request.cb_kwargs["row"], request.cb_kwargs["mark"]
        closed = isinstance(failure.value, RobotsForbid | PrivateAddress)
        self.without_article(visit, row, Page(visit.source.address, b""), mark, gone=closed)
        visit.reading = False
        yield from self.go_on(visit)

    def without_article(self, visit: SourceVisit, row: RawRow, page: Page, mark: str, *, gone: bool = False) -> None:
        """The article could not be had: the row stands for itself where it says enough, else it is tried again."""
        enough = visit.source.kind in TITLE_ENOUGH and (row.raw.get("title") or row.raw.get("text"))
        if enough:
            self.admit(visit, row.raw, page, mark)
        elif gone:
            visit.fresh[mark] = None
        else:
            visit.complete = False

    # --- items and ends -------------------------------------------------------------------------------------------

    def admit(self, visit: SourceVisit, raw: dict[str, object], page: Page, mark: str) -> None:
        visit.fresh[mark] = None
        if not raw.get("url") and not raw.get("id"):
            raw = raw | {"id": mark}
        last = visit.source.last_success_at
        try:
            item = visit.door.admit(
                raw,
                fetched_at=self.moment(),
                page_sha256=page.sha256 if page.body else "",
                first_visit=visit.source.first_visit,
                not_before=datetime.fromisoformat(last) if last else None,
            )
        except BadLine:
            return  # a row without a word
        visit.lines.append((visit.places.get(mark, 0), item.to_line()))

    def page(self, response: Response, source: SourceJob) -> Page:
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return Page(response.url, response.body, kind, str(source.config.get("charset") or ""))

    def settle(self, visit: SourceVisit, verdict: Verdict, note: str) -> None:
        """The graver verdict of several pages stands; a refusal outweighs everything."""
        order = list(Verdict)
        now = Verdict(visit.result.verdict)
        if now is Verdict.CRASHED or order.index(verdict) > order.index(now) or (now in SEEN and verdict is Verdict.OK):
            visit.result.verdict, visit.result.note = verdict, note

    def closed(self, reason: str) -> None:
        """The time of the job is over: what was read counts, the rest is for the next visit."""
        for visit in self.visits.values():
            if not visit.done:
                visit.complete = False
                unread = visit.pending > 0 and visit.result.verdict in SEEN
                if unread or visit.result.verdict == Verdict.CRASHED:
                    self.settle(visit, Verdict.POSTPONED, NO_TIME)
                self.finish(visit)

    def finish(self, visit: SourceVisit) -> None:
        if visit.done:
            return
        visit.done = True
        result = visit.result
        result.items = len(visit.lines)
        result.visited_at = self.moment().isoformat()
        if visit.lines:
            name = f"{self.job.name}-{re.sub(r'[^A-Za-z0-9_-]', '_', visit.source.key)}.jsonl"
            write_whole(Path(self.job.inbox) / name, "".join(line for _place, line in sorted(visit.lines)))
        marks = list(dict.fromkeys([*visit.fresh, *visit.seen]))[:SEEN_KEPT]
        result.cursor["seen"] = marks
        if not visit.complete or result.verdict not in SEEN:
            for name in ("etag", "modified", "digest"):
                result.cursor.pop(name, None)
        if result.verdict == Verdict.OK:
            result.note = f"取到 {result.items} 条" if result.items else "没有新内容"
        append_result(Path(self.job.result), result)


def mark_of(row: RawRow) -> str:
    """A short mark of a row, to know it again: of its address, else of its id and words."""
    key = address_key(row.url) if row.url else None
    if key is None:
        key = text_key(json.dumps([str(row.raw.get(n) or "") for n in ("id", "title", "text")], ensure_ascii=False))[0]
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def status_note(verdict: Verdict, status: int) -> str:
    """What a status means, for people."""
    return {
        Verdict.FORBIDDEN: f"对方拒绝访问（{status}），已停采，待人工复核",
        Verdict.LIMITED: f"对方要求放慢（{status}），稍后再访",
        Verdict.TEMPORARY: f"对方服务器出错（{status}），稍后再访",
        Verdict.REDIRECTS: f"跳转到不能访问的地址（{status}）",
        Verdict.MISSING: f"地址不存在（{status}），请核对现址",
    }.get(verdict, "")


def retry_after(response: Response, at: datetime) -> int | None:
    """Seconds the site asked us to stay away."""
    told = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if told.isdigit():
        return min(int(told), 30 * 86400)
    try:
        wait = (parsedate_to_datetime(told) - at) / timedelta(seconds=1)
    except (TypeError, ValueError):
        return None
    return max(0, int(wait))


def verdict_of_failure(error: BaseException | None) -> tuple[Verdict, str]:
    """The verdict of a request that brought no response, with its sentence."""
    causes = [error, *(f.value for f in getattr(error, "reasons", []) or []), getattr(error, "__cause__", None)]
    if any(isinstance(c, PrivateAddress) for c in causes):
        return Verdict.PRIVATE, "地址指向内部网络，按规定不予访问"
    if any(isinstance(c, OutOfTime) for c in causes):
        return Verdict.POSTPONED, NO_TIME
    if isinstance(error, RobotsForbid):
        return Verdict.ROBOTS_FORBID, "robots.txt 不允许采集，已停采"
    if isinstance(error, RobotsUnreadable):
        return Verdict.ROBOTS_UNREADABLE, str(error)
    if isinstance(error, DownloadTimeoutError):
        return Verdict.HANGING, "超过时限没有答复"
    if isinstance(error, DownloadCancelledError):
        return Verdict.TOO_BIG, "页面超过 5 MB，不取"
    if isinstance(error, IgnoreRequest):
        return Verdict.REDIRECTS, "地址来回跳转，没有到头"
    if isinstance(error, CannotResolveHostError):
        return Verdict.TEMPORARY, "连不上：域名解析不了（本机可能没有外网）"
    if isinstance(error, DownloadConnectionRefusedError):
        return Verdict.TEMPORARY, "连不上：对方没有应答"
    return Verdict.TEMPORARY, f"连接失败：{mask(str(error)).text[:120]}"
