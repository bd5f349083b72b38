"""Fields of articles in the editor: a text that shows its facts as chips."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register
from wagtail.admin.telepath.widgets import WidgetAdapter


class FactTextInput(forms.Textarea):
    """Without scripts a text area with `{{ key }}` in it; with them the same text, each fact with its value today."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 1, "data-controller": "loa-text", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the address of the facts, which is known only once the site has its addresses."""
        return super().get_context(name, value, {"data-loa-text-url-value": str(_FACTS), **(attrs or {})})

    @cached_property
    def media(self) -> forms.Media:
        """The chooser's dialog, and ours."""
        own = ("wagtailadmin/js/modal-workflow.js", "wagtailadmin/js/chooser-modal.js", "articles/fact_text.js")
        return forms.Media(
            js=[versioned_static(path) for path in ("wagtailadmin/js/telepath/widgets.js", *own)],
            css={"all": [versioned_static("articles/fact_text.css")]},
        )


_FACTS = reverse_lazy("articles_facts")


class FactTextAdapter(WidgetAdapter):
    """In a stream: a closed block's summary says values, not keys."""

    js_constructor = "loa.widgets.FactText"

    @cached_property
    def media(self) -> forms.Media:
        """After the widgets that it stands on."""
        return FactTextInput().media


register(FactTextAdapter(), FactTextInput)


class LegalBasisInput(forms.Textarea):
    """One document a line; with scripts each line says where the document stands, and the register offers others."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 3, "data-controller": "loa-legal", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the address that knows the register."""
        return super().get_context(name, value, {"data-loa-legal-url-value": str(_REGISTER), **(attrs or {})})

    @cached_property
    def media(self) -> forms.Media:
        """The chooser's dialog, and ours."""
        own = ("wagtailadmin/js/modal-workflow.js", "wagtailadmin/js/chooser-modal.js", "register/legal_basis.js")
        return forms.Media(
            js=[versioned_static(path) for path in own], css={"all": [versioned_static("register/legal_basis.css")]}
        )


_REGISTER = reverse_lazy("register_standing")
