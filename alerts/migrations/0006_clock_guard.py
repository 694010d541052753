"""The database itself keeps what a clock froze: no clock is deleted, none gets another length, wording or source.

Raised, lowered, moved and voided clocks keep their row; rules.md 5 says which columns change with them.
"""

from django.db import migrations

FROZEN = ("minutes", "wording", "document")
KEPT = "时限写下就要保留，不能删除"
FIXED = "时限的长度、措辞和出处写下就不能改"


def _differs(sign):
    return " OR ".join(f"OLD.{name} {sign} NEW.{name}" for name in FROZEN)


SQLITE = {
    "alerts_clock_no_delete": (
        "CREATE TRIGGER IF NOT EXISTS alerts_clock_no_delete BEFORE DELETE ON alerts_clock"
        f" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    ),
    "alerts_clock_frozen": (
        f"CREATE TRIGGER IF NOT EXISTS alerts_clock_frozen BEFORE UPDATE OF {', '.join(FROZEN)} ON alerts_clock"
        f" WHEN {_differs('IS NOT')} BEGIN SELECT RAISE(ABORT, '{FIXED}'); END"
    ),
}
POSTGRESQL = [
    f"CREATE OR REPLACE FUNCTION alerts_clock_kept() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{KEPT}'; END $$"
    " LANGUAGE plpgsql",
    f"CREATE OR REPLACE FUNCTION alerts_clock_fixed() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{FIXED}'; END $$"
    " LANGUAGE plpgsql",
    "CREATE OR REPLACE TRIGGER alerts_clock_no_delete BEFORE DELETE ON alerts_clock"
    " FOR EACH ROW EXECUTE FUNCTION alerts_clock_kept()",
    "CREATE OR REPLACE TRIGGER alerts_clock_no_emptying BEFORE TRUNCATE ON alerts_clock"
    " FOR EACH STATEMENT EXECUTE FUNCTION alerts_clock_kept()",
    f"CREATE OR REPLACE TRIGGER alerts_clock_frozen BEFORE UPDATE OF {', '.join(FROZEN)} ON alerts_clock"
    f" FOR EACH ROW WHEN ({_differs('IS DISTINCT FROM')}) EXECUTE FUNCTION alerts_clock_fixed()",
]


def put_up(apps, schema_editor):
    for statement in standing(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_down(apps, schema_editor):
    for statement in falling(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def standing(vendor):
    """What puts them up; harmless where they stand."""
    return list(SQLITE.values()) if vendor == "sqlite" else POSTGRESQL


def falling(vendor):
    """What takes them down."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE]
    names = ("alerts_clock_no_delete", "alerts_clock_no_emptying", "alerts_clock_frozen")
    return [f"DROP TRIGGER IF EXISTS {name} ON alerts_clock" for name in names]


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_weighing")]

    operations = [migrations.RunPython(put_up, take_down)]
