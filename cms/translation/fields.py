"""Which fields of an article are translated, which follow the source, and which each language has for itself."""

from __future__ import annotations

from wagtail_localize.fields import BaseTranslatableField, SynchronizedField, TranslatableField

TRANSLATED = ("title", "topic", "summary", "picture", "body")
FOLLOWING = ("slug", "campaign", "priority", "audiences", "legal", "in_force", "languages", "products", "offices")
# How words are said, who speaks, and what Wagtail keeps for search engines: neither translated nor copied.
OWN = ("say", "voices", "seo_title", "search_description", "show_in_menus")


def declare() -> None:
    """Tell wagtail-localize; a field that it is not told of here, it judges by its type."""
    from cms.articles.models import PolicyArticlePage

    known = {field.name for field in PolicyArticlePage._meta.get_fields()}
    PolicyArticlePage.override_translatable_fields = [  # type: ignore[attr-defined]
        one(name)
        for one, names in (
            (TranslatableField, TRANSLATED),
            (SynchronizedField, FOLLOWING),
            (BaseTranslatableField, OWN),
        )
        for name in names
        if name in known
    ]
