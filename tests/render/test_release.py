"""Releases: old whole or new whole at every moment, signed, only forwards, and withdrawn in the open."""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from render.catalogue import CATALOGUE, manifest_key, read_gone, read_part
from render.errors import ReleaseError
from render.keys import Signer, make_key
from render.manifest import Release, cas_key
from render.publication import Publication
from render.release import publish, read_catalogue, releases, verify_file, withdraw
from render.store import FolderStore, Store, Stored
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return make_key(tmp_path / "key.pem")


@pytest.fixture
def files() -> Files:
    return Files()


def send(store: Store, signer: Signer, files: Files, *publications: Publication, **more: Any) -> Release:
    more = {"offices": OFFICES} | more
    return publish(store, signer, publications, load=files.load, public_url=PUBLIC_URL, at=AT, **more)


def call_back(store: Store, signer: Signer, slug: str, reason: str = "Con số in sai.", **more: Any) -> Release:
    return withdraw(store, signer, slug, reason=reason, offices=OFFICES, public_url=PUBLIC_URL, at=AT, **more)


class Watched:
    """A store that counts its writes and can act before one of them; everything else goes straight through."""

    def __init__(self, inner: Store, before_write: Callable[[int, str], None]) -> None:
        self.inner = inner
        self.url = inner.url
        self._before_write = before_write
        self._lock = threading.Lock()
        self.writes: list[str] = []

    def put(self, key: str, data: bytes, **more: Any) -> str:
        with self._lock:
            self.writes.append(key)
            number = len(self.writes)
        self._before_write(number, key)
        return self.inner.put(key, data, **more)

    def get(self, key: str) -> bytes:
        return self.inner.get(key)

    def read(self, key: str) -> tuple[bytes, Stored]:
        return self.inner.read(key)

    def head(self, key: str) -> Stored | None:
        return self.inner.head(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        return self.inner.list(prefix)

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        return self.inner.scan(prefix)

    def delete(self, key: str) -> None:
        self.inner.delete(key)

    def address(self, key: str) -> str:
        return self.inner.address(key)


class KilledError(BaseException):
    """The process ends here."""


def assert_whole(store: Store, signer: Signer) -> Release | None:
    """What a reader finds is signed, and every object it names is there with the right bytes."""
    release = read_catalogue(store, [signer.fingerprint])
    if release is None:
        return None
    for parts in release.articles.values():
        for blob in parts.values():
            for entry in read_part(store, blob).entries:
                for file in entry.files:
                    found = store.head(cas_key(file.sha256))
                    assert found is not None
                    assert found.bytes == file.bytes
    for event in release.withdrawn:
        assert read_gone(store, event)
    return release


def snapshot(store: Store) -> dict[str, bytes]:
    """Everything that readers see, without the etags of the page index."""
    return {key: store.get(key) for key in store.list() if key != "pages.json"}


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


# Nobody is fooled


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


# Killed, or overtaken, at any moment


@pytest.mark.slow
def test_a_kill_between_any_two_writes_leaves_the_old_whole_or_the_new_whole(
    tmp_path: Path, signer: Signer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda descriptor: None)  # only the process dies here, and it dies often
    one = {"66": OFFICES["66"]}
    before = [publication(files, "mot", offices=("66",), products="bulletin")]
    after = [publication(files, "mot", version="2", products="bulletin"), publication(files, "ba", products="leaflet")]
    base = FolderStore(tmp_path / "base")
    first = send(base, signer, files, *before, offices=one)

    def copy(name: str) -> FolderStore:
        shutil.copytree(base.root, tmp_path / name)
        return FolderStore(tmp_path / name)

    wanted = copy("wanted")
    counted = Watched(wanted, lambda number, key: None)
    second = send(counted, signer, files, *after, offices=one)
    reference = snapshot(wanted)
    swap_at = counted.writes.index(CATALOGUE) + 1
    assert len(counted.writes) > swap_at > 10
    for moment in range(1, len(counted.writes) + 1):
        store = copy(f"at-{moment}")

        def kill(number: int, key: str, moment: int = moment) -> None:
            if number >= moment:
                raise KilledError

        with pytest.raises(KilledError):
            send(Watched(store, kill), signer, files, *after, offices=one)
        assert assert_whole(store, signer) == (first if moment <= swap_at else second)
        assert send(store, signer, files, *after, offices=one) == second
        assert snapshot(store) == reference
        shutil.rmtree(store.root)


def test_who_is_overtaken_at_the_swap_begins_again_on_top(store: Store, signer: Signer, files: Files) -> None:
    send(store, signer, files, publication(files, "mot"))
    pending = [publication(files, "hai")]

    def overtake(number: int, key: str) -> None:
        if key == CATALOGUE and pending:
            send(store, signer, files, pending.pop())

    made = send(Watched(store, overtake), signer, files, publication(files, "ba"))
    assert (made.number, set(made.articles)) == (3, {"mot", "hai", "ba"})
    assert assert_whole(store, signer) == made
    index = store.get("index.html").decode()
    assert all(f"a/{slug}.vi.html" in index for slug in ("mot", "hai", "ba"))


@pytest.mark.parametrize("page", ["index.html", "loa/66.html", "a/ba.vi.html", "pages.json"])
def test_pages_of_an_older_release_never_end_up_over_newer_ones(
    folder_store: FolderStore, signer: Signer, files: Files, page: str
) -> None:
    send(folder_store, signer, files, publication(files, "mot"))
    pending = [publication(files, "hai")]

    def overtake(number: int, key: str) -> None:
        if key == page and pending:
            send(folder_store, signer, files, pending.pop())

    send(Watched(folder_store, overtake), signer, files, publication(files, "ba"))
    assert pending == []
    for key in ("index.html", "loa/66.html"):
        assert all(slug in folder_store.get(key).decode() for slug in ("a/mot.vi", "a/hai.vi", "a/ba.vi")), key


def test_two_publishers_in_a_race_both_land(store: Store, signer: Signer, files: Files) -> None:
    errors: list[ReleaseError] = []
    landed: list[str] = []

    def work(who: str) -> None:
        try:
            for version in ("1", "2"):
                send(store, signer, files, publication(files, who, version=version, products="bulletin"))
        except ReleaseError as error:
            errors.append(error)
        else:
            landed.append(who)

    threads = [threading.Thread(target=work, args=(who,)) for who in ("mot", "hai")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (errors, sorted(landed)) == ([], ["hai", "mot"])
    made = assert_whole(store, signer)
    assert made is not None
    assert (made.number, set(made.articles)) == (4, {"mot", "hai"})
    assert [one.number for one in releases(store)] == [4, 3, 2, 1]
    assert all(f"a/{slug}.vi.html" in store.get("index.html").decode() for slug in ("mot", "hai"))
    assert send(store, signer, files, publication(files, "mot", version="2", products="bulletin")) == made
