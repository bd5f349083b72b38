"""Buttons for article files in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.widgets import Button

from cms.articles import views
from cms.articles.choosers import fact_chooser, facts_at_hand
from cms.articles.models import PolicyArticlePage
from cms.core.models import HomePage


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Under the admin's own address; each view checks the page's permissions itself."""
    return [
        path("articles/<int:page_id>/export/", views.export_article, name="articles_export"),
        path("articles/facts/", facts_at_hand, name="articles_facts"),
    ]


@hooks.register("register_admin_viewset")
def choosers() -> Any:
    """The chooser of facts, opened from texts."""
    return fact_chooser


@hooks.register("register_page_header_buttons")
def header_buttons(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Download an article, upload articles into the home page."""
    yield from _buttons(page, user)


@hooks.register("register_page_listing_more_buttons")
def listing_buttons(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """The same in lists."""
    yield from _buttons(page, user)


def _buttons(page: Any, user: Any) -> Iterator[Button]:
    specific = page.specific_class
    if specific is PolicyArticlePage and page.permissions_for_user(user).can_edit():
        url = reverse("articles_export", args=[page.pk])
        yield Button(_("Download article file"), url, icon_name="download", priority=70)
    if specific is HomePage and page.permissions_for_user(user).can_add_subpage():
        url = reverse("articles_import", args=[page.pk])
        yield Button(_("Import article files"), url, icon_name="upload", priority=70)
