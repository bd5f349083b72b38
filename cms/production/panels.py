"""The panel in the page editor that shows where each product stands."""

from __future__ import annotations

from typing import Any

from django.forms import Media
from django.urls import reverse
from wagtail.admin.panels import Panel


class ProductsPanel(Panel):
    """Reads the article's product states; a small script keeps them fresh."""

    class BoundPanel(Panel.BoundPanel):
        """On one page."""

        template_name = "production/products_panel.html"

        def is_shown(self) -> bool:
            """Not while the page is being created: nothing can have been made of it."""
            return bool(super().is_shown() and self.instance.pk)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """The rows as they are now; the script asks for the same."""
            from cms.production.states import article_states

            context = super().get_context_data(parent_context)
            page = self.instance
            return context | {
                "state": article_states(page, user=self.request.user),
                "states_url": reverse("production_states", args=[page.pk]),
                "retry_url": reverse("production_retry", args=[page.pk]),
                "approve_url": reverse("sound_approve", args=[page.pk]),
            }

        @property
        def media(self) -> Media:
            """The script and the style."""
            return super().media + Media(
                js=["production/products_panel.js"], css={"all": ["production/products_panel.css"]}
            )
