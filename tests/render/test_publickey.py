"""What a reader takes for a publisher's key: the one form of an Ed25519 key, as the library writes it, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from render.errors import ReleaseError
from render.keys import make_key
from render.publickey import fingerprint, key_address, verify_signature
from render.store import FolderStore

_SPKI = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class _OneKey:
    """A store that gives the same bytes, whatever is asked for."""

    url = "one key"

    def __init__(self, pem: bytes) -> None:
        self._pem = pem

    def get(self, _: str) -> bytes:
        return self._pem


@given(seed=st.binary(min_size=32, max_size=32), data=st.binary(max_size=200))
def test_any_key_that_the_library_writes_is_read_as_it_reads_it(seed: bytes, data: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    pem, name = key.public_key().public_bytes(*_SPKI), fingerprint(key.public_key().public_bytes_raw())
    for written in (pem, pem.replace(b"\n", b"\r\n"), pem.rstrip()):  # as somebody may have copied it
        verify_signature(_OneKey(written), name, data, key.sign(data))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind",
    [ec.generate_private_key(ec.SECP256R1()), ed448.Ed448PrivateKey.generate(), x25519.X25519PrivateKey.generate()],
)
def test_a_key_of_another_kind_is_refused(kind: ec.EllipticCurvePrivateKey) -> None:
    store = _OneKey(kind.public_key().public_bytes(*_SPKI))
    with pytest.raises(ReleaseError, match="not the one of its fingerprint"):
        verify_signature(store, "0" * 64, b"", b"")  # type: ignore[arg-type]


@given(garbage=st.binary(max_size=300))
def test_garbage_in_the_place_of_a_key_is_refused(garbage: bytes) -> None:
    framed = b"-----BEGIN PUBLIC KEY-----\n" + garbage + b"\n-----END PUBLIC KEY-----\n"
    for pem in (garbage, framed):
        with pytest.raises(ReleaseError, match="not the one of its fingerprint"):
            verify_signature(_OneKey(pem), fingerprint(b"x"), b"", b"")  # type: ignore[arg-type]


def test_no_key_at_all_has_no_fingerprint_that_anybody_could_hold(tmp_path: Path, folder_store: FolderStore) -> None:
    """Not even the digest of nothing, which a reader could be told to trust."""
    signer = make_key(tmp_path / "key.pem")
    folder_store.put(key_address(fingerprint(b"")), b"no key", media_type="application/x-pem-file")
    with pytest.raises(ReleaseError):
        verify_signature(folder_store, fingerprint(b""), b"manifest", signer.sign(b"manifest"))
