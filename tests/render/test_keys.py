"""Signing keys: private to their owner, refused when they are not what they should be."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from render.errors import ReleaseError, SettingsError
from render.keys import load_or_make_signer, load_signer, make_key, publish_key
from render.publickey import key_address, verify_signature
from render.store import FolderStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "publisher.pem"


def test_a_made_key_is_for_its_owner_alone_and_reads_back_as_itself(path: Path) -> None:
    made = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = load_signer(path)
    assert read.fingerprint == made.fingerprint
    assert len(read.fingerprint) == 64
    assert read.sign(b"words") == made.sign(b"words")
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_fingerprint_is_the_digest_of_the_raw_public_key(path: Path) -> None:
    signer = make_key(path)
    public = serialization.load_pem_public_key(signer.public_pem)
    assert isinstance(public, ed25519.Ed25519PublicKey)
    assert signer.fingerprint == hashlib.sha256(public.public_bytes_raw()).hexdigest()


def test_a_key_is_never_overwritten(path: Path) -> None:
    make_key(path)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="there is a key already"):
        make_key(path)
    assert path.read_bytes() == before


def test_the_first_use_makes_the_key_and_the_second_finds_it(path: Path) -> None:
    assert load_or_make_signer(path).fingerprint == load_or_make_signer(path).fingerprint


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_key_that_others_can_reach_is_refused_with_the_mend(path: Path, mode: int) -> None:
    make_key(path)
    path.chmod(mode)
    with pytest.raises(SettingsError, match=r"others on this machine.*chmod 600"):
        load_or_make_signer(path)


def test_a_missing_key_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(SettingsError, match="loa keys"):
        load_signer(path)


def test_keys_of_another_kind_are_refused(path: Path) -> None:
    path.parent.mkdir()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    locked = ed25519.Ed25519PrivateKey.generate()
    for content, words in (
        (other.private_bytes(pem, pkcs8, serialization.NoEncryption()), "another kind"),
        (locked.private_bytes(pem, pkcs8, serialization.BestAvailableEncryption(b"x")), "locked with a password"),
        (locked.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo), "no private key"),
        (b"", "no private key"),
        (os.urandom(200), "no private key"),
    ):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(SettingsError, match=words):
            load_signer(path)


def test_a_folder_in_the_place_of_the_key_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(SettingsError):
        load_or_make_signer(path)


def test_a_signature_holds_for_its_bytes_and_key_alone(path: Path, folder_store: FolderStore) -> None:
    signer, other = make_key(path), make_key(path.with_name("other.pem"))
    publish_key(folder_store, signer)
    signature = signer.sign(b"manifest")
    verify_signature(folder_store, signer.fingerprint, b"manifest", signature)
    for data, forged in ((b"manifesT", signature), (b"manifest", other.sign(b"manifest")), (b"manifest", b"")):
        with pytest.raises(ReleaseError, match="forged"):
            verify_signature(folder_store, signer.fingerprint, data, forged)
    with pytest.raises(ReleaseError, match="not in the store"):
        verify_signature(folder_store, other.fingerprint, b"manifest", other.sign(b"manifest"))


def test_another_public_key_under_a_trusted_name_is_refused(path: Path, folder_store: FolderStore) -> None:
    signer, thief = make_key(path), make_key(path.with_name("thief.pem"))
    folder_store.put(key_address(signer.fingerprint), thief.public_pem, media_type="application/x-pem-file")
    with pytest.raises(ReleaseError, match="not the one of its fingerprint"):
        verify_signature(folder_store, signer.fingerprint, b"manifest", thief.sign(b"manifest"))
