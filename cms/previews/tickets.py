"""What a preview was drawn from, for what its frame asks next: a file in the newsroom's home, for a quarter of an hour.

The frame may ask another process than the one that drew it (docker/Dockerfile starts two), so nothing of it is
kept in memory; and no cache or store sees a draft.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import pickle
import re
import secrets
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from render.sketches import Draft

KEPT_S = 900
MOST = 400
SHAPE = r"[A-Za-z0-9_-]{43}"
_SEAL_BYTES = 32


@dataclass(frozen=True)
class Ticket:
    """Whose draft it is, and of which page; a page that is not saved yet has no key."""

    user: int
    page: int | None
    mode: str
    draft: Draft


def keep(ticket: Ticket) -> str:
    """Its token: nobody guesses it, nobody else may use it, and no name of a file tells it."""
    token = secrets.token_urlsafe(32)
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(folder)
    half = folder / f".{token[:16]}"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        packed = zlib.compress(pickle.dumps(ticket), 1)
        file.write(_seal(token, packed) + packed)
    half.replace(_path(token))
    return token


def ticket_of(token: str, user: Any) -> Ticket | None:
    """The ticket, for the user it was made for; None when it is gone."""
    if not re.fullmatch(SHAPE, token):
        return None
    path = _path(token)
    try:
        if time.time() - path.stat().st_mtime > KEPT_S:
            return None
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if not hmac.compare_digest(data[:_SEAL_BYTES], _seal(token, data[_SEAL_BYTES:])):
        return None
    found: Ticket = pickle.loads(zlib.decompress(data[_SEAL_BYTES:]))  # noqa: S301 (sealed with the site's secret)
    return found if found.user == user.pk else None


def _seal(token: str, packed: bytes) -> bytes:
    """What only this site can put before a draft: nothing else is ever unpacked."""
    return hmac.digest(settings.SECRET_KEY.encode(), token.encode() + packed, "sha256")


def _folder() -> Path:
    return Path(settings.LOA.home) / "drafts"


def _path(token: str) -> Path:
    return _folder() / hashlib.sha256(token.encode()).hexdigest()


def _sweep(folder: Path) -> None:
    """Away with what is too old, and with the oldest of too many; another process may do the same at this moment."""
    found = []
    for entry in os.scandir(folder):
        try:
            found.append((entry.stat().st_mtime, entry.path))
        except FileNotFoundError:
            continue
    found.sort(reverse=True)
    oldest = time.time() - KEPT_S
    for place, (written, path) in enumerate(found, start=2):
        if written < oldest or place > MOST:
            Path(path).unlink(missing_ok=True)
