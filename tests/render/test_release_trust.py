"""Releases that are forged, exchanged or put back are refused, and so is what would publish under a wrong name."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from render.catalogue import CATALOGUE, manifest_key, read_part
from render.errors import ReleaseError
from render.keys import Signer, make_key
from render.manifest import cas_key
from render.release import read_catalogue, releases
from render.store import FolderStore
from tests.render.sample_publications import Files, publication
from tests.render.sample_releases import send


def test_a_forged_release_is_refused(folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path) -> None:
    made = send(folder_store, signer, files, publication(files))
    trusted = [signer.fingerprint]
    catalogue, manifest = folder_store.get(CATALOGUE), folder_store.get(manifest_key(made.id))
    thief = make_key(tmp_path / "thief.pem")
    stranger = FolderStore(tmp_path / "stranger")
    send(stranger, thief, files, publication(files))

    def refused(changes: dict[str, bytes]) -> str:
        for key, data in changes.items():
            folder_store.put(key, data, media_type="application/json")
        with pytest.raises(ReleaseError) as error:
            read_catalogue(folder_store, trusted)
        folder_store.put(CATALOGUE, catalogue, media_type="application/json")
        folder_store.put(manifest_key(made.id), manifest, media_type="application/json")
        return error.value.what

    other = json.loads(catalogue) | {"number": 9}
    assert "disagree" in refused({CATALOGUE: json.dumps(other).encode()})
    assert "not the one" in refused({manifest_key(made.id): manifest.replace(b'"number":1', b'"number":2')})
    assert "not trusted" in refused({key: stranger.get(key) for key in stranger.list() if "keys/" not in key})
    signed_by_thief = json.loads(catalogue) | {"signature": json.loads(stranger.get(CATALOGUE))["signature"]}
    assert "forged" in refused({CATALOGUE: json.dumps(signed_by_thief).encode()})
    for broken in (b"", b"[]", b"{", b'{"format":1}', b"\xff"):
        refused({CATALOGUE: broken})
    assert read_catalogue(folder_store, trusted) == made


def test_a_part_that_was_exchanged_is_refused(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    made = send(folder_store, signer, files, publication(files))
    blob = made.articles["tro-cap"][""]
    data = folder_store.get(cas_key(blob.sha256))
    folder_store.put(cas_key(blob.sha256), data.replace(b"Tr", b"Xr"), media_type="application/json")
    with pytest.raises(ReleaseError, match="not what its name says"):
        read_part(folder_store, blob)


def test_a_catalogue_put_back_is_refused_by_who_saw_the_newer_one(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    trusted = [signer.fingerprint]
    send(folder_store, signer, files, publication(files))
    old = folder_store.get(CATALOGUE)
    send(folder_store, signer, files, publication(files, version="2"))
    folder_store.put(CATALOGUE, old, media_type="application/json")
    assert read_catalogue(folder_store, trusted) is not None  # a new reader cannot know
    with pytest.raises(ReleaseError, match="went back from release 2 to 1"):
        read_catalogue(folder_store, trusted, seen_number=2)
    folder_store.delete(CATALOGUE)
    with pytest.raises(ReleaseError, match="disappeared"):
        read_catalogue(folder_store, trusted, seen_number=2)


def test_a_new_key_continues_what_a_trusted_one_signed(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files))
    new = make_key(tmp_path / "new.pem")
    with pytest.raises(ReleaseError, match="LOA_TRUSTED_KEYS"):
        send(folder_store, new, files, publication(files, version="2"))
    made = send(folder_store, new, files, publication(files, version="2"), trusted=[signer.fingerprint])
    both = [signer.fingerprint, new.fingerprint]
    assert [one.key for one in releases(folder_store, both)] == [new.fingerprint, signer.fingerprint]
    assert read_catalogue(folder_store, [new.fingerprint]) == made


def test_names_that_lead_elsewhere_are_refused(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    good = publication(files)
    bad = [
        dataclasses.replace(good, slug="../catalogue"),
        dataclasses.replace(good, slug="a/b"),
        dataclasses.replace(good, entries=(dataclasses.replace(good.entries[0], office="../66"),)),
        dataclasses.replace(good, entries=(dataclasses.replace(good.entries[0], edition="x" * 12),)),
        dataclasses.replace(good, entries=(good.entries[0], good.entries[0])),
        dataclasses.replace(good, entries=()),
        dataclasses.replace(good, editions={}),
    ]
    for one in bad:
        with pytest.raises(ReleaseError):
            send(folder_store, signer, files, one)
    assert list(folder_store.list()) == []


def test_bytes_that_are_not_what_was_made_are_never_published(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    one = publication(files)
    files.data[one.entries[0].files[0].sha256] = b"another"
    with pytest.raises(ReleaseError, match="other bytes"):
        send(folder_store, signer, files, one)
    assert read_catalogue(folder_store, [signer.fingerprint]) is None
