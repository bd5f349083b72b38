"""The cache gives back what was kept, and takes what is lost or damaged for never made."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from render.cache import Cache, Damaged
from render.errors import SettingsError, StepError, StoreError
from render.seaweed import SeaweedServer
from render.steps import Made
from render.store import Missing, open_store

KEY = "ab" * 32
BAD_DIGEST = b"""{"step": "", "files": {"a": {"sha256": "../../etc/passwd", "bytes": 1}}, "details": {},
 "warnings": [], "seconds": 0}"""
MADE = Made({"out.pdf": b"%PDF", "p1.png": b"\x89PNG"}, {"pages": 2, "sizes": (1, 2)}, ("Giọng máy",))


@pytest.fixture(params=["folder", "s3"])
def any_cache(request: pytest.FixtureRequest) -> Cache:
    """An empty cache: the test runs once on a folder, and once on S3."""
    if request.param == "folder":
        return Cache(request.getfixturevalue("cache_url"))
    server: SeaweedServer = request.getfixturevalue("s3_server")
    return Cache(server.url(f"private/{secrets.token_hex(6)}"))


def test_what_is_saved_is_found_and_loaded(any_cache: Cache) -> None:
    record = any_cache.save(KEY, MADE, step="m:f", seconds=1.23456, warnings=("Từ bước trước",))

    assert any_cache.lookup(KEY) == record
    loaded = any_cache.load(KEY)
    assert dict(loaded.files) == dict(MADE.files)
    assert loaded.details == {"pages": 2, "sizes": [1, 2]}
    assert loaded.warnings == ("Từ bước trước", "Giọng máy")
    assert record.seconds == 1.235
    assert any_cache.blob(record.files["out.pdf"].sha256) == b"%PDF"


def test_what_was_never_made_is_none(any_cache: Cache) -> None:
    assert any_cache.lookup(KEY) is None
    assert any_cache.lookup_many([KEY]) == {}
    with pytest.raises(Missing):
        any_cache.load(KEY)
    with pytest.raises(Missing):
        any_cache.blob("0" * 64)


def test_many_are_looked_up_at_once(any_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"{number:064x}" for number in range(12)]
    for key in keys[:8]:
        any_cache.save(key, Made({"out": key.encode()}))
    assert set(any_cache.lookup_many(keys)) == set(keys[:8])
    monkeypatch.setattr("render.cacheshelf._LIST_FROM", 5)
    assert set(any_cache.lookup_many(keys)) == set(keys[:8])


def test_what_a_run_has_met_is_recalled_in_one_request(
    s3_server: SeaweedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("render.cache._PACK_FROM", 2)
    cache = Cache(s3_server.url(f"private/{secrets.token_hex(6)}"))
    keys = [f"{number:064x}" for number in range(3)]
    cache.memorize("a/b", {key: cache.save(key, Made({"out": key.encode()})) for key in keys})

    known = cache.recall("a/b")
    assert known == cache.lookup_many(keys)
    lost = known[keys[0]].files["out"].sha256
    open_store(cache.url).delete(f"cas/{lost[:2]}/{lost}")
    assert set(cache.lookup_many(keys, known=known)) == set(keys[1:])
    assert cache.recall("a/c") == {}


def test_notes_are_kept_and_replaced(any_cache: Cache) -> None:
    any_cache.keep_notes({"a/b": {"x": 1}, "a/c": [1]})
    any_cache.keep_notes({"a/b": {"x": 2}})
    assert any_cache.notes(["a/b", "a/c", "a/d"]) == {"a/b": {"x": 2}, "a/c": [1]}


def test_a_cache_travels_by_its_address(any_cache: Cache) -> None:
    any_cache.save(KEY, MADE)
    assert pickle.loads(pickle.dumps(any_cache)).lookup(KEY) is not None


def _blob_path(cache: Cache, name: str) -> Path:
    record = cache.lookup(KEY)
    assert record is not None
    path = cache.path(record.files[name].sha256)
    assert path is not None
    return path


def test_a_step_whose_bytes_are_gone_counts_as_never_made(cache: Cache) -> None:
    cache.save(KEY, MADE)
    _blob_path(cache, "p1.png").unlink()
    assert cache.lookup(KEY) is None


def test_a_step_whose_bytes_were_cut_short_counts_as_never_made(cache: Cache) -> None:
    cache.save(KEY, MADE)
    _blob_path(cache, "p1.png").write_bytes(b"")
    assert cache.lookup(KEY) is None
    cache.save(KEY, MADE)
    assert cache.load(KEY).files["p1.png"] == b"\x89PNG"


def test_damaged_bytes_are_told_by_their_digest_and_can_be_made_again(cache: Cache) -> None:
    cache.save(KEY, MADE)
    _blob_path(cache, "out.pdf").write_bytes(b"%PDX")
    with pytest.raises(Damaged, match="damaged"):
        cache.load(KEY).files["out.pdf"]
    assert cache.lookup(KEY) is None
    cache.save(KEY, MADE)
    assert cache.load(KEY).files["out.pdf"] == b"%PDF"


def test_damaged_bytes_are_found_when_proof_is_asked(cache: Cache) -> None:
    cache.save(KEY, MADE)
    _blob_path(cache, "out.pdf").write_bytes(b"%PDX")
    assert cache.lookup_many([KEY], prove=True) == {}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"null", b'{"files": 3}', b"\xff\xfe", b'{"files": {"a": null}}', BAD_DIGEST]
)
def test_a_record_that_cannot_be_read_counts_as_none(cache: Cache, damage: bytes) -> None:
    cache.save(KEY, MADE)
    Path(cache.url, "ac", KEY[:2], KEY).write_bytes(damage)
    assert cache.lookup(KEY) is None


def test_the_same_bytes_are_kept_once(cache: Cache) -> None:
    cache.save(KEY, Made({"a": b"same", "b": b"same"}))
    cache.save("cd" * 32, Made({"c": b"same"}))
    assert len([path for path in Path(cache.url, "cas").rglob("*") if path.is_file()]) == 1


def test_records_have_the_form_others_can_read(cache: Cache) -> None:
    cache.save(KEY, Made({"a": b"same"}, {"n": 1}, ("w",)), step="m:f", seconds=2)
    assert json.loads(Path(cache.url, "ac", KEY[:2], KEY).read_bytes()) == {
        "files": {"a": {"sha256": "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5", "bytes": 4}},
        "details": {"n": 1},
        "warnings": ["w"],
        "seconds": 2,
        "step": "m:f",
    }


def test_details_that_are_no_json_are_refused(cache: Cache) -> None:
    with pytest.raises(StepError, match="details"):
        cache.save(KEY, Made({}, {"when": object()}))
    assert cache.lookup(KEY) is None


def test_a_cache_folder_is_its_owners_alone(tmp_path: Path) -> None:
    assert Path(Cache(str(tmp_path / "new")).url).stat().st_mode & 0o077 == 0
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open" / "draft").write_text("draft")
    with pytest.raises(SettingsError, match="other users"):
        Cache(str(tmp_path / "open"))


def test_a_cache_that_was_emptied_while_in_use_is_made_again_for_its_owner_alone(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path / "home" / "cache"))
    cache.save(KEY, MADE)
    shutil.rmtree(tmp_path / "home")
    cache.save(KEY, MADE)
    assert (tmp_path / "home" / "cache").stat().st_mode & 0o077 == 0
    assert Cache(cache.url).lookup(KEY)


def test_a_cache_that_was_copied_with_open_modes_is_closed(tmp_path: Path) -> None:
    Cache(str(tmp_path / "cache")).save(KEY, MADE)
    (tmp_path / "cache").chmod(0o755)
    assert Cache(str(tmp_path / "cache")).lookup(KEY)
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_cache_folder_of_another_user_is_refused_with_a_mend_that_helps(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o755)
    os.chown(tmp_path / "cache", 1234, 1234)
    with pytest.raises(SettingsError, match="set LOA_CACHE to a folder of your own"):
        Cache(str(tmp_path / "cache"))


def test_a_cache_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as told:
        Cache(str(tmp_path / "file" / "cache"))
    assert told.value.mend


def _save_many(url: str, number: int) -> None:
    cache = Cache(url)
    for step in range(40):
        cache.save(f"{step:064x}", Made({"out": b"%d" % step * 1000}), step=str(number))


def test_many_processes_may_save_the_same_steps_at_once(cache: Cache) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.starmap(_save_many, [(cache.url, number) for number in range(3)])
    found = cache.lookup_many([f"{step:064x}" for step in range(40)], prove=True)
    assert len(found) == 40
    assert not list(Path(cache.url).rglob(".*"))


def test_files_are_read_only_when_asked_for(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.save(KEY, MADE)
    read: list[str] = []
    blob: Callable[[Cache, str], bytes] = Cache.blob
    monkeypatch.setattr(Cache, "blob", lambda self, sha256: (read.append(sha256), blob(self, sha256))[1])
    loaded = cache.load(KEY)
    assert (len(loaded.files), read) == (2, [])
    assert loaded.files["out.pdf"] == b"%PDF"
    assert len(read) == 1
