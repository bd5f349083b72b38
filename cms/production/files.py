"""Where a product's file lies: for readers in the store, for those who make it in the private cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from cms.core.public import store_url
from render.cache import Cache


def file_url(state: Any, file: dict[str, Any]) -> str:
    """The public address of a released file."""
    return store_url(f"cas/{file.get('published') or file['sha256']}")


def private_url(state: Any, file: dict[str, Any], page_id: int) -> str:
    """The address of a file that is not public yet, for those who may see the page's editor.

    It names the bytes: what is heard under it is what an approval speaks of.
    """
    return reverse("production_file", args=[page_id, state.pk, file["sha256"]])


def private_content(file: dict[str, Any]) -> Path | bytes:
    """A file's bytes, or where they lie on disk; a `StoreError` when they are gone from the cache."""
    cache = Cache(settings.LOA.cache)
    path = cache.path(file["sha256"])
    # A bulletin lies there in its parts, and is laid together when it is read.
    return path if path is not None and path.is_file() else cache.blob(file["sha256"])
