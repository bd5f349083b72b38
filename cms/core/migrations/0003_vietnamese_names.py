"""What Wagtail's own migrations name in English, by Vietnamese names: it is seen on every screen."""

from django.db import migrations

NAMES = (
    ("wagtailcore", "Page", {"depth": 1, "title": "Root"}, {"title": "Gốc", "draft_title": "Gốc"}),
    ("wagtailcore", "Collection", {"depth": 1, "name": "Root"}, {"name": "Gốc"}),
    ("wagtailcore", "Workflow", {"name": "Moderators approval"}, {"name": "Quy trình mẫu, không dùng", "active": False}),
    ("wagtailcore", "Task", {"name": "Moderators approval"}, {"name": "Bước mẫu, không dùng", "active": False}),
)


def name(apps, schema_editor):
    for app, model, found, named in NAMES:
        apps.get_model(app, model).objects.filter(**found).update(**named)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_home_and_groups")]

    operations = [migrations.RunPython(name, migrations.RunPython.noop)]
