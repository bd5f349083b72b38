"""Releases that are killed or overtaken at any moment: the old one whole, or the new one whole."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from render.catalogue import CATALOGUE
from render.errors import ReleaseError
from render.keys import Signer
from render.release import releases
from render.store import FolderStore, Store
from tests.render.sample_publications import OFFICES, Files, publication
from tests.render.sample_releases import KilledError, Watched, assert_whole, send, snapshot


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
