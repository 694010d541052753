"""robots.txt is obeyed; one that can not be read means wait, not go (sources.md 2)."""

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawlers.spiders.egress import OutOfTime, PrivateAddress

UNREACHABLE = (
    PrivateAddress,
    OutOfTime,
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    DownloadFailedError,
)
LONGEST_DELAY = 180.0  # seconds of Crawl-delay waited for within one visit


def robots_key(url: str) -> str:
    """Under which name of the crawl's statistics what was read of a host's robots.txt stands: {present, delay}."""
    parts = urlsplit(url)
    return f"huiying/robots/{parts.scheme}://{parts.netloc}"


class RobotsForbid(IgnoreRequest):
    """robots.txt closes this address to us."""


class RobotsUnreadable(IgnoreRequest):
    """robots.txt could not be read; `str(error)` says why in Chinese."""


class RobotsGate:
    """Downloader middleware: one robots.txt per host and run, fetched through the same guard as everything else."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent = str(crawler.settings["USER_AGENT"]).split("/")[0]
        self._rules: dict[str, asyncio.Future[Protego | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsGate":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises RobotsForbid or RobotsUnreadable; else lets the request through."""
        if request.meta.get("is_robots"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.get_running_loop().create_future()
            try:
                rules = await self._read(origin)
                self._rules[origin].set_result(rules)
                self._tell(request.url, rules)
            except (RobotsUnreadable, *UNREACHABLE) as error:
                self._rules[origin].set_exception(error)
        rules = await asyncio.shield(self._rules[origin])
        if rules is None:
            return
        if not rules.can_fetch(request.url, self._agent):
            raise RobotsForbid("robots.txt 不允许访问这个地址")
        self._slow_down(parts.netloc, rules.crawl_delay(self._agent))

    async def _read(self, origin: str) -> Protego | None:
        """The rules of a host; None = it has none (404 and 410)."""
        request = Request(
            origin + "/robots.txt", callback=NO_CALLBACK, dont_filter=True, priority=1000, meta={"is_robots": True}
        )
        engine: Any = self._crawler.engine
        try:
            response: Response = await engine.download_async(request)
        except UNREACHABLE:
            raise  # the site itself can not be reached: that is what is to be said
        except Exception as error:  # a circle of redirects, a file without end, a broken answer
            raise RobotsUnreadable("robots.txt 取不到，按规定等待") from error
        if response.status in (404, 410):
            return None
        if response.status != 200:
            raise RobotsUnreadable(f"robots.txt 返回 {response.status}，读不到，按规定等待")
        text = response.body[:500_000].decode("utf-8", errors="replace").lstrip("\ufeff \r\n\t")
        if re.match(r"<(?:!doctype|html|\?xml|head|body|script)", text, re.I):
            raise RobotsUnreadable("robots.txt 返回的是网页，读不出规则，按规定等待")
        return Protego.parse(text)

    def _tell(self, url: str, rules: Protego | None) -> None:
        if self._crawler.stats is not None:
            delay = rules.crawl_delay(self._agent) if rules is not None else None
            self._crawler.stats.set_value(robots_key(url), {"present": rules is not None, "delay": delay or 0})

    def _slow_down(self, netloc: str, delay: float | None) -> None:
        engine: Any = self._crawler.engine
        slot = engine.downloader.slots.get(urlsplit("//" + netloc).hostname)
        if delay and slot is not None:
            slot.delay = max(slot.delay, min(float(delay), LONGEST_DELAY))
