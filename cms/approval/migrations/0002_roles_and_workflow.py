"""The roles as groups, and the workflow for the whole tree. Rights follow when every app has made its own."""

from django.conf import settings
from django.db import migrations


def forwards(apps, schema_editor):
    """As `cms.approval.setup` has it today; it runs again after all migrations."""
    from cms.approval.setup import ensure_roles, ensure_workflow

    ensure_roles(apps)
    ensure_workflow(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0001_initial"),
        ("core", "0002_home_and_groups"),
        ("articles", "0003_groups_bring_pictures"),
        ("sound", "0002_editors_approve"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
