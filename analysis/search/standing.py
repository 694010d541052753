"""Whether the search node answers just now, and what the search page says where the database answers for it.

The index in the database is kept whole beside the node's, so whichever answers, the answer is complete. The node does
not answer while it is being filled, while it can not be told of changes, and while it is far behind with them.
"""

import logging
import time
from dataclasses import dataclass

from analysis.models import SearchNode, SearchOutbox
from analysis.search import node, node_index
from analysis.search.faults import NodeFault

log = logging.getLogger(__name__)
BEHIND = 5000  # changes not told yet, from which on the database answers: some seconds of a busy import
FIRST_WAIT, LONGEST_WAIT = 5.0, 60.0  # seconds a process does not ask again after a question that failed
INSTEAD = "现由数据库检索，结果不受影响，只是可能慢一些。"


@dataclass(frozen=True, slots=True)
class Standing:
    """`why`: the sentence for the page where the database answers; empty: the node does. `gone`: posts it must leave
    out, which it has not been told of yet. `unsent`: how many changes that are, at most one more than `BEHIND`."""

    why: str
    gone: tuple[int, ...] = ()
    unsent: int = 0


def standing() -> Standing:
    """How it stands, by the sweep's own row and by what this process has just met."""
    row = SearchNode.objects.first()
    if row is None or not row.serving or row.serving_rules != node_index.rules():
        return Standing(f"检索节点正在收入帖文，{INSTEAD}")
    if row.failures or time.monotonic() < _met.until:
        return Standing(f"检索节点暂时用不上，{INSTEAD}")
    unsent = SearchOutbox.objects.order_by()[: BEHIND + 1].count()
    if unsent > BEHIND:
        return Standing(f"检索节点还没有跟上，{INSTEAD}", unsent=unsent)
    gone = SearchOutbox.objects.filter(gone=True).values_list("post", flat=True).distinct() if unsent else ()
    return Standing("", tuple(gone), unsent)


def shown() -> Standing:
    """How it stands, for the page; where no node is used there is nothing to say."""
    return standing() if node.used() else Standing("")


def met(fault: NodeFault | None) -> None:
    """A question failed, or was answered: who failed is asked again after 5 s, then 10, 20, … 60."""
    if fault is None:
        _met.wait = 0.0
        return
    _met.wait = min(max(_met.wait * 2, FIRST_WAIT), LONGEST_WAIT)
    _met.until = time.monotonic() + _met.wait
    log.warning("The search node does not answer, the database does for %.0f s: %s", _met.wait, fault)


def forget() -> None:
    """What this process met counts no more."""
    _met.wait = _met.until = 0.0


@dataclass
class _Met:
    until: float = 0.0
    wait: float = 0.0


_met = _Met()
