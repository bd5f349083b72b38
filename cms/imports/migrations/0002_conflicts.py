"""What the screen says otherwise than a file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial")]

    operations = [
        migrations.AddField("importedfile", "conflicts", models.JSONField(blank=True, default=list)),
        migrations.AddField("importedfile", "over_screen", models.BooleanField(default=False)),
    ]
