"""How often one may fail to log in: by name, and by address, within a quarter of an hour."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone

from cms.audit.log import record
from cms.logins.models import Failure

WINDOW = dt.timedelta(minutes=15)
MOST_BY_NAME = 5
MOST_BY_ADDRESS = 50  # an office shares one address
_KEPT = dt.timedelta(days=1)


def begin(name: str, address: str) -> int:
    """Count an attempt before it is looked at: a hundred at once are a hundred. The minutes to wait, 0 for none.

    What is refused is not counted: a lock ends by itself, however often somebody knocks.
    """
    Failure.objects.filter(at__lt=timezone.now() - _KEPT).delete()
    attempt = Failure.objects.create(name=_digest(name), address=address)
    if not (minutes := _wait_minutes(attempt)):
        return 0
    attempt.delete()
    return minutes


def failed(name: str, address: str) -> None:
    """Write into the audit log the failure after which nobody is looked at."""
    recent = Failure.objects.filter(at__gt=timezone.now() - WINDOW)
    by_name = recent.filter(name=_digest(name)).count()
    if by_name == MOST_BY_NAME or recent.filter(address=address).count() == MOST_BY_ADDRESS:
        known = get_user_model().objects.filter(username=name).exists()  # else it may be a password typed too early
        record("login.locked", actor=None, subject=f"address:{address}", details={"name": name} if known else {})


def _wait_minutes(attempt: Failure) -> int:
    before = Failure.objects.filter(pk__lt=attempt.pk, at__gt=timezone.now() - WINDOW)
    for rows, most in (
        (before.filter(name=attempt.name), MOST_BY_NAME),
        (before.filter(address=attempt.address), MOST_BY_ADDRESS),
    ):
        times = list(rows.order_by("-at").values_list("at", flat=True)[:most])
        if len(times) == most:  # free again when the oldest of these is old enough
            left = times[-1] + WINDOW - timezone.now()
            return max(1, -int(-left.total_seconds() // 60))
    return 0


def forget(name: str) -> None:
    """Somebody came in: their name starts anew. The address keeps its count, for others may sit behind it."""
    Failure.objects.filter(name=_digest(name)).delete()


def address_of(request: Any) -> str:
    """Where a request comes from. Behind a proxy of ours, what the proxy says; what clients say is dropped by it."""
    header = settings.CLIENT_ADDRESS_HEADER
    said = request.META.get(f"HTTP_{header.upper().replace('-', '_')}", "") if header else ""
    return (said.split(",")[-1].strip() or request.META.get("REMOTE_ADDR", ""))[:64]


def _digest(name: str) -> str:
    """A name as the count knows it: keyed, for the table must not tell what was typed."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return hmac.new(settings.SECRET_KEY.encode(), plain.encode(), hashlib.sha256).hexdigest()
