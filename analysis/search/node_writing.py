"""Writing to the search node: indices, the alias that searches ask, and many posts at once."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from analysis.search import faults, node, node_index

AT_ONCE = 4_000_000  # characters of texts in one request; a document is some four times its text, a node takes 100 MB
ROOM = 200  # characters of a reason that are kept


@dataclass(frozen=True, slots=True)
class Writing:
    """A post to be kept in an index, or, without a document, to be taken out of it."""

    index: str
    post: int
    docid: int
    document: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the node said: `later`: it knows a newer one, so this is to be done again; `reason`: why it refuses."""

    writing: Writing
    later: bool = False
    reason: str = ""


def write(writings: Sequence[Writing], version: int, *, show: bool = False) -> list[Sent]:
    """Write all of them under one version. Raises NodeFault where the node as a whole does not take writings.

    `show`: searches know it from the answer on; otherwise within the second.
    """
    # An index that is not there holds nothing to be taken out; a node might make it by itself for the asking.
    here = [one for one in writings if one.document or one.index in _standing()]
    sent = [Sent(one) for one in writings if not (one.document or one.index in _standing())]
    for part in _parts(here):
        sent += _part(part, version, show)
    return sent


def next_version(row: QuerySet[Any], *, at: datetime) -> int:
    """The version of the next writing, kept in the one `row`: larger than every one before, and, by the clock, than
    those of a life before a restored backup. Two that ask at once may be told one number: the node takes it once.
    """
    least = int(at.timestamp() * 1000)
    row.update(version=F("version") + 1)
    row.filter(version__lt=least).update(version=least)
    return int(row.values_list("version", flat=True).get())


def prepare() -> None:
    """Leave our template with the node. Raises NodeFault."""
    held = node.client()
    with node.told():
        held.indices.put_index_template(name=node_index.alias(), **node_index.template())


def make(generation: str, docids: Iterable[int], *, serving: bool) -> None:
    """Make the indices for posts of these numbers where they are not there; of the one that answers, to be found."""
    wanted = {node_index.index_of(generation, docid) for docid in docids} - _standing()
    if not wanted:
        return
    held = node.client()
    for name in sorted(wanted):
        body: dict[str, Any] = {"aliases": {node_index.alias(): {}}} if serving else {}
        with suppress(faults.AlreadyThere), node.told():
            held.indices.create(index=name, **body)
        _same_fields(name)
        _standing().add(name)


def look(generation: str) -> bool:
    """Look anew which indices of ours stand; whether searches reach those of this generation."""
    held = node.client()
    with node.told():
        found = held.indices.get_alias(index=f"{node_index.alias()}-*").body
    _standing().clear()
    _standing().update(found)
    beginning = node_index.every(generation)[:-1]
    return any(name.startswith(beginning) and node_index.alias() in told["aliases"] for name, told in found.items())


def count() -> int:
    """How many posts searches reach."""
    held = node.client()
    with node.told():
        held.indices.refresh(index=node_index.alias())
        return int(held.count(index=node_index.alias()).body["count"])


def expunge() -> None:
    """Rewrite what holds removed posts, so that their words leave the node's disk; it only marks them until then."""
    held = node.client().options(request_timeout=10 * node.WRITE_SECONDS)
    with node.told():
        held.indices.forcemerge(index=node_index.alias(), only_expunge_deletes=True)


def swap(generation: str) -> None:
    """From one moment to the next searches ask this generation, and no other."""
    held = node.client().options(request_timeout=node.WRITE_SECONDS)
    ours = node_index.every(generation)
    with node.told():
        held.indices.refresh(index=ours)
        found = held.indices.get_alias(index=f"{node_index.alias()}-*").body
        former = [name for name, told in found.items() if node_index.alias() in told["aliases"]]
        actions: list[dict[str, Any]] = [{"add": {"index": ours, "alias": node_index.alias()}}]
        actions += [
            {"remove": {"index": name, "alias": node_index.alias()}}
            for name in former
            if not name.startswith(ours[:-1])
        ]
        held.indices.update_aliases(actions=actions)


def sweep_away(*, keep: set[str]) -> None:
    """Remove the indices of every other generation."""
    kept = tuple(node_index.every(generation)[:-1] for generation in keep if generation)
    held = node.client()
    with node.told():
        for name in held.indices.get_alias(index=f"{node_index.alias()}-g*").body:
            if not name.startswith(kept):
                held.indices.delete(index=name, ignore_unavailable=True)
                _standing().discard(name)


_known: dict[tuple[int, str], set[str]] = {}


def _standing() -> set[str]:
    """Names of indices this process knows to stand."""
    return _known.setdefault((os.getpid(), "".join(settings.SEARCH_URLS)), set())


def _same_fields(name: str) -> None:
    """Another program's index, or one of other fields under our name, would refuse every post; said at once."""
    held = node.client()
    with node.told():
        told = held.indices.get_mapping(index=name).body[name]["mappings"]
    fields = told.get("properties", {})
    for field, wanted in node_index.MAPPING["properties"].items():
        if fields.get(field, {}).get("type") != wanted.get("type"):
            raise faults.OtherMapping(
                f"检索节点上的索引 {name} 的字段 {field} 与本程序不合。请运行 manage.py search rebuild；"
                "仍不行，看是否有别的程序用了同样的索引名（HUIYING_SEARCH_PREFIX）。"
            )


def _parts(writings: Sequence[Writing]) -> Iterator[list[Writing]]:
    part: list[Writing] = []
    size = 0
    for writing in writings:
        own = len(writing.document["text"]) if writing.document else 0
        if part and size + own > AT_ONCE:
            yield part
            part, size = [], 0
        part.append(writing)
        size += own
    if part:
        yield part


def _part(part: Sequence[Writing], version: int, show: bool) -> list[Sent]:
    held = node.client()
    said: list[dict[str, Any]] = []
    for writing in part:
        place = {"_index": writing.index, "_id": str(writing.post), "version": version, "version_type": "external"}
        said += [{"index": place}, writing.document] if writing.document else [{"delete": place}]
    try:
        with node.told():
            answer = held.options(request_timeout=node.WRITE_SECONDS).bulk(operations=said, refresh=show)
    except faults.TooLarge:
        if len(part) == 1:
            return [Sent(part[0], reason="这一帖太长，节点不收")]
        half = len(part) // 2
        return [*_part(part[:half], version, show), *_part(part[half:], version, show)]
    return [_one(writing, *item.items()) for writing, item in zip(part, answer.body["items"], strict=True)]


def _one(writing: Writing, told: tuple[str, Any]) -> Sent:
    """What the node said of one document. Raises NodeFault where it speaks of itself."""
    _, item = told
    status = int(item["status"])
    if status < 300 or (status == 404 and writing.document is None):
        return Sent(writing)
    if status == 409:
        return Sent(writing, later=True)
    error = item.get("error") or {}
    kind, reason = str(error.get("type", "")), str(error.get("reason", ""))
    if fault := node.refusal(status, kind, reason):
        raise fault
    if status == 404:
        raise faults.IndexMissing("检索节点上的索引不在了，重建后再送。")
    # A node quotes the value it stumbled over, which is a person's own words: only the kind and the field are kept.
    return Sent(writing, reason=f"{kind}：{reason.partition(' Preview of')[0].partition('. Preview')[0]}"[:ROOM])
