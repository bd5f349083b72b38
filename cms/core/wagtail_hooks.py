"""Our accent and our starter script in the admin; menus without what we do not use."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks

# Pictures and documents are no part of an article: nothing decodes what nobody needs.
_UNUSED_MENUS = {"images", "documents", "help"}


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
