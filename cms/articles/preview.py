"""A draft as an edition of the day of builds: simple HTML, so that an editor reads what a listener will hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cms.articles.adapter import article_of
from cms.articles.text import current_book
from cms.core.words import in_words
from cms.production.dates import build_date
from render.blocks import kind_of
from render.errors import LoaError
from render.phrases import vietnamese_date
from render.resolve import make_edition

if TYPE_CHECKING:
    from cms.articles.models import PolicyArticlePage


def preview_context(page: PolicyArticlePage) -> dict[str, Any]:
    """`edition` with its blocks, or `problem`: why there is none yet."""
    from cms.articles.models import source_page

    facts = current_book()
    try:
        article = article_of(page)
        source = source_page(page)
        edition = make_edition(
            article,
            source=None if source.pk == page.pk else article_of(source),
            facts=facts,
            on=build_date(facts),
            office=None,
        )
    except LoaError as error:
        return {"problem": in_words(error), "problem_where": error.where}
    since = vietnamese_date(edition.applies_from) if edition.applies_from else ""
    return {"edition": edition, "since": since, "blocks": [(kind_of(block).value, block) for block in edition.blocks]}
