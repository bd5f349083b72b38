"""The publisher's signing keys: Ed25519, one PEM file, known to readers by a fingerprint."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from render.errors import SettingsError
from render.publickey import fingerprint, key_address
from render.store import Conflict, Store

_LONGEST_PEM = 4096  # bytes; an Ed25519 key takes 120


@dataclass(frozen=True)
class Signer:
    """A private key and the fingerprint that readers hold."""

    fingerprint: str  # 64 hex digits
    public_pem: bytes
    _key: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature; the same for the same data."""
        return self._key.sign(data)


def make_key(path: Path) -> Signer:
    """A new key in a file that only its owner can read; a file that is there already is never overwritten."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(opened, "wb") as file:  # noqa: PTH123 (a descriptor)
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(scratch, path)  # fails when another process was first: two publishers never sign with two keys
    except FileExistsError:
        mend = "Use it, or move it away; readers trust its fingerprint"
        raise SettingsError("there is a key already", where=str(path), mend=mend) from None
    except OSError as error:
        mend = "Name a folder that this user can write to in LOA_SIGNING_KEY"
        raise SettingsError(f"the key cannot be written: {error.strerror}", where=str(path), mend=mend) from None
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)
    return _signer(key)


def load_signer(path: Path) -> Signer:
    """The key of a file; a `SettingsError` when it is not there, open to others, or no Ed25519 key."""
    pem = read_private(path)
    mend = "It must be an Ed25519 private key in PEM without a password, as loa keys makes it"
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise SettingsError("the key is locked with a password", where=str(path), mend=mend) from None
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError("this is no private key in PEM", where=str(path), mend=mend) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError("this is a private key of another kind", where=str(path), mend=mend)
    return _signer(key)


def read_private(path: Path) -> bytes:
    """The PEM of a key file; a `SettingsError` when it is not there, or open to others on this machine."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(opened, "rb") as file:  # noqa: PTH123 (a descriptor)
            mode = os.fstat(opened).st_mode
            pem = file.read(_LONGEST_PEM) if stat.S_ISREG(mode) else b""
    except FileNotFoundError:
        mend = "Make one with loa keys, or name it in LOA_SIGNING_KEY"
        raise SettingsError("there is no such key", where=str(path), mend=mend) from None
    except OSError as error:
        mend = "Give this user the right to read it"
        raise SettingsError(f"the key cannot be read: {error.strerror}", where=str(path), mend=mend) from None
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(
            f"others on this machine can read or change the key (mode {stat.S_IMODE(mode):04o})",
            where=str(path),
            mend=f"Say: chmod 600 {path}",
        )
    return pem


def load_or_make_signer(path: Path) -> Signer:
    """The key of a file; it is made when there is none yet."""
    if not path.exists():
        with contextlib.suppress(SettingsError):  # another process made it meanwhile, or loading says what is wrong
            return make_key(path)
        if not path.exists():
            return make_key(path)
    return load_signer(path)


def _signer(key: Ed25519PrivateKey) -> Signer:
    public = key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Signer(fingerprint(public.public_bytes_raw()), pem, key)


# For readers


def publish_key(store: Store, signer: Signer) -> None:
    """Put the public half where readers find it."""
    key = key_address(signer.fingerprint)
    if store.head(key) is not None:
        return
    with contextlib.suppress(Conflict):
        store.put(
            key,
            signer.public_pem,
            media_type="application/x-pem-file",
            cache_control="public, max-age=31536000, immutable",
            if_absent=True,
        )
