"""Cursors that say where a page ended, and ETags of what depends on the release alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from cms.delivery.models import Noted

T = TypeVar("T")

MOST_PK = 2**62  # beyond it no database has a row


def as_cursor(key: str) -> str:
    """A place, opaque."""
    return key.encode().hex()


def from_cursor(cursor: str | None) -> str:
    """The place again; any cursor of the right form is one."""
    return bytes.fromhex(cursor or "").decode("utf-8", "replace")


def page_of(found: Iterable[T], limit: int, key: Callable[[T], str]) -> tuple[list[T], str | None]:
    """The first of them, and a cursor when there are more."""
    items: list[T] = []
    for one in found:
        if len(items) == limit:
            return items, as_cursor(key(items[-1]))
        items.append(one)
    return items, None


def row_cursor(pk: int) -> str:
    """A row's place."""
    return f"{pk:012x}"


def since_number(text: str | None) -> int:
    """The last release before a moment, in UTC as `since.Since` gives it, or the number itself; 0 before all."""
    if not text:
        return 0
    if text.isdigit():
        return int(text)
    row = Noted.objects.filter(made_at__lt=text).order_by("-number").values_list("number", flat=True).first()
    return row or 0


def unchanged(request: HttpRequest, response: HttpResponse, *said: Any) -> HttpResponse | None:
    """Put the ETag into the answer; a 304 when the asker has it."""
    text = repr((request.get_full_path(), *said))
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    response["ETag"] = etag
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in asked or etag in asked or f"W/{etag}" in asked:
        answer = HttpResponse(status=304)
        answer["ETag"] = etag
        return answer
    return None
