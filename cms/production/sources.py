"""The pages of an article as what the pipeline plans from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from cms.articles.adapter import article_of
from cms.articles.models import PolicyArticlePage
from cms.questions.bank import unanswered
from cms.sound.approvals import approvals_of
from cms.sound.takes import takes_of
from cms.translation.ready import translation_ready
from render.article import Article
from render.errors import ArticleError
from render.plan import Source


def published_source(page: Any) -> Source:
    """The article with its published translations, as readers may know them; drafts never leave the database.

    A published translation whose source says something else by now is none until it is translated and signed again.
    `ArticleError` when an answer would come in that nobody has approved: the bank may have changed under the page.
    """
    family = [one for one in _family(page).filter(live=True) if translation_ready(one, source=page) is None]
    source = _source(page, family, lambda one: one)
    for article in (source.article, *source.translations.values()):
        if isinstance(article, Article) and (waiting := unanswered(article)):
            words = _("Answers of the question bank are not approved yet: %(names)s") % {"names": ", ".join(waiting)}
            raise ArticleError(words, where=f"{article.slug}.{article.lang}")
    return source


def draft_source(page: Any) -> Source:
    """The article with its translations as they were last saved: for those who work on it."""
    return _source(page, _family(page), lambda one: one.get_latest_revision_as_object())


def _family(page: Any) -> Any:
    return PolicyArticlePage.objects.filter(translation_key=page.translation_key, alias_of__isnull=True).select_related(
        "locale"
    )


def _source(page: Any, family: Iterable[Any], text_of: Callable[[Any], Any]) -> Source:
    article = article_of(text_of(page))
    translations = {one.locale.language_code: article_of(text_of(one)) for one in family if one.pk != page.pk}
    return Source(
        article,
        dict(sorted(translations.items())),
        takes_of(page.slug, article.lang),
        approvals_of(page.translation_key),
    )
