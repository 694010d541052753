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
    "CREATE TRIGGER office_trail_no_change BEFORE UPDATE OR DELETE ON office_trail"
    " FOR EACH ROW EXECUTE FUNCTION office_trail_refuse()",
]


def put_up(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    statements = list(SQLITE.values()) if vendor == "sqlite" else POSTGRESQL if vendor == "postgresql" else []
    for statement in statements:
        schema_editor.execute(statement)


def take_down(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
    elif vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS office_trail_no_change ON office_trail")
        schema_editor.execute("DROP FUNCTION IF EXISTS office_trail_refuse()")


class Migration(migrations.Migration):
    dependencies = [("office", "0001_initial")]

    operations = [migrations.RunPython(put_up, take_down)]
