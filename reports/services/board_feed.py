"""Telling the search node what the boards count beside the posts: clocks, runs, gaps, notices, leads, ways of posts.

As for the posts (analysis/services/outbox.py): triggers note which rows changed, a sweep sends them as they are now,
and a note goes only when the node said that it has them. Each writing has a version larger than all before, taken
before the rows are read, so what comes twice or late changes nothing. Each kind has one index behind an alias, filled
from the newest row down; another mapping, a node that lost it or holds another number of rows: it is filled anew.

Nothing depends on it: without a node the sweep does nothing, and while the node is away the notes wait.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from analysis.models import SearchNode
from analysis.search import faults, node
from analysis.search.node_writing import next_version
from reports import board_triggers
from reports.boards import fields
from reports.models import BoardChange, BoardFeed
from reports.queries.board_rows import documents, following, next_numbers, rows

log = logging.getLogger(__name__)
BATCH = 500  # rows in one request
LIMIT = 5000  # rows in one sweep: about a second
TOP = 1 << 62  # above every number
COUNT_EVERY = timedelta(hours=1)
_checked: set[str] = set()


def follow(*, at: datetime, limit: int = LIMIT) -> int:
    """Bring the boards' indices up to the rows; returns how many were sent. Raises NodeFault."""
    if not node.used():
        _end()
        return 0
    if SearchNode.objects.filter(failures__gt=0).exists():
        return 0  # the posts' sweep finds out when the node is back
    _hold()
    _find()
    done = 0
    for kind in fields.KINDS:
        try:
            done += _follow(kind, at=at, limit=limit - done)
        except faults.IndexMissing:
            _forget(kind)  # the next sweep fills it anew
            raise
    return done


def refill() -> None:
    """What the node holds fits the rows no more (a restored backup): the sweep sends all of them anew."""
    BoardFeed.objects.update(index="")


def alias(kind: str) -> str:
    """The name boards ask a kind under."""
    return f"{settings.SEARCH_PREFIX}-{kind}"


def _follow(kind: str, *, at: datetime, limit: int) -> int:
    feed, _ = BoardFeed.objects.get_or_create(pk=kind)  # from here on the triggers note changes
    if not feed.index or feed.rules != fields.rules(kind):
        _begin(kind, at=at)
    done = _changes(kind, at=at, limit=limit)
    done += _fill(kind, at=at, limit=limit - done)
    _count(kind, at=at)
    return done


def _begin(kind: str, *, at: datetime) -> None:
    """An empty index takes the place of the one before. Raises NodeFault."""
    name = f"{alias(kind)}-{next_version(BoardFeed.objects.filter(pk=kind), at=at)}"
    held = node.client().options(request_timeout=node.WRITE_SECONDS)
    with node.told():
        held.indices.create(index=name, settings={"index": dict(fields.SETTINGS)}, mappings=fields.mapping(kind))
        ours = re.compile(rf"{re.escape(alias(kind))}-\d+")
        found = held.indices.get(index=f"{alias(kind)}-*").body
        before = [old for old in found if old != name and ours.fullmatch(old)]
        actions: list[dict[str, Any]] = [{"add": {"index": name, "alias": alias(kind)}}]
        held.indices.update_aliases(actions=actions + [{"remove_index": {"index": old}} for old in before])
    BoardFeed.objects.filter(pk=kind).update(index=name, rules=fields.rules(kind), left_to=TOP, checked_at=at)


def _changes(kind: str, *, at: datetime, limit: int) -> int:
    done = 0
    while done < limit:
        notes = list(BoardChange.objects.filter(kind=kind).order_by("pk")[:BATCH])
        if not notes:
            break
        later = _send(kind, sorted({note.number for note in notes}), at=at)
        leaving = [note.pk for note in notes if note.number not in later]
        BoardChange.objects.filter(pk__in=leaving).delete()
        done += len(leaving)
        if not leaving:
            break
    return done


def _find() -> None:
    """Notes of rows that others follow from become notes of those."""
    while notes := list(BoardChange.objects.filter(kind__in=board_triggers.VIA).order_by("pk")[:BATCH]):
        found = [
            BoardChange(kind=kind, number=number)
            for via, kind in board_triggers.VIA.items()
            for number in following(via, {note.number for note in notes if note.kind == via})
        ]
        BoardChange.objects.bulk_create(found)
        BoardChange.objects.filter(pk__in=[note.pk for note in notes]).delete()


def _fill(kind: str, *, at: datetime, limit: int) -> int:
    done = 0
    while done < limit:
        left = BoardFeed.objects.values_list("left_to", flat=True).get(pk=kind)
        if left is None:
            break
        numbers = next_numbers(kind, left, BATCH)
        if numbers:
            _send(kind, numbers, at=at)
        # Of two at once the slower changes nothing: what it sent is harmless.
        BoardFeed.objects.filter(pk=kind, left_to=left).update(left_to=numbers[-1] if numbers else None)
        done += len(numbers)
    return done


def _count(kind: str, *, at: datetime) -> None:
    """Once an hour: where the node holds another number of rows than we do, it is filled anew."""
    feed = BoardFeed.objects.get(pk=kind)
    if feed.left_to is not None or (feed.checked_at and at - feed.checked_at < COUNT_EVERY):
        return
    held = node.client()
    with node.told():
        held.indices.refresh(index=alias(kind))
        there = int(held.count(index=alias(kind)).body["count"])
    wanted = rows(kind).count()
    BoardFeed.objects.filter(pk=kind).update(checked_at=at)
    if there != wanted and not BoardChange.objects.filter(kind=kind).exists():
        log.warning("The search node holds %d rows of %s, not %d; they are sent anew", there, kind, wanted)
        _forget(kind)


def _send(kind: str, numbers: Sequence[int], *, at: datetime) -> set[int]:
    """Write these rows as they are now; returns those of which the node knows newer. Raises NodeFault."""
    version = next_version(BoardFeed.objects.filter(pk=kind), at=at)  # before the rows are read: see the top
    found = documents(kind, numbers)
    said: list[dict[str, Any]] = []
    for number in numbers:
        place = {"_id": str(number), "version": version, "version_type": "external"}
        said += [{"index": place}, found[number]] if number in found else [{"delete": place}]
    held = node.client().options(request_timeout=node.WRITE_SECONDS)
    with node.told():
        # Only behind the alias: a node that lost the index must not make one by itself, of guessed fields.
        answer = held.bulk(index=alias(kind), operations=said, require_alias=True).body
    return {number for number, item in zip(numbers, answer["items"], strict=True) if _later(kind, item)}


def _later(kind: str, told: dict[str, Any]) -> bool:
    """Whether the node knows a newer row. Raises NodeFault where it speaks of itself."""
    (item,) = told.values()
    error = item.get("error")
    if not error:
        return False
    if int(item["status"]) == 409:
        return True
    why, reason = str(error.get("type", "")), str(error.get("reason", ""))
    if fault := node.refusal(int(item["status"]), why, reason):
        raise fault
    if int(item["status"]) == 404:
        raise faults.IndexMissing(f"检索节点上的索引 {alias(kind)} 不在了，随后重建。")
    log.error("The search node refuses a row of %s: %s", kind, why)  # its fields are ours: a fault of this program
    return False


def _hold() -> None:
    """Once a process: where triggers were missing nobody noted what changed, so all is sent anew."""
    if _checked:
        return
    with transaction.atomic():
        if board_triggers.put_up():
            BoardFeed.objects.all().delete()
            BoardChange.objects.all().delete()
    _checked.add("triggers")


def _forget(kind: str) -> None:
    BoardFeed.objects.filter(pk=kind).update(index="")
    BoardChange.objects.filter(kind=kind).delete()


def _end() -> None:
    """No node is named any more: nothing is noted for it from now on."""
    if BoardFeed.objects.exists():
        BoardFeed.objects.all().delete()
        BoardChange.objects.all().delete()
