"""How far clocks have climbed: their last rung, for many clocks in one question."""

from collections.abc import Mapping
from datetime import UTC, datetime

from alerts.models import Rung
from office.statements import fetch

WOKEN = "woken"  # a rung told at once, because evidence was sent back: it says nothing of how far a clock has climbed
_RUNGS = Rung._meta.db_table


def last_rungs(starts: Mapping[int, str]) -> dict[int, datetime]:
    """The moment of the last rung by clock; clocks without one are left out. `starts`: how the keys of each begin."""
    if not starts:
        return {}
    asked = ",".join(["(%s,%s)"] * len(starts))
    rows = fetch(
        f"WITH asked(clock, start) AS (VALUES {asked}) SELECT rung.clock_id, rung.due_at"
        f" FROM asked JOIN {_RUNGS} rung ON rung.id = (SELECT one.id FROM {_RUNGS} one"
        f" WHERE one.clock_id = asked.clock AND one.name <> '{WOKEN}' AND one.key LIKE asked.start || '%%'"
        " ORDER BY one.due_at DESC LIMIT 1)",
        [part for pair in starts.items() for part in pair],
    )
    return {clock: at if at.tzinfo else at.replace(tzinfo=UTC) for clock, at in rows}
