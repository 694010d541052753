from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("office", "0006_pack_takings")]

    operations = [
        migrations.AddField(model_name="user", name="keys_off", field=models.BooleanField(default=False)),
    ]
