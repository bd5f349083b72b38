"""Stores, folders and buckets alike, keep bytes whole and their word on conditional writes."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import pickle
from pathlib import Path

import pytest

from render.store import Conflict, FolderStore, Missing, Store, Stored, open_store, probe


def test_what_is_put_is_read_back_with_its_etag_and_type(store: Store) -> None:
    etag = store.put("releases/đủ 75 tuổi.json", b"{}", media_type="application/json", cache_control="no-cache")

    assert store.get("releases/đủ 75 tuổi.json") == b"{}"
    assert store.read("releases/đủ 75 tuổi.json") == (b"{}", store.head("releases/đủ 75 tuổi.json"))
    assert store.head("releases/đủ 75 tuổi.json") == Stored("releases/đủ 75 tuổi.json", 2, etag, "application/json")


def test_what_is_not_there_is_missing(store: Store) -> None:
    assert store.head("nothing") is None
    with pytest.raises(Missing):
        store.get("nothing")
    store.delete("nothing")


def test_deleting_removes_the_object_and_what_is_known_of_it(store: Store) -> None:
    store.put("a.bin", b"1", media_type="audio/mpeg")
    store.delete("a.bin")
    assert store.head("a.bin") is None
    assert list(store.list()) == []


def test_keys_are_listed_by_prefix_in_order(store: Store) -> None:
    for key in ("b/2", "b/1", "ba", "a/x/y", "c"):
        store.put(key, b"", media_type="text/plain")
    assert list(store.list()) == ["a/x/y", "b/1", "b/2", "ba", "c"]
    assert list(store.list("b")) == ["b/1", "b/2", "ba"]
    assert list(store.list("b/")) == ["b/1", "b/2"]
    assert list(store.list("zz/")) == []


def test_if_absent_writes_once(store: Store) -> None:
    store.put("once", b"first", media_type="text/plain", if_absent=True)
    with pytest.raises(Conflict):
        store.put("once", b"second", media_type="text/plain", if_absent=True)
    assert store.get("once") == b"first"


def test_if_match_writes_over_what_was_read_and_nothing_newer(store: Store) -> None:
    first = store.put("catalogue", b"1", media_type="text/plain")
    second = store.put("catalogue", b"2", media_type="text/plain", if_match=first)
    with pytest.raises(Conflict):
        store.put("catalogue", b"3", media_type="text/plain", if_match=first)
    assert store.read("catalogue") == (b"2", Stored("catalogue", 1, second, "text/plain"))


def test_if_match_on_an_object_that_is_gone_is_a_conflict(store: Store) -> None:
    first = store.put("catalogue", b"1", media_type="text/plain")
    store.delete("catalogue")
    with pytest.raises(Conflict):
        store.put("catalogue", b"2", media_type="text/plain", if_match=first)


def test_in_a_race_of_threads_no_update_is_lost(store: Store) -> None:
    store.put("count", b"0", media_type="text/plain")

    def increase(_: int) -> None:
        for _ in range(5):
            while True:
                data, stored = store.read("count")
                try:
                    store.put("count", b"%d" % (int(data) + 1), media_type="text/plain", if_match=stored.etag)
                    break
                except Conflict:
                    continue

    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        list(threads.map(increase, range(6)))
    assert store.get("count") == b"30"


def test_in_a_race_of_threads_one_wins_the_first_write(store: Store) -> None:
    def claim(number: int) -> bool:
        try:
            store.put("claim", b"%d" % number, media_type="text/plain", if_absent=True)
        except Conflict:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(8))) == 1


def _claim(root: str, number: int) -> bool:
    try:
        FolderStore(Path(root)).put("claim", b"%d" % number, media_type="text/plain", if_absent=True)
    except Conflict:
        return False
    return True


def test_in_a_race_of_processes_one_wins_the_first_write_to_a_folder(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert sum(pool.starmap(_claim, [(str(tmp_path), number) for number in range(9)])) == 1


def test_a_store_passes_the_probe_and_is_left_clean(store: Store) -> None:
    probe(store)
    assert list(store.list()) == []


def test_a_store_travels_by_its_address(store: Store) -> None:
    store.put("x", b"1", media_type="text/plain")
    assert pickle.loads(pickle.dumps(store)).get("x") == b"1"
    assert open_store(store.url).get("x") == b"1"
