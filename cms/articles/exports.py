"""An article as a file again."""

from __future__ import annotations

from cms.articles.adapter import article_of
from cms.articles.models import PolicyArticlePage
from render.markdown import write_article


def file_text(page: PolicyArticlePage) -> str:
    """The latest revision as an article file."""
    return write_article(article_of(page.get_latest_revision_as_object()))


def file_name(page: PolicyArticlePage, *, is_source: bool) -> str:
    """`<slug>.md`, a translation `<slug>.<tag>.md`."""
    return f"{page.slug}.md" if is_source else f"{page.slug}.{page.locale.language_code}.md"
