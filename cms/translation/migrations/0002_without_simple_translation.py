"""Databases of before have the permission of Wagtail's simple translation, which has given way to wagtail-localize."""

from django.db import migrations


def forwards(apps, schema_editor):
    """Take it away; its groups lose a right that no screen asks for any more."""
    apps.get_model("auth.Permission").objects.filter(content_type__app_label="simple_translation").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("translation", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
