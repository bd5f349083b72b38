"""A publisher's public key as readers find it, and the proof that it signed: all that a reader needs of keys."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from render.errors import ReleaseError, SettingsError
from render.manifest import DIGEST
from render.objects import Missing, Store

# An Ed25519 key has one form (RFC 8410): these bytes, then its 32. The library's reader of every other kind of key
# takes longer to load than a run of `loa fetch` with nothing new takes.
_SPKI = bytes.fromhex("302a300506032b6570032100")
_PEM = re.compile(rb"\s*-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/=\s]{56,80})-----END PUBLIC KEY-----\s*")


def key_address(key_fingerprint: str) -> str:
    """Where the public half of a key lies in a store."""
    return f"keys/{key_fingerprint}.pem"


def fingerprint(raw: bytes) -> str:
    """The SHA-256 of the raw 32 bytes of a public key, as 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()


def read_fingerprints(said: Iterable[str], where: str) -> tuple[str, ...]:
    """Fingerprints as people write them, in groups or in capitals; a `SettingsError` for what is none."""
    found = tuple("".join(key.split()).lower() for key in said if key.strip())
    for key in found:
        if not DIGEST.fullmatch(key):
            raise SettingsError(f"{key[:80]!r} is no fingerprint", where=where, mend="It has 64 hexadecimal digits")
    return found


def verify_signature(store: Store, key_fingerprint: str, data: bytes, signature: bytes) -> None:
    """A `ReleaseError` unless the key of that fingerprint signed exactly these bytes.

    The public key comes from the store, which need not be trusted: the fingerprint tells whether it is the one.
    """
    where = key_address(key_fingerprint)
    try:
        raw = _raw(store.get(where))
    except Missing:
        mend = "Publish again with that key, or ask the publisher"
        raise ReleaseError("the publisher's public key is not in the store", where=where, mend=mend) from None
    mend = "Do not use these files; ask the publisher"
    if fingerprint(raw) != key_fingerprint:
        raise ReleaseError("the public key in the store is not the one of its fingerprint", where=where, mend=mend)
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, data)
    except (InvalidSignature, ValueError):
        raise ReleaseError("the signature is forged or the bytes were changed", where=where, mend=mend) from None


def _raw(pem: bytes) -> bytes:
    """The 32 bytes of a key; none when it is no such key, and none have no fingerprint that anybody trusts."""
    found = _PEM.fullmatch(pem[:4096])
    try:
        der = base64.b64decode(b"".join(found[1].split()), validate=True) if found else b""
    except ValueError:
        return b""
    return der[len(_SPKI) :] if der.startswith(_SPKI) and len(der) == len(_SPKI) + 32 else b""
