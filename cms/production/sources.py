"""The published pages of an article as what the pipeline plans from."""

from __future__ import annotations

from typing import Any

from cms.articles.adapter import article_of
from cms.articles.models import PolicyArticlePage
from render.plan import Source


def published_source(page: Any) -> Source:
    """The article with its published translations, as readers may know them; drafts never leave the database."""
    family = PolicyArticlePage.objects.filter(
        translation_key=page.translation_key, alias_of__isnull=True, live=True
    ).select_related("locale")
    translations = {one.locale.language_code: article_of(one) for one in family if one.pk != page.pk}
    return Source(article_of(page), dict(sorted(translations.items())))
