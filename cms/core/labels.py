"""Names of the pipeline's own things (products, languages, units) in the language of the screen.

The pipeline names them in Vietnamese; `locales/en/django.po` has those names in English.
"""

from __future__ import annotations

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from render.errors import SettingsError
from render.language import languages
from render.products import product


def product_label(name: str) -> str:
    """A product by name; one of an earlier version as it is written."""
    try:
        return gettext(product(name).label)
    except SettingsError:
        return name


def language_name(tag: str) -> str:
    """A language by name; one that the registry does not have by its tag."""
    found = languages().get(tag)
    return gettext(found.name_vi) if found else tag


def language_and_tag(tag: str) -> Any:
    """For a choice of languages, which is made before anybody's language is known: "Tiếng Khmer (km)"."""
    return format_lazy("{} ({})", gettext_lazy(languages()[tag].name_vi), tag)
