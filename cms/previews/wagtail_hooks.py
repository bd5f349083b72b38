"""Previews in the admin: their addresses, and the script that draws anew while one types."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import URLPattern, re_path
from django.utils.html import format_html
from wagtail import hooks

from cms.previews import views
from cms.previews.tickets import SHAPE


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Under the admin's own address; each view asks for the ticket and the page's permissions."""
    return [
        re_path(rf"^previews/(?P<token>{SHAPE})/gates/$", views.gates, name="previews_gates"),
        re_path(rf"^previews/(?P<token>{SHAPE})/listen/$", views.listen, name="previews_listen"),
    ]


@hooks.register("insert_editor_js")
def editor_js() -> str:
    """The script."""
    return format_html('<script src="{}" defer></script>', static("previews/editor.js"))
