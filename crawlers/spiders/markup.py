"""Pages as text: the charset found, tags gone, times and links picked out. Used by the readers of every kind."""

import codecs
import hashlib
import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from crawlers.canonical import absolute_url, canonical_url

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_\-]{2,30})""", re.I)
_XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_\-]{2,30})""", re.I)
_BLOCK = re.compile(
    r"<(?:br|hr|/?(?:p|div|li|ul|ol|tr|table|h[1-6]|section|article|dd|dt|blockquote|td))\b[^>]*>", re.I
)
_HIDDEN = re.compile(r"<(script|style|noscript|template|iframe)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_BLANK = re.compile(r"[ \t\xa0\u3000\u200b\ufeff]+")
_LINES = re.compile(r"\s*\n\s*")
# A date anybody would see as one; with its time where it stands beside it.
VISIBLE_DATE = re.compile(
    r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:[\sT]*\d{1,2}[:：时]\d{1,2}(?:[:：]\d{1,2})?)?"
)
# Where boards and articles usually put who wrote.
AUTHOR = "[itemprop=author], [rel=author], .author, .username, .user-name, .nickname, .poster"


@dataclass(frozen=True)
class Page:
    """What was fetched: final address, body, Content-Type, and the charset the register declares."""

    url: str
    body: bytes
    content_type: str = ""
    charset: str = ""

    @property
    def text(self) -> str:
        return decode(self.body, self.content_type, self.charset)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass
class RawRow:
    """A row of a list: raw fields of design.md 6, and whether its own page has to be read for the text."""

    raw: dict[str, object] = field(default_factory=dict)
    follow: bool = False

    @property
    def url(self) -> str:
        return str(self.raw.get("url") or "")


class Malformed(Exception):
    """The page is not what the register says; `str(error)` is a sentence in Chinese."""


def decode(body: bytes, content_type: str = "", declared: str = "") -> str:
    """Text of a page. Order: byte order mark, UTF-8 where it fits, header, page, register, GB18030.

    Pages often say one charset and are in another, so that a name is believed only if the bytes agree with it.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    header = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_\-]+)", content_type, re.I)
    said = _META_CHARSET.search(body[:4096]) or _XML_CHARSET.search(body[:300])
    names = [header.group(1) if header else "", said.group(1).decode("ascii") if said else "", declared, "gb18030"]
    best, fewest = "", -1
    for name in names:
        if not name:
            continue
        if name.lower().replace("-", "").replace("_", "") in ("gb2312", "gbk", "xgbk", "gb2312_80"):
            name = "gb18030"  # pages that say GB2312 use letters of its successors
        try:
            text = body.decode(name, errors="replace")
        except LookupError:
            continue
        broken = text.count("\ufffd")
        if not broken:
            return text
        if fewest < 0 or broken < fewest:
            best, fewest = text, broken
    broken_utf8 = body.decode("utf-8", errors="replace")
    return broken_utf8 if fewest < 0 or broken_utf8.count("\ufffd") < fewest else best


def plain(markup: str) -> str:
    """Text of a piece of HTML: lines where blocks end, scripts and styles gone."""
    if "<" not in markup and "&" not in markup:
        return tidy(markup)
    broken = _BLOCK.sub("\n", _HIDDEN.sub(" ", markup))
    return tidy(LexborHTMLParser(broken).text(separator=""))


def tidy(text: str) -> str:
    """No runs of blanks, no empty lines."""
    return _LINES.sub("\n", _BLANK.sub(" ", text)).strip()


def tree_of(text: str) -> LexborHTMLParser:
    """The page as a tree without scripts and styles."""
    return LexborHTMLParser(_HIDDEN.sub(" ", text))


def first(node: LexborHTMLParser | LexborNode, selector: str) -> LexborNode | None:
    """The first match of a CSS selector of the register; a selector that can not be read matches nothing."""
    try:
        return node.css_first(selector)
    except (SelectolaxError, ValueError):
        return None


def every(node: LexborHTMLParser | LexborNode, selector: str) -> list[LexborNode]:
    """Every match of a CSS selector of the register."""
    try:
        return node.css(selector)
    except (SelectolaxError, ValueError):
        return []


def words(node: LexborNode | None) -> str:
    """Text of a node on one line."""
    return "" if node is None else plain(node.html or "").replace("\n", " ").strip()


def link_at(base: str, href: str | None) -> str:
    """Canonical address of a link on the page `base`; empty for anchors, scripts and mail."""
    return canonical_url(absolute_url(base, href)) if href and not href.startswith("#") else ""
