"""Our accent and our starter script in the admin; menus without what we do not use."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks

# Pictures and documents are no part of an article: nothing decodes what nobody needs.
_UNUSED_MENUS = {"images", "documents", "help"}
# One site, made with the database; a language comes with its first translation.
_UNUSED_SETTINGS = {"sites", "locales"}


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    """The accent."""
    return format_html('<link rel="stylesheet" href="{}">', static("loa/admin.css"))


@hooks.register("insert_global_admin_js")
def admin_js() -> str:
    """What stands in for Wagtail's inline scripts."""
    return format_html('<script src="{}" defer></script>', static("loa/admin.js"))


@hooks.register("construct_main_menu")
def main_menu(request: Any, items: list[Any]) -> None:
    """Without the unused."""
    items[:] = [item for item in items if item.name not in _UNUSED_MENUS]


@hooks.register("construct_settings_menu")
def settings_menu(request: Any, items: list[Any]) -> None:
    """Without what nobody has to set."""
    items[:] = [item for item in items if item.name not in _UNUSED_SETTINGS]
