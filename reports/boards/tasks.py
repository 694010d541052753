"""The sweep of the boards: reads the clock once and leaves one line. Beside reports/tasks.py, so that the process that
reads posts does not carry what writes briefs."""

import logging

from analysis.search.faults import NodeFault
from office.clock import now
from reports.services import board_feed

log = logging.getLogger(__name__)


def follow() -> str:
    """Tell the search node what the boards count; without one there is nothing to do."""
    try:
        sent = board_feed.follow(at=now())
    except NodeFault as fault:
        log.warning("The search node could not be told for the boards: %s", fault)
        return f"看板的数据没有送到，稍后再送：{fault}"
    return f"送看板数据 {sent} 行" if sent else ""
