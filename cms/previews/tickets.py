"""What a preview was drawn from, for what its frame asks next: in this process, for a quarter of an hour."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.core.cache.backends.locmem import LocMemCache

from render.sketches import Draft

KEPT_S = 900
MOST = 60
SHAPE = r"[A-Za-z0-9_-]{43}"

# Never the shared cache: a draft stays in the process that was given it.
_kept = LocMemCache("loa-previews", {"TIMEOUT": KEPT_S, "OPTIONS": {"MAX_ENTRIES": MOST}})


@dataclass(frozen=True)
class Ticket:
    """Whose draft it is, and of which page; a page that is not saved yet has no key."""

    user: int
    page: int | None
    mode: str
    draft: Draft


def keep(ticket: Ticket) -> str:
    """Its token: nobody guesses it, and nobody else may use it."""
    token = secrets.token_urlsafe(32)
    _kept.set(token, ticket)
    return token


def ticket_of(token: str, user: Any) -> Ticket | None:
    """The ticket, for the user it was made for; None when it is gone."""
    found: Ticket | None = _kept.get(token)
    return found if found is not None and found.user == user.pk else None
