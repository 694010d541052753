"""The index of copies and topics; on SQLite each table as one tree, without a second one beside its key."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ONE_TREE = {
    "analysis_copykey": '("key" bigint NOT NULL, "post" bigint NOT NULL, PRIMARY KEY ("key", "post")) WITHOUT ROWID',
    "analysis_topicterm": (
        '("term" bigint NOT NULL, "at" bigint NOT NULL, "post" bigint NOT NULL, PRIMARY KEY ("term", "at", "post"))'
        " WITHOUT ROWID"
    ),
    # "integer", not "bigint": only so is the key the row id itself.
    "analysis_termcount": '("term" integer NOT NULL PRIMARY KEY, "posts" integer NOT NULL CHECK ("posts" >= 0))',
    "analysis_postvector": '("post" integer NOT NULL PRIMARY KEY, "at" bigint NOT NULL, "terms" BLOB NOT NULL)',
}


def make_one_tree(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The tables are new and empty, so they are made again. Other databases keep theirs."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for table, columns in ONE_TREE.items():
        schema_editor.execute(f'DROP TABLE "{table}"')
        schema_editor.execute(f'CREATE TABLE "{table}" {columns}')


class Migration(migrations.Migration):
    dependencies = [("analysis", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CopyKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey("key", "post", blank=True, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.BigIntegerField()),
                ("post", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="TopicTerm",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "term", "at", "post", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("term", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("post", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="TermCount",
            fields=[
                ("term", models.BigIntegerField(primary_key=True, serialize=False)),
                ("posts", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="PostVector",
            fields=[
                ("post", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField()),
                ("terms", models.BinaryField()),
            ],
        ),
        migrations.RunPython(make_one_tree, migrations.RunPython.noop, elidable=False),
    ]
