"""What is current, as readers find it: one mutable pointer to a signed release, and nothing that is not verified."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from render.errors import ReleaseError
from render.manifest import CATALOGUE as CATALOGUE
from render.manifest import (
    DIGEST,
    FORMAT,
    IMMUTABLE,
    MUTABLE,
    Blob,
    Event,
    GoneEdition,
    Part,
    Release,
    cas_key,
    gone_from_data,
    part_from_data,
    release_from_data,
)
from render.publickey import verify_signature
from render.rotation import retired_key, retirement, trusted_for
from render.steps import canonical
from render.store import Conflict, Missing, Store

if TYPE_CHECKING:
    from render.keys import Signer

_DO_NOT_USE = "Do not use these files; ask the publisher"


@dataclass(frozen=True)
class Pointer:
    """The catalogue as read: the verified release, and the etag that a swap must match."""

    release: Release
    etag: str


def manifest_key(release: str) -> str:
    """Where the manifest of a release lies; its signature lies beside it with `.sig`."""
    return f"releases/{release}.json"


def read_catalogue(store: Store, trusted: Sequence[str], seen_number: int = 0) -> Release | None:
    """The current release, its signature verified; None when nothing was ever released.

    `trusted` are fingerprints of publishers' keys, `seen_number` the highest number this reader saw before: a
    catalogue with a smaller one is an old one put back, and refused with a `ReleaseError`.
    """
    pointer = read_pointer(store, trusted)
    if pointer is None:
        if seen_number:
            raise ReleaseError("the catalogue has disappeared", where=store.url, mend=_DO_NOT_USE)
        return None
    if pointer.release.number < seen_number:
        raise ReleaseError(
            f"the catalogue went back from release {seen_number} to {pointer.release.number}",
            where=CATALOGUE,
            mend=_DO_NOT_USE,
        )
    return pointer.release


def read_pointer(store: Store, trusted: Sequence[str]) -> Pointer | None:
    """The catalogue with its etag; None when there is none."""
    try:
        data, stored = store.read(CATALOGUE)
    except Missing:
        return None
    said = _json(data, CATALOGUE)
    try:
        known = said["format"] == FORMAT
        number, release, sha256 = int(said["number"]), str(said["release"]), str(said["sha256"])
        key, signature = str(said["key"]), base64.b64decode(said["signature"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise ReleaseError("the catalogue is broken", where=CATALOGUE, mend=_DO_NOT_USE) from None
    if not known:
        raise ReleaseError("the catalogue is of another format", where=CATALOGUE, mend="Update this program")
    keys = trusted if key in trusted else trusted_for(store, trusted)
    _trust(key, keys, CATALOGUE)
    manifest = _manifest(store, release)
    if hashlib.sha256(manifest).hexdigest() != sha256:
        raise ReleaseError("the manifest is not the one the catalogue names", where=release, mend=_DO_NOT_USE)
    verify_signature(store, key, manifest, signature)
    found = release_from_data(_json(manifest, manifest_key(release)))
    if (found.number, found.id, found.key) != (number, release, key):
        raise ReleaseError("catalogue and manifest disagree", where=release, mend=_DO_NOT_USE)
    _refuse_retired(store, found, keys, newest=True)
    return Pointer(found, stored.etag)


def read_release(store: Store, release: str, trusted: Sequence[str]) -> Release:
    """A release by its id, its signature verified."""
    manifest = _manifest(store, release)
    try:
        signature = store.get(f"{manifest_key(release)}.sig")
    except Missing:
        raise ReleaseError("the release is not signed", where=release, mend=_DO_NOT_USE) from None
    said = _json(manifest, manifest_key(release))  # only to learn whose signature to ask for
    key = str(said.get("key"))
    keys = trusted if key in trusted else trusted_for(store, trusted)
    if key not in keys and (DIGEST.fullmatch(key) is None or retirement(store, key, frozenset(keys)) is None):
        _trust(key, keys, release)
    verify_signature(store, key, manifest, signature)
    found = release_from_data(said)
    if found.id != release:
        raise ReleaseError("the manifest is that of another release", where=release, mend=_DO_NOT_USE)
    _refuse_retired(store, found, keys, newest=False)
    return found


def history(store: Store, newest: Release, trusted: Sequence[str]) -> Iterator[Release]:
    """A release and those before it, newest first; what never became current is not among them."""
    release = newest
    while True:
        yield release
        if not release.previous:
            return
        before = read_release(store, release.previous, trusted)
        if before.number >= release.number:
            raise ReleaseError("the numbers of the releases do not fall", where=before.id, mend=_DO_NOT_USE)
        release = before


def read_blob(store: Store, blob: Blob) -> Any:
    """A part or a list, its digest verified."""
    key = cas_key(blob.sha256)
    data = store.get(key)
    if hashlib.sha256(data).hexdigest() != blob.sha256:
        raise ReleaseError("an object is not what its name says", where=key, mend=_DO_NOT_USE)
    return _json(data, key)


def read_part(store: Store, blob: Blob) -> Part:
    """A part of a release."""
    return part_from_data(read_blob(store, blob))


def read_gone(store: Store, event: Event) -> tuple[GoneEdition, ...]:
    """The editions that an event called back."""
    return tuple(gone_from_data(one) for one in read_blob(store, event.editions)["editions"])


def put_release(store: Store, signer: Signer, release: Release) -> bytes:
    """Manifest and signature into the store, where nothing points to them yet; the manifest's bytes."""
    data = release.to_bytes()
    key = manifest_key(release.id)
    put_once(store, key, data, media_type="application/json")
    put_once(store, f"{key}.sig", signer.sign(data), media_type="application/octet-stream")
    return data


def swap(store: Store, signer: Signer, release: Release, manifest: bytes, before: Pointer | None) -> None:
    """Make a release the current one, in one write; `Conflict` when another became it meanwhile."""
    store.put(
        CATALOGUE,
        pointer_bytes(release, manifest, signer.sign(manifest)),
        media_type="application/json",
        cache_control=MUTABLE,
        if_match=before.etag if before else None,
        if_absent=before is None,
    )


def pointer_bytes(release: Release, manifest: bytes, signature: bytes) -> bytes:
    """The catalogue that points to a release."""
    return canonical(
        {
            "format": FORMAT,
            "number": release.number,
            "release": release.id,
            "sha256": hashlib.sha256(manifest).hexdigest(),
            "key": release.key,
            "signature": base64.b64encode(signature).decode(),
        }
    )


def put_once(store: Store, key: str, data: bytes, *, media_type: str, download_name: str = "") -> None:
    """Write what never changes; a `ReleaseError` when other bytes lie there."""
    try:
        store.put(
            key, data, media_type=media_type, cache_control=IMMUTABLE, download_name=download_name, if_absent=True
        )
    except Conflict:
        if not key.startswith("cas/") and store.get(key) != data:
            raise ReleaseError("other bytes lie under that name", where=key, mend=_DO_NOT_USE) from None


def _manifest(store: Store, release: str) -> bytes:
    try:
        return store.get(manifest_key(release))
    except Missing:
        raise ReleaseError("the manifest of a release is missing", where=release, mend=_DO_NOT_USE) from None


def _refuse_retired(store: Store, release: Release, trusted: Collection[str], *, newest: bool) -> None:
    """A key that was retired counts for what it had signed by then; one that was stolen never for what is current."""
    if store.head(retired_key(release.key)) is None:
        return
    ended = retirement(store, release.key, trusted_for(store, tuple(trusted)))
    if ended is None:
        return
    if release.number > ended.last_number or release.made_at > ended.at or (newest and ended.compromised):
        raise ReleaseError(
            f"it was signed with a key that was retired on {ended.at[:10]} ({ended.reason})",
            where=release.id,
            mend=_DO_NOT_USE,
        )


def _trust(key: str, trusted: Collection[str], where: str) -> None:
    if key not in trusted:
        raise ReleaseError(
            f"it was signed with a key that is not trusted here: {key[:64]}",
            where=where,
            mend="If the publisher has a new key, add its fingerprint to LOA_TRUSTED_KEYS",
        )


def _json(data: bytes, where: str) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise ReleaseError("this is not JSON", where=where, mend=_DO_NOT_USE) from None
    if not isinstance(said, dict):
        raise ReleaseError("this is not a JSON object", where=where, mend=_DO_NOT_USE)
    return said
