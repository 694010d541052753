"""The search index: what it holds, what waits, its words, and the triggers that keep it true."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from analysis.search import postgresql, triggers

ONE_TREE = {
    # "integer", not "bigint": only so is the key the row id itself.
    "analysis_searchentry": (
        '("docid" integer NOT NULL PRIMARY KEY, "post" bigint NOT NULL UNIQUE, "facets" text NOT NULL)'
    ),
    "analysis_searchpending": '("post" integer NOT NULL PRIMARY KEY)',
    "analysis_searchgone": (
        '("docid" integer NOT NULL PRIMARY KEY, "title" text NOT NULL, "text" text NOT NULL, "facets" text NOT NULL)'
    ),
}
# No copy of the words (content=''), no lengths (nothing is ranked by them); tokens are made by analysis/search/units.py.
# Words of letters by their first two (behind two marks): else a search by 20 merges all the numbers that begin so.
INDEX = (
    "CREATE VIRTUAL TABLE analysis_searchindex"
    " USING fts5(words, content='', columnsize=0, tokenize='ascii', prefix='4')"
)


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The tables are new and empty, so they are made again; posts already read wait to be indexed."""
    if schema_editor.connection.vendor == "sqlite":
        for table, columns in ONE_TREE.items():
            schema_editor.execute(f'DROP TABLE "{table}"')
            schema_editor.execute(f'CREATE TABLE "{table}" {columns}')
        schema_editor.execute(INDEX)
    else:
        for statement in postgresql.TABLES:
            schema_editor.execute(statement)
    triggers.put_up()
    schema_editor.execute("INSERT INTO analysis_searchpending (post) SELECT post_id FROM analysis_reading")


def unmake(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    triggers.take_down()
    schema_editor.execute("DROP TABLE analysis_searchindex")


class Migration(migrations.Migration):
    dependencies = [
        ("analysis", "0002_copy_and_topic_index"),
        ("crawlers", "0004_repeat_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("docid", models.BigIntegerField(primary_key=True, serialize=False)),
                ("post", models.BigIntegerField(unique=True)),
                ("facets", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchPending",
            fields=[("post", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="SearchGone",
            fields=[
                ("docid", models.BigIntegerField(primary_key=True, serialize=False)),
                ("title", models.TextField()),
                ("text", models.TextField()),
                ("facets", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=40)),
                ("code", models.PositiveSmallIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("field", "name"), name="search_label_once"),
                    models.UniqueConstraint(fields=("field", "code"), name="search_code_once"),
                ]
            },
        ),
        migrations.RunPython(make, unmake),
    ]
