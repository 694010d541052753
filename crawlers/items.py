"""PostItem: the contract between spiders, files and ingest (one JSON line of an inbox file). No Django, no Scrapy.

Everything raw becomes an item at one `Door`: personal data masked, the author keyed, the time read, counts made
numbers. What has passed it may touch the disk. A line with `"v": 1` has passed already.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crawlers.bylines import tells_author, without_bylines
from crawlers.canonical import absolute_url, canonical_url
from crawlers.dates import PRECISIONS, parse_when
from crawlers.handles import Keys
from crawlers.masking import mask

VERSION = 1
MAX_TEXT = 100_000  # letters; no post of the sources is near it, and a longer one would hold up every step after
MAX_TITLE = 500
MAX_LINE = 1_000_000  # bytes of one line of an inbox or import file
FIELDS = frozenset(
    {
        *("id", "text", "title", "source", "voice", "author", "url", "published_at", "platform"),
        *("reads", "likes", "reposts", "comments", "is_repost", "official_reply", "rank", "heat"),
    }
)


class BadLine(Exception):
    """A line that can not be taken; `str(error)` is the reason in Chinese, shown in quarantine."""


@dataclass(slots=True)
class PostItem:
    """One public post, masked. Times are ISO 8601 with offset; counts None = not told.

    `first_visit`: found on the source's first visit (rules.md 3: history). `not_before`: for a post dated by day, the
    last successful visit without it. `handle*`: see `handles.Keys`. `extra`: unknown fields, masked, passed through.
    """

    source: str
    text: str
    fetched_at: str
    kind: str = ""
    id: str = ""
    url: str = ""
    title: str = ""
    published_at: str | None = None
    published_raw: str = ""
    precision: str = "unknown"
    platform: str = ""
    voice: str = ""
    handle: str = ""
    handle_key: int = 0
    handle_before: str = ""
    reads: int | None = None
    likes: int | None = None
    reposts: int | None = None
    comments: int | None = None
    is_repost: bool = False
    official_reply: str = ""
    page_sha256: str = ""
    first_visit: bool = False
    not_before: str | None = None
    rank: int | None = None
    heat: float | None = None
    extra: dict[str, object] = field(default_factory=dict)
    v: int = VERSION

    def to_line(self) -> str:
        """One line of JSON with its end; fields that say nothing are left out."""
        told = {k: v for k, v in asdict(self).items() if v not in (None, "", {}, False) or k in ("text", "v")}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


_NAMES = frozenset(f.name for f in fields(PostItem))
_TEXTS = frozenset(f.name for f in fields(PostItem) if f.type in (str, "str"))
_COUNTS = ("reads", "likes", "reposts", "comments")


@dataclass(frozen=True)
class Door:
    """Where raw fields (design.md 6) become an item. `keys` None: no author is kept."""

    source: str
    platform: str
    voice: str
    zone: ZoneInfo
    keys: Keys | None = None
    kind: str = ""
    formats: Sequence[str] = ()
    midnight_is_day: bool = False

    def admit(
        self,
        raw: Mapping[str, object],
        *,
        fetched_at: datetime,
        page_sha256: str = "",
        first_visit: bool = False,
        not_before: datetime | None = None,
    ) -> PostItem:
        """Make the item. Raises BadLine where there is no text, with the reason in Chinese."""
        voice = text_of(raw.get("voice")) or self.voice
        official = voice in ("official", "own")
        title = _masked(raw.get("title"), official=official).replace("\n", " ")[:MAX_TITLE]
        author = text_of(raw.get("author"))
        told = without_bylines(text_of(raw.get("text")), [author])
        text = _masked(told, official=official)[:MAX_TEXT] or title
        if not text:
            raise BadLine("标题和正文都是空的")
        when = parse_when(
            raw.get("published_at"),
            self.zone,
            self.formats,
            fetched_at=fetched_at,
            midnight_is_day=self.midnight_is_day,
        )
        platform = text_of(raw.get("platform")) or self.platform
        handle, number, before = "", 0, ""
        if self.keys is not None and author and voice == "public":  # only people's voices are counted by handle
            handle, number, before = self.keys.handle(platform, author)
        return PostItem(
            source=self.source,
            text=text,
            fetched_at=fetched_at.isoformat(),
            kind=self.kind,
            id=mask(text_of(raw.get("id"))).text[:200],
            url=canonical_url(text_of(raw.get("url")))[:1000],
            title=title,
            published_at=when.at.isoformat() if when.at else None,
            published_raw=mask(when.raw).text[:100],
            precision=when.precision,
            platform=platform,
            voice=voice,
            handle=handle,
            handle_key=number,
            handle_before=before,
            reads=count_of(raw.get("reads")),
            likes=count_of(raw.get("likes")),
            reposts=count_of(raw.get("reposts")),
            comments=count_of(raw.get("comments")),
            is_repost=truth_of(raw.get("is_repost")),
            official_reply=_masked(raw.get("official_reply"), official=True)[:MAX_TEXT],
            page_sha256=page_sha256,
            first_visit=first_visit,
            not_before=not_before.isoformat() if not_before else None,
            rank=count_of(raw.get("rank")),
            heat=_number(raw.get("heat")),
            extra=_passed_through(raw, author),
        )


def from_line(line: bytes, door: Door, *, fetched_at: datetime) -> PostItem:
    """Read one line: an item already made (`"v": 1`), or raw fields, which go through the door.

    Raises BadLine with the reason in Chinese.
    """
    data = parse_line(line)
    return made_item(data) or door.admit(data, fetched_at=fetched_at)


def parse_line(line: bytes) -> dict[str, object]:
    """The object of a line. Raises BadLine."""
    if len(line) > MAX_LINE:
        raise BadLine(f"一行有 {len(line) / 1e6:.1f} MB，超过 1 MB 的上限")
    if b"\0" in line:
        raise BadLine("含有 NUL 字节，文件可能已损坏")
    try:
        data = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadLine("不是 UTF-8 编码") from None
    except (ValueError, RecursionError):
        raise BadLine("不是完整的 JSON") from None
    if not isinstance(data, dict):
        raise BadLine("不是一条记录（应为 JSON 对象）")
    return data


def made_item(data: dict[str, object]) -> PostItem | None:
    """The item of a line that passed the door before; None for raw fields. Raises BadLine."""
    if data.get("v") != VERSION or not {"source", "text", "fetched_at"} <= data.keys():
        return None
    return _made(data)


def _made(data: dict[str, object]) -> PostItem:
    item = PostItem(source="", text="", fetched_at="")
    for name in _NAMES & data.keys():
        value = data[name]
        if name in _TEXTS:
            if not isinstance(value, str):
                raise BadLine(f"字段 {name} 应为文字")
            value = clean(value)
        elif name in _COUNTS or name == "rank":
            value = count_of(value)
        setattr(item, name, value)
    if not isinstance(item.extra, dict):
        raise BadLine("字段 extra 应为对象")
    if not item.text and not item.title:
        raise BadLine("标题和正文都是空的")
    item.text = (item.text or item.title)[:MAX_TEXT]
    item.title = item.title[:MAX_TITLE]
    if item.precision not in PRECISIONS:
        raise BadLine("时间精度不认识")
    for stamp in (item.fetched_at, item.published_at, item.not_before):
        moment_of(stamp)
    return item


def moment_of(stamp: str | None) -> datetime | None:
    """A stamp of an item as an aware UTC moment. Raises BadLine."""
    if stamp is None:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        raise BadLine("时间写法不对") from None
    if moment.tzinfo is None:
        raise BadLine("时间没有时区")
    return moment.astimezone(UTC)


# Control letters, and marks that turn the reading order of whatever stands beside a crawled text.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_EDGES = re.compile(r"[ \t\u3000\xa0]*[\r\n]+\s*")


def clean(text: str) -> str:
    """No control letters or marks of direction, no lone surrogates (no database takes them), no blank lines, no white
    space at the ends."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
    return _EDGES.sub("\n", _CONTROL.sub("", text)).strip()


def text_of(value: object) -> str:
    """A field as text: numbers as written (188006.0 of a sheet is 188006), nothing as empty."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value))


def _masked(value: object, *, official: bool) -> str:
    text = text_of(value)
    return mask(text, official=official).text if text else ""


_COUNT = re.compile(r"^(\d+(?:\.\d+)?)([万亿wWkK千])?\+?$")
_TIMES = {"万": 1e4, "w": 1e4, "W": 1e4, "亿": 1e8, "k": 1e3, "K": 1e3, "千": 1e3}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    match = _COUNT.match(str(value).replace(",", "").replace("，", "").strip())
    if match is None:
        return None
    number = float(match.group(1)) * _TIMES.get(match.group(2) or "", 1)
    return number if number < 1e15 else None


def count_of(value: object) -> int | None:
    """A count as sites write it (1234, "1,234", "1.2万", "10万+"); anything else is not told."""
    number = _number(value)
    return None if number is None else int(number)


def truth_of(value: object) -> bool:
    """Whether a yes/no field says yes."""
    return value is True or str(value).strip().lower() in ("1", "true", "yes", "y", "是", "转发")


def _passed_through(raw: Mapping[str, object], author: str) -> dict[str, object]:
    """Unknown fields, small and masked; none that tells who wrote."""
    extra: dict[str, object] = {}
    for name, value in list(raw.items())[:60]:
        if name in FIELDS or value in (None, "") or not isinstance(value, str | int | float | bool):
            continue
        if tells_author(str(name)) or (author and value == author):
            continue
        extra[str(name)[:60]] = value if isinstance(value, bool | float) else mask(text_of(value)).text[:1000]
    return extra


def link_of(base: str, link: object) -> str:
    """A link of a list as a canonical address; empty when it leads to no web page."""
    return canonical_url(absolute_url(base, text_of(link)))
