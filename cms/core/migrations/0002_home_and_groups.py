"""The home page of the tree, and the groups that work in it with what they may do."""

from django.conf import settings
from django.db import migrations

HOME_SLUG = "home"

# Group -> (page permissions on the whole tree, since each language has a home page of its own; model permissions).
GROUPS = {
    "Biên tập viên": (
        ("add_page", "change_page", "publish_page", "unlock_page"),
        (
            ("wagtailadmin", "admin", "access_admin"),
            ("facts", "fact", "view_fact"),
            ("facts", "fact", "add_fact"),
            ("facts", "fact", "change_fact"),
            ("facts", "fact", "delete_fact"),
            ("offices", "office", "view_office"),
            ("offices", "office", "add_office"),
            ("offices", "office", "change_office"),
            ("production", "build", "view_build"),
        ),
    ),
    "Cộng tác viên": (
        ("add_page", "change_page"),
        (
            ("wagtailadmin", "admin", "access_admin"),
            ("facts", "fact", "view_fact"),
            ("offices", "office", "view_office"),
        ),
    ),
}


def forwards(apps, schema_editor):
    """Replace Wagtail's welcome page by ours; make the groups."""
    ContentType = apps.get_model("contenttypes.ContentType")
    Page = apps.get_model("wagtailcore.Page")
    Site = apps.get_model("wagtailcore.Site")
    Locale = apps.get_model("wagtailcore.Locale")
    HomePage = apps.get_model("core.HomePage")
    Permission = apps.get_model("auth.Permission")
    Group = apps.get_model("auth.Group")
    GroupPagePermission = apps.get_model("wagtailcore.GroupPagePermission")

    Page.objects.filter(slug="home", depth=2).delete()
    locale = Locale.objects.order_by("pk").first()
    home_type, _ = ContentType.objects.get_or_create(model="homepage", app_label="core")
    home = HomePage.objects.create(
        title="Loa",
        draft_title="Loa",
        slug=HOME_SLUG,
        content_type=home_type,
        path="00010001",
        depth=2,
        numchild=0,
        url_path=f"/{HOME_SLUG}/",
        locale=locale,
    )
    Page.objects.filter(depth=1).update(numchild=1)
    root = Page.objects.get(depth=1)
    Site.objects.all().delete()
    Site.objects.create(
        hostname="localhost", port=80, site_name="Loa", root_page_id=home.pk, is_default_site=True
    )

    def permission(app_label, model, codename):
        content_type, _ = ContentType.objects.get_or_create(app_label=app_label, model=model)
        found, _ = Permission.objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": codename.replace("_", " ").capitalize()}
        )
        return found

    for name, (page_permissions, model_permissions) in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([permission(*one) for one in model_permissions])
        for codename in page_permissions:
            GroupPagePermission.objects.get_or_create(
                group=group, page_id=root.pk, permission=permission("wagtailcore", "page", codename)
            )
    # Wagtail's own two groups would be a second, English set of roles.
    Group.objects.filter(name__in=("Moderators", "Editors")).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("articles", "0001_initial"),
        ("facts", "0001_initial"),
        ("offices", "0001_initial"),
        ("production", "0001_initial"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
