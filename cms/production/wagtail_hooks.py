"""Addresses of the products' states, and the list of builds, in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.production import views
from cms.production.models import Build


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks the page's permissions itself."""
    return [
        path("production/<int:page_id>/states/", views.states, name="production_states"),
        path("production/<int:page_id>/retry/", views.retry, name="production_retry"),
        re_path(
            r"^production/(?P<page_id>\d{1,17})/file/(?P<state_id>\d{1,17})/(?P<sha256>[0-9a-f]{64})/$",
            views.file,
            name="production_file",
        ),
    ]


class ReadOnly(ModelPermissionPolicy):
    """Builds come from operations; nobody writes them by hand."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Only looking."""
        return action == "view" and super().user_has_permission(user, action)

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        """Only looking."""
        return self.user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        """Only looking."""
        return "view" in actions and self.user_has_permission(user, "view")


register_permission_policy(Build, ReadOnly(Build))


@register_snippet
class BuildViewSet(SnippetViewSet):
    """A list to read."""

    model = Build
    icon = "cogs"
    menu_label = _("Builds")
    menu_order = 340
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields: ClassVar = [
        "kind", "cause", "slug", "reason", "status", "failed_reason", "requested_by", "requested_at", "finished_at",
        "attempts", "release",
    ]  # fmt: skip
    list_display: ClassVar = ["__str__", "cause", "status", "requested_at", "finished_at", "failed_reason"]
    list_filter: ClassVar = ["status", "kind", "cause"]
    list_per_page = 50
