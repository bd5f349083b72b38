"""Addresses of the published pages in the store."""

from __future__ import annotations

from django.conf import settings

from render.pageparts import article_key


def index_url() -> str:
    """The page that lists what is published."""
    return store_url("index.html")


def article_url(slug: str, lang: str) -> str:
    """The published page of an article in a language."""
    return store_url(article_key(slug, lang))


def store_url(path: str) -> str:
    """The public address of something in the store."""
    return f"{settings.LOA.public_url}/{path.lstrip('/')}"
