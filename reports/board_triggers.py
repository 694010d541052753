"""The database itself notes which rows the boards' indices have to be told of, while a search node is used.

A trigger writes for the kinds that have a row in `BoardFeed`; without a node there is none, and nothing is written. A
migration that remakes a table drops its triggers, so `board_feed.follow` puts up again what is missing. None of them
names a table of another app in what it does: SQLite could then not remake that table any more. So where a row tells of
rows of another table, the sweep finds those (`VIA`).
"""

from collections.abc import Mapping

from office import triggers
from office.triggers import Trigger

# What is noted of a row that others follow from -> the kind of those.
VIA = {"by_matter": "clocks", "by_notice": "leads"}
_NOTE = (
    "INSERT INTO reports_boardchange (kind, number) SELECT '{note}', {number} FROM reports_boardfeed"
    " WHERE kind = '{kind}';"
)


def _noted(after: str, table: str, note: str, number: str, differs: tuple[str, ...] = ()) -> Trigger:
    """The row of `number` is noted (in terms of NEW or OLD), of a kind or of `VIA`."""
    return Trigger(after, table, _NOTE.format(note=note, number=number, kind=VIA.get(note, note)), differs)


_CLOCK, _MATTER, _RUN, _GAP = "alerts_clock", "alerts_matter", "crawlers_run", "crawlers_sourcegap"
_NOTICE, _DELIVERY, _READING, _POST = "alerts_notice", "alerts_delivery", "analysis_reading", "crawlers_post"
_CLOCK_FIELDS = (
    *("kind", "round", "status", "minutes", "anchor_kind", "anchor_at", "due_at", "breached_at"),
    *("breached_provisional", "breach_withdrawn_at", "met_at", "closed_at"),
)
_MATTER_FIELDS = ("level_proposed", "level_decided", "is_emergency", "lead_unit_id", "topic_id")

# A delivery is queued in the transaction of its notice, whose own note is enough: a sweep of clocks writes thousands.
TRIGGERS: Mapping[str, Trigger] = {
    "board_clock_made": _noted("INSERT", _CLOCK, "clocks", "NEW.id"),
    "board_clock_changed": _noted("UPDATE", _CLOCK, "clocks", "NEW.id", _CLOCK_FIELDS),
    "board_clock_removed": _noted("DELETE", _CLOCK, "clocks", "OLD.id"),
    "board_clock_of_matter": _noted("UPDATE", _MATTER, "by_matter", "NEW.id", _MATTER_FIELDS),
    "board_run_ended": _noted("UPDATE", _RUN, "runs", "NEW.id", ("ended_at", "verdict", "items", "status")),
    "board_run_removed": _noted("DELETE", _RUN, "runs", "OLD.id"),
    "board_gap_made": _noted("INSERT", _GAP, "gaps", "NEW.id"),
    "board_gap_changed": _noted("UPDATE", _GAP, "gaps", "NEW.id", ("since", "until", "items")),
    "board_gap_removed": _noted("DELETE", _GAP, "gaps", "OLD.id"),
    "board_notice_made": _noted("INSERT", _NOTICE, "notices", "NEW.id"),
    "board_notice_changed": _noted("UPDATE", _NOTICE, "notices", "NEW.id", ("read_at", "acknowledged_at")),
    "board_notice_removed": _noted("DELETE", _NOTICE, "notices", "OLD.id"),
    "board_notice_sent": _noted("UPDATE", _DELIVERY, "notices", "NEW.notice_id", ("state", "sent_at")),
    "board_lead_made": _noted("INSERT", _MATTER, "leads", "NEW.id"),
    "board_lead_changed": _noted(
        "UPDATE", _MATTER, "leads", "NEW.id", (*_MATTER_FIELDS, "line_met_at", "detected_at", "provisional")
    ),
    "board_lead_removed": _noted("DELETE", _MATTER, "leads", "OLD.id"),
    "board_lead_told": _noted("UPDATE", _DELIVERY, "by_notice", "NEW.notice_id", ("sent_at",)),
    "board_way_made": _noted("INSERT", _READING, "ways", "NEW.post_id"),
    "board_way_read": _noted("UPDATE", _READING, "ways", "NEW.post_id", ("at",)),
    "board_way_removed": _noted("DELETE", _READING, "ways", "OLD.post_id"),
    "board_way_dated": _noted("UPDATE", _POST, "ways", "NEW.id", ("published_at", "precision", "history")),
}


def put_up() -> set[str]:
    """Put up the triggers that are missing; returns which were."""
    return triggers.put_up(TRIGGERS)


def take_down() -> None:
    """Take all of them down."""
    triggers.take_down(TRIGGERS)


def standing() -> set[str]:
    """The names of those that stand."""
    return triggers.standing(TRIGGERS)
