"""Releases: published whole, only what changed is written, and what holds no longer is withdrawn in the open."""

from __future__ import annotations

import dataclasses

import pytest

from render.catalogue import read_gone, read_part
from render.errors import ReleaseError
from render.keys import Signer
from render.manifest import cas_key
from render.release import read_catalogue, releases, verify_file
from render.store import FolderStore, Store
from tests.render.sample_publications import Files, publication
from tests.render.sample_releases import Watched, assert_whole, call_back, send

# The whole way


def test_a_release_reads_back_as_it_was_published(store: Store, signer: Signer, files: Files) -> None:
    one = publication(files, langs=("vi", "km"), offices=("66", "66.24133"), waiting=("rad",))
    made = send(store, signer, files, one)
    read = assert_whole(store, signer)
    assert read == made
    assert (made.number, made.previous) == (1, "")
    assert set(made.articles["tro-cap"]) == {"", "66"}
    parts = [read_part(store, blob) for blob in made.articles["tro-cap"].values()]
    assert {entry.place for part in parts for entry in part.entries} == {entry.place for entry in one.entries}
    assert parts[0].editions == one.editions
    assert [found.id for found in releases(store)] == [made.id]


def test_objects_have_the_headers_a_browser_needs(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    one = publication(files)
    send(folder_store, signer, files, one)
    for entry in one.entries:
        main = entry.file("main")
        assert main is not None
        said = folder_store.headers(cas_key(main.sha256))
        assert said["Content-Type"] == main.media_type
        assert said["Cache-Control"] == "public, max-age=31536000, immutable"
        named = f'filename="{main.name}"' in said.get("Content-Disposition", "")
        assert named == (entry.medium != "audio")  # a bulletin is named by the page, in play order
    for key in ("catalogue.json", "index.html", "pages.json"):
        assert folder_store.headers(key)["Cache-Control"] == "no-cache"


def test_publishing_what_is_current_writes_nothing(store: Store, signer: Signer, files: Files) -> None:
    one, two = publication(files, "mot", offices=("66",)), publication(files, "hai")
    first = send(store, signer, files, one, two)
    watched = Watched(store, lambda number, key: None)
    assert send(watched, signer, files, two, one) == first
    assert send(watched, signer, files, one) == first
    assert watched.writes == []


def test_only_the_part_that_changed_is_written(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    both = [publication(files, slug, offices=("66", "91")) for slug in ("mot", "hai")]
    first = send(folder_store, signer, files, *both)
    changed = dataclasses.replace(
        both[0],
        entries=tuple(
            dataclasses.replace(entry, note="Mới") if entry.office == "66" else entry for entry in both[0].entries
        ),
    )
    second = send(folder_store, signer, files, changed)
    assert second.articles["hai"] == first.articles["hai"]
    assert {name for name in ("", "66", "91") if second.articles["mot"][name] != first.articles["mot"][name]} == {"66"}


def test_a_product_that_failed_keeps_its_release_while_the_edition_is_the_same(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    one = publication(files, products="leaflet bulletin")
    send(folder_store, signer, files, one)
    failed = next(entry for entry in one.entries if entry.medium == "audio")
    rest = tuple(entry for entry in one.entries if entry is not failed)
    again = dataclasses.replace(one, entries=rest, kept=frozenset({(*failed.place, failed.edition)}))
    release = send(folder_store, signer, files, again)
    entries = read_part(folder_store, release.articles["tro-cap"][""]).entries
    assert {entry.product for entry in entries} == {"leaflet-a4", "bulletin-3min"}
    newer = publication(files, version="2", products="leaflet")
    place = (*failed.place, newer.editions["vi"]["id"])
    release = send(folder_store, signer, files, dataclasses.replace(newer, kept=frozenset({place})))
    entries = read_part(folder_store, release.articles["tro-cap"][""]).entries
    assert {entry.product for entry in entries} == {"leaflet-a4"}  # the bulletin of before says what holds no longer


def test_an_article_of_which_nothing_new_could_be_made_is_called_back(
    store: Store, signer: Signer, files: Files
) -> None:
    old, other = publication(files), publication(files, slug="bai-khac")
    send(store, signer, files, old, other)
    same = dataclasses.replace(old, entries=(), kept=frozenset((*one.place, one.edition) for one in old.entries))
    assert old.slug in send(store, signer, files, same).articles  # the same editions: a product merely failed today

    changed = dataclasses.replace(old, entries=(), kept=frozenset({("leaflet-a4", "vi", "", "0" * 12)}))
    release = send(store, signer, files, changed)
    assert set(release.articles) == {other.slug}
    event = release.withdrawn[-1]
    assert (event.slug, event.state) == (old.slug, "withdrawn")
    assert "đang được chuẩn bị" in store.get(f"q/{old.entries[0].edition}").decode()


def test_nothing_made_and_nothing_ever_released_makes_no_release(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    empty = dataclasses.replace(publication(files), entries=(), kept=frozenset({("leaflet-a4", "vi", "", "0" * 12)}))
    assert send(folder_store, signer, files, empty) is None
    assert list(folder_store.list()) == []


def test_a_partial_publication_adds_to_what_is_current(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files, products="leaflet"))
    more = dataclasses.replace(publication(files, products="bulletin"), whole=False)
    release = send(folder_store, signer, files, more)
    entries = read_part(folder_store, release.articles["tro-cap"][""]).entries
    assert {entry.product for entry in entries} == {"leaflet-a4", "bulletin-3min"}
    assert release.withdrawn == ()


# What holds no longer


def test_an_edition_that_was_replaced_becomes_an_event(store: Store, signer: Signer, files: Files) -> None:
    old = publication(files, offices=("66",), langs=("vi", "km"))
    new = publication(files, version="2", langs=("vi",))
    send(store, signer, files, old)
    release = send(store, signer, files, new)
    (event,) = release.withdrawn
    assert (event.state, event.slug, event.number) == ("superseded", "tro-cap", 2)
    gone = {(one.lang, one.office): one for one in read_gone(store, event)}
    assert set(gone) == {("vi", None), ("vi", "66"), ("km", None), ("km", "66")}
    heir = new.editions["vi"]["id"]
    assert gone["vi", None].replaced_by == heir
    assert gone["vi", "66"].replaced_by == heir  # the province is served by the nation's now
    assert gone["km", None].replaced_by == ""


def test_a_withdrawal_takes_every_edition_there_ever_was(store: Store, signer: Signer, files: Files) -> None:
    first, second = publication(files), publication(files, version="2")
    send(store, signer, files, first, publication(files, "moi"))
    send(store, signer, files, second)
    release = call_back(store, signer, "tro-cap", replaced_by="moi")
    assert set(release.articles) == {"moi"}
    event = release.withdrawn[-1]
    assert (event.state, event.reason, event.replaced_by) == ("withdrawn", "Con số in sai.", "moi")
    assert {one.id for one in read_gone(store, event)} == {one.editions["vi"]["id"] for one in (first, second)}
    assert assert_whole(store, signer) == release


def test_withdrawing_twice_makes_one_event(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files))
    first = call_back(folder_store, signer, "tro-cap")
    assert call_back(folder_store, signer, "tro-cap") == first


def test_one_language_can_be_withdrawn(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files, langs=("vi", "km"), offices=("66",)))
    release = call_back(folder_store, signer, "tro-cap", languages=("km",))
    part = read_part(folder_store, release.articles["tro-cap"][""])
    assert {entry.lang for entry in part.entries} == set(part.editions) == {"vi"}
    assert {one.lang for one in read_gone(folder_store, release.withdrawn[-1])} == {"km"}


@pytest.mark.parametrize(
    ("slug", "more", "words"),
    [
        ("tro-cab", {}, "Did you mean tro-cap"),
        ("tro-cap", {"reason": "  "}, "without a reason"),
        ("tro-cap", {"replaced_by": "khong-co"}, "nothing that is current is called 'khong-co'"),
        ("tro-cap", {"replaced_by": "tro-cap"}, "nothing that is current"),
    ],
)
def test_a_withdrawal_that_makes_no_sense_is_refused(
    folder_store: FolderStore, signer: Signer, files: Files, slug: str, more: dict[str, str], words: str
) -> None:
    first = send(folder_store, signer, files, publication(files))
    with pytest.raises(ReleaseError, match=words):
        call_back(folder_store, signer, slug, **more)
    assert read_catalogue(folder_store, [signer.fingerprint]) == first


def test_a_file_is_told_ours_altered_superseded_or_withdrawn(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    trusted = [signer.fingerprint]
    one = publication(files, products="leaflet")
    main = one.entries[0].file("main")
    assert main is not None
    sheet = files.load(main.sha256)
    send(folder_store, signer, files, one)
    assert verify_file(folder_store, sheet, trusted).in_force
    altered = verify_file(folder_store, sheet + b" ", trusted)
    assert (altered.state, altered.ours) == ("unknown", False)
    new = publication(files, version="2", products="leaflet")
    send(folder_store, signer, files, new)
    old = verify_file(folder_store, sheet, trusted)
    assert (old.state, old.ours, old.replaced_by) == ("superseded", True, new.editions["vi"]["id"])
    call_back(folder_store, signer, "tro-cap")
    gone = verify_file(folder_store, sheet, trusted)
    assert (gone.state, gone.reason) == ("withdrawn", "Con số in sai.")
    assert "THU HỒI" in gone.words
