"""The frame of every screen of facts: heading, way back, buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _


def screen(
    request: HttpRequest,
    name: str,
    context: Mapping[str, Any],
    *,
    title: str,
    crumbs: Sequence[tuple[str, str]] = (),
    icon: str = "order",
    buttons: Sequence[Any] = (),
) -> TemplateResponse:
    """One of our templates in Wagtail's frame; `crumbs` are (label, address) between the list and this screen."""
    way = [("", reverse("wagtailadmin_home")), (_("Facts"), reverse("wagtailsnippets_facts_fact:list")), *crumbs]
    items = [{"url": url, "label": label or _("Home")} for label, url in way] + [{"url": "", "label": title}]
    frame = {
        "header_title": title,
        "header_icon": icon,
        "breadcrumbs_items": items,
        "header_buttons": list(buttons),
    }
    return TemplateResponse(request, f"facts/{name}.html", frame | dict(context))
