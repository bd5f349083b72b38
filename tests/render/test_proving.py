"""What the store lost of what is current is noticed, told, and put back; what was withdrawn never comes back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from render import pages
from render.catalogue import CATALOGUE, read_catalogue, read_part
from render.credentials import load_or_make_credentials
from render.errors import ReleaseError
from render.keys import Signer
from render.manifest import EntryFile, Release, cas_key
from render.objects import content_disposition
from render.pageindex import read_index
from render.presence import Presence
from render.proving import Proof, prove
from render.publication import Publication
from render.release import Publisher, Streamed, withdraw
from render.safekeeping import copy_of
from render.store import FolderStore, Missing, Store
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication
from tests.render.sample_releases import KilledError, Watched, snapshot


@dataclasses.dataclass
class House:
    """A publisher with what is kept beside the store."""

    who: Publisher
    private: FolderStore
    files: Files

    def send(self, *publications: Publication) -> tuple[Release, int]:
        with Streamed(self.who, self.load) as under_way:
            release = under_way.finish(publications)
        assert release is not None
        return release, under_way.uploads.sent.objects

    def load(self, sha256: str) -> bytes:
        if sha256 not in self.files.data:
            raise Missing("it is gone from the cache", where=sha256)
        return self.files.load(sha256)

    def prove(self, *, go: bool = False, whole: bool = True) -> Proof:
        return prove(self.who, self.private, self.load, go=go, whole=whole)

    def files_now(self) -> list[EntryFile]:
        release = read_catalogue(self.who.store, self.who.keys)
        assert release is not None
        parts = [read_part(self.who.store, blob) for named in release.articles.values() for blob in named.values()]
        return [file for part in parts for entry in part.entries for file in entry.files]


def house(store: Store, signer: Signer, files: Files, folder: Path, **more: Any) -> House:
    private = FolderStore(folder / "private")
    return House(Publisher(store, signer, OFFICES, PUBLIC_URL, AT, private=private, **more), private, files)


def spoil(store: Store, key: str, data: bytes | None = None, **headers: str) -> None:
    there, stored = store.read(key)
    headers = {"media_type": stored.media_type, "cache_control": stored.cache_control, **headers}
    store.put(key, there if data is None else data, **headers)


def test_publishing_again_puts_back_what_is_missing_or_cut_short(
    store: Store, signer: Signer, files: Files, tmp_path: Path
) -> None:
    ours, one = house(store, signer, files, tmp_path), publication(files, products="leaflet bulletin")
    first, _ = ours.send(one)
    gone, short = (cas_key(file.sha256) for file in ours.files_now()[:2])
    store.delete(gone)
    spoil(store, short, b"cut")
    assert ours.send(one) == (first, 2)
    assert ours.send(one) == (first, 0)
    assert not ours.prove().found


def test_all_that_was_spoilt_is_told_and_put_back(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    store = folder_store
    ours = house(store, signer, files, tmp_path)
    first, _ = ours.send(publication(files, offices=("66",), products="leaflet bulletin"))
    whole = snapshot(store)
    other, kind, gone, cut = (file for file in ours.files_now()[:4])
    spoil(store, cas_key(other.sha256), b"x" * other.bytes)
    spoil(store, cas_key(kind.sha256), media_type="binary/octet-stream")
    store.delete(cas_key(gone.sha256))
    spoil(store, cas_key(cut.sha256), b"cut")
    spoil(store, "loa/66.html", b"<h1>Some other page</h1>")
    spoil(store, "loa/91.html", cache_control="max-age=99999999")
    store.delete("to-roi/66.html")
    part = next(iter(first.articles["tro-cap"].values()))
    store.delete(cas_key(part.sha256))
    shard = next(key for key in store.list("verify/") if "index" not in key)
    store.delete(shard)
    store.delete(f"releases/{first.id}.json.sig")

    with pytest.raises(ReleaseError, match="lost what it had") as told:
        ours.send(publication(files, offices=("66",), products="leaflet bulletin"))
    assert "loa prove --mend" in told.value.mend
    before = snapshot(store)
    dry = ours.prove()
    assert {one.state for one in dry.found} == {"wrong"}
    assert snapshot(store) == before
    proof = ours.prove(go=True)
    assert {one.state for one in proof.found} == {"mended"}
    keys = {cas_key(one.sha256) for one in (other, kind, gone, cut, part)}
    assert keys | {"loa/66.html", "loa/91.html", "to-roi/66.html", "verify/"} <= {one.key for one in proof.found}
    assert proof.release == first
    assert snapshot(store) == whole
    stored = store.head(cas_key(kind.sha256))
    assert stored is not None
    assert stored.media_type == kind.media_type
    assert stored.disposition in ("", content_disposition(kind.name))
    assert not ours.prove().found


def test_what_carries_its_credential_within_is_signed_anew_in_a_release(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    from tests.render.test_streaming import signable

    credentials = load_or_make_credentials(tmp_path / "k.pem", tmp_path / "c.pem", now=AT)
    ours = house(folder_store, signer, files, tmp_path, credentials=credentials)
    first, _ = ours.send(signable(files))
    picture = next(file for file in ours.files_now() if file.unsigned)
    sheet = next(file for file in ours.files_now() if file.credential)
    spoil(folder_store, cas_key(picture.sha256), b"x" * picture.bytes)
    folder_store.delete(sheet.credential)
    proof = ours.prove(go=True)
    assert {one.state for one in proof.found} == {"mended"}
    assert proof.release is not None
    assert proof.release.number == first.number + 1
    assert not proof.release.withdrawn
    assert not ours.prove().found


def test_an_emptied_store_comes_back_under_its_number_without_what_was_withdrawn(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    store = folder_store
    ours = house(store, signer, files, tmp_path)
    one, two = (publication(files, slug, products="leaflet") for slug in ("mot", "hai"))
    ours.send(one, two)
    gone = {cas_key(file.sha256) for entry in two.entries for file in entry.files}
    who = ours.who
    last = withdraw(store, signer, "hai", reason="Con số in sai.", offices=OFFICES, public_url=PUBLIC_URL, at=AT,
                    private=who.private)  # fmt: skip
    pages_before = set(store.list("loa/")) | set(store.list("q/"))
    for key in list(store.list()):
        store.delete(key)
    with pytest.raises(ReleaseError, match="release 2 was current") as told:
        ours.send(one)
    assert "loa prove --mend" in told.value.mend
    proof = ours.prove(go=True)
    assert proof.release == last
    assert {found.state for found in proof.found} == {"mended"}
    assert pages_before <= set(store.list("loa/")) | set(store.list("q/"))
    assert not gone & set(store.list("cas/"))
    assert not ours.prove().found


@pytest.mark.parametrize("copied", [True, False])
def test_a_catalogue_that_disappeared_or_went_back_is_put_back(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path, *, copied: bool
) -> None:
    ours = house(folder_store, signer, files, tmp_path)
    ours.send(publication(files, products="leaflet"))
    old = folder_store.get(CATALOGUE)
    last, _ = ours.send(publication(files, version="2", products="leaflet"))
    if not copied:
        for key in list(ours.private.list()):
            ours.private.delete(key)
    folder_store.delete(CATALOGUE)
    assert [one.state for one in ours.prove().found] == ["wrong"]
    assert ours.prove(go=True).release == last
    if copied:
        folder_store.put(CATALOGUE, old, media_type="application/json")
        assert ours.prove(go=True).release == last
        assert copy_of(folder_store, ours.private).number == last.number


def test_what_cannot_be_put_back_is_named_and_publishing_it_again_mends_it(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    ours, one = house(folder_store, signer, files, tmp_path), publication(files, products="leaflet")
    ours.send(one)
    lost = ours.files_now()[0]
    spoil(folder_store, cas_key(lost.sha256), b"x" * lost.bytes)
    kept = ours.files.data.pop(lost.sha256)
    assert not ours.prove(whole=False).found
    (found,) = ours.prove(go=True).found
    assert (found.state, found.key, found.of) == ("lost", cas_key(lost.sha256), lost.name)
    assert "loa publish" in found.mend
    assert folder_store.head(found.key) is None  # other bytes than ours: nobody shall have them
    assert [one.what for one in ours.prove(whole=False).found] == ["is missing"]
    ours.files.data[lost.sha256] = kept
    assert ours.send(one)[1] == 1
    assert not ours.prove().found


def test_a_few_objects_are_asked_for_and_many_are_listed(folder_store: FolderStore) -> None:
    asked: list[str] = []

    class Counted(FolderStore):
        def head(self, key: str) -> Any:
            asked.append(key)
            return super().head(key)

    for number in range(100):
        folder_store.put(f"cas/{number}", b"12", media_type="text/plain")
    presence = Presence(Counted(folder_store.root))
    assert all(presence.is_whole(f"cas/{number}", 2) for number in range(100))
    assert not presence.is_whole("cas/1", 3)
    assert not presence.is_whole("cas/100", 2)
    assert len(asked) == 64


def test_pages_of_a_killed_publication_are_gone_on_with(
    folder_store: FolderStore, signer: Signer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_LEAST_REMEMBERED", 6)
    monkeypatch.setattr(pages, "_WRITERS", 2)
    one = publication(files, langs=("vi", "km"), products="leaflet")
    sent: list[str] = []
    runs = 0

    def kill(number: int, key: str) -> None:
        if number > 120:
            raise KilledError

    while True:
        runs += 1
        store = Watched(folder_store, kill)
        try:
            with Streamed(Publisher(store, signer, OFFICES, PUBLIC_URL, AT), files.load) as under_way:
                under_way.finish([one])
        except KilledError:
            sent += store.writes
            continue
        sent += store.writes
        break
    needed = [key for key in folder_store.list() if key.endswith((".html", ".json", ".xml", ".m3u8", ".js"))]
    wrote = [key for key in sent if key in needed and key != "pages.json"]
    assert runs > 2
    assert len(wrote) < 1.5 * len(needed)
    index, _ = read_index(folder_store)
    assert all(folder_store.head(key) is not None for key in index.pages)
