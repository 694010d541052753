from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crawlers", "0007_source_days_and_gaps")]

    operations = [
        migrations.AddField(model_name="post", name="taken_at", field=models.DateTimeField(null=True)),
    ]
