"""Looking at an address before it becomes a source: the same spider, guard and door; the kind guessed, five items.

Leaves in the job's folder, beside the result: `facts.json`, one object of `Facts`, and the items as an inbox file of
their own that nobody takes in.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapy import Request
from scrapy.http import Response

from crawlers.backoff import Verdict
from crawlers.canonical import canonical_url
from crawlers.dates import parse_when
from crawlers.handles import Keys
from crawlers.items import Door
from crawlers.masking import mask
from crawlers.spiders.guess import LoginWall, NoSource, counts_told, guess, proposed_name
from crawlers.spiders.job import Job, write_whole
from crawlers.spiders.markup import AUTHOR, Malformed, Page, RawRow, every, plain, tree_of
from crawlers.spiders.readers import READERS, door_formats
from crawlers.spiders.robots import robots_key
from crawlers.spiders.visit import SourceVisit, VisitSpider

SHOWN = 5  # items read to the end, as they would be stored
SEEN = 4000  # letters of the page as it was fetched
WRITER = "［作者］"
ADDRESSES = 200  # rows of the list that are compared with what is stored
FACTS = "facts.json"


@dataclass
class Facts:
    """What was seen. `times`: publishing times the list shows, ISO 8601; `delay`: seconds robots.txt asks for.

    `robots`: whether there is a robots.txt (None: the host was not reached). `visited`: requests made, seconds taken.
    """

    final: str = ""
    name: str = ""
    content_type: str = ""
    kind: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    shape: str = ""
    feeds: list[str] = field(default_factory=list)
    voice: str = ""
    seen: str = ""  # the page's own words before anything was picked out, masked, without those who wrote
    rows: int = 0
    addresses: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    robots: bool | None = None
    delay: float = 0.0
    visited: int = 0
    seconds: float = 0.0


class TrialSpider(VisitSpider):
    """One address, one list page, five items at most."""

    def __init__(self, job: Job, keys: Keys, **kwargs: Any) -> None:
        super().__init__(job, keys, **kwargs)
        self.keys = keys
        self.zone = ZoneInfo(job.zone)
        self.facts = Facts()
        self.begun = monotonic()
        for visit in self.visits.values():
            visit.left = SHOWN

    async def start(self) -> AsyncIterator[Any]:
        for visit in self.visits.values():
            visit.pending = 1
            yield self.list_request(visit, visit.source.address, conditional=False)

    def read_rows(self, visit: SourceVisit, page: Page, response: Response) -> Iterator[Request]:
        facts, source = self.facts, visit.source
        facts.final, facts.content_type = canonical_url(page.url), page.content_type
        hint = str(source.config.get("list_hint") or "")
        try:
            found = guess(page, kind=source.kind, list_hint=hint)
            rows = READERS[found.kind](page, found.config)
        except LoginWall as error:
            self.settle(visit, Verdict.FORBIDDEN, str(error))
            return
        except (NoSource, Malformed) as error:
            self.settle(visit, Verdict.MALFORMED, str(error))
            return
        facts.seen = as_seen(page, rows)
        facts.name, facts.kind, facts.config = mask(proposed_name(page)).text, found.kind, found.config
        facts.shape, facts.feeds = found.shape, list(found.feeds)
        source.kind, source.config = found.kind, found.config
        source.platform = urlsplit(page.url).hostname or source.platform
        source.voice = facts.voice = source.voice or likely_voice(source.platform, found.kind)
        self.know(visit, rows)
        if not rows:
            self.settle(visit, Verdict.EMPTY, "取到了页面，但没有找到条目，请核对地址和条目样式")
            return
        for row in rows[:SHOWN]:
            self.take_row(visit, row, page)
        self.settle(visit, Verdict.OK, "")
        yield from ()

    def know(self, visit: SourceVisit, rows: list[RawRow]) -> None:
        """The door as this kind needs it, and what the list says about its rows."""
        source, facts = visit.source, self.facts
        visit.door = Door(
            source.key,
            source.platform,
            source.voice,
            self.zone,
            self.keys,
            source.kind,
            door_formats(source),
            midnight_is_day=True,
        )
        facts.rows, facts.counts = len(rows), list(counts_told(rows, source.config))
        facts.addresses = [row.url for row in rows if row.url][:ADDRESSES]
        for row in rows[:ADDRESSES]:
            when = parse_when(
                row.raw.get("published_at"),
                self.zone,
                visit.door.formats,
                fetched_at=self.moment(),
                midnight_is_day=True,
            )
            if when.at is not None:
                facts.times.append(when.at.isoformat())

    def finish(self, visit: SourceVisit) -> None:
        """The facts first: whoever sees the result finds them there."""
        if visit.done:
            return
        facts, stats = self.facts, self.crawler.stats
        if stats is not None:
            asked = facts.final or visit.source.address
            robots = stats.get_value(robots_key(asked)) or {}
            facts.robots, facts.delay = robots.get("present"), float(robots.get("delay") or 0)
            facts.visited = int(stats.get_value("downloader/request_count") or 0)
        facts.seconds = round(monotonic() - self.begun, 1)
        folder = Path(self.job.inbox)
        write_whole(folder / FACTS, json.dumps(asdict(facts), ensure_ascii=False))
        super().finish(visit)

    def moment(self) -> datetime:
        return super().moment().astimezone(UTC)


def as_seen(page: Page, rows: list[RawRow]) -> str:
    """The words of the page as fetched, up to `SEEN` letters: personal data masked, names of those who wrote taken out.

    Names of authors are nowhere stored (rules.md 11), so that they may not stand here either: those the rows name, and
    what pages usually mark as author.
    """
    text = page.text
    if "<" in text[:2000]:
        tree = tree_of(text)
        for node in every(tree, AUTHOR):
            node.replace_with(WRITER)
        text = plain(tree.html or "")
    names = {str(row.raw.get("author") or "").strip() for row in rows}
    for name in sorted((name for name in names if len(name) > 1), key=len, reverse=True):
        text = text.replace(name, WRITER)
    return mask(text[: 2 * SEEN]).text[:SEEN]


def likely_voice(host: str, kind: str) -> str:
    """Whose voice speaks there, for a start; a person says which it is."""
    if host.endswith(".gov.cn"):
        return "official"
    return "public" if kind == "board" else "media"
