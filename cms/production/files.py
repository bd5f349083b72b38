"""Where a product's file lies for readers."""

from __future__ import annotations

from typing import Any

from cms.core.public import store_url


def file_url(state: Any, file: dict[str, Any]) -> str:
    """The public address of a released file."""
    return store_url(f"cas/{file['sha256']}")
