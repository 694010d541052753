"""Telling the search node what changed: posts go out by an outbox that triggers fill in the change's own transaction.

A row leaves the outbox only when the node said that it has what the post is now. Every round has a number of its own,
larger than all before, taken before the posts are read; the node takes a writing only if its number is larger than that
of what it holds (external versions). So of two rounds at once, or one that comes an hour late, the one that read last
wins, and who is told of a newer one (409) leaves the row to the next round. Nothing is sent inside a transaction.

A generation is a whole set of indices. A new one is filled newest first beside the one that answers, hears every change
as that does, and takes its place in one step (the alias); after a change of fields, by `search rebuild`, or where the
node lost its indices.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from analysis.models import SearchEntry, SearchNode, SearchOutbox, SearchRefused
from analysis.search import docid as numbers
from analysis.search import faults, node, node_index, node_writing
from analysis.search.node_writing import Sent, Writing, next_version
from crawlers.models import Post
from office.state import get_state, set_state

log = logging.getLogger(__name__)
BATCH = 500  # posts in one request
FIRST_WAIT, LONGEST_WAIT = 5, 60  # seconds until a node that failed is tried again
REMOVED = "search_node_removed"  # state: since when words of removed posts may lie on the node's disk


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of one request: posts the node has now, those of which it knows newer, those it does not take."""

    done: set[int]
    later: set[int]
    refused: dict[int, str]


def send(*, at: datetime, limit: int = 8 * BATCH) -> int:
    """Bring the node up to the posts: changes first, then what a new generation lacks; returns how many writings.

    A node that can not be told leaves everything where it is; it is tried again after 5 s, then 10, 20, … 60.
    """
    if not node.used():
        _end()
        return 0
    row = _row()
    if row.retry_at is not None and at < row.retry_at:
        return 0
    try:
        _hold(row)
        if not (row.serving or row.filling) or _rules_of(row) != node_index.rules():
            begin(at=at)
        done = _changes(at=at, limit=limit)
        done += _fill(at=at, limit=limit - done)
    except faults.NodeFault as fault:
        if isinstance(fault, faults.IndexMissing):
            forget()  # with it went posts: all of them are to be sent anew
        _note(fault, at=at)
        return 0
    if row.failures:
        SearchNode.objects.update(failures=0, failing_since=None, retry_at=None, fault="")
        log.info("The search node is back")
    return done


def begin(*, at: datetime) -> None:
    """Begin a new generation, to be filled by `send`. One that was begun before is given up. Raises NodeFault."""
    row = _row()
    name = f"g{next_version(SearchNode.objects.filter(pk=1), at=at)}"
    node_writing.prepare()
    node_writing.make(name, [numbers.first_of(at)], serving=False)  # searches need one index at least
    SearchRefused.objects.all().delete()
    SearchNode.objects.filter(pk=row.pk).update(filling=name, filling_rules=node_index.rules(), filled_to=None)


def rebuild(*, at: datetime, told: Callable[[int], object] = lambda done: None) -> int:
    """Fill a new generation and let it take the place of the one that answers, which it does until then.

    `told` hears how many posts are in. Returns how many. Raises NodeFault; the sweep then goes on with it by itself.
    """
    begin(at=at)
    done = 0
    while SearchNode.objects.exclude(filling="").exists():
        done += send(at=at, limit=BATCH)
        if fault := SearchNode.objects.exclude(fault="").values_list("fault", flat=True).first():
            raise faults.NodeFault(fault)
        told(done)
    return done


def expunge(*, at: datetime) -> bool:
    """Let the node rewrite what holds removed posts, a day after the first of them went; whether it did."""
    since = get_state(REMOVED)
    if not since or not node.used() or at - datetime.fromisoformat(since) < timedelta(days=1):
        return False
    if not SearchNode.objects.exclude(serving="").filter(failures=0).exists():
        return False
    try:
        node_writing.expunge()
    except faults.NodeFault as fault:
        log.warning("The search node did not rewrite what holds removed posts: %s", fault)
        return False
    set_state(REMOVED, False, by=None, at=at)
    return True


def verify(*, at: datetime) -> bool:
    """Whether the node holds as many posts as the index of the database; where it does not, all is sent anew."""
    if not node.used() or not SearchNode.objects.exclude(serving="").filter(failures=0).exists():
        return True
    if SearchOutbox.objects.exists():
        return True  # on its way: the next hour asks again
    try:
        held = node_writing.count()
    except faults.NodeFault as fault:
        _note(fault, at=at)
        return True
    wanted = SearchEntry.objects.count() - SearchRefused.objects.count()
    if held == wanted or SearchOutbox.objects.exists():
        return True
    log.warning("The search node holds %d posts of %d; it is filled anew", held, wanted)
    forget()
    return False


def forget() -> None:
    """What the node holds fits the posts no more: it answers no question until it has been filled anew."""
    SearchNode.objects.update(serving="", serving_rules="", filling="", filling_rules="", filled_to=None, retry_at=None)
    SearchOutbox.objects.all().delete()


def kept_back(posts: Sequence[int]) -> None:
    """These posts were taken out of the index only to be put in again with the same words: they go on being found."""
    if SearchNode.objects.exists():
        SearchOutbox.objects.filter(post__in=posts, gone=True).update(gone=False)


def _row() -> SearchNode:
    return SearchNode.objects.get_or_create(pk=1)[0]


def _end() -> None:
    """No node is named any more: nothing is noted for it from now on."""
    if SearchNode.objects.exists():
        SearchNode.objects.all().delete()
        SearchOutbox.objects.all().delete()
        SearchRefused.objects.all().delete()


def _rules_of(row: SearchNode) -> str:
    return row.filling_rules if row.filling else row.serving_rules


def _hold(row: SearchNode) -> None:
    """Where the node lost the indices that answer, all is sent anew."""
    there = node_writing.look(row.serving)
    if row.serving and not there:
        log.warning("The search node has no index of %s any more; it is filled anew", row.serving)
        forget()
        row.refresh_from_db()


class _Sending:
    """One request at a time in a thread of its own, which asks no database: while the node works, the next is made."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._under_way: tuple[Future[list[Sent]], Callable[[_Told], None]] | None = None

    def send(
        self, writings: Sequence[Writing], version: int, then: Callable[[_Told], None], *, at: datetime, show: bool
    ) -> None:
        """Send when the one before has been answered; `then` hears what became of this one. Raises NodeFault."""
        self.settle(at=at)
        self._under_way = self._pool.submit(node_writing.write, writings, version, show=show), then

    def settle(self, *, at: datetime) -> None:
        """Wait for the answer to what is under way. Raises NodeFault."""
        if self._under_way is not None:
            (answer, then), self._under_way = self._under_way, None
            then(_judged(answer.result(), at=at))


def _changes(*, at: datetime, limit: int) -> int:
    """Tell every generation what the outbox holds, oldest first, until it is empty or at the limit."""
    done = after = 0
    with ThreadPoolExecutor(1, "search-node") as pool:
        sending = _Sending(pool)
        while done < limit:
            rows = list(SearchOutbox.objects.filter(pk__gt=after).order_by("pk")[:BATCH])
            if not rows:
                break
            version = next_version(SearchNode.objects.filter(pk=1), at=at)  # before the posts are read: see the top
            writings = _writings(SearchNode.objects.get(pk=1), {(one.post, one.docid) for one in rows})
            gone = any(one.gone for one in rows)  # found no more: neither from now on, nor when its row has left
            sending.send(writings, version, partial(_leave, rows, gone, at), at=at, show=gone)
            done, after = done + len(rows), rows[-1].pk
        sending.settle(at=at)
    return done


def _leave(rows: Sequence[SearchOutbox], gone: bool, at: datetime, told: _Told) -> None:
    """Take away the rows of what the node has now; of what it knows newer, the next round sees to."""
    if gone and not get_state(REMOVED):
        set_state(REMOVED, at.isoformat(), by=None, at=at)
    SearchOutbox.objects.filter(pk__in=[one.pk for one in rows if one.post not in told.later]).delete()


def _writings(row: SearchNode, wanted: set[tuple[int, int]]) -> list[Writing]:
    """Each post where its number now says, and taken out of the month of each number it had."""
    entries = {entry.post: entry for entry in SearchEntry.objects.filter(post__in={post for post, _ in wanted})}
    documents = _documents(list(entries.values()))
    writings: list[Writing] = []
    for generation in filter(None, (row.serving, row.filling)):
        places = {(post, node_index.index_of(generation, docid)): docid for post, docid in wanted}
        part = []
        for (post, index), docid in places.items():
            entry = entries.get(post)
            here = entry is not None and node_index.index_of(generation, entry.docid) == index
            part.append(Writing(index, post, docid, documents.get(post) if here else None))
        node_writing.make(generation, {one.docid for one in part if one.document}, serving=generation == row.serving)
        writings += part
    return writings


def _fill(*, at: datetime, limit: int) -> int:
    """Fill the generation that is begun, newest first; full, it takes the place of the one that answered."""
    row = SearchNode.objects.get(pk=1)
    if not row.filling:
        return 0
    done, to = 0, row.filled_to
    with ThreadPoolExecutor(1, "search-node") as pool:
        sending = _Sending(pool)
        while done < limit:
            version = next_version(SearchNode.objects.filter(pk=1), at=at)
            entries = SearchEntry.objects.order_by("-docid")
            some = list((entries.filter(docid__lt=to) if to is not None else entries)[:BATCH])
            if not some:
                sending.settle(at=at)
                _take_over(row)
                break
            documents = _documents(some)
            node_writing.make(row.filling, {one.docid for one in some}, serving=False)
            writings = [
                Writing(node_index.index_of(row.filling, one.docid), one.post, one.docid, documents[one.post])
                for one in some
                if one.post in documents
            ]
            last = some[-1].docid
            sending.send(writings, version, partial(_filled, row.filling, to, last), at=at, show=False)
            done, to = done + len(some), last
        sending.settle(at=at)
    return done


def _filled(generation: str, before: int | None, to: int, told: _Told) -> None:
    SearchNode.objects.filter(pk=1, filling=generation, filled_to=before).update(filled_to=to)


def _take_over(row: SearchNode) -> None:
    if not SearchNode.objects.filter(pk=1, filling=row.filling).exists():
        return  # another one was begun meanwhile
    node_writing.swap(row.filling)
    SearchNode.objects.filter(pk=1, filling=row.filling).update(
        serving=row.filling, serving_rules=row.filling_rules, filling="", filling_rules="", filled_to=None
    )
    now = SearchNode.objects.get(pk=1)
    node_writing.sweep_away(keep={now.serving, now.filling})


def _documents(entries: Sequence[SearchEntry]) -> dict[int, dict[str, object]]:
    """The posts of these entries as documents, by post."""
    rows = Post.objects.filter(pk__in=[one.post for one in entries]).values(*node_index.VALUES)
    found = {row["id"]: row for row in rows}
    return {
        one.post: node_index.document(one.docid, one.facets, found[one.post]) for one in entries if one.post in found
    }


def _judged(sent: Sequence[Sent], *, at: datetime) -> _Told:
    """Keep the refused aside with their reasons; a fault of the whole node is raised when what was taken is noted."""
    refused: dict[int, tuple[int, str]] = {}
    later: set[int] = set()
    done: set[int] = set()
    for one in sent:
        if one.reason:
            refused[one.writing.post] = (one.writing.docid, one.reason)
        elif one.later:
            later.add(one.writing.post)
        else:
            done.add(one.writing.post)
    if refused:
        for post, (docid, reason) in refused.items():
            SearchRefused.objects.update_or_create(post=post, defaults={"docid": docid, "reason": reason, "at": at})
        log.warning("The search node did not take %d posts, among them: %s", len(refused), next(iter(refused.values())))
    if mended := done - refused.keys():
        SearchRefused.objects.filter(post__in=mended).delete()
    return _Told(done, later, {post: reason for post, (_, reason) in refused.items()})


def _note(fault: faults.NodeFault, *, at: datetime) -> None:
    row = SearchNode.objects.get(pk=1)
    wait = min(FIRST_WAIT * 2 ** min(row.failures, 10), LONGEST_WAIT)
    SearchNode.objects.filter(pk=1).update(
        failures=row.failures + 1,
        failing_since=row.failing_since or at,
        retry_at=at + timedelta(seconds=wait),
        fault=str(fault),
    )
    log.warning("The search node could not be told, again in %d s: %s", wait, fault)
