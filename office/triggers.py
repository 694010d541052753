"""Triggers by which the database itself notes what changed, whoever writes: one description, both kinds of database.

A migration of SQLite that remakes a table drops its triggers, so whoever needs some asks `put_up` for what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from office.statements import fetch


@dataclass(frozen=True, slots=True)
class Trigger:
    """After which change of a row of `table` what is done (statements in terms of NEW and OLD, each ended by `;`).

    On an UPDATE only where one of `differs` changed; `only`: a further condition, which may ask other tables.
    """

    after: str
    table: str
    does: str
    differs: tuple[str, ...] = ()
    only: str = ""

    def statements(self, name: str, vendor: str) -> list[str]:
        """What puts it up."""
        other = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
        columns = f" OF {', '.join(self.differs)}" if self.differs else ""
        changed = " OR ".join(f"OLD.{column} {other} NEW.{column}" for column in self.differs)
        event = f"AFTER {self.after}{columns} ON {self.table}"
        if vendor == "sqlite":
            conditions = [part for part in (changed and f"({changed})", self.only) if part]
            when = f" WHEN {' AND '.join(conditions)}" if conditions else ""
            return [f"CREATE TRIGGER IF NOT EXISTS {name} {event}{when} BEGIN {self.does} END"]
        does = f"IF {self.only} THEN {self.does} END IF;" if self.only else self.does  # WHEN may ask no other table
        when = f" WHEN ({changed})" if changed else ""
        return [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger"
            f" AS $$ BEGIN {does} RETURN NULL; END $$ LANGUAGE plpgsql",
            f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} EXECUTE FUNCTION {name}()",
        ]


def put_up(triggers: Mapping[str, Trigger]) -> set[str]:
    """Put up those that are missing; returns their names."""
    missing = triggers.keys() - standing(triggers)
    with connection.cursor() as cursor:
        for name in sorted(missing):
            for statement in triggers[name].statements(name, connection.vendor):
                cursor.execute(statement)
    return missing


def take_down(triggers: Mapping[str, Trigger]) -> None:
    """Take them down where they stand."""
    with connection.cursor() as cursor:
        for name, made in triggers.items():
            where = "" if connection.vendor == "sqlite" else f" ON {made.table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")


def standing(triggers: Mapping[str, Trigger]) -> set[str]:
    """The names of those that stand."""
    if connection.vendor == "sqlite":
        rows = fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        rows = fetch("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    return {str(name) for (name,) in rows} & triggers.keys()
