"""The database itself notes which rows the boards' indices have to be told of, while a search node is used.

A trigger writes for the kinds that have a row in `BoardFeed`; without a node there is none, and nothing is written. A
migration that remakes a table drops its triggers, so `board_feed.follow` puts up again what is missing. None of them
names a table of another app in what it does: SQLite could then not remake that table any more. So where a row tells of
rows of another table, the sweep finds those (`VIA`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from office.statements import fetch

# What is noted of a row that others follow from -> the kind of those.
VIA = {"by_matter": "clocks", "by_notice": "leads"}
_NOTE = (
    "INSERT INTO reports_boardchange (kind, number) SELECT '{note}', {number} FROM reports_boardfeed"
    " WHERE kind = '{kind}';"
)


@dataclass(frozen=True, slots=True)
class _Trigger:
    """After which change which row is noted (`number`, in terms of NEW or OLD), of a kind or of `VIA`.

    On an UPDATE only where one of `differs` changed.
    """

    after: str
    table: str
    note: str
    number: str
    differs: tuple[str, ...] = ()

    def statements(self, name: str) -> list[str]:
        columns = f" OF {', '.join(self.differs)}" if self.differs else ""
        other = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
        changed = " OR ".join(f"OLD.{column} {other} NEW.{column}" for column in self.differs)
        when = f" WHEN ({changed})" if changed else ""
        event = f"AFTER {self.after}{columns} ON {self.table}"
        does = _NOTE.format(note=self.note, number=self.number, kind=VIA.get(self.note, self.note))
        if connection.vendor == "sqlite":
            return [f"CREATE TRIGGER IF NOT EXISTS {name} {event}{when} BEGIN {does} END"]
        return [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger"
            f" AS $$ BEGIN {does} RETURN NULL; END $$ LANGUAGE plpgsql",
            f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} EXECUTE FUNCTION {name}()",
        ]


_CLOCK, _MATTER, _RUN, _GAP = "alerts_clock", "alerts_matter", "crawlers_run", "crawlers_sourcegap"
_NOTICE, _DELIVERY, _READING, _POST = "alerts_notice", "alerts_delivery", "analysis_reading", "crawlers_post"
_CLOCK_FIELDS = (
    *("kind", "round", "status", "minutes", "anchor_kind", "anchor_at", "due_at", "breached_at"),
    *("breached_provisional", "breach_withdrawn_at", "met_at", "closed_at"),
)
_MATTER_FIELDS = ("level_proposed", "level_decided", "is_emergency", "lead_unit_id", "topic_id")

# A delivery is queued in the transaction of its notice, whose own note is enough: a sweep of clocks writes thousands.
TRIGGERS: Mapping[str, _Trigger] = {
    "board_clock_made": _Trigger("INSERT", _CLOCK, "clocks", "NEW.id"),
    "board_clock_changed": _Trigger("UPDATE", _CLOCK, "clocks", "NEW.id", _CLOCK_FIELDS),
    "board_clock_removed": _Trigger("DELETE", _CLOCK, "clocks", "OLD.id"),
    "board_clock_of_matter": _Trigger("UPDATE", _MATTER, "by_matter", "NEW.id", _MATTER_FIELDS),
    "board_run_ended": _Trigger("UPDATE", _RUN, "runs", "NEW.id", ("ended_at", "verdict", "items", "status")),
    "board_run_removed": _Trigger("DELETE", _RUN, "runs", "OLD.id"),
    "board_gap_made": _Trigger("INSERT", _GAP, "gaps", "NEW.id"),
    "board_gap_changed": _Trigger("UPDATE", _GAP, "gaps", "NEW.id", ("since", "until", "items")),
    "board_gap_removed": _Trigger("DELETE", _GAP, "gaps", "OLD.id"),
    "board_notice_made": _Trigger("INSERT", _NOTICE, "notices", "NEW.id"),
    "board_notice_changed": _Trigger("UPDATE", _NOTICE, "notices", "NEW.id", ("read_at", "acknowledged_at")),
    "board_notice_removed": _Trigger("DELETE", _NOTICE, "notices", "OLD.id"),
    "board_notice_sent": _Trigger("UPDATE", _DELIVERY, "notices", "NEW.notice_id", ("state", "sent_at")),
    "board_lead_made": _Trigger("INSERT", _MATTER, "leads", "NEW.id"),
    "board_lead_changed": _Trigger(
        "UPDATE", _MATTER, "leads", "NEW.id", (*_MATTER_FIELDS, "line_met_at", "detected_at", "provisional")
    ),
    "board_lead_removed": _Trigger("DELETE", _MATTER, "leads", "OLD.id"),
    "board_lead_told": _Trigger("UPDATE", _DELIVERY, "by_notice", "NEW.notice_id", ("sent_at",)),
    "board_way_made": _Trigger("INSERT", _READING, "ways", "NEW.post_id"),
    "board_way_read": _Trigger("UPDATE", _READING, "ways", "NEW.post_id", ("at",)),
    "board_way_removed": _Trigger("DELETE", _READING, "ways", "OLD.post_id"),
    "board_way_dated": _Trigger("UPDATE", _POST, "ways", "NEW.id", ("published_at", "precision", "history")),
}


def put_up() -> set[str]:
    """Put up the triggers that are missing; returns which were."""
    missing = TRIGGERS.keys() - standing()
    with connection.cursor() as cursor:
        for name in sorted(missing):
            for statement in TRIGGERS[name].statements(name):
                cursor.execute(statement)
    return missing


def take_down() -> None:
    """Take all of them down."""
    with connection.cursor() as cursor:
        for name, made in TRIGGERS.items():
            where = "" if connection.vendor == "sqlite" else f" ON {made.table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")


def standing() -> set[str]:
    """The names of those that stand."""
    if connection.vendor == "sqlite":
        rows = fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'board_%%'")
    else:
        rows = fetch("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'board_%%'")
    return {str(name) for (name,) in rows} & TRIGGERS.keys()
