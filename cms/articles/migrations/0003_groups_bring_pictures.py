"""Who writes articles may bring pictures into the library, and choose them."""

from django.db import migrations

GROUPS = {
    "Biên tập viên": ("add_image", "change_image", "choose_image"),
    "Cộng tác viên": ("add_image", "choose_image"),
}


def forwards(apps, schema_editor):
    """On the root of the library; a right that comes after all migrations is made here, under its name."""
    ContentType = apps.get_model("contenttypes.ContentType")
    Permission = apps.get_model("auth.Permission")
    Group = apps.get_model("auth.Group")
    Collection = apps.get_model("wagtailcore.Collection")
    GroupCollectionPermission = apps.get_model("wagtailcore.GroupCollectionPermission")
    root = Collection.objects.filter(depth=1).first()
    if root is None:
        return
    content_type, _ = ContentType.objects.get_or_create(app_label="wagtailimages", model="image")
    for name, codenames in GROUPS.items():
        for group in Group.objects.filter(name=name):
            for codename in codenames:
                permission, _ = Permission.objects.get_or_create(
                    content_type=content_type,
                    codename=codename,
                    defaults={"name": "Can choose image" if codename == "choose_image" else f"Can {codename.replace('_', ' ')}"},
                )
                GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0002_pictures_and_particulars"),
        ("core", "0002_home_and_groups"),
        ("wagtailimages", "0027_image_description"),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
