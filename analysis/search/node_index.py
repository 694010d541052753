"""What the search node keeps: names of its indices, their fields, and a post as a document.

Two things stand side by side in a document. For answers that are exactly those of the database: our own tokens
(units.py), as they are, cut at blanks only, and the post's number with its parts. For people at Kibana: the texts under
a Chinese analyzer (width, lower case, pairs and single characters) and every reading under its name. Tokens and words
are not kept a second time in the stored source; a new index is filled from the posts, never from an old one.

Indices are one a month of the post's moment, so that retention empties whole ones and a search of a few days opens few.
Nothing that names a writer is sent: no handle, no address of a post.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from analysis.search import docid as numbers
from analysis.search import units

LONGEST = 300  # characters of a token; no query has a word of more than 200, and Lucene takes 32 766 bytes
_TOO_LONG = re.compile(rf"[^ ]{{{LONGEST + 1}}}")
PARTS = ("klass", "voice", "sentiment", "first", "kind", "relevant")

_WORD: Mapping[str, Any] = {"type": "keyword"}
_SEEN: Mapping[str, Any] = {"type": "keyword", "doc_values": False}  # asked for, never counted or sorted by
_WHOLE: Mapping[str, Any] = {"type": "long"}
_CODE: Mapping[str, Any] = {"type": "short"}
_MOMENT: Mapping[str, Any] = {"type": "date"}
_YES_NO: Mapping[str, Any] = {"type": "boolean"}
_TEXT: Mapping[str, Any] = {"type": "text", "analyzer": "chinese"}

MAPPING: Mapping[str, Any] = {
    "dynamic": "strict",
    "_source": {"excludes": ["pairs", "ones", "names"]},
    "properties": {
        # our own tokens and numbers: what the service asks by
        "pairs": {"type": "text", "analyzer": "as_given", "norms": False, "index_options": "positions"},
        "ones": _SEEN,
        "names": _SEEN,
        "docid": _WHOLE,
        "post": _WHOLE,
        "second": _WHOLE,
        "counted": _CODE,
        "code": {"properties": dict.fromkeys(PARTS, _CODE)},
        "topic": _WHOLE,
        "episode": {"type": "integer"},
        "copy_of": _WHOLE,
        # for people at Kibana
        "at": _MOMENT,
        "published_at": _MOMENT,
        "fetched_at": _MOMENT,
        "read_at": _MOMENT,
        "title": _TEXT,
        "text": _TEXT,
        **dict.fromkeys(("klass", "kind", "sentiment", "voice", "platform", "source"), _WORD),
        **dict.fromkeys(("streets", "places", "units"), _WORD),
        "relevant": _YES_NO,
        "first": _YES_NO,
    },
}
SETTINGS: Mapping[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",  # a second copy where the cluster has a second node
    "refresh_interval": "1s",  # said outright, so that a quiet index does not stop refreshing
    "gc_deletes": "1h",  # how long a removal is remembered against a writing that comes late
    "max_result_window": 10_000,
    "merge": {"policy": {"expunge_deletes_allowed": 0}},  # what was removed leaves the disk whole: see `expunge`
    "analysis": {
        "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": LONGEST + 1}},
        "filter": {"pairs_and_ones": {"type": "cjk_bigram", "output_unigrams": True}},
        "analyzer": {
            "as_given": {"type": "custom", "tokenizer": "blanks"},
            "chinese": {
                "type": "custom",
                "tokenizer": "standard",
                "filter": ["cjk_width", "lowercase", "pairs_and_ones"],
            },
        },
    },
}


def rules() -> str:
    """A digest of all that decides what an index holds: another one makes a new generation."""
    return hashlib.sha256(json.dumps([MAPPING, SETTINGS, LONGEST], sort_keys=True).encode()).hexdigest()[:16]


def alias() -> str:
    """The name searches ask, whichever generation answers."""
    return f"{settings.SEARCH_PREFIX}-posts"


def template() -> dict[str, Any]:
    """The index template, for whatever index of ours is made."""
    return {
        "index_patterns": [f"{alias()}-*"],
        "priority": 500,
        "template": {"settings": {"index": SETTINGS}, "mappings": MAPPING},
    }


def every(generation: str) -> str:
    """A pattern of all indices of a generation."""
    return f"{alias()}-{generation}-*"


def index_of(generation: str, docid: int) -> str:
    """The index a post of this number lies in."""
    return f"{alias()}-{generation}-{month(docid)}"


def month(docid: int) -> str:
    """The month of the number's moment, in UTC; months far ahead are one, as a wrong clock must not make many."""
    moment = numbers.EPOCH + timedelta(seconds=docid >> numbers.SECOND)
    return f"{moment:%Y.%m}" if moment.year < 2100 else "later"


def document(docid: int, facets: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A post as the node keeps it. `row`: the values of `VALUES` by name."""
    pairs, ones = _tokens(row["title"], row["text"])
    code = {name: docid >> numbers.FIELDS[name][0] & numbers.most(name) for name in PARTS}
    low, wide = numbers.COUNTED
    return {
        "pairs": pairs,
        "ones": ones,
        "names": [token[:LONGEST] for token in facets.split()],
        "docid": docid,
        "post": row["id"],
        "second": docid >> numbers.SECOND,
        "counted": docid >> low & (1 << wide) - 1,
        "code": code,
        "topic": row["membership__topic"],
        "episode": row["membership__episode"],
        "copy_of": row["copy_of"],
        "at": _moment(numbers.EPOCH + timedelta(seconds=docid >> numbers.SECOND)),  # as everything is counted by it
        "published_at": _moment(row["published_at"]),
        "fetched_at": _moment(row["fetched_at"]),
        "read_at": _moment(row["reading__at"]),
        "title": row["title"],
        "text": row["text"],
        "klass": row["reading__klass"],
        "kind": row["reading__kind"],
        "sentiment": row["reading__sentiment"],
        "voice": row["voice"],
        "platform": row["platform"],
        "source": row["source__name"],
        "streets": list(row["reading__streets"] or ()),
        "places": _named(row["reading__places"]),
        "units": _named(row["reading__units"]),
        "relevant": bool(row["reading__relevant"]),
        "first": bool(code["first"]),
    }


VALUES = (
    *("id", "title", "text", "published_at", "fetched_at", "source__name", "platform", "voice", "copy_of"),
    *("reading__at", "reading__klass", "reading__kind", "reading__sentiment", "reading__relevant"),
    *("reading__streets", "reading__places", "reading__units", "membership__topic", "membership__episode"),
)


def _tokens(title: str, text: str) -> tuple[str, list[str]]:
    """The pairs in order, and each unit once: `units.tokens` writes them one behind the other."""
    whole = units.tokens(title, text)
    if _TOO_LONG.search(whole):
        whole = " ".join(token[:LONGEST] for token in whole.split(" "))
    begin = whole.find(units.ONE)
    return (whole[:begin].rstrip(), whole[begin:].split(" ")) if begin >= 0 else ("", [])


def _named(rows: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return [str(row["name"]) for row in rows or () if row.get("name")]


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
