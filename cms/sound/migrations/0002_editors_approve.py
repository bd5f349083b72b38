"""Editors may approve sound after listening."""

from django.db import migrations

EDITORS = "Biên tập viên"


def forwards(apps, schema_editor):
    """The right exists only after all migrations: it is made here, under the name it will have."""
    ContentType = apps.get_model("contenttypes.ContentType")
    Permission = apps.get_model("auth.Permission")
    Group = apps.get_model("auth.Group")
    content_type, _ = ContentType.objects.get_or_create(app_label="sound", model="soundapproval")
    permission, _ = Permission.objects.get_or_create(
        content_type=content_type,
        codename="approve_sound",
        defaults={"name": "May approve sound after listening"},
    )
    for group in Group.objects.filter(name=EDITORS):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("sound", "0001_initial"), ("core", "0002_home_and_groups")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
