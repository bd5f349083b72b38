"""Where the checks of the page in the editor are asked for."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from cms.articles.models import PolicyArticlePage

register = template.Library()


@register.simple_tag
def checks_address(panel: Any) -> str:
    """The address for the page of a side panel; "" for pages that are no articles."""
    if not isinstance(panel.object, PolicyArticlePage):
        return ""
    if panel.object.pk:
        return reverse("checks_page", args=[panel.object.pk])
    match = panel.request.resolver_match
    parent = match.kwargs.get("parent_page_id") if match else None
    return reverse("checks_new", args=[parent]) if parent else ""
