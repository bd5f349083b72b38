"""Which fields of an article are translated, which follow the source, and which each language has for itself."""

from __future__ import annotations

from typing import Any

from wagtail_localize.fields import BaseTranslatableField, SynchronizedField, TranslatableField

TRANSLATED = ("title", "topic", "summary", "picture", "body", "claim", "truth")
FOLLOWING = (
    "slug", "campaign", "priority", "audiences", "legal", "in_force", "languages", "products", "offices", "kind",
    "verdict", "evidence",
)  # fmt: skip
# How words are said, who speaks, and what Wagtail keeps for search engines: neither translated nor copied.
OWN = ("say", "voices", "seo_title", "search_description", "show_in_menus")
# Of a question of the bank. How it is also asked is written anew in each language; so is who answers for the words.
QUESTION_TRANSLATED = ("question", "answer")
QUESTION_FOLLOWING = ("key", "legal", "topics", "audiences", "review_by")
QUESTION_OWN = (
    "variants", "owner", "changed_by", "changed_at", "approved_digest", "approved_text", "approved_by", "approved_at",
)  # fmt: skip


def declare() -> None:
    """Tell wagtail-localize; a field that it is not told of here, it judges by its type."""
    from cms.articles.models import PolicyArticlePage
    from cms.questions.models import BankQuestion

    _declare(PolicyArticlePage, TRANSLATED, FOLLOWING, OWN)
    _declare(BankQuestion, QUESTION_TRANSLATED, QUESTION_FOLLOWING, QUESTION_OWN)


def _declare(model: Any, translated: tuple[str, ...], following: tuple[str, ...], own: tuple[str, ...]) -> None:
    known = {field.name for field in model._meta.get_fields()}
    kinds = ((TranslatableField, translated), (SynchronizedField, following), (BaseTranslatableField, own))
    model.override_translatable_fields = [one(name) for one, names in kinds for name in names if name in known]
