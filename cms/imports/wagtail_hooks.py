"""Addresses of imports, and their place in the menu of reports."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms.articles.actions import home_page
from cms.imports import views
from render.errors import ArticleError


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks the page's permissions itself."""
    return [
        path("imports/", views.history, name="imports_history"),
        path("imports/<int:import_id>/", views.report, name="imports_report"),
        path("articles/import/<int:parent_id>/", views.begin, name="articles_import"),
    ]


class _ImportsItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        try:
            home = home_page()
        except ArticleError:
            return False
        return bool(home.permissions_for_user(request.user).can_add_subpage())


@hooks.register("register_reports_menu_item")
def menu_item() -> MenuItem:
    """Among the reports."""
    return _ImportsItem(_("Imports"), reverse("imports_history"), name="imports", icon_name="upload", order=900)
