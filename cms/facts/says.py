"""Which articles say a fact, directly or through formulas, and what a fact is today."""

from __future__ import annotations

from django.core.cache import cache

from cms.articles.models import PolicyArticlePage
from cms.articles.text import said_keys
from cms.facts.books import book, dependents
from cms.facts.models import Fact
from cms.production.dates import build_date
from render.errors import FactError
from render.facts import FactBook, print_fact

# What every edition says without an article's asking: the national hotline at its foot.
SAID_BY_ALL = frozenset({"hotline"})


def articles_saying(key: str, *, live_only: bool = True, facts: FactBook | None = None) -> list[PolicyArticlePage]:
    """The pages whose text holds the fact, or one whose formula stands on it."""
    keys = dependents(facts or book(), key)
    pages = PolicyArticlePage.objects.filter(alias_of__isnull=True).select_related("locale")
    if live_only:
        pages = pages.live()
    if keys & SAID_BY_ALL:
        return list(pages)
    return [page for page in pages if keys & said_keys(page.as_article())]


def printed_today(fact: Fact) -> str:
    """As a product would print it on the day builds are made for; the reason in brackets when it cannot."""
    facts = book_of_request()
    try:
        return print_fact(facts.on(build_date(facts)).get(fact.key))
    except FactError as error:
        return f"({error.what})"


def book_of_request() -> FactBook:
    """The book, kept for a moment: a list asks for it once a row."""
    found = cache.get("facts.book")
    if found is None:
        found = book()
        cache.set("facts.book", found, 1)
    return found
