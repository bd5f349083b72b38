"""How far a translation is recorded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("translation", "0002_without_simple_translation")]

    operations = [
        migrations.AddField("translationtask", name, models.PositiveIntegerField(default=0))
        for name in ("sentences", "recorded", "signed_off")
    ]
