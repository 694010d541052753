"""The trail refuses UPDATE and DELETE in the database itself (rules.md 14)."""

from django.db import migrations

SQLITE = {
    "office_trail_no_update": (
        "CREATE TRIGGER IF NOT EXISTS office_trail_no_update BEFORE UPDATE ON office_trail"
        " BEGIN SELECT RAISE(ABORT, '留痕只能追加，不能修改'); END"
    ),
    "office_trail_no_delete": (
        "CREATE TRIGGER IF NOT EXISTS office_trail_no_delete BEFORE DELETE ON office_trail"
        " BEGIN SELECT RAISE(ABORT, '留痕只能追加，不能删除'); END"
    ),
}

POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION office_trail_refuse() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION '留痕只能追加，不能修改或删除'; END $$ LANGUAGE plpgsql""",
    "CREATE OR REPLACE TRIGGER office_trail_no_change BEFORE UPDATE OR DELETE ON office_trail"
    " FOR EACH ROW EXECUTE FUNCTION office_trail_refuse()",
    "CREATE OR REPLACE TRIGGER office_trail_no_emptying BEFORE TRUNCATE ON office_trail"
    " FOR EACH STATEMENT EXECUTE FUNCTION office_trail_refuse()",
]


def put_up(apps, schema_editor):
    for statement in standing(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_down(apps, schema_editor):
    for statement in falling(schema_editor.connection.vendor):
        schema_editor.execute(statement)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS office_trail_refuse()")


def standing(vendor):
    """What puts them up; harmless where they stand."""
    return list(SQLITE.values()) if vendor == "sqlite" else POSTGRESQL


def falling(vendor):
    """What takes them down."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE]
    return [
        f"DROP TRIGGER IF EXISTS {name} ON office_trail" for name in ("office_trail_no_emptying", "office_trail_no_change")
    ]


class Migration(migrations.Migration):
    dependencies = [("office", "0001_initial")]

    operations = [migrations.RunPython(put_up, take_down)]
