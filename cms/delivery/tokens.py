"""Tokens: 256 random bits behind a prefix to find them by; of the secret only the digest is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets

from django.db.models import Q
from django.utils import timezone

from cms.delivery.models import Token

SHAPE = re.compile(r"loa_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
LONGEST_DAYS = 366
_USED_EVERY = dt.timedelta(minutes=10)  # `last_used_at` is no reason to write at each request
_NOTHING = "0" * 64


def fresh() -> tuple[str, str, str]:
    """A new token: what its holder gets, its prefix, its digest."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return f"loa_{prefix}_{secret}", prefix, digest(secret)


def digest(secret: str) -> str:
    """What is kept of a secret. It is random: nothing slower than SHA-256 would make it safer."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(text: str) -> Token | None:
    """The token that somebody holds, live or not; None when there is no such token. A wrong form asks no database."""
    match = SHAPE.fullmatch(text)
    if match is None:
        return None
    row = Token.objects.select_related("office", "owner").filter(prefix=match[1]).first()
    same = hmac.compare_digest(row.sha256 if row else _NOTHING, digest(match[2]))
    return row if row is not None and same else None


def used(token: Token) -> None:
    """Note that it was used, now and then."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - _USED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _USED_EVERY)
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=now)
