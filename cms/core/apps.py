"""The part of the site that every other app stands on: home page, security headers, shared fields."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class CoreConfig(AppConfig):
    """Label `core`."""

    name = "cms.core"
    default = True
    label = "core"
    verbose_name = _("Site")

    def ready(self) -> None:
        """Permissions get their names after each migration; revisions are compared in words."""
        from cms.core.comparing import register
        from cms.core.signal_handlers import name_permissions

        register()
        post_migrate.connect(name_permissions, dispatch_uid="core.name_permissions")


class UsersConfig(WagtailUsersAppConfig):  # type: ignore[misc]
    """Wagtail's users and groups, with lists that are searched without accents."""

    default = False
    user_viewset = "cms.core.listings.UserViewSet"
    group_viewset = "cms.core.listings.GroupViewSet"
