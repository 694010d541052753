"""Normal forms of addresses and texts, and what makes a post a repeat (rules.md 1). Pure."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from crawlers.dates import PRECISIONS, When, parse_when

__all__ = [
    "PRECISIONS",
    "REMOVED",
    "SHORT_TEXT",
    "When",
    "absolute_url",
    "address_key",
    "canonical_url",
    "id_key",
    "narrowed",
    "nfkc",
    "normal_text",
    "parse_when",
    "same_words",
    "text_key",
]

# Under so many letters of normalised text only the address decides (rules.md 1).
SHORT_TEXT = 12
REMOVED = "［已按本人要求移除］"  # stands where the words of a post stood (明确拒绝)

# Parameters that say where a reader came from, never what he reads.
_TRACKING = re.compile(
    r"^(?:utm_\w+|spm(?:_id_from)?|from(?:id|_source|wap)?|fr|share\w*|isappinstalled|scene|wx\w*|wechat\w*|weixin\w*|"
    r"vd_source|bd_vid|hmsr|hmpl|hmcu|hmkw|hmci|refer(?:er|rer)?|ref(?:_src)?|src|source_from|timestamp|_t|_r|rnd|"
    r"random|nsukey|fbclid|gclid|mc_[ce]id|tt_from|group_?from|app_?ver\w*|client_?from|msource|pvid|callback)$",
    re.I,
)
# 央广网 puts a token of preview on its links.
_HOST_TRACKING = {"cnr.cn": frozenset({"sign"})}
# Hosts whose mobile and desk pages show one article: pattern of host and path, and what it becomes.
_TWINS = (
    (re.compile(r"^m\.bjnews\.com\.cn(/.*)?$"), r"www.bjnews.com.cn\1"),
    (re.compile(r"^(www\.bjnews\.com\.cn)/detail-(\d+)\.html$"), r"\1/detail/\2.html"),
    (re.compile(r"^m\.thepaper\.cn(/.*)?$"), r"www.thepaper.cn\1"),
    (re.compile(r"^wap\.newsmth\.net(/.*)?$"), r"www.newsmth.net\1"),
    (re.compile(r"^(?:3g|m)\.163\.com(/(?:dy/article|news/article)/.*)$"), r"www.163.com\1"),
    (re.compile(r"^m\.chinanews\.com(?:\.cn)?(/.*)?$"), r"www.chinanews.com.cn\1"),
    (re.compile(r"^www\.chinanews\.com(/.*)?$"), r"www.chinanews.com.cn\1"),
)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|shtml|php|jsp|aspx?)$", re.I)


def absolute_url(base: str, link: str) -> str:
    """The address a link on page `base` leads to; empty when it leads to no web page."""
    try:
        joined = urljoin(base, html.unescape(link.strip()))
    except ValueError:
        return ""
    return joined if joined.lower().startswith(("http://", "https://")) else ""


def canonical_url(url: str) -> str:
    """The address as shown and compared: no fragment, no tracking, sorted parameters, lower-case host.

    The scheme stays as found (some hosts hold no certificate for their name); `address_key` does not look at it.
    Anything that is no http(s) address gives an empty string.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = parts.hostname.rstrip(".").lower()
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return ""
    path = quote(unquote(parts.path, errors="surrogateescape"), safe="/!$&'()*+,;=:@~-._", errors="surrogateescape")
    path = _INDEX.sub("/", re.sub(r"/{2,}", "/", path)) or "/"
    for pattern, become in _TWINS:
        twin = pattern.sub(become, host + path)
        host, _, rest = twin.partition("/")
        path = "/" + rest
    if port is not None and port != {"http": 80, "https": 443}[scheme]:
        host = f"{host}:{port}"
    drop = next((names for tail, names in _HOST_TRACKING.items() if host == tail or host.endswith("." + tail)), ())
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    except ValueError:
        pairs = []
    kept = sorted((k, v) for k, v in pairs if not _TRACKING.match(k) and k not in drop)
    query = urlencode(kept, errors="surrogateescape") if kept else ""
    return urlunsplit((scheme, host, path, query, ""))


def address_key(url: str) -> str | None:
    """SHA-256 (hex) of the canonical address without its scheme; None where it names no single post.

    The front page of a site is no post: a file that gives it on every line must not lose its lines as repeats.
    """
    canonical = canonical_url(url)
    if not canonical:
        return None
    bare = canonical.split("://", 1)[1]
    if bare.partition("/")[2] == "":
        return None
    return _sha(bare)


def id_key(platform: str, ext_id: str, key: str) -> str:
    """Key of a post known only by the id its file gave: the same id with the same text is the same post."""
    return _sha(f"id\0{platform}\0{ext_id}\0{key}")


_SPACE = re.compile(r"[\s\u200b-\u200f\u2028-\u202f\u2060\ufeff\u00ad\x00-\x1f]+")


# The wide marks of every Chinese text.
_WIDE = tuple((mark, unicodedata.normalize("NFKC", mark)) for mark in "，！？：；（）")


def narrowed(text: str) -> str:
    """The text with these marks narrow: nothing else has to change in most texts, which is found out at little cost."""
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    return text


def nfkc(text: str) -> str:
    """The text in NFKC, in a quarter of the time."""
    return unicodedata.normalize("NFKC", narrowed(text))


def normal_text(text: str) -> str:
    """NFKC, folded case, no white space, no invisible letters: two texts a reader can not tell apart are equal."""
    return _SPACE.sub("", nfkc(html.unescape(text)).casefold())


def text_key(text: str) -> tuple[str, int]:
    """SHA-256 (hex) of the normalised text and its length in letters."""
    normal = normal_text(text)
    return _sha(normal), len(normal)


def same_words(platform: str, handles: Iterable[str], key: str, length: int) -> list[tuple[str, str, str]]:
    """The triples (platform, handle, text key) under which a post repeats another; empty = only the address decides.

    A post without a handle has no "same handle"; `handles` may hold the keyed handle under two keys (rules.md 1).
    """
    if length < SHORT_TEXT:
        return []
    return [(platform, handle, key) for handle in handles if handle]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
