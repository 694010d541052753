"""The two ways of writing to a node, and filling it, for the bench of the outbox. Loaded after the home."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from elasticsearch import helpers

from analysis.models import SearchEntry, SearchNode, SearchOutbox
from analysis.search import node, node_index, node_writing, shown
from analysis.services import outbox
from bench.homes import SEARCHED_AT as AT


def compare(posts: int, rounds: int) -> tuple[list[float], list[float]]:
    """Posts a second of each round: the library's bulk alone, and the outbox. The newest posts, so few indices."""
    entries = list(SearchEntry.objects.order_by("-docid")[:posts])
    documents: list[tuple[int, dict[str, Any]]] = []
    for start in range(0, len(entries), outbox.BATCH):
        part = entries[start : start + outbox.BATCH]
        made = outbox._documents(part)
        documents += [(entry.docid, made[entry.post]) for entry in part]
    raw, own = [], []
    for number in range(rounds + 1):  # the first warms the node and does not count
        seconds = _raw(documents, f"raw{number}"), _own(entries, f"own{number}")
        if number:
            raw.append(len(documents) / seconds[0])
            own.append(len(entries) / seconds[1])
    return raw, own


def fill(*, say: Callable[[str], object]) -> int:
    """Send every post, as the sweep does, until the node answers."""
    SearchNode.objects.all().delete()
    SearchOutbox.objects.all().delete()
    done, told = 0, time.monotonic()
    while True:
        done += outbox.send(at=AT)
        row = SearchNode.objects.get()
        assert not row.fault, row.fault
        if row.serving:
            return done
        if time.monotonic() - told > 60:
            told = time.monotonic()
            say(f"{done} posts sent")


def answered_by_node() -> None:
    """Refuse a measurement in which the database answered."""
    now = shown()
    assert not now.why, now.why


def _raw(documents: list[tuple[int, dict[str, Any]]], generation: str) -> float:
    _make(generation, [docid for docid, _ in documents])

    def actions() -> Iterator[dict[str, Any]]:
        for docid, document in documents:
            yield {"_index": node_index.index_of(generation, docid), "_id": document["post"], "_source": document}

    began = time.perf_counter()
    helpers.bulk(node.client(), actions(), chunk_size=outbox.BATCH, request_timeout=60)
    seconds = time.perf_counter() - began
    _away(generation)
    return seconds


def _own(entries: list[SearchEntry], generation: str) -> float:
    _make(generation, [entry.docid for entry in entries])
    SearchNode.objects.update_or_create(
        pk=1, defaults={"serving": generation, "serving_rules": node_index.rules(), "filling": ""}
    )
    SearchOutbox.objects.bulk_create(
        (SearchOutbox(post=entry.post, docid=entry.docid, gone=False) for entry in entries), batch_size=1000
    )
    began = time.perf_counter()
    done = outbox.send(at=AT, limit=len(entries))
    seconds = time.perf_counter() - began
    assert done == len(entries), (done, SearchNode.objects.get().fault)
    assert not SearchOutbox.objects.exists()
    _away(generation)
    return seconds


def _make(generation: str, docids: list[int]) -> None:
    node_writing.prepare()
    node_writing.make(generation, docids, serving=True)


def _away(generation: str) -> None:
    names = node.client().indices.get_alias(index=node_index.every(generation)).body
    node.client().indices.delete(index=",".join(names))
