"""A search node beside the database: how far it is, what it has to be told, what it refused; and the triggers for it."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from analysis.search import triggers


def put_up(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    triggers.put_up()


def take_down(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """All of them; the sweep puts up those of this version again."""
    triggers.take_down()


class Migration(migrations.Migration):
    dependencies = [("analysis", "0005_topic_day_standing")]

    operations = [
        migrations.CreateModel(
            name="SearchNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("serving", models.CharField(blank=True, max_length=40)),
                ("serving_rules", models.CharField(blank=True, max_length=16)),
                ("filling", models.CharField(blank=True, max_length=40)),
                ("filling_rules", models.CharField(blank=True, max_length=16)),
                ("filled_to", models.BigIntegerField(null=True)),
                ("version", models.BigIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
                ("fault", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="SearchOutbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("post", models.BigIntegerField()),
                ("docid", models.BigIntegerField()),
                ("gone", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchRefused",
            fields=[
                ("post", models.BigIntegerField(primary_key=True, serialize=False)),
                ("docid", models.BigIntegerField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(put_up, take_down),
    ]
