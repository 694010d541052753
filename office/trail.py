"""The append-only chain of what people did (rules.md 14).

The chain hashes ids, kinds, times and digests only; words stand in `TrailText` by digest, so that text which could
hold personal data can be removed without breaking the chain.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, transaction

from office.models import Trail, TrailHead, TrailText, User

START = "0" * 64  # what the first row points back to
CHAIN = ("seq", "at", "by", "kind", "object_kind", "object_id", "text_digest", "solo", "previous", "hash")
TRIES = 50  # another writer may move the head between our reading and our update


class ChainBusy(RuntimeError):
    """The head moved under us too often; the caller's transaction is rolled back and nothing is lost."""


def record(
    *,
    by: User | None,
    kind: str,
    at: datetime,
    object_kind: str = "",
    object_id: str = "",
    text: str = "",
    data: dict[str, Any] | None = None,
    solo: bool = False,
) -> Trail:
    """Add a row at the head of the chain, inside the caller's transaction (one is opened where there is none).

    `text` is a sentence in Chinese; `data` is JSON (before/after, reasons). Raises ChainBusy after 50 lost races.
    """
    with transaction.atomic():
        digest = _keep_text(text, data)
        for _ in range(TRIES):
            head, _made = TrailHead.objects.get_or_create(id=1, defaults={"seq": 0, "hash": START})
            row = Trail(
                seq=head.seq + 1,
                at=at,
                by=by,
                kind=kind,
                object_kind=object_kind,
                object_id=str(object_id),
                text_digest=digest,
                solo=solo,
                previous=head.hash,
            )
            row.hash = row_hash(row)
            moved = TrailHead.objects.filter(id=1, seq=head.seq, hash=head.hash).update(seq=row.seq, hash=row.hash)
            if moved:
                row.save(force_insert=True)
                return row
        raise ChainBusy(f"trail head moved {TRIES} times")


def row_hash(row: Trail) -> str:
    """SHA-256 over the fields of the chain, in this order; times as UTC ISO 8601 with microseconds."""
    parts = [
        row.seq,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.by_id,
        row.kind,
        row.object_kind,
        row.object_id,
        row.text_digest,
        row.solo,
        row.previous,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def text_digest(text: str, data: dict[str, Any]) -> str:
    """SHA-256 of the words and figures of a row."""
    return hashlib.sha256(f"{text}\0{_canonical(data)}".encode()).hexdigest()


def words_of(rows: list[Trail]) -> dict[str, TrailText]:
    """The words of rows by digest, in one query."""
    return {t.digest: t for t in TrailText.objects.filter(digest__in={r.text_digest for r in rows if r.text_digest})}


def verify(*, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Faults of the chain in Chinese; empty = whole. Reads every row once, in the order of its number.

    `using`: the database to look into, for a copy that is no longer or not yet the service's own.
    """
    return list(_faults(using))


def _faults(using: str) -> Iterator[str]:
    previous, expected, last = START, 1, None
    # The columns of the chain alone: a copy made by an older version need not have those added since.
    chain = Trail.objects.using(using).only(*CHAIN)
    for row in chain.order_by("seq", "pk").iterator(chunk_size=2000):
        if row.seq != expected:
            missing = f"{expected}" if row.seq == expected + 1 else f"{expected}–{row.seq - 1}"
            yield f"缺第 {missing} 号记录"
        elif row.previous != previous:
            yield f"第 {row.seq} 号记录与前一号接不上：前一号被换过，或顺序被动过"
        if row_hash(row) != row.hash:
            yield f"第 {row.seq} 号记录（{row.kind}）的内容与其指纹不符：被改过"
        previous, expected, last = row.hash, row.seq + 1, row
    head = TrailHead.objects.using(using).filter(id=1).first()
    if head is None:
        if last is not None:
            yield "链头不见了"
    elif head.seq != (last.seq if last else 0) or (last is not None and head.hash != last.hash):
        yield f"链头写的是第 {head.seq} 号，最后一条是第 {last.seq if last else 0} 号：末尾的记录被删过，或链头被改过"
    for kept in TrailText.objects.using(using).only("digest", "text", "data").iterator(chunk_size=2000):
        if text_digest(kept.text, kept.data) != kept.digest:
            yield f"一段文字（{kept.digest[:12]}…）与其指纹不符：被改过"


def _keep_text(text: str, data: dict[str, Any] | None) -> str:
    if not text and not data:
        return ""
    kept: dict[str, Any] = json.loads(_canonical(data or {}))
    digest = text_digest(text, kept)
    TrailText.objects.get_or_create(digest=digest, defaults={"text": text, "data": kept})
    return digest


def _canonical(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, cls=DjangoJSONEncoder)
