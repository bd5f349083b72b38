"""The static pages are written again where something changed, and nowhere else."""

from __future__ import annotations

import pytest

from render.errors import StoreError
from render.keys import Signer
from render.pages import write_pages
from render.store import FolderStore
from tests.render.page_reader import html_keys, text_of
from tests.render.sample_publications import OFFICES, PUBLIC_URL, Files, publication
from tests.render.sample_releases import send


def test_only_pages_that_change_are_written(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files, "mot"), publication(files, "hai"))
    before = {key: folder_store.get(key) for key in html_keys(folder_store)}
    leaflet = publication(files, "hai", version="2", products="leaflet")
    send(folder_store, signer, files, leaflet)
    changed = {key for key in html_keys(folder_store) if folder_store.get(key) != before.get(key)}
    assert "a/mot.vi.html" not in changed
    assert not {"loa/index.html", "to-roi/index.html"} & changed
    assert {"a/hai.vi.html", "to-roi/66.html", "loa/66.html", f"q/{leaflet.editions['vi']['id']}"} <= changed
    assert write_pages(folder_store, [signer.fingerprint], offices=OFFICES, public_url=PUBLIC_URL) == 0


def test_pages_are_drawn_again_when_an_office_changes(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files))
    new = {code: office for code, office in OFFICES.items() if code != "66.24133"}
    new["66"] = type(new["66"])("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh", hotline="0262 111 222")
    written = write_pages(folder_store, [signer.fingerprint], offices=new, public_url=PUBLIC_URL)
    assert written > 0
    assert "0262 111 222" in text_of(folder_store, "loa/66.html")


def test_a_lost_or_broken_page_index_is_made_again(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files))
    before = {key: folder_store.get(key) for key in folder_store.list()}
    for broken in (b"", b'{"pages": 3}', None):
        if broken is None:
            folder_store.delete("pages.json")
        else:
            folder_store.put("pages.json", broken, media_type="application/json")
        send(folder_store, signer, files, publication(files))
        assert {key: folder_store.get(key) for key in folder_store.list()} == before


def test_a_store_that_fails_is_told_and_nothing_is_swapped(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    (folder_store.root / "cas").parent.mkdir(parents=True, exist_ok=True)
    (folder_store.root / "cas").write_text("a file stands where the objects should lie")
    with pytest.raises(StoreError):
        send(folder_store, signer, files, publication(files))
    assert folder_store.head("catalogue.json") is None
