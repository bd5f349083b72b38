"""The live checks in the admin: their addresses and their script."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from wagtail import hooks

from cms.checks import views


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Under the admin's own address; each view asks for the page's permissions itself."""
    return [
        path("checks/<int:page_id>/", views.check_page, name="checks_page"),
        path("checks/new/<int:parent_id>/", views.check_new, name="checks_new"),
    ]


@hooks.register("insert_editor_js")
def editor_js() -> str:
    """The script."""
    return format_html('<script src="{}" defer></script>', static("checks/checks.js"))


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    """The look of the findings."""
    return format_html('<link rel="stylesheet" href="{}">', static("checks/checks.css"))
